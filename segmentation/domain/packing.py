"""Columns as bytes that a browser reads without parsing a single row.

Four bytes with the length of a JSON header (little-endian), the header, then each column's
values one after another. The header names every column with its type, offset from the end of
the header and length; everything is padded to four bytes, so that typed arrays lie on the bytes
as they came.
"""

import json
import math

import numpy as np

_ALIGN = 4


def pack(header, columns):
    """Put a header and columns into one block of bytes.

    Parameters
    ----------
    header : dict
        Plain JSON; a number that is not finite becomes null.
    columns : mapping of str to ndarray of shape (n,)
        Of uint8, uint32 or float32.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If a column has another type or length than the browser can take.
    """
    entries, parts, offset = [], [], 0
    sizes = {len(values) for values in columns.values()}
    if len(sizes) > 1:
        raise ValueError(f"columns of different lengths: {sorted(sizes)}")
    for name, values in columns.items():
        if values.dtype.name not in {"uint8", "uint32", "float32"}:
            raise ValueError(f"{name} is {values.dtype.name}, which is not sent")
        raw = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()
        entries.append(
            {"name": name, "type": values.dtype.name, "offset": offset, "length": len(values)}
        )
        parts.append(raw + bytes(-len(raw) % _ALIGN))
        offset += len(parts[-1])
    told = json.dumps(_plain({**header, "columns": entries}), allow_nan=False).encode()
    told += b" " * (-len(told) % _ALIGN)
    return b"".join([len(told).to_bytes(4, "little"), told, *parts])


def _plain(value):
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
