"""Background work on prices. Each task may run twice, or at the same time as another, unharmed."""

from contextlib import suppress
from datetime import UTC, datetime

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError
from pymongo.errors import PyMongoError
from redis.exceptions import LockNotOwnedError, RedisError

from market import livestore, queries, services
from market.domain.calendar import nse_calendar
from market.feed.engine import quotes_of_session
from market.feed.history import FIRST_YAHOO_DAY, load_history
from market.models import Source
from market.providers.base import ProviderError
from market.providers.yahoo import YahooProvider

RETRYING = {
    "autoretry_for": (ProviderError, PyMongoError, DatabaseError, RedisError),
    "retry_backoff": 30,
    "retry_backoff_max": 900,
    "retry_jitter": True,
    "max_retries": 5,
}
HISTORY_LOCK = "finseg:market:history-lock"
LOCK_SECONDS = settings.CELERY_TASK_TIME_LIMIT + 60
"""No task outlives its time limit, so the lock cannot run out under a refresh at work."""


@shared_task(**RETRYING)
def refresh_history() -> str:
    """Bring Yahoo's history and corporate actions up to the last finished session.

    Simulated and imported prices have no vendor to ask: their history is complete as it is.
    """
    if queries.active_source() != Source.YAHOO:
        return "nothing to do"
    lock = livestore.client().lock(HISTORY_LOCK, timeout=LOCK_SECONDS)
    if not lock.acquire(blocking=False):
        return "another refresh is running"
    try:
        symbols = [facts.symbol for facts in queries.instruments(kind=None)]
        end = nse_calendar().last_finished_session(datetime.now(UTC))
        problems = load_history(YahooProvider(), symbols, start=FIRST_YAHOO_DAY, end=end)
    finally:
        # Redis may have come back empty meanwhile, and the lock be another task's by now.
        with suppress(LockNotOwnedError):
            lock.release()
    return f"{len(symbols) - len(problems)} of {len(symbols)} instruments are up to date"


@shared_task(**RETRYING)
def refresh_quotes() -> str:
    """Ask Yahoo for all quotes once, for a deployment whose feed has stopped."""
    if queries.active_source() != Source.YAHOO:
        return "nothing to do"
    symbols = [facts.symbol for facts in queries.instruments(kind=None)]
    quotes = list(YahooProvider().quotes(symbols).quotes.values())
    services.store_quotes(source=Source.YAHOO, quotes=quotes)
    livestore.write_quotes(Source.YAHOO, quotes)
    return f"{len(quotes)} quotes"


@shared_task(**RETRYING)
def store_end_of_day_bars() -> str:
    """Turn the last quotes of a finished session into its daily bars.

    The simulated session stores its own bars when it ends, at midnight; a replayed session has
    them already.
    """
    source = queries.active_source()
    if source != Source.YAHOO:
        return "nothing to do"
    session = nse_calendar().last_finished_session(datetime.now(UTC))
    quotes = quotes_of_session(queries.latest_quotes().values(), session, source)
    done = services.store_end_of_day_bars(source=source, session_date=session, quotes=quotes)
    return f"{done.stored} bars of {session}"
