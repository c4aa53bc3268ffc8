"""Ratios beside empyrical and quantstats, and where their definitions part from ours."""

import math
import warnings

import numpy as np
import pytest

from portfolios.domain import ratios
from portfolios.domain.ratios import ratios_of, risk_free
from portfolios.domain.risk import max_drawdown

DAYS = np.arange("2023-01-02", "2025-01-01", dtype="datetime64[D]")
DAYS = DAYS[np.is_busday(DAYS)]


@pytest.fixture
def series():
    draw = np.random.default_rng(8)
    market = draw.normal(0.0005, 0.01, len(DAYS))
    return 0.0002 + 1.2 * market + draw.normal(0, 0.006, len(DAYS)), market


@pytest.fixture
def no_cash(monkeypatch):
    monkeypatch.setattr(ratios, "risk_free", lambda dates: np.zeros(len(dates)))


def of(series):
    own, market = series
    return ratios_of(DAYS, own, market, max_drawdown(DAYS, own).fall)


def test_the_repo_rate_is_that_of_the_day():
    days = np.array(["2020-05-21", "2020-05-22", "2025-12-31", "1999-01-01"], "datetime64[D]")
    assert risk_free(days).tolist() == [0.044, 0.04, 0.0525, 0.08]


def test_beside_empyrical(series, no_cash):
    import empyrical

    own, market = series
    mine = of(series)
    assert mine.sharpe.value == pytest.approx(empyrical.sharpe_ratio(own))
    assert mine.sortino.value == pytest.approx(empyrical.sortino_ratio(own))
    assert mine.downside.value == pytest.approx(empyrical.downside_risk(own))
    assert mine.calmar.value == pytest.approx(empyrical.calmar_ratio(own))
    # Theirs compounds the daily alpha over a year; ours is 252 times it.
    daily = mine.alpha.value / 252
    assert (1 + daily) ** 252 - 1 == pytest.approx(empyrical.alpha(own, market))
    # Their "excess Sharpe" is the information ratio of a day.
    assert mine.information.value == pytest.approx(
        empyrical.excess_sharpe(own, market) * math.sqrt(252)
    )
    # Theirs annualises the up days as if there were no others, and divides the blown-up rates;
    # ours divides the means of a day.
    assert mine.up_capture.value < empyrical.up_capture(own, market)
    assert mine.up_capture.value == pytest.approx(
        (math.log1p(empyrical.annual_return(own[market > 0])))
        / (math.log1p(empyrical.annual_return(market[market > 0]))),
        rel=0.01,
    )


def test_beside_quantstats(series, no_cash):
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from quantstats import stats

        own = pd.Series(series[0], pd.DatetimeIndex(DAYS))
        mine = of(series)
        assert mine.sharpe.value == pytest.approx(stats.sharpe(own))
        assert mine.sortino.value == pytest.approx(stats.sortino(own))
        assert max_drawdown(DAYS, series[0]).fall == pytest.approx(stats.max_drawdown(own))
        # quantstats leaves out the root of 252 in its information ratio.
        market = pd.Series(series[1], own.index)
        assert mine.information.value == pytest.approx(
            stats.information_ratio(own, market) * math.sqrt(252)
        )


def test_cash_is_taken_off_at_its_rate(series):
    # With 6.5 % a year the mean falls by 6.5 % / 252 a day, here on all days but none changed.
    days = DAYS[np.datetime64("2023-02-08") <= DAYS]
    own, market = (part[-len(days) :] for part in series)
    found = ratios_of(days, own, market, -0.1)
    excess = own - 0.065 / 252
    expected = excess.mean() / excess.std(ddof=1) * math.sqrt(252)
    assert found.sharpe.value == pytest.approx(expected)
    assert found.sharpe.inputs[1].amount == pytest.approx(0.065)


def test_twice_the_market_has_no_alpha_and_captures_twice(no_cash):
    market = np.tile([0.01, -0.008, 0.003], 60)
    found = ratios_of(DAYS[: len(market)], 2 * market, market, -0.1)
    assert found.alpha.value == pytest.approx(0.0, abs=1e-12)
    assert found.up_capture.value == pytest.approx(2.0, rel=0.01)
    assert found.down_capture.value == pytest.approx(2.0, rel=0.01)


def test_what_is_unknown_says_why(no_cash):
    few = ratios_of(DAYS[:30], np.full(30, 0.01), np.full(30, 0.01), math.nan)
    assert "30 daily returns are known" in few.sharpe.reason
    calm = ratios_of(DAYS[:80], np.full(80, 0.0), np.tile([0.01, 0.02], 40), 0.0)
    assert "did not vary" in calm.sharpe.reason and "No day fell short" in calm.sortino.reason
    assert "no fall" in calm.calmar.reason
    assert "fell on 0 of the days" in calm.down_capture.reason
