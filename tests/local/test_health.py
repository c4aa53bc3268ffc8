"""/healthz against the real servers, and against ports where nobody listens."""

import json
import time
from datetime import datetime

import pytest
import redis
from django.conf import settings as django_settings
from django.test import RequestFactory
from pymongo.errors import ServerSelectionTimeoutError

from finseg import health
from finseg.heartbeat import WORKER_KEY
from finseg.local.ports import free_port
from market.domain.calendar import IST
from market.livestore import HEARTBEAT_KEY as FEED_KEY
from market.livestore import STATUS_KEY

pytestmark = pytest.mark.django_db


@pytest.fixture
def signs():
    """The heartbeats in the real Valkey, removed after the test."""
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        client.delete(STATUS_KEY)
        yield client
        client.delete(WORKER_KEY, FEED_KEY, STATUS_KEY)


def ask():
    answer = health.healthz(RequestFactory().get("/healthz"))
    return answer, json.loads(answer.content)


def test_all_is_well_with_two_fresh_heartbeats(signs, client):
    signs.mset({WORKER_KEY: time.time() - 4, FEED_KEY: time.time()})
    answer = client.get("/healthz")
    told = answer.json()
    assert answer.status_code == 200
    assert told["status"] == "ok"
    assert set(told) == {"status", "mongodb", "redis", "worker", "feed", "segments"}
    assert told["segments"]["published_run"] is None and told["segments"]["ok"]
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


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=IST)


OPEN, NIGHT = at("2025-06-03T11:00"), at("2025-06-03T20:00")


@pytest.mark.parametrize(
    ("source", "now", "silent", "well"),
    [
        ("yahoo", OPEN, 119, True),
        ("yahoo", OPEN, 121, False),
        # Nothing moves at night, nor in the first two minutes after the opening at 09:15.
        ("yahoo", NIGHT, 9_000, True),
        ("yahoo", at("2025-06-03T09:16"), 9_000, True),
        ("yahoo", at("2025-06-03T09:18"), 9_000, False),
        ("simulated", NIGHT, 121, False),
    ],
)
def test_a_feed_whose_source_is_silent_in_a_session_is_down(source, now, silent, well):
    beating = {"ok": True, "age_seconds": 1.0}
    status = {"feed": source, "began": 0.0, "updated": now.timestamp() - silent}
    part = health._prices(beating, status, now)
    assert part["ok"] is well
    assert part["price_age_seconds"] == silent


def test_a_source_that_never_answered_is_silent_since_the_feed_began():
    beating = {"ok": True, "age_seconds": 1.0}
    status = {"feed": "yahoo", "began": OPEN.timestamp() - 121, "updated": None}
    part = health._prices(beating, status, OPEN)
    assert not part["ok"]
    assert part["price_age_seconds"] is None
    # A feed that prepares its history has no source yet.
    assert health._prices(beating, {"message": "Preparing the price history."}, OPEN)["ok"]


def test_a_dead_source_is_told_although_the_feed_beats(signs):
    signs.mset({WORKER_KEY: time.time(), FEED_KEY: time.time()})
    signs.set(STATUS_KEY, json.dumps({"feed": "simulated", "updated": time.time() - 3_600}))
    answer, told = ask()
    assert answer.status_code == 503
    assert told["feed"]["price_age_seconds"] >= 3_600
    assert "no prices" in told["feed"]["reason"]


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
