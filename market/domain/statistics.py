"""Key figures of one instrument from its daily prices."""

import numpy as np

TRADING_DAYS = 252
MIN_RETURNS = 60
"""Fewer daily returns than this make no annual volatility or beta worth showing."""


def simple_returns(prices: np.ndarray) -> np.ndarray:
    """Day-on-day simple returns.

    Parameters
    ----------
    prices : ndarray of shape (n_days,) or (n_days, n_assets)

    Returns
    -------
    ndarray with n_days - 1 rows
        NaN where either day is unknown: an unknown day is not a zero return.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return prices[1:] / prices[:-1] - 1.0


def annualised_volatility(returns: np.ndarray) -> float:
    """Sample deviation of daily returns times the square root of 252.

    Parameters
    ----------
    returns : ndarray of shape (n_days,)
        Fractions; NaN is left out.

    Returns
    -------
    float
        Fraction per year; NaN with fewer than `MIN_RETURNS` known returns.
    """
    known = returns[~np.isnan(returns)]
    if len(known) < MIN_RETURNS:
        return float("nan")
    return float(np.std(known, ddof=1) * np.sqrt(TRADING_DAYS))


def beta(returns: np.ndarray, benchmark: np.ndarray) -> float:
    """Slope of an instrument's daily returns on the benchmark's, over their common days.

    Returns
    -------
    float
        NaN with fewer than `MIN_RETURNS` common days or a benchmark that never moved.
    """
    common = ~(np.isnan(returns) | np.isnan(benchmark))
    if common.sum() < MIN_RETURNS:
        return float("nan")
    covariance = np.cov(returns[common], benchmark[common])
    return float(covariance[0, 1] / covariance[1, 1]) if covariance[1, 1] > 0 else float("nan")


def period_return(dates: np.ndarray, prices: np.ndarray, since: np.datetime64) -> float:
    """Return from the last known price on or before `since` to the last known price.

    Returns
    -------
    float
        Fraction; NaN when no price is that old.
    """
    known = ~np.isnan(prices)
    days, values = dates[known], prices[known]
    start = int(np.searchsorted(days, since.astype("datetime64[D]"), side="right")) - 1
    if start < 0 or len(values) < 2:
        return float("nan")
    return float(values[-1] / values[start] - 1.0)
