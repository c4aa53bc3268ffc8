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
    # Five years count as much as judgement. Momentum and steadiness share 0.30: learned
    # 0.30 and 0; mixed half and half with 0.20 and 0.10.
    row = {"momentum": 0.04, "steadiness": -0.02}
    weights = learned_weights([row] * 60, years=5)
    assert weights["momentum"] == pytest.approx(0.25)
    assert weights["steadiness"] == pytest.approx(0.05)
    assert sum(weights.values()) == pytest.approx(1.0)


def test_what_peers_count_is_never_learned():
    row = {"peers": 0.5, "momentum": 0.01, "steadiness": 0.01}
    weights = learned_weights([row] * 60, years=50)
    kept = ("peers", "sector", "diversification")
    assert {name: weights[name] for name in kept} == {name: WEIGHTS[name] for name in kept}


@pytest.mark.parametrize("leads", [[], [{"momentum": -0.1, "steadiness": float("nan")}] * 50])
def test_without_a_good_record_judgement_stays(leads):
    assert learned_weights(leads, years=len(leads) / 12) == WEIGHTS
