"""What segments are held against: K-Means as it is commonly run, and tiers of one column."""

import numpy as np
from threadpoolctl import threadpool_limits

from segmentation.domain.clustering import canonical_order, fit_centroids, nearest_centroid
from segmentation.domain.selection import CANDIDATES, FIT_SAMPLE, even_sample, measure


def standardised(values):
    """Columns less their mean over their deviation; means for the unknown, nothing else.

    Parameters
    ----------
    values : ndarray of float64, shape (n, d)
        NaN unknown.

    Returns
    -------
    ndarray of float64, shape (n, d)
        0 for a column that does not vary.
    """
    known = np.where(np.isfinite(values), values, np.nan)
    count = np.isfinite(known).sum(axis=0)
    mean = np.nansum(known, axis=0) / np.maximum(count, 1)
    filled = np.where(np.isnan(known), mean, known)
    deviation = filled.std(axis=0)
    return (filled - mean) / np.where(deviation > 0, deviation, 1.0)


def plain_kmeans(values, k, *, random_state=0):
    """K-Means on standardised columns, with ten starts.

    Parameters
    ----------
    values : ndarray of float64, shape (n, d)
    k : int or None
        The number with the highest silhouette from 2 to 10 where None.
    random_state : int

    Returns
    -------
    labels : ndarray of int64, shape (n,)
    measured : Candidate
        By the same measures as ours, in its own space.
    """
    matrix = standardised(values)
    # Sampled along an order of the values' own, so that row order cannot matter.
    ordered = matrix[canonical_order(matrix)]
    part = ordered[even_sample(len(ordered), FIT_SAMPLE)]
    with threadpool_limits(1):
        if k is None:
            bears = [each for each in CANDIDATES if each <= len(np.unique(part, axis=0))]
            tried = [measure(part, each, random_state=random_state, bootstraps=1) for each in bears]
            k = max(tried, key=lambda c: np.nan_to_num(c.silhouette, nan=-1.0)).k
        measured = measure(ordered, k, random_state=random_state)
        centroids = fit_centroids(matrix, measured.k, random_state=random_state, n_init=10)
    return nearest_centroid(matrix, centroids), measured


def equal_tiers(column, k, weight=None):
    """Cut one quantity into tiers of equal numbers of customers.

    Parameters
    ----------
    column : ndarray of float64, shape (n,)
        NaN unknown.
    k : int
    weight : ndarray of float64, shape (n,), optional
        How many customers each row stands for.

    Returns
    -------
    ndarray of int64, shape (n,)
        0 the lowest; -1 where unknown. Customers of one value share a tier, so that there may
        be fewer than `k`.
    """
    weight = np.ones(len(column)) if weight is None else weight
    known = np.isfinite(column)
    tiers = np.full(len(column), -1, np.int64)
    values, place = np.unique(column[known], return_inverse=True)
    size = np.bincount(place, weight[known], minlength=len(values))
    if size.sum() > 0:
        middle = (np.cumsum(size) - size / 2) / size.sum()
        tiers[known] = np.minimum((middle * k).astype(np.int64), k - 1)[place]
    return tiers
