"""The normal quantile transform: a value becomes the normal score of its rank.

Blind to how far the largest lie out, so that neither a fortune nor a day of a thousand trades
makes a segment of its own. It keeps the order and gives up the distances: it is for features of
which no logarithm makes a bell.

References
----------
.. [1] van der Waerden, B. L. (1952), "Order tests for the two-sample problem and their power",
   Indagationes Mathematicae 14, 453-458.
"""

import numpy as np
from scipy.stats import norm

STEPS = 101
# Beyond the first and the last half per cent nobody is told apart.
_EDGE = 0.005


def rank_knots(values) -> tuple[float, ...]:
    """Quantiles at every per cent, from which any value's rank is read.

    Parameters
    ----------
    values : ndarray of shape (n,)
        NaN and infinite unknown.

    Returns
    -------
    tuple of float
        Ascending; empty where nothing is known.
    """
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return ()
    return tuple(np.quantile(known, np.linspace(0.0, 1.0, STEPS)).tolist())


def normal_scores(values, knots):
    """Normal scores of values, by their place among the knots.

    Parameters
    ----------
    values : ndarray of shape (n,)
        NaN unknown.
    knots : sequence of float
        Of `rank_knots`.

    Returns
    -------
    ndarray of shape (n,)
        -2.58 to 2.58; a value that many have stands at the middle of their ranks.
    """
    values = np.asarray(values, float)
    if len(knots) == 0:
        return np.full(len(values), np.nan)
    steps = np.asarray(knots, float)
    share = np.linspace(0.0, 1.0, len(steps))
    # Read from below and from above: over a run of equal knots the two differ, and halve it.
    below = np.interp(values, steps, share)
    above = -np.interp(-values, -steps[::-1], -share[::-1])
    return norm.ppf(np.clip((below + above) / 2, _EDGE, 1 - _EDGE))
