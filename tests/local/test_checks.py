"""Every reason not to start is one clear sentence."""

import socket

import pytest

from finseg.local import checks, mongo, processes
from finseg.local.errors import CannotStart
from finseg.local.mongo import start_mongod
from finseg.local.ports import answers, free_port


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "-1", "80.5", "８０"])
def test_port_has_to_be_a_number_of_a_port(text):
    with pytest.raises(CannotStart, match=r"has to be a number from 1 to 65535\.$"):
        checks.parse_port(text)


def test_a_port_in_use_is_told_with_the_way_out():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {port} is taken by another program: .*PORT="):
            checks.check_port(port)
    checks.check_port(port)


def test_a_port_of_the_administrator_is_told(monkeypatch):
    def refuse(self, address):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(CannotStart, match="Port 80 is kept for the system administrator"):
        checks.check_port(80)


def test_a_full_disk_is_told(tmp_path):
    with pytest.raises(CannotStart, match=r"has \d+ MB left, and finseg needs 1000000000 MB"):
        checks.check_room(tmp_path, needed=10**15)
    checks.check_room(tmp_path, needed=0)
    assert checks.full_disk(tmp_path) is None


def test_an_unsupported_platform_is_told():
    with pytest.raises(CannotStart, match="run on Linux and macOS, not on win32"):
        checks.check_platform("win32")


def test_an_unreachable_mongodb_is_told_without_its_password():
    uri = f"mongodb://bank:secret@127.0.0.1:{free_port()}/?tls=false"
    with pytest.raises(CannotStart, match=r"MONGODB_URI points to .*no MongoDB answered") as told:
        checks.check_mongodb(uri, seconds=0.3)
    assert "secret" not in str(told.value)
    assert "bank" not in str(told.value)


@pytest.mark.parametrize(
    "uri", ["", "mongodb://", "http://127.0.0.1:27017", "mongodb://host:port/"]
)
def test_an_address_that_is_none_is_told(uri):
    with pytest.raises(CannotStart, match="not an address of MongoDB"):
        checks.check_mongodb(uri)


def test_an_unreachable_redis_is_told_without_its_password():
    url = f"redis://:secret@127.0.0.1:{free_port()}/0"
    with pytest.raises(CannotStart, match=r"REDIS_URL points to .*no Redis or Valkey") as told:
        checks.check_redis(url)
    assert "secret" not in str(told.value)
    with pytest.raises(CannotStart, match="not an address of Redis"):
        checks.check_redis("localhost")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("mongodb://user:p@ss@db.example:27017/finseg?tls=true", "mongodb://db.example:27017"),
        ("mongodb+srv://user:secret@db.example", "mongodb+srv://db.example"),
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379"),
        ("localhost:27017", "localhost:27017"),
    ],
)
def test_addresses_are_shown_without_user_and_password(address, shown):
    assert checks.without_secrets(address) == shown


def test_a_replica_set_is_accepted(tmp_path):
    server = start_mongod(tmp_path)
    checks.check_mongodb(server.uri)
    server.stop()


def test_a_single_server_is_refused(tmp_path):
    """Several writes need transactions, which only replica sets and sharded clusters have."""
    port = free_port()
    command = mongo.mongod_command(mongo.find_mongod(), tmp_path, port)
    alone = [word for word in command if word not in ("--replSet", "rs0")]
    process = processes.spawn(alone, output=tmp_path / "log")
    try:
        assert processes.wait_until(lambda: answers(port), timeout=30)
        with pytest.raises(CannotStart, match="single server, and finseg needs a replica set"):
            checks.check_mongodb(f"mongodb://127.0.0.1:{port}/")
    finally:
        processes.stop(process)
