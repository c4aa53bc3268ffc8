"""Background work of recommendations."""

from celery import shared_task
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from recommendations import services


@shared_task(
    autoretry_for=(PyMongoError, RedisError, OSError),
    retry_backoff=True,
    retry_jitter=True,
    max_retries=5,
)
def refresh_recommendations():
    """Make every investor's recommendations anew; returns how many. May run twice."""
    return services.build_all()
