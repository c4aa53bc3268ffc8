import numpy as np
import pytest

from segmentation.domain.identity import drift, match_keys


def test_keys_follow_the_centroids_wherever_they_stand_in_the_list():
    former = np.array([[0.0, 0], [10, 0], [0, 10]])
    now = np.array([[0.5, 9.5], [0.2, -0.1], [9, 1]])
    assert match_keys(now, former, ["s1", "s2", "s7"]) == ["s7", "s1", "s2"]


def test_the_pairing_is_the_best_of_all_not_each_ones_nearest():
    # Both new ones are nearest to the former at 0. Pairing 1 with 0 and 4 with 10 costs
    # 1 + 36 = 37; the other way round 16 + 81 = 97.
    assert match_keys(np.array([[4.0], [1.0]]), np.array([[0.0], [10.0]]), ["a0", "b0"]) == [
        "b0",
        "a0",
    ]


def test_a_new_segment_never_takes_a_key_that_once_stood_for_another():
    now = np.array([[0.0], [5.0], [10.0]])
    keys = match_keys(now, np.array([[10.0], [0.0]]), ["s4", "s2"], used_keys=["s1", "s9"])
    assert keys == ["s2", "s10", "s4"]
    assert match_keys(now, np.zeros((0, 1)), []) == ["s1", "s2", "s3"]


def test_a_segment_that_vanished_leaves_its_key():
    assert match_keys(np.array([[9.0]]), np.array([[0.0], [10.0]]), ["s1", "s2"]) == ["s2"]


def test_drift_counts_movers_among_those_both_runs_know():
    # 2, 3, 4, 5 are common; 3 moved. 6 joined, 1 left.
    found = drift(
        np.array([2, 3, 4, 5, 6]),
        np.array(["s1", "s2", "s2", "s2", "s1"]),
        np.array([1, 2, 3, 4, 5]),
        np.array(["s1", "s1", "s1", "s2", "s2"]),
    )
    # Pairs together in both: {4,5} only, of 2 + 3 possible; expected by chance
    # C(2,2)+C(2,2) = 2 and C(1,2)+C(3,2) = 3 over C(4,2) = 6: index 1, expected 1, so ARI 0.
    assert found == {
        "common": 4,
        "ari": pytest.approx(0.0),
        "movers": 0.25,
        "joined": 1,
        "left": 1,
    }


def test_runs_without_common_customers_have_no_drift():
    nobody = drift(np.array([1]), np.array(["s1"]), np.array([2]), np.array(["s1"]))
    assert nobody["ari"] is None and nobody["movers"] is None
