"""The few that are shown."""

import numpy as np

from recommendations.domain.choose import choose

SECTORS = np.array(["a", "a", "b", "c", "c", "d"])


def test_one_stock_a_sector_the_best_first_and_the_next_in_line():
    scores = np.array([[0.9, 0.8, 0.3, 0.5, 0.7, 0.1]])
    chosen, runner_up = choose(scores, np.ones((1, 6), dtype=bool), SECTORS, picks=3)
    assert chosen.tolist() == [[0, 4, 2]]
    assert runner_up.tolist() == [5]


def test_what_is_not_allowed_or_unknown_is_never_chosen():
    scores = np.array([[0.9, 0.8, np.nan, 0.5, 0.7, 0.1]])
    allowed = np.array([[False, True, True, True, False, True]])
    chosen, runner_up = choose(scores, allowed, SECTORS)
    assert chosen.tolist() == [[1, 3, 5, -1, -1]]
    assert runner_up.tolist() == [-1]


def test_each_investor_is_chosen_for_alone():
    scores = np.array([[0.9, 0.1, 0.2, 0.3, 0.4, 0.5], [0.1, 0.9, 0.5, 0.4, 0.3, 0.2]])
    allowed = np.array([[False] * 6, [True] * 6])
    chosen, _ = choose(scores, allowed, SECTORS, picks=2)
    assert chosen.tolist() == [[-1, -1], [1, 2]]
