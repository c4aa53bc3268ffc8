"""How long a portfolio takes to sell, what moving the price costs, and what the spread takes."""

from __future__ import annotations

import numpy as np

CRORE = 1e7
FEWEST = 60
WORST_SPREADS = 3.0
"""Deviations of the spread above its mean on a bad day (Bangia et al. 1999: 2 to 4.5)."""


def amihud(returns: np.ndarray, turnover: np.ndarray) -> np.ndarray:
    """Illiquidity: mean of |daily return| over rupees traded, for a crore of rupees.

    Parameters
    ----------
    returns : ndarray of shape (n_days, n_assets)
        Daily returns as fractions.
    turnover : ndarray of shape (n_days, n_assets)
        Rupees traded on the same days.

    Returns
    -------
    ndarray of shape (n_assets,)
        Fraction by which a crore moves the price; NaN below `FEWEST` days.

    References
    ----------
    .. [1] Amihud (2002), Journal of Financial Markets 5(1).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        daily = np.where(turnover > 0, np.abs(returns) / turnover, np.nan) * CRORE
    return _mean(daily, np.mean)


def corwin_schultz(high: np.ndarray, low: np.ndarray, close: np.ndarray) -> np.ndarray:
    """Bid-ask spread of each pair of days from their highs and lows.

    Parameters
    ----------
    high, low, close : ndarray of shape (n_days, n_assets)
        Rupees; the close of the day before corrects overnight moves.

    Returns
    -------
    ndarray of shape (n_days - 1, n_assets)
        Spread as a fraction of the price, negative estimates as zero; NaN unknown.

    References
    ----------
    .. [1] Corwin and Schultz (2012), Journal of Finance 67(2), equations 14 and 18.
    """
    # A gap over night would widen the range of both days: shift the later day back into it.
    gap = np.maximum(low[1:] - close[:-1], 0.0) + np.minimum(high[1:] - close[:-1], 0.0)
    later_high, later_low = high[1:] - gap, low[1:] - gap
    with np.errstate(divide="ignore", invalid="ignore"):
        single = np.log(high[:-1] / low[:-1]) ** 2 + np.log(later_high / later_low) ** 2
        both = np.log(np.maximum(high[:-1], later_high) / np.minimum(low[:-1], later_low)) ** 2
    k = 3.0 - 2.0 * np.sqrt(2.0)
    alpha = (np.sqrt(2.0 * single) - np.sqrt(single)) / k - np.sqrt(both / k)
    spread = 2.0 * np.expm1(alpha) / (1.0 + np.exp(alpha))
    return np.where(np.isfinite(spread), np.maximum(spread, 0.0), np.nan)


def spread_and_deviation(spreads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and sample deviation of each stock's spreads; NaN below `FEWEST` days."""
    return _mean(spreads, np.mean), _mean(spreads, lambda x: np.std(x, ddof=1))


def spread_cost(
    values: np.ndarray,
    mean: np.ndarray,
    deviation: np.ndarray,
    *,
    worst: float = WORST_SPREADS,
) -> float:
    """Rupees that selling everything on a bad day loses to half the spread.

    Added to the value at risk it makes the liquidity-adjusted one.

    Parameters
    ----------
    values : ndarray of shape (n_assets,)
        Rupees held.
    mean, deviation : ndarray of shape (n_assets,)
        Of the relative spread.
    worst : float
        Deviations above the mean.

    Returns
    -------
    float
        NaN if a spread is not known.

    References
    ----------
    .. [1] Bangia, Diebold, Schuermann and Stroughair (1999), Wharton 99-06.
    """
    return float(np.sum(0.5 * values * (mean + worst * deviation)))


def _mean(columns: np.ndarray, of) -> np.ndarray:
    found = np.full(columns.shape[1], np.nan)
    for place in range(columns.shape[1]):
        known = columns[~np.isnan(columns[:, place]), place]
        if len(known) >= FEWEST:
            found[place] = of(known)
    return found
