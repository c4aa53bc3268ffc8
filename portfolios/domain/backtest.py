"""Whether a value at risk was exceeded as often as it said, and not in clusters."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from portfolios.domain.losses import DAYS, DECAY, FEWEST, ewma_volatility, is_valid

SIGNIFICANCE = 0.05


@dataclass(frozen=True, slots=True)
class Backtest:
    """Days of a one-day value at risk, each computed from the days before it alone.

    Attributes
    ----------
    days : int
    exceptions : int
        Days that lost more.
    expected : float
    unconditional : float
        p-value of Kupiec (1995): the number of exceptions.
    independence : float
        p-value of Christoffersen (1998): whether one follows another.
    """

    days: int
    exceptions: int
    expected: float
    unconditional: float
    independence: float

    @property
    def passes(self) -> bool:
        """Whether the number of exceptions is none that a true model would rarely show."""
        return self.unconditional >= SIGNIFICANCE


def backtest(returns: np.ndarray, *, method: str, level: float, window: int = DAYS) -> Backtest:
    """Walk through history, each day's loss against the value at risk of the evening before.

    Parameters
    ----------
    returns : ndarray of shape (n_days,)
        Daily returns as fractions; unknown ones are left out.
    method : {"filtered", "historical", "gaussian", "cornish_fisher"}
        As in `portfolios.domain.losses`.
    level : float
    window : int
        Returns that each day's figure rests on; days before the first full window are not judged.

    Returns
    -------
    Backtest
        Of no days where there are not more returns than `window`.
    """
    known = returns[~np.isnan(returns)]
    if len(known) <= window or window < FEWEST:
        return Backtest(0, 0, 0.0, math.nan, math.nan)
    at_risk = np.array(rolling_losses(known, method=method, level=level, window=window))
    judged = known[window:]
    valid = ~np.isnan(at_risk)
    hits = judged[valid] < -at_risk[valid]
    return judge(hits, 1.0 - level)


def rolling_losses(known: np.ndarray, *, method: str, level: float, window: int = DAYS):
    """One-day value at risk of each day after the first `window`, as fractions.

    The same definitions as `losses.loss`, with what consecutive windows share computed once: the
    EWMA runs through, so its start is forgotten rather than set anew in each window.

    Returns
    -------
    ndarray of shape (n_days - window,)
        NaN where the method does not hold.
    """
    tail = 1.0 - level
    if method == "historical":
        return np.maximum(-_rolling_quantile(known, tail, window), 0.0)
    sigma = ewma_volatility(known, decay=DECAY)
    ahead = sigma[window:-1]
    if method == "gaussian":
        return -norm.ppf(tail) * ahead
    if method == "filtered":
        shocks = known / sigma[:-1]
        return np.maximum(-_rolling_quantile(shocks, tail, window) * ahead, 0.0)
    skew, excess = _rolling_shape(known, window)
    z = norm.ppf(tail)
    quantile = (
        z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * excess / 24 - (2 * z**3 - 5 * z) * skew**2 / 36
    )
    return np.where(is_valid(skew, excess), -quantile * ahead, np.nan)


def _rolling_quantile(values: np.ndarray, share: float, window: int) -> np.ndarray:
    """Quantile of the `window` values before each day, kept sorted from one day to the next."""
    return pd.Series(values).rolling(window).quantile(share).to_numpy()[window - 1 : -1]


def _rolling_shape(values: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Skewness and excess kurtosis of the `window` values before each day; NaN without movement."""
    centred = values - values.mean()  # keeps the sums of powers from cancelling
    raised = centred ** np.arange(1, 5)[:, None]
    powers = np.cumsum(np.concatenate([np.zeros((4, 1)), raised], axis=1), axis=1)
    one, two, three, four = (powers[:, window:-1] - powers[:, : -window - 1]) / window
    variance = two - one**2
    variance = np.where(variance > 1e-18, variance, np.nan)
    third = three - 3 * one * two + 2 * one**3
    fourth = four - 4 * one * three + 6 * one**2 * two - 3 * one**4
    return third / variance**1.5, fourth / variance**2 - 3.0


def judge(hits: np.ndarray, tail: float) -> Backtest:
    """Test a series of exceptions.

    Parameters
    ----------
    hits : ndarray of bool, shape (n_days,)
    tail : float
        Probability that each day was promised.
    """
    n, x = len(hits), int(hits.sum())
    if n == 0:
        return Backtest(0, 0, 0.0, math.nan, math.nan)
    share = x / n
    ratio = -2 * (_log_likelihood(n - x, x, tail) - _log_likelihood(n - x, x, share))
    return Backtest(n, x, n * tail, float(chi2.sf(ratio, 1)), _independence(hits))


def _independence(hits: np.ndarray) -> float:
    before, after = hits[:-1], hits[1:]
    n00, n01 = int((~before & ~after).sum()), int((~before & after).sum())
    n10, n11 = int((before & ~after).sum()), int((before & after).sum())
    if n01 + n11 == 0 or n00 + n10 == 0 or n10 + n11 == 0:
        return math.nan  # without exceptions nothing can follow one
    once, again = n01 / (n00 + n01), n11 / (n10 + n11)
    share = (n01 + n11) / (n00 + n01 + n10 + n11)
    together = _log_likelihood(n00 + n10, n01 + n11, share)
    apart = _log_likelihood(n00, n01, once) + _log_likelihood(n10, n11, again)
    return float(chi2.sf(-2 * (together - apart), 1))


def _log_likelihood(misses: int, hits: int, probability: float) -> float:
    total = 0.0
    if misses:
        total += misses * math.log1p(-probability) if probability < 1 else -math.inf
    if hits:
        total += hits * math.log(probability) if probability > 0 else -math.inf
    return total
