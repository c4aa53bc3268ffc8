"""The bytes are where the header says, and aligned for typed arrays."""

import json

import numpy as np
import pytest

from segmentation.domain.packing import pack


def test_bytes_lie_where_the_header_says():
    columns = {
        "risk": np.array([0, 3, 1], np.uint8),
        "number": np.array([1, 2, 4_000_000_000], np.uint32),
        "value": np.array([1.5, np.nan, -0.25], np.float32),
    }
    raw = pack({"run": 7, "mean": float("nan"), "name": "Große"}, columns)
    size = int.from_bytes(raw[:4], "little")
    header = json.loads(raw[4 : 4 + size])
    assert (header["run"], header["mean"], header["name"]) == (7, None, "Große")
    assert size % 4 == 0 and [c["offset"] for c in header["columns"]] == [0, 4, 16]
    assert len(raw) == 4 + size + 4 + 12 + 12
    for entry in header["columns"]:
        start = 4 + size + entry["offset"]
        found = np.frombuffer(raw, "<" + np.dtype(entry["type"]).str[1:], 3, start)
        np.testing.assert_array_equal(found, columns[entry["name"]])


def test_what_a_browser_cannot_take_is_refused():
    with pytest.raises(ValueError, match="a is int64"):
        pack({}, {"a": np.array([1])})
    with pytest.raises(ValueError, match="different lengths"):
        pack({}, {"a": np.zeros(1, np.uint8), "b": np.zeros(2, np.uint8)})
