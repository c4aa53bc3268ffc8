"""Statistics of daily prices and returns, shared by all apps."""

import numpy as np

TRADING_DAYS = 252
MIN_RETURNS = 60
"""Fewer daily returns than this make no annual volatility or beta worth showing."""

YEAR_RETURNS = 240
"""Known returns out of the last 252 that a stock's volatility and beta of a year take."""


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


def annualised_volatility(returns: np.ndarray, *, fewest: int = MIN_RETURNS) -> float:
    """Sample deviation of daily returns times the square root of 252.

    Parameters
    ----------
    returns : ndarray of shape (n_days,)
        Fractions; NaN is left out.
    fewest : int
        Known returns it takes.

    Returns
    -------
    float
        Fraction per year; NaN with fewer than `fewest` known returns.
    """
    return float(annualised_volatilities(returns[:, None], fewest=fewest)[0])


def annualised_volatilities(returns: np.ndarray, *, fewest: int = MIN_RETURNS) -> np.ndarray:
    """`annualised_volatility` of each column: shape (n_days, n_assets) to (n_assets,)."""
    result = np.full(returns.shape[1], np.nan)
    enough = (~np.isnan(returns)).sum(axis=0) >= max(fewest, 2)
    if enough.any():
        deviation = np.nanstd(returns[:, enough], axis=0, ddof=1)
        result[enough] = deviation * np.sqrt(TRADING_DAYS)
    return result


def beta(returns: np.ndarray, benchmark: np.ndarray, *, fewest: int = MIN_RETURNS) -> float:
    """Slope of an instrument's daily returns on the benchmark's, over their common days.

    Returns
    -------
    float
        NaN with fewer than `fewest` common days or a benchmark that never moved.
    """
    days, covariance, variance = common_moves(returns, benchmark)
    return covariance / variance if days >= fewest and variance > 0 else float("nan")


def common_moves(returns: np.ndarray, benchmark: np.ndarray) -> tuple[int, float, float]:
    """What a beta is made of: common days, sample covariance, the benchmark's variance.

    Returns
    -------
    days : int
    covariance, variance : float
        Of daily returns on the common days; NaN with fewer than two.
    """
    common = ~(np.isnan(returns) | np.isnan(benchmark))
    days = int(common.sum())
    if days < 2:
        return days, float("nan"), float("nan")
    matrix = np.cov(returns[common], benchmark[common])
    return days, float(matrix[0, 1]), float(matrix[1, 1])


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
