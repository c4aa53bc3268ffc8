"""Columns are those PyMongoArrow reads by itself, whatever the size of a batch."""

import math

import pyarrow as pa
import pytest
from bson.raw_bson import RawBSONDocument
from django.db import connection
from pymongo.errors import OperationFailure
from pymongoarrow.api import Schema, aggregate_arrow_all, find_arrow_all

from accounts.columns import aggregate_columns, find_columns

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
