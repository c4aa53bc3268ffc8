"""Background work of portfolios."""

from celery import shared_task
from django.db import DatabaseError
from pymongo.errors import PyMongoError

from portfolios import services
from portfolios.models import ImportBatch
from portfolios.services import book_actions, store_points, value_all_portfolios


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


@shared_task(
    autoretry_for=(PyMongoError, DatabaseError, OSError),
    retry_backoff=5,
    retry_jitter=True,
    max_retries=5,
)
def store_period_points(anew=False):
    """Keep where every portfolio stood at each close; what was cut short is finished here."""
    return {"portfolios": store_points(anew=anew)}


@shared_task(
    autoretry_for=(PyMongoError, DatabaseError, OSError),
    retry_backoff=2,
    retry_jitter=True,
    max_retries=5,
)
def work_on_import(pk):
    """Read, compare or book an investor's file; done twice, it is booked once."""
    batch = ImportBatch.objects.filter(pk=pk).first()
    if batch is None:  # forgotten meanwhile
        return {"imports": 0}
    services.work_on(batch)
    return {"imports": 1, "booked": batch.added}


@shared_task
def forget_expired_imports():
    """Delete files that nobody booked within a week."""
    return services.forget_expired()
