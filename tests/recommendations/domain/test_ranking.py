"""Scores and their parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recommendations.domain.ranking import WEIGHTS, score, volatility_change
from tests.recommendations.domain.markets import features

NOTHING = np.zeros((1, 6))
NO_SECTOR = np.zeros((1, 6), dtype=bool)


def test_the_weights_add_up_to_one():
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)


def test_adding_a_stock_to_a_portfolio_by_hand():
    # Portfolio 20 %, stock 30 %, uncorrelated, a tenth of the new portfolio:
    # sqrt(0.81 x 0.04 + 0.01 x 0.09) - 0.2 = sqrt(0.0333) - 0.2 = -0.017517
    change = volatility_change(0.0, 0.04, 0.09, share=0.1)
    assert change == pytest.approx(-0.017517, abs=1e-6)


def test_more_of_the_same_changes_nothing():
    assert volatility_change(0.04, 0.04, 0.04, share=0.3) == pytest.approx(0.0)


def test_parts_that_say_nothing_pass_their_weight_on():
    # Only momentum (0.20) and steadiness (0.10) are left: two thirds and one third.
    # Six stocks: momentum places 0, 0.2, ... 1; steadiness is equal for all, place 0.5.
    scores = score(features(), holdings=NOTHING, preferred=NO_SECTOR, peer_shares=None)
    assert scores.weights["momentum"][0] == pytest.approx(2 / 3)
    assert scores.weights["peers"][0] == 0
    assert scores.total[0] == pytest.approx(np.arange(6) / 5 * 2 / 3 + 0.5 / 3)


def test_peers_and_sectors_move_a_stock_up():
    peers = np.array([0.4, 0, 0, 0.1, 0, 0])
    preferred = np.array([[True, False, False, False, False, False]])
    scores = score(features(), holdings=NOTHING, preferred=preferred, peer_shares=peers)
    assert scores.parts["peers"] == pytest.approx([1, 0, 0, 0.25, 0, 0])
    # (0.30 x 1 + 0.20 x 1 + 0.20 x 0 + 0.10 x 0.5) / 0.80
    assert scores.total[0, 0] == pytest.approx(0.55 / 0.80)


def test_the_stock_that_moves_least_with_the_portfolio_diversifies_most():
    covariance = np.eye(6) * 0.04
    covariance[0, 1] = covariance[1, 0] = 0.03
    holdings = np.array([[1.0, 0, 0, 0, 0, 0]])
    scores = score(
        features(covariance=covariance), holdings=holdings, preferred=NO_SECTOR, peer_shares=None
    )
    part = scores.parts["diversification"][0]
    assert part[0] == 0  # the portfolio itself
    assert part[1] == pytest.approx(0.2)  # the next worst
    assert part[2:] == pytest.approx([0.7] * 4)  # four alike share places 2 to 5 of 5


def test_unknown_stocks_have_no_score():
    known = np.array([True] * 5 + [False])
    scores = score(features(known=known), holdings=NOTHING, preferred=NO_SECTOR, peer_shares=None)
    assert np.isnan(scores.total[0, 5])
    assert np.isfinite(scores.total[0, :5]).all()


@given(
    peers=arrays(float, 6, elements=st.floats(0, 1)),
    held=arrays(float, 6, elements=st.floats(0, 1)),
    mask=arrays(bool, (1, 6)),
)
def test_scores_stay_between_nothing_and_everything(peers, held, mask):
    holdings = (held / held.sum() if held.sum() else held)[None]
    scores = score(features(), holdings=holdings, preferred=mask, peer_shares=peers)
    assert ((scores.total >= -1e-9) & (scores.total <= 1 + 1e-9)).all()
    assert sum(weight[0] for weight in scores.weights.values()) == pytest.approx(1)
