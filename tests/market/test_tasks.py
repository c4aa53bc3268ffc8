"""Background work on prices, run in this process."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from celery.exceptions import Retry
from django.conf import settings
from django.db import DatabaseError

from market import livestore, queries, services, tasks
from market.domain.bars import Bars
from market.domain.calendar import nse_calendar
from market.domain.instruments import InstrumentFacts
from market.domain.quotes import Quote
from market.providers.base import ProviderError
from market.providers.yahoo import YahooProvider
from tests.market.yahoo_server import YahooLike


def last_session():
    return nse_calendar().last_finished_session(datetime.now(UTC))


@pytest.fixture
def market(transactional_db):
    livestore.client().flushdb()
    services.store_instruments(
        instruments=[InstrumentFacts("TCS", "TCS", sector="IT", cap_class="Large")]
    )
    services.switch_source(feed="yahoo", source="yahoo")


@pytest.mark.django_db
def test_end_of_day_bars_twice_are_the_same_bars(market):
    session = last_session()
    at = datetime(session.year, session.month, session.day, 9, 30, tzinfo=UTC)
    quotes = [Quote("TCS", 110.0, 105.0, 106.0, 111.0, 104.0, 12, at, "yahoo")]
    livestore.write_quotes("yahoo", quotes)
    assert tasks.store_end_of_day_bars() == f"1 bars of {session}"
    assert tasks.store_end_of_day_bars() == f"0 bars of {session}"
    assert queries.bars_of("TCS").close.tolist() == [110.0]


@pytest.mark.django_db
def test_a_quote_of_another_day_makes_no_bar(market):
    at = datetime.now(UTC) - timedelta(days=30)
    stale = [Quote("TCS", 110.0, 105.0, 106.0, 111.0, 104.0, 12, at, "yahoo")]
    livestore.write_quotes("yahoo", stale)
    tasks.store_end_of_day_bars()
    assert len(queries.bars_of("TCS")) == 0


@pytest.mark.django_db
def test_history_is_refreshed_from_yahoo_and_one_at_a_time(market, monkeypatch):
    end = np.datetime64(last_session(), "D")
    days = np.array([end - 1, end])
    close = np.array([100.0, 101.0])
    bars = Bars(days, close, close, close, close, close, np.array([1, 2]))
    with YahooLike({"TCS.NS": bars}) as server:
        provider = YahooProvider(server.session(), timeout=2.0, attempts=1)
        monkeypatch.setattr(tasks, "YahooProvider", lambda: provider)
        assert tasks.refresh_history() == "1 of 1 instruments are up to date"
        assert queries.bars_of("TCS").close.tolist() == [100.0, 101.0]
        livestore.client().set(tasks.HISTORY_LOCK, "1")
        assert tasks.refresh_history() == "another refresh is running"
        assert tasks.refresh_quotes() == "1 quotes"
    assert queries.latest_quotes()["TCS"].price == 101.0


@pytest.mark.django_db
def test_a_vendor_that_is_down_keeps_no_worker_and_is_tried_again(market, monkeypatch):
    asked, tried = [], []

    class Down:
        source = "yahoo"

        def history(self, symbols, start, end):
            asked.append(symbols)
            assert len(asked) < 100, "without end"
            raise ProviderError("Yahoo does not answer.")

    monkeypatch.setattr(tasks, "YahooProvider", Down)
    monkeypatch.setattr("market.feed.history.FIRST_WAIT", 0.0)
    retry = tasks.refresh_history
    monkeypatch.setattr(retry, "retry", lambda **kwargs: tried.append(kwargs) or Retry())
    tasks.refresh_history.apply()
    assert len(asked) == tasks.HISTORY_ATTEMPTS
    assert isinstance(tried[0]["exc"], ProviderError)
    assert livestore.client().get(tasks.HISTORY_LOCK) is None  # free for the next try


@pytest.mark.django_db
def test_simulated_and_imported_prices_are_left_alone(market):
    for source in ("simulated", "file"):
        services.switch_source(feed="", source=source)
        assert tasks.refresh_history() == "nothing to do"
        assert tasks.store_end_of_day_bars() == "nothing to do"
        assert tasks.refresh_quotes() == "nothing to do"


@pytest.mark.django_db
def test_a_refresh_that_outlived_its_lock_leaves_the_next_ones(market, monkeypatch):
    lock = tasks.HISTORY_LOCK

    def takes_too_long(*args, **kwargs):
        assert livestore.client().ttl(lock) > settings.CELERY_TASK_TIME_LIMIT
        livestore.client().set(lock, "another's")
        return []

    monkeypatch.setattr(tasks, "load_history", takes_too_long)
    assert tasks.refresh_history() == "1 of 1 instruments are up to date"
    assert livestore.client().get(lock) == b"another's"


def test_a_mongodb_that_fails_through_a_model_is_tried_again(monkeypatch):
    def fails():
        raise DatabaseError("127.0.0.1:1: connection refused")

    monkeypatch.setattr(tasks.queries, "active_source", fails)
    tried = []
    monkeypatch.setattr(
        tasks.refresh_quotes, "retry", lambda **kwargs: tried.append(kwargs) or Retry()
    )
    tasks.refresh_quotes.apply()
    assert isinstance(tried[0]["exc"], DatabaseError)
