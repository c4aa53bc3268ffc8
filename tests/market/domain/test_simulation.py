"""The simulated market has the habits measured on NSE stocks of 2021-2025.

The ranges below are around the measured medians (docs/methods.md): volatility a year 28.5 % large,
34.4 % mid, 40.8 % small, 42.8 % micro; excess kurtosis 4.2; autocorrelation of absolute returns
0.15 at one day; correlation with the NIFTY 0.47 large, 0.31 micro; pairs of one sector correlate
0.235, others 0.203; NIFTY 14.0 % a year; mean log range over deviation 1.45; overnight share 0.18.
"""

from datetime import date

import numpy as np
import pytest
from scipy import stats

from market.domain.calendar import nse_calendar
from market.domain.reference import equities, index_constituents
from market.domain.simulated_history import daily_bars
from market.domain.simulated_session import SECONDS_PER_SESSION, SimulatedSession
from market.domain.simulation import FIRST_SESSION, SimulatedMarket

SESSIONS = nse_calendar().sessions_between(FIRST_SESSION, date(2025, 12, 31))


@pytest.fixture(scope="module")
def market():
    return SimulatedMarket(equities(), index_constituents())


@pytest.fixture(scope="module")
def history(market):
    return daily_bars(market, SESSIONS)


@pytest.fixture(scope="module")
def returns(market, history):
    closes = np.column_stack([history[symbol].close for symbol in market.symbols])
    return np.diff(np.log(closes), axis=0)


@pytest.fixture(scope="module")
def caps(market):
    return np.array([facts.cap_class for facts in market.equities])


def autocorrelation(values, lag):
    return np.corrcoef(values[:-lag], values[lag:])[0, 1]


@pytest.mark.parametrize(
    ("cap", "volatility"), [("Large", 0.285), ("Mid", 0.344), ("Small", 0.408), ("Micro", 0.428)]
)
def test_volatility_by_size(returns, caps, cap, volatility):
    yearly = returns[:, caps == cap].std(axis=0, ddof=1) * np.sqrt(252)
    assert np.median(yearly) == pytest.approx(volatility, rel=0.12)


def test_tails_are_fat_and_wild_days_cluster(returns):
    kurtosis = np.median(stats.kurtosis(returns))
    assert 2.5 < kurtosis < 6.0
    lag_one = np.median([autocorrelation(np.abs(r), 1) for r in returns.T])
    assert 0.09 < lag_one < 0.20
    signed = np.median([autocorrelation(r, 1) for r in returns.T])
    assert abs(signed) < 0.05


def test_index_and_factors(market, history, returns, caps):
    nifty = np.diff(np.log(history["NIFTY50"].close))
    assert nifty.std(ddof=1) * np.sqrt(252) == pytest.approx(0.14, abs=0.02)
    assert stats.kurtosis(nifty) > 1.0
    with_nifty = np.array([np.corrcoef(r, nifty)[0, 1] for r in returns.T])
    assert np.median(with_nifty[caps == "Large"]) == pytest.approx(0.47, abs=0.08)
    assert np.median(with_nifty[caps == "Micro"]) == pytest.approx(0.31, abs=0.08)
    sectors = np.array([facts.sector for facts in market.equities])
    pairs = np.corrcoef(returns.T)
    one, other = np.triu_indices(len(sectors), 1)
    same = sectors[one] == sectors[other]
    within, across = np.median(pairs[one, other][same]), np.median(pairs[one, other][~same])
    assert within == pytest.approx(0.235, abs=0.05)
    assert across == pytest.approx(0.203, abs=0.05)
    assert within > across + 0.02


def test_ranges_and_gaps(market, history, returns):
    high, low, opened, close = (
        np.column_stack([getattr(history[s], name) for s in market.symbols])
        for name in ("high", "low", "open", "close")
    )
    assert (low <= np.minimum(opened, close)).all()
    assert (high >= np.maximum(opened, close)).all()
    spread = np.log(high / low).mean(axis=0) / returns.std(axis=0)
    assert np.median(spread) == pytest.approx(1.45, abs=0.1)
    gaps = np.log(opened[1:] / close[:-1]).var(axis=0) / returns.var(axis=0)
    assert np.median(gaps) == pytest.approx(0.18, abs=0.04)


def test_every_price_is_a_multiple_of_the_tick(market, history):
    for symbol in market.symbols[:50]:
        ticks = history[symbol].close / 0.05
        np.testing.assert_allclose(ticks, np.round(ticks), atol=1e-6)


def test_same_seed_same_market_other_seed_another(market, history):
    again = SimulatedMarket(equities(), index_constituents())
    other = SimulatedMarket(equities(), index_constituents(), seed=7)
    short = daily_bars(again, SESSIONS[:40])
    # A longer history only continues a shorter one.
    assert (short["TCS"].close == history["TCS"].close[:40]).all()
    assert (short["NIFTY50"].close == history["NIFTY50"].close[:40]).all()
    assert (short["TCS"].volume == history["TCS"].volume[:40]).all()
    assert (daily_bars(other, SESSIONS[:40])["TCS"].close != short["TCS"].close).any()


def test_history_goes_on_from_given_closes(market):
    closes = dict.fromkeys((*market.symbols, *market.members), 100.0)
    later = daily_bars(market, SESSIONS[:10], first=8, closes=closes)
    plain = daily_bars(market, SESSIONS[:10])
    assert len(later["TCS"]) == 2
    # The same shocks move both, up to the tick of a price near 100.
    expected = 100 * plain["TCS"].close[9] / plain["TCS"].close[7]
    assert later["TCS"].close[1] == pytest.approx(expected, abs=0.2)


def test_a_session_moves_as_much_as_a_day(market):
    closes = dict.fromkeys((*market.symbols, *market.members), 1000.0)
    moves = []
    for day in range(20):
        session = SimulatedSession(market, closes, session_date=date(2026, 1, 1 + day))
        session.advance(SECONDS_PER_SESSION)
        moves.append(np.log(session.price / 1000.0))
    ratio = np.std(moves, axis=0) / np.sqrt(market.traits.variance / 252)
    assert np.median(ratio) == pytest.approx(1.0, abs=0.1)


def test_session_quotes_agree_with_themselves(market):
    closes = dict.fromkeys((*market.symbols, *market.members), 500.0)
    session = SimulatedSession(market, closes, session_date=date(2026, 1, 5))
    for _ in range(30):
        session.advance(60.0)
    now = nse_calendar().close_time(date(2026, 1, 5))
    quotes = session.quotes(range(len(market.symbols)), now)
    assert all(q.low <= q.price <= q.high and q.low <= q.open <= q.high for q in quotes)
    assert all(q.previous_close == 500.0 and q.volume > 0 for q in quotes)
    nifty = next(q for q in session.index_quotes(now) if q.symbol == "NIFTY50")
    members = market.members["NIFTY50"]
    shares = market.traits.shares[members]
    # Level x value of the members now over their value at the previous close.
    expected = 500.0 * (session.price[members] @ shares) / (500.0 * shares.sum())
    assert nifty.price == pytest.approx(expected, abs=0.01)
