"""Reads against the real MongoDB and Redis."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from market import livestore, queries, services
from market.domain.bars import Bars
from market.domain.instruments import InstrumentFacts
from market.domain.quotes import Quote
from market.models import FeedState, LatestQuote, PriceYear

pytestmark = pytest.mark.django_db


def bars(days, closes):
    close = np.array(closes, float)
    return Bars(
        np.array(days, "datetime64[D]"),
        close - 1,
        close + 2,
        close - 2,
        close,
        close * 0.9,
        np.arange(len(closes)) + 100,
    )


@pytest.fixture
def market(transactional_db):
    livestore.client().flushdb()
    services.store_instruments(
        instruments=[
            InstrumentFacts("M&M", "Mahindra & Mahindra Ltd.", "INE101A01026", "Auto", "Large"),
            InstrumentFacts("TCS", "Tata Consultancy Services Ltd.", "INE467B01029", "IT", "Large"),
            InstrumentFacts("NIFTY50", "NIFTY 50", kind="index"),
        ]
    )
    services.switch_source(feed="yahoo", source="yahoo")
    services.store_bars(
        source="yahoo",
        bars={
            "TCS": bars(["2024-12-30", "2024-12-31", "2025-01-01"], [100, 102, 105]),
            "M&M": bars(["2024-12-31", "2025-01-01"], [50, 49]),
        },
    )
    services.store_bars(source="simulated", bars={"TCS": bars(["2025-01-01"], [7])})


def test_panel_spans_years_and_leaves_unknown_days_nan(market):
    panel = queries.price_panel()
    assert panel.symbols == ("M&M", "TCS")
    assert panel.dates.astype(str).tolist() == ["2024-12-30", "2024-12-31", "2025-01-01"]
    np.testing.assert_array_equal(panel.values, [[np.nan, 100], [50, 102], [49, 105]])


def test_sources_never_mix(market):
    assert queries.price_panel(symbols=["TCS"]).values.ravel().tolist() == [100, 102, 105]
    services.switch_source(feed="simulated", source="simulated")
    assert queries.active_source() == "simulated"
    assert queries.price_panel(symbols=["TCS"]).values.ravel().tolist() == [7]
    assert list(queries.latest_quotes()) == ["TCS"]


def test_storing_twice_changes_nothing_and_a_changed_bar_counts_once(market):
    again = {"TCS": bars(["2024-12-30", "2024-12-31", "2025-01-01"], [100, 102, 105])}
    version = queries.price_version()
    assert services.store_bars(source="yahoo", bars=again) == services.Stored(0, 3)
    assert queries.price_version() == version
    # Volumes of the helper restart at 100: only the close and what follows from it differ.
    changed = bars(["2024-12-30", "2024-12-31", "2025-01-01"], [100, 103, 105])
    assert services.store_bars(source="yahoo", bars={"TCS": changed}) == services.Stored(1, 2)
    assert queries.price_version() == version + 1
    assert queries.price_panel(symbols=["TCS"]).values.ravel().tolist() == [100, 103, 105]
    assert PriceYear.objects.filter(source="yahoo").count() == 4


@pytest.mark.parametrize(
    ("other", "mine", "closes"),
    [
        # Both merge into the stored 2025 of TCS, which holds 105 of 1 January.
        (["2025-01-02"], ["2025-01-03"], [105, 7, 8]),
        # 2026 is new to both of them.
        (["2026-01-01"], ["2026-01-02"], [105, 7, 8]),
    ],
)
def test_two_writers_of_one_year_lose_nothing(market, monkeypatch, other, mine, closes):
    """The other writer comes between the reading and the writing of this one."""
    columns_of = services.columns_of
    waiting = [bars(other, [7])]

    def interrupted(series):
        if waiting:
            services.store_bars(source="yahoo", bars={"TCS": waiting.pop()})
        return columns_of(series)

    monkeypatch.setattr(services, "columns_of", interrupted)
    done = services.store_bars(source="yahoo", bars={"TCS": bars(mine, [8])})
    assert not waiting
    assert done == services.Stored(1, 0)
    assert queries.bars_of("TCS", start="2025-01-01").close.tolist() == closes


def test_last_bar_stands_in_for_a_missing_quote_and_live_quotes_win(market):
    quote = queries.latest_quotes()["TCS"]
    assert (quote.price, quote.previous_close, quote.source) == (105, 102, "yahoo")
    # NSE closed at 15:30 IST on 2025-01-01, which is 10:00 UTC.
    assert quote.at == datetime(2025, 1, 1, 10, 0, tzinfo=UTC)
    at = datetime(2025, 1, 2, 5, 0, tzinfo=UTC)
    live = Quote("TCS", 110.5, 105.0, 106.0, 111.0, float("nan"), 12, at, "yahoo")
    livestore.write_quotes("yahoo", [live])
    got = queries.latest_quotes(["TCS"])["TCS"]
    assert (got.price, got.at, got.volume) == (110.5, at, 12)
    assert np.isnan(got.low)
    assert set(queries.latest_quotes()) == {"TCS", "M&M"}


def test_mongodb_answers_when_redis_is_gone(market, settings):
    at = datetime(2025, 1, 2, 5, 0, tzinfo=UTC)
    quote = Quote("TCS", 111.0, 105.0, float("nan"), 111.0, 104.0, 12, at, "yahoo")
    services.store_quotes(source="yahoo", quotes=[quote])
    services.store_quotes(source="yahoo", quotes=[quote])
    assert LatestQuote.objects.count() == 1
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    got = queries.latest_quotes(["TCS"])["TCS"]
    assert (got.price, got.at) == (111.0, at)
    assert np.isnan(got.open)
    assert queries.market_status().age_seconds is None


def live(price, day, previous=105.0):
    at = datetime(2025, 1, day, 5, 0, tzinfo=UTC)
    return Quote("TCS", price, previous, 106.0, 111.0, 104.0, 12, at, "yahoo")


def test_an_older_price_has_not_moved_in_the_session_under_way(market):
    """Session of 2 January: TCS traded in it, M&M was last seen the day before (50, then 49)."""
    services.set_session(session_date=date(2025, 1, 2))
    livestore.write_quotes("yahoo", [live(110.0, 2)])
    quotes = queries.latest_quotes()
    assert (quotes["TCS"].price, quotes["TCS"].previous_close) == (110, 105)
    assert (quotes["M&M"].price, quotes["M&M"].previous_close) == (49, 49)
    assert quotes["M&M"].change == 0

    # A day on, the live quote too is of an older session, although Redis still tells it.
    services.set_session(session_date=date(2025, 1, 3))
    assert queries.latest_quotes()["TCS"].change == 0
    # The bars and quotes of the session itself keep their change.
    services.set_session(session_date=date(2025, 1, 1))
    assert queries.latest_quotes()["M&M"].change == -1


def test_an_empty_redis_leaves_the_quotes_in_mongodb(market):
    services.store_quotes(source="yahoo", quotes=[live(111.0, 2)])
    assert queries.latest_quotes(["TCS"])["TCS"].price == 111
    assert queries.latest_quotes()["M&M"].price == 49
    # A bar of a later day is fresher: the feed was down meanwhile.
    services.store_bars(source="yahoo", bars={"TCS": bars(["2025-01-03"], [120])})
    assert queries.latest_quotes(["TCS"])["TCS"].price == 120


def test_an_empty_redis_shows_a_replay_nothing_of_later(market):
    services.switch_source(feed="replay", source="yahoo", session_date=date(2025, 1, 1))
    services.store_quotes(source="yahoo", quotes=[live(111.0, 1)])
    quote = queries.latest_quotes(["TCS"])["TCS"]
    # The last bar before the replayed session: 102 on 31 December.
    assert (quote.price, quote.change) == (102, 0)


def test_replay_hides_the_future_of_its_session(market):
    services.store_bars(source="file", bars={"TCS": bars(["2024-12-31", "2025-01-01"], [1, 2])})
    services.switch_source(feed="replay", source="file", session_date=date(2025, 1, 1))
    assert queries.price_panel(symbols=["TCS"]).values.ravel().tolist() == [1]
    assert queries.bars_of("TCS").close.tolist() == [1]
    assert FeedState.objects.get().session_date == date(2025, 1, 1)


def test_search_finds_by_isin_and_ampersand(market):
    assert [f.symbol for f in queries.search_instruments("m & m")] == ["M&M"]
    assert [f.symbol for f in queries.search_instruments("ine467b01029")] == ["TCS"]


def test_end_of_day_bars_come_from_the_last_quotes(market):
    at = datetime(2025, 1, 2, 10, 0, tzinfo=UTC)
    quotes = [
        Quote("TCS", 110.0, 105.0, 106.0, 111.0, 104.0, 12, at, "yahoo"),
        Quote("M&M", float("nan"), 49.0, 1.0, 1.0, 1.0, 0, at, "yahoo"),
    ]
    stored = services.store_end_of_day_bars(
        source="yahoo", session_date=date(2025, 1, 2), quotes=quotes
    )
    assert stored == services.Stored(1, 0)
    last = queries.bars_of("TCS")
    assert last.dates[-1] == np.datetime64("2025-01-02")
    assert (last.open[-1], last.high[-1], last.low[-1], last.close[-1]) == (106, 111, 104, 110)
