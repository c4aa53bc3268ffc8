"""Columns are those PyMongoArrow reads by itself, whatever the size of a batch."""

import math
import random

import numpy as np
import pyarrow as pa
import pytest
from bson.decimal128 import Decimal128
from bson.raw_bson import RawBSONDocument
from django.db import connection
from pymongo.errors import OperationFailure
from pymongoarrow.api import Schema, aggregate_arrow_all, find_arrow_all
from pymongoarrow.types import Decimal128Type

from accounts.columns import aggregate_columns, doubles, find_columns

SCHEMA = Schema({"number": pa.int64(), "income": pa.float64(), "name": pa.string()})


@pytest.fixture
def collection(db):
    found = connection.get_collection("scratch_columns")
    found.delete_many({})
    rows = [
        {"number": n, "income": n / 7, "name": f"n{n}" * (n % 5), "more": [n]} for n in range(500)
    ]
    rows[3] |= {"income": None, "name": None}
    rows[4] = {"number": 4, "income": math.inf}
    found.insert_many(rows)
    yield found
    found.drop()


@pytest.mark.parametrize("size", [0, 1, 7, 1_000])
def test_batches_of_any_size_give_the_same_columns(collection, size):
    options = {"sort": [("number", -1)], "limit": 433, "batch_size": size}
    found = find_columns(collection, {"number": {"$gte": 2}}, schema=SCHEMA, **options)
    plain = find_arrow_all(collection, {"number": {"$gte": 2}}, schema=SCHEMA, **options)
    assert found.equals(plain)
    assert found["number"].to_pylist() == list(range(499, 66, -1))


def test_a_pipeline_gives_the_same_columns(collection):
    # 500,000 rows of 50 bytes: a batch holds 16 MB.
    many = [{"$set": {"more": {"$range": [0, 1_000]}}}, {"$unwind": "$more"}]
    pipeline = [*many, {"$match": {"number": {"$gte": 2}}}]
    plain = aggregate_arrow_all(collection, pipeline, schema=SCHEMA)
    assert plain.num_rows == 498_000
    assert aggregate_columns(collection, pipeline, schema=SCHEMA).equals(plain)
    with pytest.raises(OperationFailure, match="Unrecognized pipeline stage"):
        aggregate_columns(collection, [{"$nonsense": 1}], schema=SCHEMA)


DECIMALS = [
    "0", "-0", "0.00", "1", "-1", "70.1", "1234.5600", "-0.0001", "9007199254740991",
    "9007199254740993", "0.1234567890123456789012345678901234", "1E+22", "1E+23", "123E-22",
    "123E-23", "9.999999999999999999999999999999999E+6144", "-1E-6176", "1E-400", "NaN",
    "Infinity", "-Infinity", "12345678901234567890.12345678901234",
]  # fmt: skip


def test_decimals_are_the_doubles_that_the_server_makes_of_them(collection):
    draw = random.Random(7)
    drawn = [
        f"{draw.choice('+-')}{draw.getrandbits(draw.randrange(1, 112))}E{draw.randrange(-30, 30)}"
        for _ in range(3_000)
    ]
    collection.delete_many({})
    collection.insert_many({"paid": Decimal128(text)} for text in DECIMALS + drawn)
    collection.insert_many([{"paid": None}, {}])
    found = doubles(find_columns(collection, {}, schema=Schema({"paid": Decimal128Type()}))["paid"])
    double = {"$convert": {"input": "$paid", "to": "double", "onError": "beyond"}}
    rows = list(collection.aggregate([{"$project": {"paid": double}}]))
    assert len(found) == len(rows) == len(DECIMALS) + 3_002 and np.isnan(found[-2:]).all()
    for mine, row in zip(found[:-2].tolist(), rows[:-2], strict=True):
        # What no double holds the server refuses; here it is infinite, or zero.
        if row["paid"] == "beyond":
            assert mine in (0.0, math.inf, -math.inf)
        else:
            assert mine == row["paid"] or (math.isnan(mine) and math.isnan(row["paid"]))
    none = find_columns(collection, {"paid": 1.5}, schema=Schema({"paid": Decimal128Type()}))
    assert doubles(none["paid"]).tolist() == []
    part = find_columns(collection, {}, schema=Schema({"paid": Decimal128Type()}))["paid"][5:9]
    assert doubles(part).tolist() == found[5:9].tolist() == [70.1, 1234.56, -0.0001, 2**53 - 1]


def test_nobody_gives_columns_without_rows(collection):
    found = find_columns(collection, {"number": -1}, schema=SCHEMA)
    assert (found.num_rows, found.column_names) == (0, ["number", "income", "name"])


def test_the_servers_refusal_is_raised_as_ever(collection):
    with pytest.raises(OperationFailure, match="unknown operator"):
        find_columns(collection, {"number": {"$nonsense": 1}}, schema=SCHEMA)


def test_no_object_is_made_of_a_document(collection, monkeypatch):
    made = []
    begin = RawBSONDocument.__init__
    monkeypatch.setattr(
        RawBSONDocument, "__init__", lambda self, *given: (made.append(1), begin(self, *given))[1]
    )
    find_columns(collection, {}, schema=SCHEMA)
    aggregate_columns(collection, [{"$match": {}}], schema=SCHEMA)
    assert len(made) < 40
