"""Walk-forward outcomes."""

import numpy as np
import pytest

from recommendations.domain.advise import rank
from recommendations.domain.evaluation import (
    Tally,
    add_outcomes,
    count_violations,
    picks_of,
    summarise,
)
from tests.recommendations.domain.markets import features, investor


def test_every_method_chooses_among_the_same_suitable_stocks():
    market = features(volatility=np.array([0.9, 0.2, 0.2, 0.2, 0.2, 0.2]))
    ranked = rank(market, investor(), risk_class="medium", peer_shares=None)
    picks = picks_of(
        market,
        ranked,
        popularity=np.array([0.9, 0.1, 0.5, 0.3, 0.2, 0.4]),
        peer_shares=None,
        rng=np.random.default_rng(0),
    )
    assert picks["popular"].tolist() == [[2, 5, 3, 4, 1]]
    assert picks["momentum"].tolist() == [[5, 4, 3, 2, 1]]
    assert all(set(chosen[0]) == {1, 2, 3, 4, 5} for chosen in picks.values())


def test_leads_and_hits_by_hand():
    # The model's picks return 10 % and 30 %, mean 20 %; the benchmark made 15 % and 25 %:
    # leads +5 % and -5 %, ahead on one date of two. One of the two investors bought one.
    market, tallies = features(), []
    ranked = rank(market, investor(), risk_class="medium", peer_shares=None)
    picks = {
        name: np.array([[0, 1, -1, -1, -1]])
        for name in ("model", "random", "popular", "segment", "momentum")
    }
    for bought in (True, False):
        tally = Tally()
        later = np.zeros((1, 6), dtype=bool)
        later[0, 1] = bought
        later[0, 5] = True  # not recommended, so no hit
        add_outcomes(
            tally,
            ranked,
            picks,
            volatility=np.array([0.1, 0.3, 9, 9, 9, 9]),
            forward=np.array([0.1, 0.3, 9, 9, 9, 9]),
            bought_later=later,
        )
        tallies.append(tally)
    result = summarise(tallies, [0.15, 0.25], stocks=6)
    own = result["table"][0]
    assert own["lead"] == pytest.approx(0.0)
    assert own["beat"] == 0.5
    assert own["hit"] == 0.5
    assert own["volatility"] == pytest.approx(0.2)
    assert result["coverage"] == pytest.approx(2 / 6)
    assert result["rival"]["method"] != "model"


def test_broken_rules_are_counted():
    market = features(
        volatility=np.array([0.9, 0.2, 0.2, 0.2, 0.2, 0.2]),
        cap_classes=np.array(["Large", "Micro", "Large", "Large", "Large", "Large"]),
        traded_value=np.array([1e9, 1e9, 1.0, 1e9, 1e9, 1e9]),
    )
    one = investor([0, 0, 0, 5.0, 0, 0], dismissed=[4])
    chosen = np.array([[0, 1, 2, 3, 4, 5, -1]])
    assert count_violations(market, one, chosen, risk_class="medium") == 5
