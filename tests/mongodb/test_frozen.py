"""A MongoDB that hangs: a real one, stopped by a signal, under a web server's process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError
from pymongo.errors import NetworkTimeout, OperationFailure

from finseg.errors import database_is_lost
from finseg.local.mongo import start_mongod

ROOT = Path(__file__).resolve().parents[2]

ASKING = """
import asyncio, json, os, signal, sys
import finseg.asgi
from django.conf import settings
from django.db import connection
from django.test import AsyncClient

settings.DEBUG = False  # debugging, Django shows the error itself

async def ask():
    client = AsyncClient(raise_request_exception=False)
    client.cookies["sessionid"] = "a" * 32  # whoever it is has to be looked up
    told = {}
    os.kill(int(sys.argv[1]), signal.SIGSTOP)
    try:
        for path, key in (("/", {}), ("/api/v1/portfolios", {"Authorization": sys.argv[2]})):
            answer = await client.get(path, headers=key)
            told[path] = [answer.status_code, answer["Retry-After"], answer.content.decode()]
    finally:
        os.kill(int(sys.argv[1]), signal.SIGCONT)
    told["/healthz"] = [(await client.get("/healthz")).json()["mongodb"]["ok"]]
    return told

connection.database.command("ping")
print(json.dumps(asyncio.run(ask())))
"""


def test_pages_of_a_frozen_mongodb_are_given_up_with_503(tmp_path):
    server = start_mongod(tmp_path / "own")
    key = "Bearer finseg_" + "a" * 43
    environment = {
        "MONGODB_URI": server.uri,
        "REDIS_URL": settings.REDIS_URL,
        "MONGODB_PAGE_SECONDS": "1",
        "ALLOWED_HOSTS": "testserver",
        "DEBUG": "on",
        "MARKET_FEED": "simulated",
    }
    try:
        asked = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", ASKING, str(server.process.pid), key],
            cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    finally:
        server.stop()
    assert asked.returncode == 0, asked.stderr
    told = json.loads(asked.stdout.splitlines()[-1])
    status, again, page = told["/"]
    assert (status, again) == (503, "15") and "Our database does not answer" in page
    status, again, body = told["/api/v1/portfolios"]
    assert (status, again) == (503, "15") and "did not answer in time" in json.loads(body)["error"]
    # It was our limit, not PyMongo's own watch, which gives up after half a minute or so.
    assert "timeoutMS: 1000.0ms" in asked.stderr and "OperationCancelled" not in asked.stderr
    assert told["/healthz"] == [True]


def test_the_web_server_has_a_limit_and_a_task_has_none():
    ask = "from django.db import connection as c; print(c.get_connection_params().get('timeoutMS'))"
    base = {k: v for k, v in os.environ.items() if k != "MONGODB_PAGE_SECONDS"}
    task = "import finseg.celery, django; django.setup()"
    for process, limit in (("import finseg.asgi", "10000"), (task, "None")):
        asked = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", f"{process}; {ask}"],
            cwd=ROOT, env=base, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert asked.stdout.split() == [limit], asked.stderr


@pytest.mark.parametrize(
    ("cause", "lost"),
    [
        (NetworkTimeout("late"), True),
        (OperationFailure("operation exceeded time limit", 50), True),
        (OperationFailure("bad pipeline"), False),
        (ValueError("x"), False),
    ],
)
def test_only_a_database_that_does_not_answer_counts_as_lost(cause, lost):
    error = DatabaseError("wrapped")
    error.__cause__ = cause
    assert database_is_lost(error) is lost
