"""Background work of portfolios."""

from celery import shared_task
from django.db import DatabaseError
from pymongo.errors import PyMongoError

from portfolios.services import book_actions, value_all_portfolios


@shared_task(
    autoretry_for=(PyMongoError, DatabaseError, OSError),
    retry_backoff=5,
    retry_jitter=True,
    max_retries=5,
)
def value_portfolios(yearly=False):
    """Value every portfolio at the latest prices; a second run writes the same again.

    `yearly` adds the return of the last year, which the nightly chain asks for.
    """
    return {"actions": book_actions(), "portfolios": value_all_portfolios(yearly=yearly)}
