"""Ways to divide customers besides the run's own: how each is fitted and extended to others."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata
from sklearn.cluster import HDBSCAN, AgglomerativeClustering
from sklearn.metrics import pairwise_distances_argmin
from sklearn.mixture import GaussianMixture

from segmentation.domain.clustering import fit_centroids, nearest_centroid
from segmentation.domain.profile import group_means
from segmentation.domain.selection import SMALLEST_SHARE

NOISE = -1
# Added to the variances of a mixture, over the average column's: on a yes-or-no feature that all
# its customers share a component would else shrink to a point, and its likelihood grow for ever.
_VARIANCE_FLOOR = 0.05
_SHAPES = {"diag": "axis-parallel", "tied": "all of one shape", "full": "each of its own shape"}
_NEIGHBOURS = 10


class CannotDivide(ValueError):
    """A method does not apply to these customers; the message says why in one sentence."""


@dataclass(frozen=True)
class Sample:
    """The customers that all methods are tried on.

    Attributes
    ----------
    matrix : ndarray of shape (n, d)
        Scaled as in the run.
    ranks : ndarray of shape (n, d)
        The same with `normal_scores` in place of the features.
    income : ndarray of shape (n,)
        Rupees a year, not finite where unknown.
    """

    matrix: np.ndarray
    ranks: np.ndarray
    income: np.ndarray

    def take(self, rows):
        """Some of its customers, one of them perhaps several times."""
        return Sample(self.matrix[rows], self.ranks[rows], self.income[rows])


@dataclass(frozen=True)
class Grouping:
    """Customers in groups.

    Attributes
    ----------
    labels : ndarray of int64, shape (n,)
        `NOISE` in no group.
    extend : callable
        Gives labels of another `Sample`.
    refit : callable
        Divides another `Sample` in the same way.
    note : str
        What the fit decided by itself, a sentence or nothing.
    """

    labels: np.ndarray
    extend: Callable
    refit: Callable
    note: str = ""


def normal_scores(matrix, kept):
    """Replace each column by the normal quantiles of its ranks, its deviation kept.

    Only the shape of a distribution changes, so that blocks weigh what they weigh in the run.

    Parameters
    ----------
    matrix : ndarray of shape (n, d)
    kept : sequence of int
        Columns left as they are (yes or no has no tail).

    Returns
    -------
    ndarray of shape (n, d)
    """
    out = np.zeros_like(matrix)
    for column, values in enumerate(matrix.T):
        scores = norm.ppf((rankdata(values) - 0.5) / len(values))
        if scores.std() > 1e-9:
            out[:, column] = scores * (values.std() / scores.std())
    out[:, kept] = matrix[:, kept]
    return out


def k_means(sample, k, random_state, *, of="matrix"):
    """K-Means on the run's matrix, or on `ranks`; others go to the nearest centroid."""
    centroids = fit_centroids(getattr(sample, of), k, random_state=random_state)

    def extend(other):
        return nearest_centroid(getattr(other, of), centroids)

    return Grouping(extend(sample), extend, lambda other: k_means(other, k, random_state, of=of))


def gaussian_mixture(sample, k, random_state, shapes=tuple(_SHAPES)):
    """Gaussian mixture by expectation maximisation; others go where they are likeliest.

    Of the shapes of covariance the one with the least Bayesian information criterion is kept.

    References
    ----------
    .. [1] Dempster, Laird and Rubin (1977), JRSS B 39, 1-38.
    .. [2] McLachlan and Peel (2000), "Finite Mixture Models", sections 2.10, 6.9.
    """
    matrix = sample.matrix
    floor = max(_VARIANCE_FLOOR * float(matrix.var(axis=0).mean()), 1e-9)
    fitted = [
        GaussianMixture(k, covariance_type=shape, reg_covar=floor, random_state=random_state).fit(
            matrix
        )
        for shape in shapes
    ]
    best = int(np.argmin([model.bic(matrix) for model in fitted])) if len(fitted) > 1 else 0
    shape = shapes[best]

    def extend(other):
        return fitted[best].predict(other.matrix).astype(np.int64)

    return Grouping(
        extend(sample),
        extend,
        lambda other: gaussian_mixture(other, k, random_state, (shape,)),
        f"Shape by BIC: {_SHAPES[shape]}.",
    )


def ward(sample, k):
    """Ward's hierarchical clustering, cut at k groups; others go to the nearest group's mean.

    The mean is what Ward's criterion, the sum of squares within groups, measures from.

    References
    ----------
    .. [1] Ward, J. H. (1963), JASA 58, 236-244.
    """
    labels = AgglomerativeClustering(k, linkage="ward").fit_predict(sample.matrix)
    means = group_means(sample.matrix, labels, k)
    return Grouping(
        labels.astype(np.int64),
        lambda other: nearest_centroid(other.matrix, means),
        lambda other: ward(other, k),
    )


def hdbscan(sample):
    """Hierarchical density clusters; others share the lot of their nearest customer.

    A group has at least the share of customers that K-Means' smallest must have.

    References
    ----------
    .. [1] Campello, Moulavi and Sander (2013), PAKDD, LNCS 7819, 160-172.
    """
    # Customers drawn twice would lie infinitely dense.
    matrix = np.unique(sample.matrix, axis=0)
    least = max(5, round(SMALLEST_SHARE * len(matrix)))
    if len(matrix) <= least:
        raise CannotDivide(f"Only {len(matrix)} customers differ at all, too few for density.")
    found = HDBSCAN(
        min_cluster_size=least, min_samples=min(_NEIGHBOURS, len(matrix) // 2), copy=True
    ).fit_predict(matrix)

    def extend(other):
        return found[pairwise_distances_argmin(other.matrix, matrix)].astype(np.int64)

    return Grouping(extend(sample), extend, hdbscan)


def income_tiers(sample, k):
    """Equally large tiers of annual income; those of unknown income are one more."""
    known = sample.income[np.isfinite(sample.income)]
    edges = np.unique(np.quantile(known, np.arange(1, k) / k)) if len(known) else np.zeros(0)
    edges = edges[edges > known.min()] if len(edges) else edges
    if not len(edges):
        raise CannotDivide("Incomes are unknown or all alike, so there are no tiers.")

    def extend(other):
        tier = np.searchsorted(edges, other.income, side="right")
        return np.where(np.isfinite(other.income), tier, len(edges) + 1)

    return Grouping(extend(sample), extend, lambda other: income_tiers(other, k))
