"""A year ahead as a band, not a number."""

from dataclasses import dataclass

import numpy as np

MONTHS = 12
BLOCK = 21
PATHS = 1000
QUANTILES = (0.1, 0.5, 0.9)
PROMISED = 0.8
"""Share of outcomes the outer quantiles promise to hold."""


def simulate_growth(returns, expected_return, *, random_state, width=1.0, paths=PATHS):
    """Draw joint futures by resampling months of the past.

    Blocks of 21 consecutive days are drawn with replacement, the same days for all stocks,
    so that stocks fall together in the future as they did in the past, and quiet and
    stormy weeks stay whole (Künsch 1989). The past mean is taken out and replaced, so that
    the average over paths grows at `expected_return`.

    Parameters
    ----------
    returns : ndarray of shape (n_days, n_stocks)
        Daily simple returns, NaN where unknown (taken as the stock's mean day).
    expected_return : ndarray of shape (n_stocks,)
        Fraction a year.
    random_state : int
        The blocks drawn depend on it and on the number of days alone, so that a stock has
        the same band in whatever company it is drawn.
    width : float
        Stretches the spread of log growth about its middle; see `calibration`.
    paths : int

    Returns
    -------
    ndarray of shape (paths, 13, n_stocks)
        What a rupee has become after 0 to 12 months.

    Raises
    ------
    ValueError
        With fewer days than one block.

    References
    ----------
    .. [1] H. R. Künsch (1989), The jackknife and the bootstrap for general stationary
       observations.
    """
    if len(returns) < BLOCK:
        raise ValueError(f"a block bootstrap needs {BLOCK} days, not {len(returns)}")
    logs = np.log1p(returns)
    logs = np.where(np.isfinite(logs), logs, np.nanmean(logs, axis=0))
    running = np.vstack([np.zeros(logs.shape[1]), np.cumsum(logs - logs.mean(axis=0), axis=0)])
    blocks = running[BLOCK:] - running[:-BLOCK]
    starts = np.random.default_rng(random_state).integers(len(blocks), size=(paths, MONTHS))
    ahead = width * np.cumsum(blocks[starts], axis=1)
    growth = np.exp(np.concatenate([np.zeros_like(ahead[:, :1]), ahead], axis=1))
    target = (1 + expected_return)[None, :] ** (np.arange(MONTHS + 1) / MONTHS)[:, None]
    return growth * (target / growth.mean(axis=0))


@dataclass(frozen=True, eq=False)
class Fan:
    """What was and what may come, in rupees, a month apart.

    `past` ends, and `low`, `middle` and `high` begin, with today's price.
    """

    past: np.ndarray
    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray


def fan(adjusted, growth, price):
    """Put the band of one stock behind its last half year.

    Parameters
    ----------
    adjusted : ndarray of shape (n_days,)
        Adjusted closes without gaps.
    growth : ndarray of shape (n_paths, 13)
    price : float
        Rupees a share on the last day.

    Returns
    -------
    Fan
    """
    past = adjusted[-1 - 6 * BLOCK :: BLOCK]
    low, middle, high = price * band(growth)
    return Fan(price * past / past[-1], low, middle, high)


def band(growth):
    """Read the 10, 50 and 90 % points of simulated growth.

    Parameters
    ----------
    growth : ndarray of shape (n_paths, 13) or (n_paths, 13, n_stocks)

    Returns
    -------
    ndarray of shape (3, 13) or (3, 13, n_stocks)
    """
    return np.quantile(growth, QUANTILES, axis=0)


def together(growth, amounts):
    """Add up stocks bought for `amounts` rupees, path by path: shape (n_paths, 13)."""
    return growth @ amounts
