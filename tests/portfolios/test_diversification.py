import math

import numpy as np
import pytest

from portfolios.domain.diversification import (
    alternatives,
    diversifiers,
    effective_bets,
    mix_of,
    shrunk_covariance,
    steps_towards,
)


def test_two_unrelated_stocks_by_hand():
    # Volatilities 20 % and 30 %, uncorrelated, half and half: variance 0.01 + 0.0225 = 0.0325,
    # volatility 18.03 %; weighted mean 25 %, ratio 1.3868. Shares of variance 4/13 and 9/13:
    # entropy 0.6172, so 1.854 bets.
    covariance = np.diag([0.04, 0.09])
    mix = mix_of("Today", np.array([50.0, 50.0]), covariance)
    assert mix.volatility == pytest.approx(math.sqrt(0.0325))
    assert mix.diversification == pytest.approx(0.25 / math.sqrt(0.0325))
    assert mix.independent == pytest.approx(0.0625 / 0.0325)
    entropy = -(4 / 13 * math.log(4 / 13) + 9 / 13 * math.log(9 / 13))
    assert mix.bets == pytest.approx(math.exp(entropy)) == pytest.approx(1.854, abs=1e-3)


def test_stocks_that_move_as_one_are_one_bet():
    covariance = np.full((3, 3), 0.04)
    assert effective_bets(np.full(3, 1 / 3), covariance) == pytest.approx(1.0)
    assert effective_bets(np.full(4, 0.25), np.eye(4)) == pytest.approx(4.0)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 1.0])
def test_equal_stocks_count_as_the_textbook_says(correlation):
    # n stocks of one volatility and one correlation: n / (1 + (n - 1) correlation).
    covariance = 0.04 * (correlation + (1 - correlation) * np.eye(16))
    mix = mix_of("Today", np.ones(16), covariance)
    assert mix.independent == pytest.approx(16 / (1 + 15 * correlation))


def test_two_blocks_that_move_as_one_each_are_two_bets():
    # Eight and eight stocks of one volatility: as one within a block, unrelated across.
    covariance = 0.04 * np.kron(np.eye(2), np.ones((8, 8)))
    assert mix_of("Today", np.ones(16), covariance).independent == pytest.approx(2.0)


def test_the_covariance_is_scikit_learns_over_a_year():
    from sklearn.covariance import ledoit_wolf

    returns = np.random.default_rng(1).normal(0, 0.01, (300, 4))
    assert shrunk_covariance(returns) == pytest.approx(ledoit_wolf(returns)[0] * 252)
    gap = returns.copy()
    gap[:200, 0] = np.nan
    assert np.isnan(shrunk_covariance(gap)).all()


def test_a_stock_that_moves_against_the_portfolio_calms_it_most():
    draw = np.random.default_rng(3)
    own = draw.normal(0, 0.01, 400)
    stocks = np.column_stack([own, -own, draw.normal(0, 0.01, 400), np.full(400, np.nan)])
    found = diversifiers(own, stocks)
    assert found.place.tolist() == [1, 2, 0]
    yearly = own.std(ddof=1) * math.sqrt(252)
    # 95 % of it and 5 % of its opposite: 90 % of the volatility; 5 % more of itself changes none.
    assert found.volatility[[0, 2]] == pytest.approx([0.9 * yearly, yearly])
    assert found.correlation[[0, 2]] == pytest.approx([-1.0, 1.0])


@pytest.fixture(scope="module")
def market():
    draw = np.random.default_rng(11)
    common = draw.normal(0, 0.008, 500)
    own = draw.normal(0, 1, (500, 5)) * np.array([0.005, 0.008, 0.012, 0.016, 0.02])
    return common[:, None] + own


def test_optimised_weights_do_better_at_what_they_are_for(market):
    found = {mix.name: mix for mix in alternatives(market, np.full(5, 0.2))}
    assert list(found) == [
        "Today", "Minimum variance", "Hierarchical risk parity", "Maximum diversification",
    ]  # fmt: skip
    for mix in found.values():
        assert mix.weights.sum() == pytest.approx(1.0) and (mix.weights >= 0).all()
        assert mix.weights.max() <= 0.35 + 1e-6
    least = found["Minimum variance"].volatility
    assert all(least <= mix.volatility + 1e-6 for mix in found.values())
    most = found["Maximum diversification"].diversification
    assert all(most >= mix.diversification - 1e-6 for mix in found.values())


def test_minimum_variance_without_a_bound_is_the_textbook_solution():
    # Of two stocks: w1 = (s2^2 - cov) / (s1^2 + s2^2 - 2 cov), within the bound of one half here.
    draw = np.random.default_rng(5)
    returns = np.column_stack([draw.normal(0, 0.0101, 600), draw.normal(0, 0.01, 600)])
    covariance = shrunk_covariance(returns)
    first = (covariance[1, 1] - covariance[0, 1]) / (
        covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    )
    found = alternatives(returns, np.ones(2))[1]
    assert found.weights == pytest.approx([0.5, 0.5], abs=0.03)
    assert abs(first - 0.5) < 0.03


def test_too_little_is_known_for_alternatives(market):
    assert alternatives(market[:119], np.ones(5)) == []
    assert alternatives(market[:, :1], np.ones(1)) == []


def test_trades_towards_weights_need_no_further_money():
    # 10 at 100 and 5 at 200 are worth 2,000; 75 : 25 wants 15 and 2.5 shares: 5 bought, 3 sold.
    steps = steps_towards(
        ("A", "B"), np.array([10, 5]), np.array([100.0, 200.0]), np.array([0.75, 0.25])
    )
    assert [(s.symbol, s.shares, s.rupees) for s in steps] == [("B", -3, -600), ("A", 5, 500)]
    assert sum(step.rupees for step in steps) <= 0
