"""What the market earns in the long run, by what was known on each day."""

import numpy as np

ASSUMED_LONG_RUN = 0.11
"""Yearly return stocks are taken to earn on average where no index history says otherwise."""

LONG_RUN_YEARS = 5
"""Shorter index histories say nothing about the long run."""


def long_run_by_day(dates, level):
    """Give the yearly growth of an index from its first known level to each day.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (n_days,)
    level : ndarray of shape (n_days,)
        NaN where unknown; the last known level then stands for the day.

    Returns
    -------
    ndarray of shape (n_days,)
        Fraction a year; `ASSUMED_LONG_RUN` where under five years are known by then. No
        value depends on a later day.
    """
    growth = np.full(len(dates), ASSUMED_LONG_RUN)
    known = np.flatnonzero(np.isfinite(level))
    if not len(known):
        return growth
    latest = known[np.maximum(np.searchsorted(known, np.arange(len(dates)), side="right") - 1, 0)]
    years = (dates[latest] - dates[known[0]]) / np.timedelta64(1, "D") / 365.25
    enough = years >= LONG_RUN_YEARS
    growth[enough] = (level[latest[enough]] / level[known[0]]) ** (1 / years[enough]) - 1
    return growth
