"""Real servers for the tests: a MongoDB and a Valkey of their own, started once a run, or once for
each process of a run that is shared out (`pytest -n auto`): no two processes meet in a database, or
in the folder of static files.

A pytest plugin (`-p tests.servers` in pyproject.toml), because the addresses have to be in the
environment before pytest-django imports the settings.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

RUNNING = []
IN_MEMORY = "/dev/shm"
ENOUGH = 4 * 2**30
"""Bytes that the databases of a run may take, with much to spare."""
JOURNEYS = "tests/journeys/"
NOWHERE = {"MONGODB_URI": "mongodb://127.0.0.1:1", "REDIS_URL": "redis://127.0.0.1:1/0"}
"""For the process that hands tests to others and asks no server itself."""


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config):
    shared_out = getattr(early_config.known_args_namespace, "numprocesses", None)
    works = not shared_out or "PYTEST_XDIST_WORKER" in os.environ
    addresses = started(early_config) if works else NOWHERE
    os.environ.update(
        **addresses,
        MONGODB_NAME="finseg",
        DEBUG="on",
        HTTPS="off",
        DEMO="off",
        MARKET_FEED="simulated",
        EMAIL_URL="memorymail://",
        SECRET_KEY="tests-only-key-that-guards-nothing-0123456789abcdef",
    )
    return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Share out what is set up together as a whole, in the order in which it stands."""
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False
    scheduling = LoadScopeScheduling(config, log)
    scheduling._split_scope = together
    return scheduling


def pytest_collection_modifyitems(items):
    """Begin with the journeys in a run that is shared out: they are the longest of its parts."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: not item.nodeid.startswith(JOURNEYS))


def together(test):
    """What a test, by its id, is set up with: its file, or the product of the journeys."""
    return JOURNEYS if test.startswith(JOURNEYS) else test.split("::", 1)[0]


def started(config):
    """Start both servers and make a folder for static files; where, as the settings name them."""
    from finseg.local.mongo import start_mongod
    from finseg.local.valkey import start_valkey

    folder = tempfile.mkdtemp(prefix="finseg-test-", dir=memory())
    config.add_cleanup(lambda: stop(folder))
    mongo = start_mongod(f"{folder}/mongo")
    RUNNING.append(mongo)
    valkey = start_valkey(f"{folder}/valkey")
    RUNNING.append(valkey)
    # Journeys collect files here: where all processes share a folder, another is reading it then.
    static = Path(folder, "static")
    static.mkdir()
    return {"MONGODB_URI": mongo.uri, "REDIS_URL": valkey.url, "STATIC_ROOT": str(static)}


def memory():
    """A folder in memory where there is room: each write of a test waits for the disk otherwise."""
    try:
        return IN_MEMORY if shutil.disk_usage(IN_MEMORY).free > ENOUGH else None
    except OSError:
        return None


def stop(folder):
    while RUNNING:
        RUNNING.pop().stop()
    shutil.rmtree(folder, ignore_errors=True)
