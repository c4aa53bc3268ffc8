"""Weights from the past."""

import numpy as np
import pytest

from recommendations.domain.learning import best_tenth_lead, learned_weights
from recommendations.domain.ranking import WEIGHTS


def test_the_lead_of_the_best_tenth_by_hand():
    # 60 stocks, outcomes 1 to 60: the six a perfect forecast puts first average 57.5,
    # all of them 30.5.
    outcomes = np.arange(1.0, 61.0)
    assert best_tenth_lead(outcomes, outcomes) == pytest.approx(27.0)
    assert best_tenth_lead(-outcomes, outcomes) == pytest.approx(3.5 - 30.5)


def test_too_few_known_outcomes_say_nothing():
    outcomes = np.where(np.arange(60) < 19, 1.0, np.nan)
    assert np.isnan(best_tenth_lead(np.arange(60.0), outcomes))


def test_weight_moves_to_what_foretold_and_the_rest_keeps_its_own():
    # Five years count as much as judgement. Peers, momentum and steadiness share 0.60:
    # learned 0, 0.60, 0; mixed half and half with 0.30, 0.20, 0.10.
    row = {"peers": -0.02, "momentum": 0.04, "steadiness": float("nan")}
    weights = learned_weights([row] * 60, years=5)
    assert weights["momentum"] == pytest.approx(0.40)
    assert weights["peers"] == pytest.approx(0.15)
    assert weights["steadiness"] == pytest.approx(0.05)
    assert (weights["sector"], weights["diversification"]) == (0.20, 0.20)
    assert sum(weights.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "leads", [[], [{"peers": -0.1, "momentum": -0.1, "steadiness": float("nan")}] * 50]
)
def test_without_a_good_record_judgement_stays(leads):
    assert learned_weights(leads, years=len(leads) / 12) == WEIGHTS
