"""Background work on prices. Each task may run twice, or at the same time as another, unharmed."""

from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError
from pymongo.errors import PyMongoError
from redis.exceptions import LockNotOwnedError, RedisError

from market import livestore, queries, services
from market.debtloads import refresh_debts
from market.debts import companies_due
from market.domain.calendar import nse_calendar
from market.feed.choice import debt_provider
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
HISTORY_ATTEMPTS = 4
"""Failures in a row after which a vendor that is down keeps no worker: the task is tried again
later, and goes on with what is missing."""
HISTORY_LOCK = "finseg:market:history-lock"
DEBT_LOCK = "finseg:market:debt-lock"
DEBT_EVERY = timedelta(days=6, hours=12)
"""A company is asked about once a week; its accounts come once a quarter."""
LOCK_SECONDS = settings.CELERY_TASK_TIME_LIMIT + 60
"""No task outlives its time limit, so the lock cannot run out under a refresh at work."""


@shared_task(**RETRYING)
def refresh_history() -> str:
    """Bring Yahoo's history and corporate actions up to the last finished session.

    Simulated and imported prices have no vendor to ask: their history is complete as it is.
    """
    if queries.active_source() != Source.YAHOO:
        return "nothing to do"
    with _alone(HISTORY_LOCK) as first:
        if not first:
            return "another refresh is running"
        symbols = [facts.symbol for facts in queries.instruments(kind=None)]
        end = nse_calendar().last_finished_session(datetime.now(UTC))
        problems = load_history(
            YahooProvider(), symbols, start=FIRST_YAHOO_DAY, end=end, attempts=HISTORY_ATTEMPTS
        )
    return f"{len(symbols) - len(problems)} of {len(symbols)} instruments are up to date"


@shared_task(**RETRYING)
def refresh_companies_debt() -> str:
    """Ask again what companies owe, those not asked for a week; a run cut short is gone on with.

    Debts beside imported prices come from a file (`manage.py load_debt`).
    """
    provider = debt_provider(queries.active_source(), seed=settings.MARKET_SEED)
    if provider is None:
        return "nothing to do"
    with _alone(DEBT_LOCK) as first:
        if not first:
            return "another refresh is running"
        due = companies_due(provider.source, now=datetime.now(UTC), every=DEBT_EVERY)
        done = refresh_debts(provider, due)
    return f"{done.stored} debts known, {done.refused} not told or refused, {done.left} left"


@contextmanager
def _alone(name: str):
    """Tell whether no other task does the same; so long nobody else is told so."""
    lock = livestore.client().lock(name, timeout=LOCK_SECONDS)
    first = lock.acquire(blocking=False)
    try:
        yield first
    finally:
        # Redis may have come back empty meanwhile, and the lock be another task's by now.
        if first:
            with suppress(LockNotOwnedError):
                lock.release()


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
