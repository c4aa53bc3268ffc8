import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.domain.correlation import (
    correlate,
    effective_holdings,
    pairwise,
)


def prices_from(returns):
    return 100 * np.exp(np.cumsum(np.vstack([np.zeros(returns.shape[1]), returns]), axis=0))


@pytest.fixture
def returns():
    return np.random.default_rng(7).normal(0, 0.01, (250, 5))


def test_it_is_numpys_correlation_of_log_returns(returns):
    found = correlate(tuple("ABCDE"), prices_from(returns))
    order = ["ABCDE".index(s) for s in found.symbols]
    expected = np.corrcoef(returns.T)[np.ix_(order, order)]
    np.testing.assert_allclose(found.matrix, expected, atol=1e-12)


def test_each_pair_uses_its_own_common_days(returns):
    gaps = returns.copy()
    gaps[:100, 0] = np.nan
    gaps[200:, 1] = np.nan
    expected = np.corrcoef(returns[100:200, 0], returns[100:200, 1])[0, 1]
    assert pairwise(gaps, fewest=100)[0, 1] == pytest.approx(expected)
    assert math.isnan(pairwise(gaps, fewest=101)[0, 1])


def test_a_pair_below_120_common_days_is_unknown(returns):
    assert math.isnan(correlate(("A", "B"), prices_from(returns[:119, :2])).matrix[0, 1])
    assert not math.isnan(correlate(("A", "B"), prices_from(returns[:120, :2])).matrix[0, 1])


def test_likes_stand_beside_each_other_and_close_pairs_are_named(returns):
    near = returns.copy()
    near[:, 3] = near[:, 0] + near[:, 3] / 20  # D is almost A
    found = correlate(tuple("ABCDE"), prices_from(near))
    assert abs(found.symbols.index("A") - found.symbols.index("D")) == 1
    (first, second, value), *more = found.close_pairs()
    assert {first, second} == {"A", "D"} and value > 0.99 and not more
    assert len(found.pairs()) == 10


@given(st.permutations(range(5)))
def test_the_order_of_the_holdings_does_not_change_a_correlation(order):
    returns = np.random.default_rng(7).normal(0, 0.01, (150, 5))
    straight, turned = pairwise(returns), pairwise(returns[:, order])
    np.testing.assert_allclose(turned, straight[np.ix_(order, order)], atol=1e-12)


def test_effective_holdings():
    assert effective_holdings(np.array([1.0, 1.0, 1.0, 1.0])) == 4
    # 0.7, 0.2, 0.1: 1 / (0.49 + 0.04 + 0.01) = 1.851852.
    assert effective_holdings(np.array([70.0, 20.0, 10.0])) == pytest.approx(1.851852, abs=1e-6)
