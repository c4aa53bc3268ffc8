"""Market, liquidity and credit risk of a portfolio."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from market.domain.statistics import (
    MIN_RETURNS,
    TRADING_DAYS,
    annualised_volatility,
    common_moves,
)
from portfolios.domain.figures import Figure, Input, missing

FEWEST_DAYS = MIN_RETURNS
PARTICIPATION = 0.2


def volatility(returns: np.ndarray) -> Figure:
    """Annualised volatility with its working; missing below `FEWEST_DAYS` returns."""
    formula = "standard deviation of daily returns × √252"
    days = int(np.count_nonzero(~np.isnan(returns)))
    if days < FEWEST_DAYS:
        return missing(_too_few(days), formula=formula)
    yearly = annualised_volatility(returns)
    inputs = (
        Input("Daily returns", days, "count"),
        Input("Their standard deviation", yearly / math.sqrt(TRADING_DAYS), "share"),
    )
    return Figure(yearly, formula=formula, inputs=inputs)


@dataclass(frozen=True, slots=True)
class Drawdown:
    """Largest fall from a peak; `recovered` is the day the peak was reached again, or None."""

    fall: float
    peak: date
    trough: date
    recovered: date | None


def max_drawdown(dates: np.ndarray, returns: np.ndarray) -> Drawdown | None:
    """Largest fall of the chained returns from an earlier peak, the start included.

    Parameters
    ----------
    dates : ndarray of shape (n_days,), datetime64[D]
    returns : ndarray of shape (n_days,)
        Daily fractions; unknown days change nothing.

    Returns
    -------
    Drawdown or None
        `fall` is a fraction not above zero. None if it never fell, or no day is known.
    """
    if not len(returns) or np.isnan(returns).all():
        return None
    index = np.concatenate([[1.0], np.cumprod(1.0 + np.nan_to_num(returns))])
    days = np.concatenate([dates[:1], dates])
    peaks = np.maximum.accumulate(index)
    falls = index / peaks - 1.0
    low = int(np.argmin(falls))
    if falls[low] >= 0:
        return None
    peak = int(np.argmax(index[: low + 1]))
    back = np.flatnonzero(index[low:] >= index[peak])
    return Drawdown(
        fall=float(falls[low]),
        peak=days[peak].astype(object),
        trough=days[low].astype(object),
        recovered=days[low + back[0]].astype(object) if len(back) else None,
    )


def beta(returns: np.ndarray, benchmark: np.ndarray) -> Figure:
    """Slope of daily returns on the benchmark's, on the days both are known."""
    formula = "covariance with NIFTY 50 ÷ variance of NIFTY 50, daily returns"
    days, covariance, variance = common_moves(returns, benchmark)
    if days < FEWEST_DAYS:
        return missing(_too_few(days), formula=formula)
    if variance == 0:
        return missing("NIFTY 50 did not move on these days.", formula=formula)
    inputs = (
        Input("Common days", days, "count"),
        Input("Covariance, a year", covariance * TRADING_DAYS, "ratio"),
        Input("Variance of NIFTY 50, a year", variance * TRADING_DAYS, "ratio"),
    )
    return Figure(covariance / variance, formula=formula, inputs=inputs)


def tracking_error(returns: np.ndarray, benchmark: np.ndarray) -> float:
    """Annualised deviation of the daily difference to the benchmark; NaN below `FEWEST_DAYS`."""
    return annualised_volatility(returns - benchmark)


def weighted_returns(asset_returns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Daily return of holdings kept at fixed weights.

    Parameters
    ----------
    asset_returns : ndarray of shape (n_days, n_assets)
    weights : ndarray of shape (n_assets,)
        Any scale, not negative.

    Returns
    -------
    ndarray of shape (n_days,)
        Mean over the assets known on the day; NaN where those known make up
        less than four fifths of the weight.
    """
    known = ~np.isnan(asset_returns)
    present = known @ weights
    total = np.nan_to_num(asset_returns) @ weights
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(present >= 0.8 * weights.sum(), total / present, np.nan)


def days_to_sell(
    quantity: np.ndarray, volumes: np.ndarray, *, participation: float = PARTICIPATION
) -> np.ndarray:
    """Days to sell each holding at a share of its usual volume.

    Parameters
    ----------
    quantity : ndarray of shape (n_assets,)
    volumes : ndarray of shape (n_days, n_assets)
        The last 20 sessions' traded shares; NaN unknown.

    Returns
    -------
    ndarray of shape (n_assets,)
        quantity / (participation x median volume); NaN where no volume is known.
    """
    usual = np.full(len(quantity), np.nan)
    known = ~np.isnan(volumes).all(axis=0)
    usual[known] = np.nanmedian(volumes[:, known], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(usual > 0, quantity / (participation * usual), np.nan)


def liquidity(symbols: tuple[str, ...], days: np.ndarray) -> Figure:
    """Days until the slowest holding is sold; missing where a volume is unknown."""
    formula = "shares ÷ (20 % of the median daily volume of 20 sessions), the slowest holding"
    unknown = [s for s, d in zip(symbols, days, strict=True) if np.isnan(d)]
    if not len(days) or len(unknown) == len(days):
        return missing("Traded volumes are not known.", formula=formula)
    slowest = int(np.nanargmax(days))
    inputs = tuple(
        Input(symbols[i], float(days[i]), "ratio") for i in np.argsort(-np.nan_to_num(days))[:5]
    )
    reason = f"Volume unknown: {', '.join(unknown)}." if unknown else ""
    return Figure(float(days[slowest]), reason=reason, formula=formula, inputs=inputs)


def _too_few(days: int) -> str:
    return f"{days} daily returns are known; it takes {FEWEST_DAYS}."
