"""yfinance's real code against a server on loopback that answers like Yahoo."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from market.domain.bars import Bars
from market.domain.calendar import IST
from market.providers.base import BadAnswer, ProviderError, ProviderTimeout, RateLimited
from market.providers.yahoo import YahooProvider
from tests.market.yahoo_server import YahooLike

RECORDED = Path("../shared/data/yahoo")
DAYS = np.array(["2024-10-24", "2024-10-25", "2024-10-28", "2024-10-29"], "datetime64[D]")


def made_up(close):
    close = np.array(close, float)
    return Bars(DAYS, close - 1, close + 2, close - 3, close, close * 0.98, np.array([5, 6, 7, 8]))


@pytest.fixture
def yahoo():
    bars = {
        "TCS.NS": made_up([4000, 4010, 4020, 4030]),
        "M&M.NS": made_up([2800, 2790, 2810, 2820]),
        "^NSEI": made_up([24_400, 24_180, 24_340, 24_470]),
        "GAPPY.NS": made_up([10, np.nan, 12, 13]),
    }
    actions = {"TCS.NS": [("2024-10-25", "dividend", 10.0), ("2024-10-28", "split", 2.0)]}
    with YahooLike(bars, actions) as server:
        yield server


@pytest.fixture
def provider(yahoo):
    return YahooProvider(yahoo.session(), timeout=1.0, attempts=2, sleep=lambda seconds: None)


def test_history_with_actions(provider, yahoo):
    answer = provider.history(["TCS", "M&M", "NIFTY50"], date(2024, 10, 24), date(2024, 10, 28))
    assert set(answer.bars) == {"TCS", "M&M", "NIFTY50"}
    assert answer.problems == ()
    tcs = answer.bars["TCS"]
    assert tcs.dates.astype(str).tolist() == ["2024-10-24", "2024-10-25", "2024-10-28"]
    assert tcs.close.tolist() == [4000, 4010, 4020]
    assert tcs.high.tolist() == [4002, 4012, 4022]
    np.testing.assert_allclose(tcs.adj_close, [3920, 3929.8, 3939.6])
    assert tcs.volume.tolist() == [5, 6, 7]
    assert [(a.symbol, str(a.ex_date), a.action, a.value) for a in answer.actions] == [
        ("TCS", "2024-10-25", "dividend", 10.0),
        ("TCS", "2024-10-28", "split", 2.0),
    ]
    assert any("/chart/M%26M.NS" in path for path in yahoo.requests)


def test_a_day_without_a_close_is_left_out(provider):
    bars = provider.history(["GAPPY"], date(2024, 10, 24), date(2024, 10, 29)).bars["GAPPY"]
    assert bars.close.tolist() == [10, 12, 13]


def test_quotes_in_one_request(provider, yahoo):
    answer = provider.quotes(["TCS", "M&M", "NIFTY50", "NOPE"])
    tcs = answer.quotes["TCS"]
    assert (tcs.price, tcs.previous_close, tcs.open, tcs.high, tcs.low) == (
        4030,
        4020,
        4029,
        4032,
        4027,
    )
    assert (tcs.volume, tcs.source) == (8, "yahoo")
    # 2024-10-29 10:00 UTC is 15:30 IST, when the exchange closes.
    assert tcs.at == datetime(2024, 10, 29, 10, 0, tzinfo=UTC)
    assert answer.quotes["M&M"].price == 2820
    assert answer.quotes["NIFTY50"].price == 24_470
    assert [(p.symbol, p.kind) for p in answer.problems] == [("NOPE", "unknown_symbol")]
    assert sum("/v7/finance/quote" in path for path in yahoo.requests) == 1


def test_unchanged_quotes_are_not_repeated(provider):
    assert set(provider.quotes(["TCS"]).quotes) == {"TCS"}
    assert provider.quotes(["TCS"]).quotes == {}


def test_an_unknown_symbol_does_not_spoil_the_others(provider):
    answer = provider.history(["NOPE", "TCS"], date(2024, 10, 24), date(2024, 10, 29))
    assert set(answer.bars) == {"TCS"}
    assert [(p.symbol, p.kind) for p in answer.problems] == [("NOPE", "unknown_symbol")]


@pytest.mark.parametrize(
    ("symbol", "kind"),
    [("RATELIMIT", "rate_limited"), ("SLOW", "timeout"), ("GARBAGE", "bad_answer")],
)
def test_each_fault_of_one_symbol_has_its_name(provider, symbol, kind):
    answer = provider.history([symbol, "TCS"], date(2024, 10, 24), date(2024, 10, 29))
    assert set(answer.bars) == {"TCS"}
    assert [(p.symbol, p.kind) for p in answer.problems] == [(symbol, kind)]


@pytest.mark.parametrize(
    ("fault", "error"),
    [("RATELIMIT", RateLimited), ("SLOW", ProviderTimeout), ("GARBAGE", BadAnswer)],
)
def test_a_server_that_fails_for_all_raises(provider, yahoo, fault, error):
    yahoo.failing.add(fault)
    with pytest.raises(error):
        provider.quotes(["TCS", "M&M"])
    yahoo.failing.clear()
    assert set(provider.quotes(["TCS", "M&M"]).quotes) == {"TCS", "M&M"}


def test_a_server_that_cannot_be_reached_raises(yahoo):
    class Unreachable:
        def get_raw_json(self, *args, **kwargs):
            raise ConnectionError("connection refused")

    provider = YahooProvider(yahoo.session(), attempts=1)
    provider._data = Unreachable()
    with pytest.raises(ProviderError, match="cannot be reached"):
        provider.quotes(["TCS", "M&M"])


@pytest.mark.parametrize(
    ("now", "session"),
    [
        # Yahoo gives Monday's last prices until Tuesday's pre-open at 09:00.
        (datetime(2025, 6, 3, 0, 5, tzinfo=IST), date(2025, 6, 2)),
        (datetime(2025, 6, 3, 8, 0, tzinfo=IST), date(2025, 6, 2)),
        (datetime(2025, 6, 3, 9, 0, tzinfo=IST), date(2025, 6, 3)),
        (datetime(2025, 6, 8, 12, 0, tzinfo=IST), date(2025, 6, 6)),
        (datetime(2025, 6, 9, 8, 0, tzinfo=IST), date(2025, 6, 6)),
    ],
)
def test_quotes_are_of_the_last_session_until_trading_begins(yahoo, now, session):
    assert YahooProvider(yahoo.session(), now=lambda: now).session_date == session


def test_waits_before_trying_again(yahoo):
    waits = []
    provider = YahooProvider(yahoo.session(), timeout=1.0, attempts=3, sleep=waits.append)
    yahoo.failing.add("RATELIMIT")
    with pytest.raises(RateLimited):
        provider.quotes(["TCS"])
    # Two waits between three tries: 2 s and 4 s, each with a jitter of a half either way.
    assert len(waits) == 2
    assert 1 <= waits[0] <= 3
    assert 2 <= waits[1] <= 6


@pytest.mark.skipif(
    not RECORDED.is_dir(), reason="recorded answers of Yahoo are not on this machine"
)
def test_recorded_answers(monkeypatch, yahoo, provider):
    """RELIANCE.NS of October and November 2024, with its 1:1 bonus of 28 October."""
    recorded = json.loads(
        (RECORDED / "ASSEMBLED_v8_chart_RELIANCE.NS_1d_2024-10_11.json").read_text()
    )
    unknown = json.loads((RECORDED / "v8_chart_unknown_symbol_shape.json").read_text())
    monkeypatch.setattr(
        yahoo,
        "chart",
        lambda symbol, *period: (200, recorded if symbol == "RELIANCE.NS" else unknown),
    )
    answer = provider.history(["RELIANCE", "NOPE"], date(2024, 10, 1), date(2024, 11, 30))
    series = recorded["chart"]["result"][0]["indicators"]["quote"][0]
    closes = [c for c in series["close"] if c is not None]
    np.testing.assert_allclose(answer.bars["RELIANCE"].close, closes)
    assert answer.bars["RELIANCE"].dates[0] == np.datetime64("2024-10-01")
    assert [(p.symbol, p.kind) for p in answer.problems] == [("NOPE", "unknown_symbol")]
