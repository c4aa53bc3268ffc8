"""Features of stocks against hand arithmetic."""

import numpy as np
import pytest

from recommendations.domain.features import (
    betas,
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


def unrelated(days, swing):
    """Two columns without mean, of one deviation and no correlation: both have a beta of 1."""
    noise = np.random.default_rng(1).normal(0, 1, (days, 2))
    noise -= noise.mean(axis=0)
    noise[:, 1] -= noise[:, 0] * (noise[:, 0] @ noise[:, 1]) / (noise[:, 0] @ noise[:, 0])
    return swing * noise / noise.std(axis=0, ddof=1)


BOTH = np.array([True, True])


def test_expected_returns_keep_nothing_that_chance_would_explain():
    # A deviation of 2 % over 504 days: squared error a year 0.02^2 x 252 x 252 / 504 =
    # 0.0504. Means 10 % around their average spread by 0.01, less than that.
    returns = unrelated(504, 0.02) + np.array([0.10, -0.10]) / 252
    assert shrunk_returns(returns, known=BOTH, long_run=0.11) == pytest.approx([0.11, 0.11])


def test_a_lead_beyond_chance_is_kept_in_part():
    # Means 100 % around their average: spread 1.0, t^2 = 1.0 - 0.0504 = 0.9496 and
    # w = 0.9496 / (0.9496 + 0.0504).
    returns = unrelated(504, 0.02) + np.array([1.0, -1.0]) / 252
    expected = shrunk_returns(returns, known=BOTH, long_run=0.11)
    assert expected == pytest.approx([0.11 + 0.9496, 0.11 - 0.9496], abs=1e-4)


def test_who_moves_more_with_the_market_is_expected_to_earn_more():
    # Returns 1.5 and 0.5 times those of the average: betas (2 x 1.5 + 1) / 3 = 4/3 and 2/3,
    # so a third of the premium of 5 % above and below the long run.
    market = unrelated(504, 0.01)[:, [0]]
    returns = market * np.array([1.5, 0.5])
    assert betas(returns) == pytest.approx([4 / 3, 2 / 3])
    expected = shrunk_returns(returns, known=BOTH, long_run=0.11)
    assert expected == pytest.approx([0.11 + 0.05 / 3, 0.11 - 0.05 / 3])


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
