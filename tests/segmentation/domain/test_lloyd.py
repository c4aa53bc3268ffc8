import numpy as np
import pytest
from sklearn.cluster import KMeans

from segmentation.domain.clustering import nearest_centroid
from segmentation.domain.lloyd import PartSums, next_centroids, settled


def test_sums_of_parts_are_the_sums_of_all_and_their_means_the_next_centroids():
    matrix = np.array([[0, 0], [2, 0], [10, 10], [12, 14]], np.float32)
    start = np.array([[0.0, 0.0], [9.0, 9.0], [99.0, 99.0]])
    whole = PartSums.of(matrix, start)
    parts = PartSums.of(matrix[:1], start) + PartSums.of(matrix[1:1], start)
    parts = parts + PartSums.of(matrix[1:], start)
    assert whole.sizes.tolist() == parts.sizes.tolist() == [2, 2, 0]
    np.testing.assert_array_equal(whole.sums, parts.sums)
    # (0+2)/2 and (10+12)/2, (10+14)/2; nobody is near the third, which stays.
    assert next_centroids(whole, start).tolist() == [[1, 0], [11, 12], [99, 99]]


def test_iterations_end_where_those_of_scikit_learn_end():
    draw = np.random.default_rng(3)
    matrix = (
        draw.integers(0, 3, 3_000)[:, None] * [4.0, 1.0] + draw.normal(size=(3_000, 2))
    ).astype(np.float32)
    start = matrix[:3].astype(float)
    theirs = KMeans(3, init=start, n_init=1, tol=1e-9, algorithm="lloyd").fit(matrix)
    centroids = start
    for _ in range(theirs.n_iter_ + 1):
        centroids = next_centroids(PartSums.of(matrix, centroids), centroids)
    assert centroids == pytest.approx(theirs.cluster_centers_, abs=1e-4)
    assert (nearest_centroid(matrix, centroids) == theirs.labels_).mean() > 0.999


def test_they_end_when_centroids_move_less_than_a_share_of_the_variance():
    here = np.zeros((2, 2))
    assert settled(here, here + 0.004, variance=1.0)  # 4 x 0.000016 = 0.000064
    assert not settled(here, here + 0.006, variance=1.0)  # 0.000144 > 0.0001
