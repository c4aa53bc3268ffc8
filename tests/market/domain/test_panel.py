"""The rectangle of prices."""

from datetime import UTC, datetime

import numpy as np
import pytest

from market.domain.conflation import Conflator
from market.domain.panel import PricePanel
from market.domain.quotes import Quote
from market.domain.statistics import (
    annualised_volatilities,
    annualised_volatility,
    beta,
    period_return,
    simple_returns,
)

DAYS = np.array(["2025-01-01", "2025-01-02", "2025-01-03"], "datetime64[D]")
NAN = np.nan


@pytest.fixture
def panel():
    return PricePanel(DAYS, ("A", "B"), np.array([[1.0, NAN], [NAN, 5.0], [3.0, NAN]]))


def test_select_orders_and_leaves_unknown_symbols_nan(panel):
    chosen = panel.select(["B", "Z", "A"])
    np.testing.assert_array_equal(chosen.values[2], [NAN, NAN, 3.0])
    np.testing.assert_array_equal(PricePanel.empty().select(["A"]).values, np.empty((0, 1)))


def test_carrying_forward_fills_gaps_but_nothing_before_the_first_bar(panel):
    np.testing.assert_array_equal(panel.carried_forward(), [[1, NAN], [1, 5], [3, 5]])
    np.testing.assert_array_equal(panel.last_known(), [3, 5])


def test_between_includes_both_ends(panel):
    assert len(panel.between("2025-01-02", "2025-01-03").dates) == 2
    assert len(panel.between(end="2025-01-01").dates) == 1
    assert len(panel.between(start="2026-01-01").dates) == 0


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="shape"):
        PricePanel(DAYS, ("A",), np.zeros((3, 2)))


def test_returns_of_unknown_days_are_unknown():
    found = simple_returns(np.array([100.0, 110.0, NAN, 99.0]))
    assert found[0] == pytest.approx(0.1)
    assert np.isnan(found[1:]).all()


def test_volatility_leaves_out_unknown_days_and_counts_the_known():
    # Mean 0.5 %, squared deviations 25 + 225 + 225 + 25 = 500e-6, / 3, root 0.0129099,
    # x sqrt(252) = 0.2049390.
    returns = np.array([0.01, -0.01, NAN, 0.02, 0.0])
    assert annualised_volatility(returns, fewest=4) == pytest.approx(0.2049390, abs=1e-7)
    assert np.isnan(annualised_volatility(returns, fewest=5))
    both = annualised_volatilities(np.column_stack([returns, np.full(5, NAN)]), fewest=2)
    np.testing.assert_allclose(both, [0.2049390, NAN], atol=1e-7)


def test_volatility_and_beta_by_hand():
    # 60 returns alternating +1 % and -1 %: mean 0, sample variance 60/59 x 0.0001,
    # so the deviation is 0.0100844 and a year's sqrt(252) times that, 0.160085.
    market = np.tile([0.01, -0.01], 30)
    assert annualised_volatility(market) == pytest.approx(0.160085, abs=1e-6)
    assert beta(2 * market, market) == pytest.approx(2.0)
    assert np.isnan(annualised_volatility(market[:59]))
    assert np.isnan(beta(market, np.zeros(60)))


def test_period_return_starts_at_the_last_price_known_then():
    prices = np.array([100.0, NAN, 120.0])
    # On 2 January nothing traded: the close of the 1st counts. 120 / 100 - 1 = 20 %.
    assert period_return(DAYS, prices, np.datetime64("2025-01-02")) == pytest.approx(0.2)
    assert np.isnan(period_return(DAYS, prices, np.datetime64("2024-12-31")))


def quote(symbol, price, second, source="simulated"):
    at = datetime(2025, 1, 1, 5, 0, second, tzinfo=UTC)
    return Quote(symbol, price, 1.0, 1.0, 1.0, 1.0, 1, at, source)


def test_conflation_keeps_the_newest_of_each_symbol():
    waiting = Conflator()
    waiting.add([quote("A", 1.0, 1), quote("B", 5.0, 1), quote("A", 2.0, 3), quote("A", 9.0, 2)])
    taken = waiting.take()
    assert {q.symbol: q.price for q in taken} == {"A": 2.0, "B": 5.0}
    assert len(waiting) == 0
    waiting.add([quote("A", 3.0, 4)])
    waiting.put_back(taken)
    assert {q.symbol: q.price for q in waiting.take()} == {"A": 3.0, "B": 5.0}
