"""Columns of a collection, read without making an object of every document.

PyMongoArrow turns raw batches into columns, but PyMongo (4.20) makes a Python object of every
document on the way to a raw batch, and throws it away: more than half of the processor's time of
reading a million customers. Here a batch stays bytes.
"""

from bson import _convert_raw_document_lists_to_streams
from bson.raw_bson import _RAW_ARRAY_BSON_OPTIONS, _RawArrayBSONDocument
from pymongo.cursor import RawBatchCursor
from pymongoarrow.api import find_arrow_all


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


class _Source:
    """What PyMongoArrow asks of a collection."""

    def __init__(self, collection):
        self.database = collection.database
        self.codec_options = collection.codec_options
        self._collection = self.database.get_collection(collection.name)

    def find_raw_batches(self, *arguments, **options):
        return _Batches(self._collection, *arguments, **options)


class _Batches(RawBatchCursor):
    def _unpack_response(self, response, *arguments, **options):
        reply = dict(_RawArrayBSONDocument(response.payload_document, _RAW_ARRAY_BSON_OPTIONS))
        if "cursor" not in reply:  # an error: to be decoded like any other
            return super()._unpack_response(response, *arguments, **options)
        reply["cursor"] = dict(reply["cursor"])
        _convert_raw_document_lists_to_streams(reply)
        return [reply]
