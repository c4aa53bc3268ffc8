"""What has to be true before anything is started; each failure is one sentence."""

import errno
import shutil
import socket
import sys
from pathlib import Path

from finseg.local import mongo, valkey
from finseg.local.errors import CannotStart
from finseg.local.ports import LOOPBACK

_MEGABYTE = 10**6
ROOM_NEEDED = 1500 * _MEGABYTE
"""MongoDB's journal takes 300 MB from the start; history and demo customers about as much."""
_ROOM_LOW = 100 * _MEGABYTE


def check_platform(platform: str = sys.platform) -> None:
    """Refuse systems that the local servers do not run on."""
    if platform not in ("linux", "darwin"):
        raise CannotStart(
            f"finseg's local servers run on Linux and macOS, not on {platform}: use a Linux "
            "machine, or WSL on Windows."
        )


def check_room(folder: Path, needed: int = ROOM_NEEDED) -> None:
    """Refuse a disk that would fill up while the demo data is written."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotStart(
            f"The disk that holds {folder} has {free // _MEGABYTE} MB left, and finseg needs "
            f"{needed // _MEGABYTE} MB: free some space first."
        )


def full_disk(folder: Path) -> str | None:
    """Return a sentence's end if the disk is as good as full: what most likely stopped a server."""
    free = shutil.disk_usage(folder).free
    return f"its disk has only {free // _MEGABYTE} MB left" if free < _ROOM_LOW else None


def parse_port(text: str) -> int:
    """Return the number in PORT."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT is {text!r}: it has to be a number from 1 to 65535.")
    return int(text)


def check_port(port: int) -> None:
    """Refuse a port that the web server could not listen on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise CannotStart(
                    f"Port {port} is kept for the system administrator: choose one above 1023, as "
                    "in `PORT=8001 make run`."
                ) from None
            raise CannotStart(
                f"Port {port} is taken by another program: stop it, or choose another port, as in "
                f"`PORT={port + 1 if port < 65535 else 8001} make run`."
            ) from None


def check_mongodb(uri: str, *, seconds: float = 5) -> None:
    """Refuse a MONGODB_URI where no suitable MongoDB answers within `seconds`."""
    problem = mongo.problem_with(uri, seconds=seconds)
    if problem:
        raise CannotStart(f"MONGODB_URI points to {without_secrets(uri)}: {problem}.")


def check_redis(url: str, *, seconds: float = 5) -> None:
    """Refuse a REDIS_URL where no server answers within `seconds`."""
    problem = valkey.problem_with(url, seconds=seconds)
    if problem:
        raise CannotStart(f"REDIS_URL points to {without_secrets(url)}: {problem}.")


def without_secrets(address: str) -> str:
    """Return an address fit for a screen: neither user nor password nor options."""
    scheme, separator, rest = address.rpartition("://")
    return scheme + separator + rest.rpartition("@")[2].partition("/")[0]
