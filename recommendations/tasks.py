"""Background work of recommendations."""

from celery import shared_task
from django.db import DatabaseError
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from recommendations import services

RETRY = {
    "autoretry_for": (PyMongoError, DatabaseError, RedisError, OSError),
    "retry_backoff": True,
    "retry_jitter": True,
    "max_retries": 5,
}


@shared_task(**RETRY)
def refresh_recommendations():
    """Make every investor's recommendations anew; returns how many. May run twice."""
    return services.build_all()


@shared_task(**RETRY)
def judge_past_picks():
    """Try the method on past dates, and use what it learns; returns the dates tried.

    0 where the history is too short to have a past. May run twice.
    """
    try:
        record = services.evaluate_past_picks()
    except services.TooLittleHistory:
        return 0
    services.build_all()
    return record.result["dates"]
