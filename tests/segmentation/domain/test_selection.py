import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from segmentation.domain.clustering import fit_centroids, nearest_centroid
from segmentation.domain.selection import Candidate, choose, compare, even_sample, measure


def spread_blobs(k, n=240, seed=0):
    """k clear groups on a circle, six deviations apart from neighbours at least."""
    draw = np.random.default_rng(seed)
    angle = 2 * np.pi * np.arange(k) / k
    middles = 3 * k * np.column_stack([np.cos(angle), np.sin(angle)])
    return middles[np.arange(n) % k] + draw.normal(size=(n, 2))


@pytest.mark.parametrize("k", [3, 5])
def test_clear_groups_are_counted_right(k):
    candidates = compare(spread_blobs(k), random_state=0, candidates=range(2, 8))
    assert choose(candidates) == k
    chosen = next(c for c in candidates if c.k == k)
    assert chosen.fit and chosen.stability == pytest.approx(1) and chosen.verdict == "Holds."
    assert chosen.smallest == pytest.approx(1 / k, abs=0.01)


def test_silhouette_is_scikit_learns():
    matrix = spread_blobs(4)
    labels = nearest_centroid(matrix, fit_centroids(matrix, 4, random_state=0))
    found = measure(matrix, 4, random_state=0, bootstraps=2)
    assert found.silhouette == pytest.approx(silhouette_score(matrix, labels))


def candidate(k, silhouette, calinski=100.0, smallest=0.1, stability=0.95):
    return Candidate(k, silhouette, calinski, smallest, stability)


def judged(*candidates):
    from segmentation.domain import selection

    return {c.k: c for c in selection._judged(list(candidates))}


def test_the_finest_division_that_holds_is_chosen():
    found = judged(
        candidate(2, 0.9),
        candidate(3, 0.40),
        candidate(4, 0.30),  # separation sqrt(0.75 x 1) = 0.866
        candidate(5, 0.35, stability=0.60),
        candidate(6, 0.35, smallest=0.01),
        candidate(7, 0.10),  # separation sqrt(0.25 x 1) = 0.5, under two thirds
    )
    assert choose(list(found.values())) == 4
    assert found[4].separation == pytest.approx(np.sqrt(0.75))
    assert found[7].separation == pytest.approx(0.5)
    assert [found[k].fit for k in (2, 3, 4, 5, 6, 7)] == [False, True, True, False, False, False]
    assert "three tiers" in found[2].verdict and "0.85" in found[5].verdict
    assert "2%" in found[6].verdict and "closer" in found[7].verdict


def test_much_less_stable_than_another_is_not_stable_enough():
    found = judged(candidate(3, 0.4, stability=0.99), candidate(4, 0.4, stability=0.88))
    assert choose(list(found.values())) == 3 and "0.89" in found[4].verdict


def test_two_segments_are_taken_only_where_nothing_else_holds():
    found = judged(candidate(2, 0.9), candidate(3, 0.4, stability=0.5))
    assert choose(list(found.values())) == 2


def test_where_nothing_holds_the_highest_silhouette_is_taken():
    found = judged(candidate(3, 0.1, stability=0.3), candidate(4, 0.2, stability=0.2))
    assert choose(list(found.values())) == 4
    with pytest.raises(ValueError, match="no number of segments"):
        choose([])


def test_the_number_published_stays_while_it_nearly_holds():
    # Seven are published; today their refits agree to 0.82, under the 0.85 that is asked anew.
    found = list(judged(candidate(6, 0.3), candidate(7, 0.3, stability=0.82)).values())
    assert (choose(found), choose(found, 7)) == (6, 7)
    lost = list(judged(candidate(6, 0.3), candidate(7, 0.3, stability=0.79)).values())
    assert choose(lost, 7) == 6
    # One more that holds is no reason to move everybody; two more are.
    one, two = (list(judged(candidate(5, 0.3), candidate(k, 0.3)).values()) for k in (6, 7))
    assert (choose(one, 5), choose(two, 5), choose(two, 4)) == (5, 7, 7)


def test_no_more_segments_than_different_customers_are_tried():
    matrix = np.repeat(np.array([[0.0, 0], [5, 5], [9, 0]]), 20, axis=0)
    assert [c.k for c in compare(matrix, random_state=0)] == [2, 3]


def test_even_sample_spans_everyone():
    assert even_sample(10, 4).tolist() == [0, 2, 5, 7]
    assert even_sample(3, 4).tolist() == [0, 1, 2]
