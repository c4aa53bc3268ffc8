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
        for name in ("model", "random", "popular", "peers", "momentum")
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


def test_what_is_unknown_or_earns_too_little_is_counted():
    # Half of the long run of 11 % is 5.5 %.
    market = features(
        known=np.array([False, True, True, True, True, True]),
        price=np.array([100.0, np.nan, 100, 100, 100, 100]),
        expected_return=np.array([0.1, 0.1, 0.054, 0.056, 0.1, 0.1]),
    )
    chosen = np.array([[0, 1, 2, 3, -1]])
    assert count_violations(market, investor(), chosen, risk_class="medium") == 3


def test_a_purchase_that_crowds_a_sector_is_counted():
    # Held 1,00,000, of it 29,000 in the sector of the first two; nothing can be saved, so
    # nothing is added. A purchase of 5 % takes that sector to 34 %, above 30 %; the sector
    # of the third reaches 5 %.
    sectors = np.array(["Power", "Power", "Realty", "Textiles", "Textiles", "Textiles"])
    market = features(sectors=sectors)
    one = investor([29_000.0, 0, 0, 71_000, 0, 0], income=600_000.0)
    chosen = np.array([[1, 2, -1]])
    assert count_violations(market, one, chosen, risk_class="medium") == 1
    # Three months' saving of 1,50,000 makes 34,000 of 2,50,000: 17 % with 5 % of the whole.
    saving = investor([29_000.0, 0, 0, 71_000, 0, 0])
    assert count_violations(market, saving, chosen, risk_class="medium") == 0
