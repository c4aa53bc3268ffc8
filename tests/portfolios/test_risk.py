import math
from datetime import date

import numpy as np
import pytest

from portfolios.domain import risk

DAYS = np.array(["2025-01-01", "2025-01-02", "2025-01-03", "2025-01-06"], "datetime64[D]")


def test_a_statistic_from_too_few_days_is_missing_with_the_count():
    figure = risk.volatility(np.full(59, 0.01))
    assert math.isnan(figure.value) and figure.reason == "59 daily returns are known; it takes 60."


def test_maximum_drawdown_with_its_dates():
    # Index 1.1, 0.88, 0.792, 1.188: lowest 0.792 / 1.1 - 1 = -28 %, made good on day 4.
    drawdown = risk.max_drawdown(DAYS, np.array([0.1, -0.2, -0.1, 0.5]))
    assert drawdown.fall == pytest.approx(-0.28)
    assert (drawdown.peak, drawdown.trough) == (date(2025, 1, 1), date(2025, 1, 3))
    assert drawdown.recovered == date(2025, 1, 6)


def test_a_fall_from_the_start_counts_and_one_that_never_was_does_not():
    fall = risk.max_drawdown(DAYS, np.array([-0.1, -0.1, 0.0, 0.0]))
    assert fall.fall == pytest.approx(-0.19)  # 0.9 x 0.9 - 1
    assert fall.peak == date(2025, 1, 1) and fall.recovered is None
    assert risk.max_drawdown(DAYS, np.array([0.0, 0.1, 0.0, 0.1])) is None


def test_beta_of_twice_the_market_is_two():
    market = np.tile([0.01, -0.02, 0.03, 0.0], 20)
    assert risk.beta(2 * market + 0.001, market).value == pytest.approx(2.0)
    gaps = market.copy()
    gaps[::4] = np.nan
    assert risk.beta(2 * market, gaps).value == pytest.approx(2.0)
    assert "did not move" in risk.beta(market, np.zeros(80)).reason


def test_tracking_error_of_a_constant_gap_is_zero():
    market = np.tile([0.01, -0.02], 40)
    assert risk.tracking_error(market + 0.001, market) == pytest.approx(0.0, abs=1e-12)
    assert math.isnan(risk.tracking_error(market[:10], market[:10]))


def test_fixed_weights_pass_over_a_small_unknown_and_stop_at_a_large_one():
    returns = np.array([[0.01, 0.03], [0.01, np.nan], [np.nan, 0.03]])
    weighted = risk.weighted_returns(returns, np.array([90.0, 10.0]))
    assert weighted[0] == pytest.approx(0.012)  # 0.9 x 1 % + 0.1 x 3 %
    assert weighted[1] == pytest.approx(0.01)
    assert math.isnan(weighted[2])


def test_days_to_sell_at_a_fifth_of_the_median_volume():
    volumes = np.array([[400.0, np.nan], [500.0, np.nan], [9000.0, np.nan]])
    days = risk.days_to_sell(np.array([1000.0, 5.0]), volumes)
    assert days[0] == 10  # 1,000 / (0.2 x 500)
    assert math.isnan(days[1])
    figure = risk.liquidity(("A", "B"), days)
    assert figure.value == 10 and figure.reason == "Volume unknown: B."
