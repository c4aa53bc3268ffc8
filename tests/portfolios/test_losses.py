import math

import numpy as np
import pytest
from scipy.stats import norm, t

from portfolios.domain.losses import (
    FEWEST,
    METHODS,
    ewma_volatility,
    is_valid,
    loss,
    loss_figure,
)

CALM = np.tile([0.01, -0.01], 250)


def test_ewma_volatility():
    # All of 1 %: it stays 1 %. Then one of 3 %: sqrt(0.94 x 1 + 0.06 x 9) % = 1.216553 %.
    sigma = ewma_volatility(np.array([0.01] * 20 + [0.03]))
    assert sigma[:21].tolist() == pytest.approx([0.01] * 21)
    assert sigma[-1] == pytest.approx(0.01216553, abs=1e-8)


def test_filtered_simulation_scales_the_quantile_by_todays_volatility():
    # Returns of plus and minus 1 %: scaled by their volatility of 1 % they are plus and minus
    # one, the 5 % quantile is -1 and the loss 1 % of 1,00,000.
    assert loss_figure(CALM, 100_000, method="filtered", level=0.95, days=1)[0].value == (
        pytest.approx(1000)
    )
    # Ten days of 2 % just now: variance 4 - 3 x 0.94^10 = 2.384145 times as large.
    rough = np.concatenate([CALM, np.tile([0.02, -0.02], 5)])
    expected = 0.01 * math.sqrt(4 - 3 * 0.94**10)
    assert ewma_volatility(rough)[-1] == pytest.approx(expected)
    assert loss(rough).at_risk > loss(CALM).at_risk * 1.5


def test_plain_simulation_is_the_quantile_and_the_mean_beyond_it():
    # Of 500 returns the 25 lowest are -26 % to -50 %, the next is +0.1 %. The 5 % quantile stands
    # at place 0.05 x 499 = 24.95, so 95 % of the way from -26 % to +0.1 %.
    returns = np.concatenate([np.linspace(0.001, 0.475, 475), np.arange(-50, -25) / 100])
    found = loss(returns, method="historical", level=0.95)
    assert found.at_risk == pytest.approx(0.26 - 0.95 * 0.261)
    assert found.shortfall == pytest.approx(np.arange(26, 51).mean() / 100)


def test_gaussian_is_the_textbook_formula():
    # RiskMetrics (1996): 1.645 deviations at 95 %; expected shortfall is 2.063 at 95 %
    # (phi(1.645) / 0.05) and 2.665 at 99 % (McNeil, Frey and Embrechts 2005, example 2.14).
    at_95 = loss(CALM, method="gaussian", level=0.95)
    assert at_95.at_risk == pytest.approx(0.01 * 1.6449, abs=1e-6)
    assert at_95.shortfall == pytest.approx(0.01 * 2.0627, abs=1e-6)
    at_99 = loss(CALM, method="gaussian", level=0.99, days=10)
    assert at_99.shortfall == pytest.approx(0.01 * 2.6652 * math.sqrt(10), abs=1e-5)


def test_cornish_fisher_without_skew_or_excess_is_gaussian_and_knows_its_domain():
    assert is_valid(0.0, 0.0) and is_valid(0.0, 7.9)
    # Maillard (2012): without skewness the domain of K is 0 to 8.
    assert not is_valid(0.0, 8.1) and not is_valid(0.0, -0.1)
    assert not is_valid(3.0, 4.0)
    draw = np.random.default_rng(4)
    heavy = loss(t(2.5).rvs(500, random_state=draw) / 100, method="cornish_fisher")
    assert math.isnan(heavy.at_risk) and "outside of the domain" in heavy.reason
    normal = norm(0, 0.01).ppf((np.arange(500) + 0.5) / 500)
    draw.shuffle(normal)
    found = loss(normal, method="cornish_fisher", level=0.95)
    if not found.reason:  # the sample's excess is a hair below zero or above it
        assert found.at_risk == pytest.approx(loss(normal, method="gaussian").at_risk, rel=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_more_certainty_and_more_days_lose_more(method):
    returns = np.random.default_rng(7).standard_t(8, 600) / 100
    for days in (1, 10):
        at_95, at_99 = (loss(returns, method=method, level=x, days=days) for x in (0.95, 0.99))
        assert 0 < at_95.at_risk < at_99.at_risk
        assert at_95.at_risk < at_95.shortfall
    assert loss(returns, method=method, days=10).at_risk > 2 * loss(returns, method=method).at_risk


def test_ten_days_without_clustering_are_about_the_root_of_ten():
    returns = np.random.default_rng(9).normal(0, 0.01, 500)
    one, ten = loss(returns, days=1).at_risk, loss(returns, days=10).at_risk
    assert ten / one == pytest.approx(math.sqrt(10), rel=0.15)


def test_what_is_not_known_says_why():
    assert f"it takes {FEWEST}" in loss(CALM[: FEWEST - 1]).reason
    assert "did not move" in loss(np.zeros(400)).reason
    figure, beyond = loss_figure(CALM, 0.0, method="filtered", level=0.95, days=1)
    assert not figure.known and "Nothing is held" in figure.reason and not beyond.known
    with pytest.raises(ValueError, match="no method"):
        loss(CALM, method="crystal ball")
