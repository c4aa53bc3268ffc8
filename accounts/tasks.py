"""Background work of accounts."""

from celery import shared_task
from django.db import DatabaseError
from pymongo.errors import PyMongoError

from accounts import services


@shared_task(
    autoretry_for=(PyMongoError, DatabaseError),
    retry_backoff=True,
    retry_jitter=True,
    max_retries=5,
)
def forget_expired():
    """Delete sessions, links and sign-in records that are past their time. May run twice."""
    return services.forget_expired()
