"""/healthz: is every part of this deployment alive?"""

import time
from datetime import UTC, datetime, timedelta

import orjson
import pymongo
import redis
from django.conf import settings
from django.db import connection
from django.http import JsonResponse
from django.utils.log import log_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from pymongo.errors import PyMongoError

from finseg.heartbeat import WORKER_KEY
from market.domain.calendar import nse_calendar
from market.livestore import HEARTBEAT_KEY as FEED_KEY
from market.livestore import STATUS_KEY
from segmentation.judgement import waiting_run
from segmentation.queries import publication_state, published_run, runs

PATIENCE_SECONDS = 2
SILENCE_SECONDS = 30
"""Longer without a sign of life, and a process counts as down."""
PRICE_SECONDS = 120
"""Longer without prices while the market is open, and the feed's source counts as down."""


@require_safe
@never_cache
def healthz(request):
    """Answer 200 if everything runs, else 503; either way with what is known of each part."""
    mongodb = _mongodb()
    parts = {"mongodb": mongodb, **_redis_and_heartbeats()}
    if mongodb["ok"]:
        parts["segments"] = _segments()
    down = [name for name, part in parts.items() if not part["ok"]]
    if not down:
        return JsonResponse({"status": "ok", **parts})
    response = JsonResponse({"status": "down", **parts}, status=503)
    # Django would log every 503 as an error, and whoever watches asks every few seconds.
    log_response("Down: %s", ", ".join(down), response=response, request=request, level="debug")
    return response


def _mongodb():
    began = time.perf_counter()
    try:
        with pymongo.timeout(PATIENCE_SECONDS):
            connection.database.client.admin.command("ping")
    except PyMongoError:
        return {"ok": False, "reason": "MongoDB does not answer."}
    return {"ok": True, "milliseconds": _milliseconds_since(began)}


def _segments():
    """What is published and what became of the last run; never down, since pages serve the former.

    A run that failed, is stuck or waits for a person is for staff to see to, not for whoever
    restarts processes.
    """
    state, last = publication_state(), next(iter(runs(1)), None)
    published = published_run()
    since = state.published_at if state else None
    waiting = waiting_run(published)
    return {
        "ok": True,
        "published_run": published.number if published else None,
        "published_at": since.isoformat() if since else None,
        "last_run": last.number if last else None,
        "last_run_status": last.status if last else None,
        "waiting_run": waiting.number if waiting else None,
    }


def _redis_and_heartbeats():
    began = time.perf_counter()
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=PATIENCE_SECONDS,
            socket_connect_timeout=PATIENCE_SECONDS,
        ) as client:
            worker, feed, status = client.mget(WORKER_KEY, FEED_KEY, STATUS_KEY)
    except redis.RedisError:
        unknown = {"ok": False, "age_seconds": None, "reason": "Redis, which would know, is down."}
        return {
            "redis": {"ok": False, "reason": "Redis does not answer."},
            "worker": unknown,
            "feed": unknown,
        }
    return {
        "redis": {"ok": True, "milliseconds": _milliseconds_since(began)},
        "worker": _heartbeat(worker, "No Celery worker has given a sign of life."),
        "feed": _prices(
            _heartbeat(feed, "No price feed has given a sign of life."),
            orjson.loads(status) if status else {},
            datetime.now(UTC),
        ),
    }


def _heartbeat(written, silence):
    if written is None:
        return {"ok": False, "age_seconds": None, "reason": silence}
    age = max(0.0, time.time() - float(written))
    if age > SILENCE_SECONDS:
        return {"ok": False, "age_seconds": round(age, 1), "reason": silence}
    return {"ok": True, "age_seconds": round(age, 1)}


def _prices(feed, status, now):
    """The feed's part with the age of its source's latest answer, which must not grow in a session.

    A feed that still prepares its history names no source yet, and is fine while it lives.
    """
    updated = status.get("updated")
    age = None if updated is None else round(max(0.0, now.timestamp() - updated), 1)
    feed = {**feed, "price_age_seconds": age}
    silent = now.timestamp() - (updated or status.get("began") or now.timestamp())
    if feed["ok"] and silent > PRICE_SECONDS and _trading(status.get("feed"), now):
        reason = "The feed runs, but its source gives no prices though the market is open."
        return {**feed, "ok": False, "reason": reason}
    return feed


def _trading(feed, now):
    """True if prices have had to come for a while: replayed and simulated markets never close."""
    if feed != "yahoo":
        return True
    states = (
        nse_calendar().state_at(instant)
        for instant in (now, now - timedelta(seconds=PRICE_SECONDS))
    )
    return all(state in ("open", "closing_auction") for state in states)


def _milliseconds_since(began):
    return round(1000 * (time.perf_counter() - began), 1)
