"""What distinguishes each segment: z-profiles, tiers, and typical values."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

TIERS = ("high", "medium", "low")


@dataclass(frozen=True)
class Yardstick:
    """Mean and deviation of every feature over all customers of a run.

    Attributes
    ----------
    mean, deviation : list of float
        Of the transformed and clipped features; a constant one has deviation 0.
    """

    mean: list
    deviation: list

    @classmethod
    def fit(cls, clipped):
        """Measure all customers.

        Parameters
        ----------
        clipped : ndarray of shape (n, n_features)
            Of `Scaler.clip`.
        """
        deviation = clipped.std(axis=0)
        deviation[deviation < 1e-9] = 0.0
        return cls(clipped.mean(axis=0).tolist(), deviation.tolist())

    def scores(self, clipped):
        """Deviations from the average customer, feature by feature.

        Parameters
        ----------
        clipped : ndarray of shape (n, n_features)

        Returns
        -------
        ndarray of shape (n, n_features)
            0 for a feature that does not vary.
        """
        deviation = np.asarray(self.deviation)
        scores = (clipped - np.asarray(self.mean)) / np.where(deviation > 0, deviation, 1.0)
        return np.where(deviation > 0, scores, 0.0)


def group_means(values, labels, k):
    """Mean of each column in each segment.

    Parameters
    ----------
    values : ndarray of shape (n, d)
    labels : ndarray of int64, shape (n,)
    k : int

    Returns
    -------
    ndarray of shape (k, d)
        NaN for a segment without customers.
    """
    sizes = np.bincount(labels, minlength=k)
    sums = np.stack([np.bincount(labels, column, minlength=k) for column in values.T], axis=1)
    with np.errstate(invalid="ignore"):
        return sums / sizes[:, None]


def group_medians(values, labels, k):
    """Median of each column in each segment, over the customers it is known of.

    Parameters
    ----------
    values : ndarray of shape (n, d)
        NaN unknown.
    labels : ndarray of int64, shape (n,)
    k : int

    Returns
    -------
    ndarray of shape (k, d)
        NaN where nothing is known.
    """
    medians = np.full((k, values.shape[1]), np.nan)
    for segment in range(k):
        mine = values[labels == segment]
        for column in range(values.shape[1]):
            known = mine[np.isfinite(mine[:, column]), column]
            if len(known):
                medians[segment, column] = np.median(known)
    return medians


def tiers(average_values):
    """Sort segments into high, medium and low by average portfolio value.

    The cuts are the natural breaks of the log averages: of all ways to cut the
    ordered segments, the one with the least squares within tiers (Fisher 1958,
    Jenks 1967). Two segments are high and low; one is medium.

    Parameters
    ----------
    average_values : sequence of float
        Rupees; at least one.

    Returns
    -------
    list of str
        Tier of each segment, in the order given.
    """
    logs = np.log10(np.maximum(np.nan_to_num(np.asarray(average_values, float)), 1_000.0))
    order = np.argsort(-logs, kind="stable")
    ranked = logs[order]
    groups = min(len(ranked), len(TIERS))
    names = {1: ("medium",), 2: ("high", "low"), 3: TIERS}[groups]

    def within(cuts):
        return sum(part.var() * len(part) for part in np.split(ranked, cuts))

    cuts = min(combinations(range(1, len(ranked)), groups - 1), key=lambda c: within(list(c)))
    place = np.searchsorted(cuts, np.arange(len(ranked)), side="right")
    result = [""] * len(ranked)
    for position, index in enumerate(order):
        result[index] = names[place[position]]
    return result
