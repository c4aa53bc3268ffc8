"""Features of stocks against hand arithmetic."""

import numpy as np
import pytest

from recommendations.domain.features import (
    carry_forward,
    measure,
    shrunk_covariance,
    shrunk_returns,
)

DAYS = 800


def panel(prices, **changes):
    prices = np.asarray(prices, dtype=float)
    dates = np.datetime64("2020-01-01") + np.arange(len(prices))
    count = prices.shape[1]
    fields = {
        "symbols": [f"S{i}" for i in range(count)],
        "sectors": ["Power"] * count,
        "cap_classes": ["Large"] * count,
        "long_run": 0.11,
    }
    volume = np.full(prices.shape, 1000.0)
    return measure(dates, prices, prices, volume, **{**fields, **changes})


def seesaw(days, up):
    """A price that goes up by `up` and back again, day after day."""
    return 100 * np.where(np.arange(days) % 2, 1 + up, 1.0)


def test_momentum_leaves_out_the_last_month():
    # Level 100 until 21 days ago, 150 then, 300 today; 100 a year ago.
    price = np.full(DAYS, 100.0)
    price[-22:] = 150.0
    price[-1] = 300.0
    found = panel(np.column_stack([price, seesaw(DAYS, 0.01)]))
    assert found.momentum[0] == pytest.approx(150 / 100 - 1)
    assert found.one_year[0] == pytest.approx(300 / 100 - 1)


def test_volatility_is_the_sample_deviation_times_the_root_of_252():
    # Returns alternate +1 % and -1/1.01 %: 126 of each, deviation computed by the formula.
    found = panel(np.column_stack([seesaw(DAYS, 0.01), seesaw(DAYS, 0.02)]))
    up, down = 0.01, 1 / 1.01 - 1
    mean = (up + down) / 2
    variance = (126 * (up - mean) ** 2 + 126 * (down - mean) ** 2) / 251
    assert found.volatility[0] == pytest.approx(np.sqrt(variance * 252))


def test_the_largest_fall_and_the_traded_value():
    price = seesaw(DAYS, 0.01)
    price[-100] = 200.0
    price[-50] = 60.0  # 60 / 200 - 1
    found = panel(np.column_stack([price, seesaw(DAYS, 0.01)]))
    assert found.drawdown[0] == pytest.approx(-0.7)
    # Median close of the last 60 days is 100 or 101, times 1,000 shares.
    assert found.traded_value[1] == pytest.approx(100_500.0)


def test_short_stale_and_still_stocks_are_unknown():
    young = seesaw(DAYS, 0.01)
    young[:-200] = np.nan
    stale = seesaw(DAYS, 0.01)
    stale[-11:] = np.nan
    still = np.full(DAYS, 100.0)
    found = panel(np.column_stack([seesaw(DAYS, 0.01), young, stale, still]))
    assert found.known.tolist() == [True, False, False, False]
    assert np.isnan(found.volatility[1:]).all()
    assert np.isnan(found.expected_return[1:]).all()


def test_expected_returns_keep_little_of_the_own_past():
    # Two stocks, 504 days. Daily deviation 2 % gives a standard error a year of
    # 0.02 x sqrt(252) x sqrt(252 / 504) = 0.2245; means +-10 % around the average: a
    # spread of 0.01 below the mean squared error of 0.0504, so nothing is kept.
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.02, (504, 2))
    noise -= noise.mean(axis=0)
    returns = noise + np.array([0.10, -0.10]) / 252
    expected = shrunk_returns(returns, known=np.array([True, True]), long_run=0.11)
    assert expected == pytest.approx([0.11, 0.11])


def test_a_lead_beyond_chance_is_kept_in_part():
    # Means +-100 % a year: spread 1.0, error 0.02^2 x 252 x 252 / 504 = 0.0504 each;
    # t^2 = 1.0 - 0.0504 = 0.9496, w = 0.9496 / (0.9496 + 0.0504) = 0.9496.
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 1, (504, 2))
    noise = 0.02 * (noise - noise.mean(axis=0)) / noise.std(axis=0, ddof=1)
    returns = noise + np.array([1.0, -1.0]) / 252
    expected = shrunk_returns(returns, known=np.array([True, True]), long_run=0.11)
    assert expected == pytest.approx([0.11 + 0.9496, 0.11 - 0.9496], abs=1e-4)


def test_an_unknown_return_is_taken_from_the_other_stocks_of_that_day():
    rng = np.random.default_rng(3)
    whole = rng.normal(0, 0.01, (300, 3))
    gappy = whole.copy()
    gappy[10, 0] = np.nan
    filled = whole.copy()
    filled[10, 0] = (whole[10, 1] + whole[10, 2]) / 2
    assert shrunk_covariance(gappy) == pytest.approx(shrunk_covariance(filled))


def test_carry_forward_leaves_the_time_before_listing_unknown():
    values = np.array([[np.nan, 1.0], [2.0, np.nan], [np.nan, np.nan]])
    assert np.array_equal(
        carry_forward(values), [[np.nan, 1.0], [2.0, 1.0], [2.0, 1.0]], equal_nan=True
    )
