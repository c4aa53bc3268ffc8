"""The processes of the local machine: what each runs, and how it is known to be ready."""

import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from finseg.local import mongo, valkey
from finseg.local.ports import LOOPBACK
from finseg.local.supervisor import Service

_CLOCK_SLACK = 1.0
"""Heartbeats may be whole seconds."""
_ASK_SECONDS = 0.5
"""Asking costs the web server a look at every part, while everything else wants to start."""


def database(folder: Path, port: int) -> Service:
    """MongoDB with its data in `folder`/mongo."""
    data = folder / "mongo"
    data.mkdir(exist_ok=True)
    return Service(
        "mongod",
        mongo.mongod_command(mongo.find_mongod(), data, port),
        is_ready=lambda since: mongo.takes_writes(port),
        stop_seconds=30,
        readable=mongod_complaint,
    )


def broker(folder: Path, port: int) -> Service:
    """Valkey with its snapshot in `folder`/valkey."""
    data = folder / "valkey"
    data.mkdir(exist_ok=True)
    return Service(
        "valkey",
        valkey.valkey_command(valkey.find_valkey(), data, port),
        is_ready=lambda since: valkey.problem_with(valkey.valkey_url(port), seconds=1) is None,
        readable=valkey_complaint,
    )


def web(port: int) -> Service:
    """The web server."""
    return Service(
        "web",
        python(
            "-m", "daphne", "-v", "0", "-b", LOOPBACK, "-p", str(port), "finseg.asgi:application"
        ),
        is_ready=lambda since: health(port) is not None,
    )


def worker(port: int) -> Service:
    """The Celery worker; asked to stop, it first finishes what it is doing."""
    return Service(
        "worker",
        python(
            *("-m", "celery", "-A", "finseg", "--quiet", "worker"),
            *("--pool", "prefork", "--concurrency", "2", "--loglevel", "WARNING"),
            # There is one worker: it has nobody to gossip with.
            *("--without-gossip", "--without-mingle"),
        ),
        is_ready=part_beats(port, "worker"),
        ask_seconds=_ASK_SECONDS,
        stop_seconds=20,
        essential=False,
    )


def beat(folder: Path) -> Service:
    """Celery's clock, which hands the worker what is due."""
    return Service(
        "beat",
        python(
            *("-m", "celery", "-A", "finseg", "--quiet", "beat", "--loglevel", "WARNING"),
            *("--schedule", str(folder / "beat-schedule"), "--pidfile", ""),
        ),
        essential=False,
    )


def feed(port: int) -> Service:
    """The feed of live prices."""
    return Service(
        "feed",
        python("manage.py", "feed"),
        is_ready=part_beats(port, "feed"),
        ask_seconds=_ASK_SECONDS,
        essential=False,
    )


def python(*words: str) -> list[str]:
    """Return a command of the interpreter that runs now."""
    return [sys.executable, *words]


def health(port: int) -> dict | None:
    """Return what /healthz answers, None if nothing does."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/healthz", timeout=5) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        # 503: the web server runs, something else does not.
        body = error.read()
    except OSError:
        return None
    try:
        told = json.loads(body)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def part_beats(port: int, part: str) -> Callable[[float], bool]:
    """Return a check that `part` has given a sign of life since a given instant."""

    def beats(since: float) -> bool:
        told = (health(port) or {}).get(part) or {}
        age = told.get("age_seconds")
        return age is not None and time.time() - age >= since - _CLOCK_SLACK

    return beats


def mongod_complaint(line: str) -> str | None:
    """Return the message of an error in mongod's JSON log, None for all it says besides."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    if not isinstance(entry, dict) or entry.get("s") not in ("E", "F"):
        return None
    return str(entry.get("attr", {}).get("error") or entry.get("msg"))


def valkey_complaint(line: str) -> str | None:
    """Return a line of Valkey's log that warns (its mark is #), None for the rest.

    Its farewell bears the mark too, and so does its advice on the kernel's settings for memory,
    which concerns servers that hold much.
    """
    harmless = any(word in line for word in ("bye bye", "overcommit", "Transparent Huge"))
    return line if " # " in line and not harmless else None
