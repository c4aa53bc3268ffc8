"""Columns of a collection, read without making an object of every document.

PyMongoArrow turns raw batches into columns, but PyMongo (4.20) makes a Python object of every
document on the way to a raw batch, and throws it away: more than half of the processor's time of
reading a million customers. Here a batch stays bytes. All apps read so; this one they stand on.
"""

from functools import partial

import numpy as np
from bson import _convert_raw_document_lists_to_streams
from bson.decimal128 import Decimal128
from bson.raw_bson import _RAW_ARRAY_BSON_OPTIONS, _RawArrayBSONDocument
from pymongoarrow.api import aggregate_arrow_all, find_arrow_all


def find_columns(collection, query, *, schema, **options):
    """Read the columns of a schema from the documents that match.

    Parameters
    ----------
    collection : Collection
    query : dict
    schema : Schema
        Of PyMongoArrow.
    **options
        As of `Collection.find`: projection, sort, limit.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    PyMongoError
        As `Collection.find` does.
    """
    return find_arrow_all(_Source(collection), query, schema=schema, **options)


def aggregate_columns(collection, pipeline, *, schema):
    """Read the columns of a schema from what a pipeline makes of a collection.

    Parameters
    ----------
    collection : Collection
    pipeline : list of dict
    schema : Schema
        Of PyMongoArrow.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    PyMongoError
        As `Collection.aggregate` does.
    """
    return aggregate_arrow_all(_Source(collection), pipeline, schema=schema)


def doubles(column):
    """Decimals of MongoDB as numbers of double precision.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of Decimal128Type

    Returns
    -------
    ndarray of float64, shape (n,)
        Each the nearest double, as `$toDouble` gives; NaN for null.

    References
    ----------
    .. [1] IEEE 754-2008, 3.5.2: decimal128 with its significand as a binary integer, which is how
       BSON stores it, low 64 bits first.
    """
    array = column.combine_chunks()
    if not len(array):
        return np.empty(0)
    unknown = np.asarray(array.is_null())
    stored = np.frombuffer(array.storage.buffers()[1], "<u8").reshape(-1, 2)
    words = stored[array.offset : array.offset + len(array)]
    low, high = words[:, 0], words[:, 1]
    exponent = ((high >> np.uint64(49)) & np.uint64(0x3FFF)).astype(np.int64) - 6176
    # A whole number below 2^53 and a power of ten up to 22 are doubles, so dividing rounds once.
    plain = (high << np.uint64(15) == 0) & (low < 1 << 53) & (np.abs(exponent) <= 22)
    exponent[~plain | unknown] = 0
    power = 10.0 ** np.abs(exponent)
    size = np.where(exponent < 0, low / power, low * power)
    values = np.where(high >> np.uint64(63) == 1, -size, size)
    for place in np.flatnonzero(~plain & ~unknown):
        values[place] = float(Decimal128.from_bid(words[place].tobytes()).to_decimal())
    values[unknown] = np.nan
    return values


class _Source:
    """What PyMongoArrow asks of a collection."""

    def __init__(self, collection):
        self.database = collection.database
        self.codec_options = collection.codec_options
        self._collection = self.database.get_collection(collection.name)

    def find_raw_batches(self, *arguments, **options):
        return _lean(self._collection.find_raw_batches(*arguments, **options))

    def aggregate_raw_batches(self, *arguments, **options):
        return _lean(self._collection.aggregate_raw_batches(*arguments, **options))


def _lean(cursor):
    """The same cursor, which leaves its batches as they come."""
    cursor._unpack_response = partial(_unpacked, cursor._unpack_response)
    return cursor


def _unpacked(unpack, response, *arguments, **options):
    reply = dict(_RawArrayBSONDocument(response.payload_document, _RAW_ARRAY_BSON_OPTIONS))
    if "cursor" not in reply:  # an error: to be decoded like any other
        return unpack(response, *arguments, **options)
    reply["cursor"] = dict(reply["cursor"])
    _convert_raw_document_lists_to_streams(reply)
    return [reply]
