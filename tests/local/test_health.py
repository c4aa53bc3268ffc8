"""/healthz against the real servers, and against ports where nobody listens."""

import json
import time

import pytest
import redis
from django.conf import settings as django_settings
from django.test import RequestFactory
from pymongo.errors import ServerSelectionTimeoutError

from finseg import health
from finseg.heartbeat import WORKER_KEY
from finseg.local.ports import free_port
from market.livestore import HEARTBEAT_KEY as FEED_KEY

pytestmark = pytest.mark.django_db


@pytest.fixture
def signs():
    """The heartbeats in the real Valkey, removed after the test."""
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        yield client
        client.delete(WORKER_KEY, FEED_KEY)


def ask():
    answer = health.healthz(RequestFactory().get("/healthz"))
    return answer, json.loads(answer.content)


def test_all_is_well_with_two_fresh_heartbeats(signs, client):
    signs.mset({WORKER_KEY: time.time() - 4, FEED_KEY: time.time()})
    answer = client.get("/healthz")
    told = answer.json()
    assert answer.status_code == 200
    assert told["status"] == "ok"
    assert set(told) == {"status", "mongodb", "redis", "worker", "feed"}
    assert 4 <= told["worker"]["age_seconds"] <= health.SILENCE_SECONDS
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(("silent", "other"), [(WORKER_KEY, FEED_KEY), (FEED_KEY, WORKER_KEY)])
def test_a_silent_process_is_named(signs, silent, other):
    signs.set(other, time.time())
    part = silent.split(":")[1]
    for sign in (None, time.time() - 31):
        if sign is not None:
            signs.set(silent, sign)
        answer, told = ask()
        assert answer.status_code == 503
        assert told["status"] == "down"
        assert [name for name in told if name != "status" and not told[name]["ok"]] == [part]
        assert "sign of life" in told[part]["reason"]


def test_redis_down_leaves_mongodb_up_and_the_heartbeats_unknown(settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    answer, told = ask()
    assert answer.status_code == 503
    assert told["mongodb"]["ok"]
    assert not told["redis"]["ok"]
    assert told["feed"]["age_seconds"] is None


def test_mongodb_down_is_told_and_the_rest_still_asked(signs, monkeypatch):
    signs.mset({WORKER_KEY: time.time(), FEED_KEY: time.time()})

    class Unreachable:
        @property
        def database(self):
            raise ServerSelectionTimeoutError("127.0.0.1:1: connection refused")

    monkeypatch.setattr(health, "connection", Unreachable())
    answer, told = ask()
    assert answer.status_code == 503
    assert told["mongodb"] == {"ok": False, "reason": "MongoDB does not answer."}
    assert told["redis"]["ok"]
    assert told["feed"]["ok"]
