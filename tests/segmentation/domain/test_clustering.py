import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from segmentation.domain.clustering import canonical_order, fit_centroids, nearest_centroid


def blobs(seed=0, n=300):
    draw = np.random.default_rng(seed)
    middles = np.array([[0.0, 0, 0], [6, 0, 0], [0, 6, 0], [0, 0, 6]])
    return middles[draw.integers(0, 4, n)] + draw.normal(size=(n, 3))


def test_segments_are_those_of_scikit_learn():
    matrix = blobs()
    ours = fit_centroids(matrix, 4, random_state=0)
    theirs = KMeans(4, n_init=10, random_state=1).fit(matrix)
    inertia = ((matrix - ours[nearest_centroid(matrix, ours)]) ** 2).sum()
    assert inertia == pytest.approx(theirs.inertia_, rel=1e-6)
    assert adjusted_rand_score(theirs.labels_, nearest_centroid(matrix, ours)) == 1


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_labels_do_not_depend_on_the_order_of_customers(seed):
    matrix = blobs(seed, 120)
    order = np.random.default_rng(seed).permutation(len(matrix))
    straight = fit_centroids(matrix, 4, random_state=0)
    shuffled = fit_centroids(matrix[order], 4, random_state=0)
    np.testing.assert_array_equal(straight, shuffled)
    np.testing.assert_array_equal(
        nearest_centroid(matrix, straight)[order], nearest_centroid(matrix[order], shuffled)
    )


def test_canonical_order_is_of_the_values_own():
    matrix = blobs(5, 50)
    order = np.random.default_rng(1).permutation(50)
    np.testing.assert_array_equal(
        matrix[canonical_order(matrix)], matrix[order][canonical_order(matrix[order])]
    )


def test_centroids_ascend_and_the_nearest_is_found_by_distance():
    centroids = fit_centroids(blobs(), 4, random_state=0)
    assert (np.diff(centroids[:, 0]) > 0).all()
    matrix = np.random.default_rng(2).normal(size=(500, 3)) * 4
    gaps = np.linalg.norm(matrix[:, None] - centroids[None], axis=2)
    np.testing.assert_array_equal(nearest_centroid(matrix, centroids), gaps.argmin(axis=1))
