"""K-Means whose answer depends on the customers, not on the order they come in."""

import warnings

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

_NEAREST_AT_ONCE = 100_000


def canonical_order(matrix):
    """Order of rows that depends on their values alone.

    K-Means++ draws its first centroids by row number, so rows are put in an
    order of their own first. Rows that tie are equal for all that matters.

    Parameters
    ----------
    matrix : ndarray of shape (n, d)

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    direction = np.random.default_rng(20_250_331).normal(size=matrix.shape[1])
    # Summed column by column: a matrix product may round a row by its place in the matrix.
    place = sum(matrix[:, column] * weight for column, weight in enumerate(direction))
    return np.argsort(place, kind="stable")


def fit_centroids(matrix, k, *, random_state, n_init=4):
    """Fit K-Means and return its centroids in an order of their own.

    Parameters
    ----------
    matrix : ndarray of shape (n, d)
        Scaled features.
    k : int
        At most the number of distinct rows.
    random_state : int
    n_init : int
        Runs of k-means++ of which the best is kept.

    Returns
    -------
    ndarray of shape (k, d)
        Ascending by their first coordinate (then second, and so on).
    """
    ordered = np.ascontiguousarray(matrix[canonical_order(matrix)])
    model = KMeans(k, init="k-means++", n_init=n_init, random_state=random_state)
    with warnings.catch_warnings():
        # Fewer distinct rows than k leaves empty clusters; the caller sees them by their sizes.
        warnings.simplefilter("ignore", ConvergenceWarning)
        centroids = model.fit(ordered).cluster_centers_
    return centroids[np.lexsort(centroids.T[::-1])]


def nearest_centroid(matrix, centroids):
    """Index of the nearest centroid of each row.

    Parameters
    ----------
    matrix : ndarray of shape (n, d)
    centroids : ndarray of shape (k, d)

    Returns
    -------
    ndarray of int64, shape (n,)
        The first of equals.
    """
    half_norms = (centroids**2).sum(axis=1) / 2
    labels = np.empty(len(matrix), np.int64)
    for start in range(0, len(matrix), _NEAREST_AT_ONCE):
        part = matrix[start : start + _NEAREST_AT_ONCE]
        labels[start : start + len(part)] = np.argmin(half_norms - part @ centroids.T, axis=1)
    return labels
