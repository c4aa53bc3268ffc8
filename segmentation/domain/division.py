"""From raw columns to segments: scale, compare numbers of segments, fit the chosen one.

What every division shares, whatever its features are called: the product's runs and any table
of customers go through here.
"""

from dataclasses import dataclass, replace

import numpy as np

from segmentation.domain.clustering import fit_centroids, nearest_centroid
from segmentation.domain.scaling import Scaler, transformed
from segmentation.domain.selection import CANDIDATES, Candidate, choose, compare

MIN_CUSTOMERS = 20


class CannotSegment(ValueError):
    """There is nothing to segment; the message says why in one sentence."""


@dataclass(frozen=True)
class Division:
    """Customers divided into segments.

    Attributes
    ----------
    scaler : Scaler
    matrix : ndarray of shape (n, d)
        Scaled features.
    clipped : ndarray of shape (n, n_features)
        Of `Scaler.clip`.
    centroids : ndarray of shape (k, d)
    labels : ndarray of int64, shape (n,)
    candidates : list of Candidate
        The whole comparison of numbers of segments.
    """

    scaler: Scaler
    matrix: np.ndarray
    clipped: np.ndarray
    centroids: np.ndarray
    labels: np.ndarray
    candidates: list[Candidate]

    @property
    def k(self):
        """Number of segments."""
        return len(self.centroids)

    def around(self, centroids):
        """The same customers in the segments of other centroids.

        Parameters
        ----------
        centroids : ndarray of shape (k, d)

        Returns
        -------
        Division
        """
        labels = nearest_centroid(self.matrix, centroids)
        return replace(self, centroids=centroids, labels=labels)


def divide(
    values, features, block_weights, *, k=None, former_k=None, random_state=0, on_stage=None
):
    """Divide customers by any features.

    Parameters
    ----------
    values : ndarray of shape (n, n_features)
        Raw units, NaN unknown; at least one row.
    features : sequence of Feature
    block_weights : mapping of str to float
    k : int, optional
        Number of segments pinned; chosen by quality where None.
    former_k : int, optional
        Number published now, which stays while it holds.
    random_state : int
    on_stage : callable, optional
        Called with a sentence and the share done, 0 to 1.

    Returns
    -------
    Division

    Raises
    ------
    CannotSegment
        Without any difference between the customers, or with a pinned k that they do not bear.
    """
    tell = on_stage or (lambda stage, share: None)
    tell("Scaling features", 0.0)
    scaler = Scaler.fit(values, features, block_weights)
    table = transformed(values, features)
    matrix = scaler.scale(table)
    if np.ptp(matrix, axis=0).max() < 1e-9:
        raise CannotSegment(
            "All customers are alike in every feature, so there is nothing to tell apart."
        )
    candidates = _compare(matrix, k, random_state, tell)
    chosen = k or choose(candidates, former_k)
    tell(f"Fitting {chosen} segments", 0.85)
    centroids = fit_centroids(matrix, chosen, random_state=random_state)
    labels = nearest_centroid(matrix, centroids)
    if np.bincount(labels, minlength=chosen).min() == 0:
        raise CannotSegment(
            f"The customers do not differ enough for {chosen} segments: one stayed empty."
        )
    return Division(scaler, matrix, scaler.clip(table), centroids, labels, candidates)


def _compare(matrix, k, random_state, tell) -> list[Candidate]:
    tried = sorted({*CANDIDATES, k} if k else CANDIDATES)
    done: list[int] = []

    def measured(candidate):
        done.append(candidate)
        tell(f"Compared {candidate} segments", 0.05 + 0.8 * len(done) / len(tried))

    candidates = compare(matrix, random_state=random_state, candidates=tried, on_measured=measured)
    if k and k not in {candidate.k for candidate in candidates}:
        raise CannotSegment(f"There are fewer than {k} different customers, so {k} is too many.")
    return candidates
