"""Lloyd's iterations on customers who come in parts: K-Means without holding them all.

A part gives sums, sums add up, and their means are the next centroids (Lloyd 1982). Who sums, one
process or many, does not matter to the answer.

References
----------
.. [1] Lloyd, S. (1982), "Least squares quantization in PCM", IEEE Transactions on Information
   Theory 28, 129-137.
.. [2] Bradley, P. and Fayyad, U. (1998), "Refining initial points for k-means clustering",
   ICML 15, 91-99: starting from the centroids of a sample.
"""

from dataclasses import dataclass

import numpy as np

from segmentation.domain.clustering import nearest_centroid

MAX_ITERATIONS = 30
# Share of the columns' mean variance that all centroids together may still move, as scikit-learn's.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class PartSums:
    """What one part says to the next centroids.

    Attributes
    ----------
    sizes : ndarray of int64, shape (k,)
    sums : ndarray of float64, shape (k, d)
    """

    sizes: np.ndarray
    sums: np.ndarray

    @classmethod
    def of(cls, matrix, centroids):
        """Sum up a part by nearest centroid.

        Parameters
        ----------
        matrix : ndarray of float32, shape (n, d)
        centroids : ndarray of float64, shape (k, d)
        """
        k = len(centroids)
        labels = nearest_centroid(matrix, centroids.astype(matrix.dtype))
        sums = [np.bincount(labels, column, minlength=k) for column in matrix.T]
        return cls(np.bincount(labels, minlength=k), np.stack(sums, axis=1))

    def __add__(self, other):
        return PartSums(self.sizes + other.sizes, self.sums + other.sums)


def next_centroids(total, centroids):
    """Means of what was summed; a centroid without anybody stays.

    Parameters
    ----------
    total : PartSums
    centroids : ndarray of shape (k, d)

    Returns
    -------
    ndarray of shape (k, d)
    """
    means = total.sums / np.maximum(total.sizes, 1)[:, None]
    return np.where(total.sizes[:, None] > 0, means, centroids)


def refine(total_of, start, variance):
    """Iterate until centroids settle.

    Parameters
    ----------
    total_of : callable
        Given centroids and how many iterations are done; returns the sums of everyone.
    start : ndarray of shape (k, d)
    variance : float
        Mean variance of the columns.

    Returns
    -------
    ndarray of shape (k, d)
    """
    centroids = start
    for done in range(MAX_ITERATIONS):
        former, centroids = centroids, next_centroids(total_of(centroids, done), centroids)
        if settled(centroids, former, variance):
            break
    return centroids


def settled(centroids, former, variance):
    """Whether centroids have stopped moving.

    Parameters
    ----------
    centroids, former : ndarray of shape (k, d)
    variance : float
        Mean variance of the columns.
    """
    return float(((centroids - former) ** 2).sum()) <= TOLERANCE * variance
