"""The real servers: started, written to, stopped, started again elsewhere with the same data."""

import pymongo
import pytest
import redis

from finseg.local.errors import CannotStart
from finseg.local.mongo import find_mongod, start_mongod
from finseg.local.ports import answers
from finseg.local.valkey import start_valkey


def test_mongod_keeps_its_data_when_it_comes_back_on_another_port(tmp_path):
    first = start_mongod(tmp_path / "mongo")
    # Only a replica set has transactions, which several of finseg's writes need.
    with (
        pymongo.MongoClient(first.uri) as client,
        client.start_session() as session,
        session.start_transaction(),
    ):
        client.shop.trades.insert_one({"symbol": "TCS"}, session=session)
    first.stop()
    assert not answers(first.port)

    second = start_mongod(tmp_path / "mongo")
    assert second.port != first.port
    with pymongo.MongoClient(second.uri, serverSelectionTimeoutMS=5000) as client:
        assert client.shop.trades.distinct("symbol") == ["TCS"]
        client.shop.trades.insert_one({"symbol": "INFY"})
    second.stop()
    assert second.process.returncode == 0


def test_mongod_comes_back_after_it_was_killed(tmp_path):
    first = start_mongod(tmp_path / "mongo")
    with pymongo.MongoClient(first.uri, w="majority", journal=True) as client:
        client.shop.trades.insert_one({"symbol": "TCS"})
    first.process.kill()
    first.process.wait()

    second = start_mongod(tmp_path / "mongo", port=first.port)
    with pymongo.MongoClient(second.uri) as client:
        assert client.shop.trades.count_documents({}) == 1
    second.stop()


def test_mongod_that_stops_at_once_is_a_sentence_and_leaves_no_process(tmp_path):
    server = start_mongod(tmp_path / "mongo")
    try:
        with pytest.raises(CannotStart, match=r"MongoDB did not start; its log is .*mongod\.log"):
            start_mongod(tmp_path / "mongo")  # the folder is locked by the first
    finally:
        server.stop()


def test_an_old_mongod_on_path_is_passed_over(tmp_path, monkeypatch):
    old = tmp_path / "mongod"
    old.write_text("#!/bin/sh\necho db version v4.4.1\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert find_mongod() != old
    old.write_text("#!/bin/sh\necho db version v7.0.2\n")
    assert find_mongod() == old


def test_no_mongod_at_all_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    with pytest.raises(CannotStart, match="There is no MongoDB here"):
        find_mongod()


def test_valkey_keeps_its_data(tmp_path):
    first = start_valkey(tmp_path / "valkey")
    with redis.Redis.from_url(first.url) as client:
        client.set("queued", "job")
    first.stop()
    assert not answers(first.port)

    second = start_valkey(tmp_path / "valkey")
    with redis.Redis.from_url(second.url) as client:
        assert client.get("queued") == b"job"
    second.stop()
