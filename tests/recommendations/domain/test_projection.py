"""The band of a year ahead."""

import numpy as np
import pytest

from recommendations.domain.projection import band, fan, simulate_growth, together


def days(count=756, stocks=3, seed=0):
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0005, 0.01, (count, 1))
    return market + rng.normal(0, 0.005, (count, stocks))


def test_paths_start_at_one_and_grow_on_average_as_expected():
    growth = simulate_growth(days(), np.array([0.1, 0.0, -0.05]), random_state=1)
    assert growth.shape == (1000, 13, 3)
    assert (growth[:, 0] == 1).all()
    assert growth[:, -1].mean(axis=0) == pytest.approx([1.1, 1.0, 0.95])
    assert growth[:, 6].mean(axis=0) == pytest.approx(np.sqrt([1.1, 1.0, 0.95]))


def test_a_price_that_never_moves_has_no_band():
    growth = simulate_growth(np.zeros((100, 1)), np.array([0.08]), random_state=1)
    assert band(growth[:, -1]) == pytest.approx(np.full((3, 1), 1.08))


def test_the_spread_is_that_of_the_past():
    # Independent days of 1 % a day: a year swings 0.01 x sqrt(252) = 15.9 % in logs, and
    # the 10 % and 90 % points of a normal lie 1.2816 deviations out: 2.563 x 0.159 = 0.407.
    returns = np.expm1(np.random.default_rng(5).normal(0, 0.01, (5000, 1)))
    low, _, high = band(
        simulate_growth(returns, np.array([0.0]), random_state=2, paths=4000)[:, -1]
    )
    assert np.log(high / low)[0] == pytest.approx(0.407, rel=0.06)


def test_stocks_fall_together_as_they_did():
    market = np.random.default_rng(0).normal(0, 0.01, 756)
    same = np.column_stack([market, market])
    growth = simulate_growth(same, np.array([0.1, 0.1]), random_state=3)
    assert np.corrcoef(growth[:, -1, 0], growth[:, -1, 1])[0, 1] == pytest.approx(1.0)


def test_a_stock_has_the_same_band_in_any_company():
    returns = days()
    expected = np.array([0.1, 0.05, 0.02])
    alone = simulate_growth(returns[:, [1]], expected[[1]], random_state=9)
    assert alone[..., 0] == pytest.approx(
        simulate_growth(returns, expected, random_state=9)[..., 1]
    )


def test_width_stretches_the_band_and_not_the_average():
    narrow = simulate_growth(days(), np.full(3, 0.1), random_state=1)[:, -1, 0]
    wide = simulate_growth(days(), np.full(3, 0.1), random_state=1, width=1.5)[:, -1, 0]
    ratio = np.log(band(wide)[2] / band(wide)[0]) / np.log(band(narrow)[2] / band(narrow)[0])
    assert ratio == pytest.approx(1.5)
    assert wide.mean() == pytest.approx(1.1)


def test_purchases_add_up_path_by_path():
    growth = np.array([[[1.0, 2.0]], [[3.0, 4.0]]])
    assert together(growth, np.array([10.0, 100.0])).tolist() == [[210.0], [430.0]]


def test_the_fan_joins_past_and_future_at_the_price():
    adjusted = np.linspace(50, 100, 200)
    growth = simulate_growth(days(stocks=1), np.array([0.1]), random_state=1)[..., 0]
    drawn = fan(adjusted, growth, 200.0)
    assert len(drawn.past) == 7
    assert drawn.past[-1] == drawn.low[0] == drawn.high[0] == 200.0
    assert drawn.past[0] == pytest.approx(200 * adjusted[-127] / 100)


def test_too_short_a_past_is_refused():
    with pytest.raises(ValueError, match="21 days"):
        simulate_growth(np.zeros((20, 1)), np.array([0.1]), random_state=1)
