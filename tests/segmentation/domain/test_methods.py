import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import adjusted_rand_score

from segmentation.domain import methods
from segmentation.domain.methods import NOISE, CannotDivide, Sample, normal_scores


def blobs(sizes=(60, 60, 60), noise=0, seed=0):
    """Clear round groups on a line, and customers scattered far around them."""
    draw = np.random.default_rng(seed)
    kind = np.repeat(np.arange(len(sizes)), sizes)
    matrix = draw.normal(size=(len(kind), 3)) + 12.0 * kind[:, None]
    matrix = np.vstack([matrix, draw.uniform(-200, 200, (noise, 3))])
    return Sample(matrix, matrix, np.ones(len(matrix))), np.r_[kind, np.full(noise, NOISE)]


FITS = {
    "kmeans": lambda sample: methods.k_means(sample, 3, 0),
    "mixture": lambda sample: methods.gaussian_mixture(sample, 3, 0),
    "ward": lambda sample: methods.ward(sample, 3),
    "hdbscan": methods.hdbscan,
}


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_clear_groups_are_found_extended_and_found_again(fit):
    sample, kind = blobs()
    found = fit(sample)
    assert adjusted_rand_score(kind, found.labels) == 1
    others, their_kind = blobs(seed=1)
    assert adjusted_rand_score(their_kind, found.extend(others)) == 1
    drawn = sample.take(np.random.default_rng(2).integers(0, 180, 180))
    assert adjusted_rand_score(kind, found.refit(drawn).extend(sample)) == 1


def test_a_mixture_sees_what_differs_in_extent_only():
    # A tight group inside a wide one: means alike, so no method of centroids tells them apart.
    draw = np.random.default_rng(0)
    kind = np.repeat([0, 1], 300)
    matrix = draw.normal(size=(600, 4)) * np.array([0.3, 6.0])[kind][:, None]
    sample = Sample(matrix, matrix, np.ones(600))
    mixture = methods.gaussian_mixture(sample, 2, 0)
    assert adjusted_rand_score(kind, mixture.labels) > 0.9
    assert adjusted_rand_score(kind, methods.k_means(sample, 2, 0).labels) < 0.2
    assert mixture.note.startswith("Shape by BIC")


def test_density_leaves_the_scattered_in_no_group():
    sample, kind = blobs(noise=20)
    found = methods.hdbscan(sample).labels
    assert set(found[kind >= 0]) == {0, 1, 2} and np.mean(found[kind < 0] == NOISE) > 0.9


def test_income_tiers_are_equally_large_and_the_unknown_are_one_more():
    income = np.r_[np.arange(1.0, 10), np.nan, np.inf]
    sample = Sample(np.zeros((11, 1)), np.zeros((11, 1)), income)
    assert methods.income_tiers(sample, 3).labels.tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 2
    for alike in (np.full(11, 5e5), np.full(11, np.nan)):
        with pytest.raises(CannotDivide, match="unknown or all alike"):
            methods.income_tiers(Sample(sample.matrix, sample.ranks, alike), 3)


def test_normal_scores_take_the_tail_and_keep_the_weight():
    matrix = np.column_stack([np.exp([0.0, 1, 2, 3, 9]), [0.0, 1, 0, 0, 1], np.ones(5)])
    found = normal_scores(matrix, [1])
    assert found[:, 0].std() == pytest.approx(matrix[:, 0].std())
    # Ranks 1 to 5 of 5 stand at 0.1, 0.3, 0.5, 0.7, 0.9.
    ideal = norm.ppf([0.1, 0.3, 0.5, 0.7, 0.9])
    np.testing.assert_allclose(found[:, 0] / found[4, 0], ideal / ideal[4], atol=1e-12)
    np.testing.assert_array_equal(found[:, 1], matrix[:, 1])
    assert not found[:, 2].any()
