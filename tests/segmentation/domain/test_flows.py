import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from segmentation.domain.flows import Flows, Places

FORMER = Places(np.array([1, 2, 3, 4, 5]), np.array([0, 0, 0, 1, 1]), ("s1", "s2"))
LATER = Places(np.array([2, 3, 4, 5, 6]), np.array([0, 1, 1, 1, 2]), ("s1", "s2", "s3"))


def test_customers_are_counted_by_where_they_were_and_where_they_are():
    found = Flows.between(FORMER, LATER)
    # 2 stayed in s1, 3 went from s1 to s2, 4 and 5 stayed in s2; 1 left, 6 joined s3.
    assert found.counts.tolist() == [[1, 1, 0], [0, 2, 0]]
    assert (found.left.tolist(), found.joined.tolist()) == ([1, 0], [0, 0, 1])
    assert (found.common, found.stayed, found.movers) == (4, 3, 0.25)
    # Pairs together in both: {4,5}. Before: C(2,2) + C(2,2) = 2; after: C(3,2) = 3; of C(4,2) = 6.
    # Expected 2 x 3 / 6 = 1, most (2 + 3) / 2: ARI (1 - 1) / (2.5 - 1) = 0.
    assert found.ari == pytest.approx(0.0)


def test_steps_name_who_joined_and_who_left():
    assert Flows.between(FORMER, LATER).steps() == [
        ("s2", "s2", 2),
        ("s1", "s1", 1),
        ("s1", "s2", 1),
        ("s1", None, 1),
        (None, "s3", 1),
    ]


def test_what_a_segment_is_called_is_movement_and_not_disagreement():
    renamed = Places(FORMER.numbers, FORMER.codes, ("s7", "s8"))
    found = Flows.between(FORMER, renamed)
    assert (found.movers, found.ari) == (1.0, 1.0)
    same = Flows.between(FORMER, FORMER)
    assert (same.movers, same.ari, same.left.sum(), same.joined.sum()) == (0.0, 1.0, 0, 0)


def test_runs_without_a_common_customer_have_neither_movers_nor_agreement():
    nobody = Places(np.array([], np.int64), np.array([], np.int64), ("s1",))
    for pair in ((nobody, FORMER), (FORMER, nobody), (nobody, nobody)):
        found = Flows.between(*pair)
        assert (found.movers, found.ari, found.common) == (None, None, 0)
    assert Flows.between(nobody, FORMER).joined.tolist() == [3, 2]
    everyone = Places(np.array([9]), np.array([0]), ("s1",))
    assert Flows.between(everyone, everyone).ari == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_agreement_is_that_of_scikit_learn_and_rows_add_up(seed):
    draw = np.random.default_rng(seed)
    n, known = 400, draw.random((2, 400)) < 0.9
    numbers, codes = np.arange(n) * 3 + 10, draw.integers(0, 4, (2, n))
    codes[1] = np.where(draw.random(n) < 0.7, codes[0], codes[1])
    keys = ("s1", "s2", "s3", "s4")
    former, later = (
        Places(numbers[mask], row[mask], keys) for mask, row in zip(known, codes, strict=True)
    )
    found, both = Flows.between(former, later), known.all(axis=0)
    assert found.ari == pytest.approx(adjusted_rand_score(codes[0][both], codes[1][both]))
    assert found.movers == pytest.approx(np.mean(codes[0][both] != codes[1][both]))
    np.testing.assert_array_equal(
        found.counts.sum(axis=1) + found.left, np.bincount(former.codes, minlength=4)
    )
    np.testing.assert_array_equal(
        found.counts.sum(axis=0) + found.joined, np.bincount(later.codes, minlength=4)
    )
    again = Flows.from_document(found.to_document())
    np.testing.assert_array_equal(again.counts, found.counts)
    assert again.ari == found.ari
