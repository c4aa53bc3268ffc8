"""Segments keep their identity over retrains."""

import re

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score


def match_keys(centroids, former_centroids, former_keys, *, used_keys=()):
    """Give each new segment the key of the former segment it continues.

    The pairing minimises the summed squared distance of centroids (Hungarian
    method, Kuhn 1955).

    Parameters
    ----------
    centroids : ndarray of shape (k, d)
    former_centroids : ndarray of shape (k', d)
        In the same units; empty where there is no former run.
    former_keys : sequence of str, length k'
    used_keys : iterable of str
        Keys ever given; a new segment gets a key that never stood for another.

    Returns
    -------
    list of str, length k
        Keys of the form "s1".
    """
    keys: list = [None] * len(centroids)
    if len(former_keys):
        gap = ((centroids[:, None, :] - np.asarray(former_centroids)[None]) ** 2).sum(axis=2)
        for new, former in zip(*linear_sum_assignment(gap), strict=True):
            keys[new] = former_keys[former]
    numbers = [
        int(match[1]) for key in (*used_keys, *former_keys) if (match := re.match(r"s(\d+)$", key))
    ]
    fresh = max(numbers, default=0)
    for index, key in enumerate(keys):
        if key is None:
            fresh += 1
            keys[index] = f"s{fresh}"
    return keys


def drift(numbers, keys, former_numbers, former_keys):
    """How far a run departs from the former one, over customers both know.

    Parameters
    ----------
    numbers, former_numbers : ndarray of int64, ascending
    keys, former_keys : ndarray of str

    Returns
    -------
    dict
        `common` customers, `ari` (adjusted Rand index), `movers` (share whose
        key changed), `joined`, `left`; `ari` and `movers` None without common
        customers.
    """
    common, here, there = np.intersect1d(
        numbers, former_numbers, assume_unique=True, return_indices=True
    )
    now, before = np.asarray(keys)[here], np.asarray(former_keys)[there]
    return {
        "common": len(common),
        "ari": float(adjusted_rand_score(before, now)) if len(common) else None,
        "movers": float(np.mean(now != before)) if len(common) else None,
        "joined": int(len(numbers) - len(common)),
        "left": int(len(former_numbers) - len(common)),
    }
