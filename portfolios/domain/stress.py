"""What today's holdings would have lost in past crises, and would in a fall of the market."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np


@dataclass(frozen=True, slots=True)
class Crisis:
    """A period from one close to another."""

    name: str
    start: date
    end: date


CRISES = (
    Crisis("Global financial crisis", date(2008, 1, 8), date(2008, 10, 27)),
    Crisis("Taper tantrum", date(2013, 5, 17), date(2013, 8, 28)),
    Crisis("China devaluation", date(2015, 8, 5), date(2016, 2, 29)),
    Crisis("Demonetisation", date(2016, 11, 8), date(2016, 12, 26)),
    Crisis("IL&FS default", date(2018, 8, 31), date(2018, 10, 26)),
    Crisis("Covid-19", date(2020, 2, 19), date(2020, 3, 23)),
    Crisis("Ukraine and rising rates", date(2022, 1, 17), date(2022, 6, 17)),
    Crisis("Foreign selling of 2024-25", date(2024, 9, 26), date(2025, 3, 4)),
)
"""From a close near the peak of the NIFTY 50 to one near its trough."""


@dataclass(frozen=True, slots=True)
class Stress:
    """One crisis applied to today's weights.

    Attributes
    ----------
    crisis : Crisis
    change, benchmark : float
        Of the portfolio and of the benchmark, fractions; NaN unknown.
    worst : tuple of (str, float)
        Contribution of the holdings that cost most, worst first.
    proxied : tuple of str
        Holdings without prices then, for which the benchmark's change stands, times their beta.
    """

    crisis: Crisis
    change: float
    benchmark: float
    worst: tuple[tuple[str, float], ...] = ()
    proxied: tuple[str, ...] = ()


def stress(
    crisis: Crisis,
    dates: np.ndarray,
    symbols: tuple[str, ...],
    closes: np.ndarray,
    benchmark: np.ndarray,
    weights: np.ndarray,
    betas: np.ndarray,
) -> Stress:
    """Take today's weights through a crisis.

    Parameters
    ----------
    crisis : Crisis
    dates : ndarray of shape (n_days,), datetime64[D]
    symbols : tuple of str, length n
    closes : ndarray of shape (n_days, n)
        Adjusted closes; NaN unknown.
    benchmark : ndarray of shape (n_days,)
    weights : ndarray of shape (n,)
        Of today, any scale.
    betas : ndarray of shape (n,)
        For holdings without prices then; NaN counts as 1.

    Returns
    -------
    Stress
        With an unknown change where the benchmark is not known on both days.
    """
    ends = [_at(dates, day) for day in (crisis.start, crisis.end)]
    if None in ends or ends[0] == ends[1]:
        return Stress(crisis, float("nan"), float("nan"))
    first, last = ends
    market = benchmark[last] / benchmark[first] - 1.0
    if np.isnan(market):
        return Stress(crisis, float("nan"), float("nan"))
    change = closes[last] / closes[first] - 1.0
    missing = np.isnan(change)
    change = np.where(missing, _by_beta(betas, market), change)
    parts = weights / weights.sum() * change
    return Stress(
        crisis, float(parts.sum()), float(market), _worst(symbols, parts), _of(symbols, missing)
    )


FALLS = (0.1, 0.2, 0.3)
"""Of the market, fractions: a correction, a bear market, and nearly that of early 2020."""


@dataclass(frozen=True, slots=True)
class MarketFall:
    """A fall of the market applied to today's weights.

    Attributes
    ----------
    benchmark, change : float
        Of the market and of the portfolio, fractions below zero.
    lost : float
        Rupees, below zero.
    worst : tuple of (str, float)
        Contribution of the holdings that cost most, worst first.
    unknown : tuple of str
        Holdings whose beta is not known and counts as 1.
    """

    benchmark: float
    change: float
    lost: float
    worst: tuple[tuple[str, float], ...]
    unknown: tuple[str, ...]


def market_fall(
    fall: float, symbols: tuple[str, ...], values: np.ndarray, betas: np.ndarray
) -> MarketFall:
    """Take today's holdings through a fall of the market: each stock falls by its beta times it.

    Parameters
    ----------
    fall : float
        Fraction above zero.
    symbols : tuple of str, length n
    values : ndarray of shape (n,)
        Rupees.
    betas : ndarray of shape (n,)
        NaN counts as 1.
    """
    changes = _by_beta(betas, -fall) * values
    parts, total = changes / values.sum(), float(changes.sum())
    return MarketFall(
        -fall, float(parts.sum()), total, _worst(symbols, parts), _of(symbols, np.isnan(betas))
    )


def _by_beta(betas: np.ndarray, market: float) -> np.ndarray:
    return np.maximum(np.nan_to_num(betas, nan=1.0) * market, -1.0)


def _worst(symbols: tuple[str, ...], parts: np.ndarray) -> tuple[tuple[str, float], ...]:
    return tuple((symbols[i], float(parts[i])) for i in np.argsort(parts)[:3] if parts[i] < 0)


def _of(symbols: tuple[str, ...], marked: np.ndarray) -> tuple[str, ...]:
    return tuple(symbol for symbol, is_so in zip(symbols, marked, strict=True) if is_so)


def _at(dates: np.ndarray, day: date) -> int | None:
    """Row of the session on a day or shortly before it."""
    row = int(np.searchsorted(dates, np.datetime64(day, "D"), side="right")) - 1
    if row < 0 or (np.datetime64(day, "D") - dates[row]).astype(int) > 7:
        return None
    return row
