"""Return for risk: Sharpe, Sortino, Calmar, alpha, information ratio and capture."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from market.domain.statistics import MIN_RETURNS, TRADING_DAYS, common_moves
from portfolios.domain.charges import DATA
from portfolios.domain.figures import Figure, Input, missing

FEWEST_SIDE = 20
"""Days up, or down, that a capture needs."""


@cache
def _risk_free() -> tuple[np.ndarray, np.ndarray]:
    with (DATA / "risk_free.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return (
        np.array([row["from"] for row in rows], "datetime64[D]"),
        np.array([float(row["rate"]) for row in rows]),
    )


def risk_free(dates: np.ndarray) -> np.ndarray:
    """Yearly risk-free rate in force on each day: the RBI's repo rate.

    Parameters
    ----------
    dates : ndarray of shape (n_days,), datetime64[D]

    Returns
    -------
    ndarray of shape (n_days,)
        Fractions a year; days before the first entry of the table have its rate.
    """
    days, rates = _risk_free()
    return rates[np.maximum(np.searchsorted(days, dates, side="right") - 1, 0)]


def risk_free_on(day: date) -> tuple[float, date]:
    """The rate in force on a day, and since when."""
    days, rates = _risk_free()
    place = max(int(np.searchsorted(days, np.datetime64(day, "D"), side="right")) - 1, 0)
    return float(rates[place]), days[place].astype(object)


@dataclass(frozen=True, slots=True)
class Ratios:
    """Return for the risk taken, against cash and against the benchmark."""

    sharpe: Figure
    sortino: Figure
    calmar: Figure
    downside: Figure
    alpha: Figure
    tracking_error: Figure
    information: Figure
    up_capture: Figure
    down_capture: Figure


def ratios_of(dates: np.ndarray, returns: np.ndarray, benchmark: np.ndarray, fall: float) -> Ratios:
    """All ratios of a series of daily returns.

    Parameters
    ----------
    dates : ndarray of shape (n_days,), datetime64[D]
    returns, benchmark : ndarray of shape (n_days,)
        Daily fractions; NaN unknown.
    fall : float
        Largest fall from a peak, a fraction not above zero; NaN unknown.

    References
    ----------
    .. [1] Sharpe (1994), "The Sharpe ratio", Journal of Portfolio Management 21(1).
    .. [2] Sortino and Price (1994), Journal of Investing 3(3).
    .. [3] Young (1991), "Calmar ratio", Futures 20(1).
    .. [4] Jensen (1968), Journal of Finance 23(2).
    .. [5] Grinold and Kahn (2000), Active Portfolio Management, chapter 5.
    """
    cash = risk_free(dates) / TRADING_DAYS
    excess = returns - cash
    return Ratios(
        _sharpe(excess, cash),
        _sortino(excess),
        _calmar(returns, fall),
        _downside(excess),
        _alpha(excess, benchmark - cash),
        _tracking(returns - benchmark),
        _information(returns - benchmark),
        _capture(returns, benchmark, up=True),
        _capture(returns, benchmark, up=False),
    )


def _known(values: np.ndarray) -> np.ndarray:
    return values[~np.isnan(values)]


def _too_few(values: np.ndarray) -> str:
    return f"{len(values)} daily returns are known; it takes {MIN_RETURNS}."


def downside_deviation(excess: np.ndarray) -> float:
    """Yearly deviation of returns below cash: sqrt(mean(min(r, 0)^2) x 252)."""
    return float(np.sqrt(np.mean(np.minimum(excess, 0.0) ** 2) * TRADING_DAYS))


def _sharpe(excess: np.ndarray, cash: np.ndarray) -> Figure:
    formula = "mean daily return above cash ÷ its standard deviation × √252"
    known = _known(excess)
    if len(known) < MIN_RETURNS:
        return missing(_too_few(known), formula=formula)
    deviation = float(known.std(ddof=1))
    if not deviation > 0:
        return missing("The returns did not vary.", formula=formula)
    inputs = (
        Input("Return above cash, a year", float(known.mean()) * TRADING_DAYS, "percent"),
        Input("Cash, a year", float(np.nanmean(cash)) * TRADING_DAYS, "share"),
        Input("Standard deviation, a year", deviation * math.sqrt(TRADING_DAYS), "share"),
    )
    return Figure(
        float(known.mean()) / deviation * math.sqrt(TRADING_DAYS), formula=formula, inputs=inputs
    )


def _downside(excess: np.ndarray) -> Figure:
    formula = "√(mean of squared daily shortfalls below cash × 252)"
    known = _known(excess)
    if len(known) < MIN_RETURNS:
        return missing(_too_few(known), formula=formula)
    return Figure(
        downside_deviation(known), formula=formula, inputs=(Input("Days", len(known), "count"),)
    )


def _sortino(excess: np.ndarray) -> Figure:
    formula = "return above cash, a year ÷ downside deviation"
    known = _known(excess)
    if len(known) < MIN_RETURNS:
        return missing(_too_few(known), formula=formula)
    downside = downside_deviation(known)
    if not downside > 0:
        return missing("No day fell short of cash.", formula=formula)
    above = float(known.mean()) * TRADING_DAYS
    inputs = (
        Input("Return above cash, a year", above, "percent"),
        Input("Downside deviation", downside, "share"),
    )
    return Figure(above / downside, formula=formula, inputs=inputs)


def _calmar(returns: np.ndarray, fall: float) -> Figure:
    formula = "time-weighted return a year ÷ largest fall"
    known = _known(returns)
    if len(known) < MIN_RETURNS:
        return missing(_too_few(known), formula=formula)
    if not fall < 0:
        return missing("There was no fall from a peak.", formula=formula)
    yearly = float(np.prod(1.0 + known)) ** (TRADING_DAYS / len(known)) - 1.0
    inputs = (Input("Return a year", yearly, "percent"), Input("Largest fall", fall, "percent"))
    return Figure(yearly / -fall, formula=formula, inputs=inputs)


def _alpha(excess: np.ndarray, benchmark: np.ndarray) -> Figure:
    formula = "(mean return above cash − beta × NIFTY 50’s mean above cash) × 252"
    days, covariance, variance = common_moves(excess, benchmark)
    if days < MIN_RETURNS:
        return missing(f"{days} common days are known; it takes {MIN_RETURNS}.", formula=formula)
    if not variance > 0:
        return missing("NIFTY 50 did not move on these days.", formula=formula)
    both = ~np.isnan(excess) & ~np.isnan(benchmark)
    slope = covariance / variance
    own, market = float(excess[both].mean()), float(benchmark[both].mean())
    inputs = (
        Input("Return above cash, a year", own * TRADING_DAYS, "percent"),
        Input("Beta", slope, "ratio"),
        Input("NIFTY 50 above cash, a year", market * TRADING_DAYS, "percent"),
    )
    return Figure((own - slope * market) * TRADING_DAYS, formula=formula, inputs=inputs)


def _tracking(lead: np.ndarray) -> Figure:
    formula = "standard deviation of the daily lead over NIFTY 50 × √252"
    known = _known(lead)
    if len(known) < MIN_RETURNS:
        return missing(_too_few(known), formula=formula)
    yearly = float(known.std(ddof=1)) * math.sqrt(TRADING_DAYS)
    return Figure(yearly, formula=formula, inputs=(Input("Common days", len(known), "count"),))


def _information(lead: np.ndarray) -> Figure:
    formula = "mean daily lead over NIFTY 50 × 252 ÷ tracking error"
    known = _known(lead)
    if len(known) < MIN_RETURNS:
        return missing(_too_few(known), formula=formula)
    deviation = float(known.std(ddof=1))
    if not deviation > 1e-12:
        return missing("The portfolio moved as NIFTY 50 did.", formula=formula)
    yearly = float(known.mean()) * TRADING_DAYS
    error = deviation * math.sqrt(TRADING_DAYS)
    inputs = (
        Input("Lead a year", yearly, "percent"),
        Input("Tracking error", error, "share"),
    )
    return Figure(yearly / error, formula=formula, inputs=inputs)


def _capture(returns: np.ndarray, benchmark: np.ndarray, *, up: bool) -> Figure:
    which = "rose" if up else "fell"
    formula = f"mean compounded return on days NIFTY 50 {which} ÷ NIFTY 50’s on them"
    both = ~np.isnan(returns) & ~np.isnan(benchmark)
    on = both & (benchmark > 0 if up else benchmark < 0)
    days = int(on.sum())
    if days < FEWEST_SIDE:
        return missing(
            f"NIFTY 50 {which} on {days} of the days; it takes {FEWEST_SIDE}.", formula=formula
        )
    own = float(np.expm1(np.log1p(returns[on]).mean()))
    market = float(np.expm1(np.log1p(benchmark[on]).mean()))
    inputs = (
        Input(f"Days that NIFTY 50 {which}", days, "count"),
        Input("Mean of the portfolio on them", own, "percent"),
        Input("Mean of NIFTY 50 on them", market, "percent"),
    )
    return Figure(own / market, formula=formula, inputs=inputs)
