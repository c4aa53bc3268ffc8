"""Where one customer stands among others: percentiles read off small tables of quantiles."""

import numpy as np

PERCENTS = (1, *range(5, 100, 5), 99)
"""Few enough to be read with every page; neither end, since the least and the most are persons."""


def quantile_table(values) -> dict:
    """Summarise columns so that any customer's percentile can be read later.

    Parameters
    ----------
    values : ndarray of shape (n, d)
        NaN unknown.

    Returns
    -------
    dict
        `known`, d counts, and `at`, d lists of the quantiles at `PERCENTS` (linear
        between customers, as numpy's default); a list is empty where nothing is known.
    """
    known, at = [], []
    for column in np.asarray(values, float).T:
        mine = column[np.isfinite(column)]
        known.append(len(mine))
        at.append(np.quantile(mine, np.array(PERCENTS) / 100.0).tolist() if len(mine) else [])
    return {"known": known, "at": at}


def percentile(value, quantiles) -> float | None:
    """Share of customers below a value, ties counted half, read off stored quantiles.

    Parameters
    ----------
    value : float or None
    quantiles : sequence of float
        One list of `quantile_table`, ascending.

    Returns
    -------
    float or None
        0.01 to 0.99, linear between the quantiles; None where either side is unknown.
    """
    if value is None or not np.isfinite(value) or not len(quantiles):
        return None
    steps = np.asarray(quantiles, float)
    first = int(np.searchsorted(steps, value, side="left"))
    last = int(np.searchsorted(steps, value, side="right"))
    if last > first:  # the value is one that many have: the middle of theirs
        place = (PERCENTS[first] + PERCENTS[last - 1]) / 2.0
    elif first in (0, len(steps)):
        place = PERCENTS[0] if first == 0 else PERCENTS[-1]
    else:
        below, above = steps[first - 1], steps[first]
        width = PERCENTS[first] - PERCENTS[first - 1]
        place = PERCENTS[first - 1] + width * (value - below) / (above - below)
    return float(place / 100.0)
