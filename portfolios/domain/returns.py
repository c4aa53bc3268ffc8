"""Returns: time-weighted, money-weighted, absolute, and the same money in a benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from pyxirr import InvalidPaymentsError, xirr

from market.domain.statistics import TRADING_DAYS, simple_returns
from portfolios.domain.figures import Figure, Input, missing
from portfolios.domain.history import History

SHORTEST_ANNUAL_DAYS = 30
"""Below this span a yearly rate is noise blown up: a gain of 1 % in a week is 68 % a year."""


def daily_returns(values: np.ndarray, money_in: np.ndarray, money_out: np.ndarray) -> np.ndarray:
    """Return of each day, with money put in counted from its start and taken out to its end.

    r_t = (V_t + out_t) / (V_{t-1} + in_t) - 1, Portfolio Performance's TTWROR [1]_.

    Parameters
    ----------
    values, money_in, money_out : ndarray of shape (n_days,) or (n_days, n_portfolios)
        Closing values and the day's flows. Before the first day the value is zero.

    Returns
    -------
    ndarray of the same shape
        Fractions; NaN on days when nothing was held.

    References
    ----------
    .. [1] Portfolio Performance manual, "True time-weighted rate of return".
    """
    before = np.concatenate([np.zeros((1, *values.shape[1:])), values[:-1]]) + money_in
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(before > 0, (values + money_out) / before - 1.0, np.nan)


def chained(returns: np.ndarray) -> float:
    """Total return of a series; unknown days are skipped; NaN without a known day."""
    known = returns[~np.isnan(returns)]
    return float(np.prod(1.0 + known) - 1.0) if len(known) else float("nan")


def time_weighted(returns: np.ndarray) -> Figure:
    """Time-weighted return a year: how the choices did, whatever the size of the deposits.

    ((1 + r_1) ... (1 + r_n)) ^ (252 / n) - 1; below `SHORTEST_ANNUAL_DAYS` sessions missing.

    Parameters
    ----------
    returns : ndarray of shape (n_days,)
        Of `daily_returns`; NaN on days without a holding.
    """
    sessions = int(np.count_nonzero(~np.isnan(returns)))
    formula = "((1 + r₁) × (1 + r₂) × … × (1 + rₙ))^(252 ÷ n) − 1"
    if not sessions:
        return missing("There is no day with a value yet.", formula=formula)
    total = chained(returns)
    inputs = (
        Input("Chained daily returns, whole period", total, "percent"),
        Input("Days of trading, n", sessions, "count"),
    )
    if sessions < SHORTEST_ANNUAL_DAYS:
        return missing(_too_short(sessions, "days of trading"), formula=formula, inputs=inputs)
    if total <= -1:
        return Figure(-1.0, formula=formula, inputs=inputs)
    yearly = (1 + total) ** (TRADING_DAYS / sessions) - 1
    return Figure(yearly, formula=formula, inputs=inputs)


def money_weighted(
    days: Sequence[date], amounts: Sequence[float], *, value: float, as_of: date
) -> Figure:
    """XIRR: the yearly rate that the money itself earned, Actual/365.

    Parameters
    ----------
    days, amounts : sequences of equal length
        External flows as the investor sees them: paid in below zero, taken out above.
    value : float
        Worth of the portfolio on `as_of`, counted as taken out then.

    Returns
    -------
    Figure
        Missing, with the reason, where the flows have no sign change or the
        equation has more than one root.
    """
    formula = "Σ cash flow ÷ (1 + XIRR)^(days ÷ 365) = 0"
    flows = np.array([*amounts, value], float)
    when = [*days, as_of]
    paid, taken = float(-flows[flows < 0].sum()), float(flows[flows > 0].sum())
    inputs = (
        Input("Paid in", paid),
        Input("Taken out", taken - value),
        Input("Value now", value),
        Input("First payment", min(when), "date"),
    )
    if not (flows < 0).any() or not (flows > 0).any():
        return missing(
            "It needs money paid in and a value or money taken out.", formula=formula, inputs=inputs
        )
    span = (as_of - min(when)).days
    if span < SHORTEST_ANNUAL_DAYS:
        return missing(_too_short(span, "days"), formula=formula, inputs=inputs)
    roots = _root_count(when, flows)
    if roots > 1:
        return missing(
            f"The payments fit {roots} different rates, so no single one is theirs.",
            formula=formula,
            inputs=inputs,
        )
    try:
        rate = xirr(when, flows)
    except InvalidPaymentsError:
        rate = None
    if rate is None or not np.isfinite(rate):
        return missing("No rate fits the payments.", formula=formula, inputs=inputs)
    if rate > HIGHEST_RATE:
        return missing(
            "It would be more than 10,00,000% a year: the money was in for too few days.",
            formula=formula,
            inputs=inputs,
        )
    return Figure(float(rate), formula=formula, inputs=inputs)


HIGHEST_RATE = 1e4
"""A year, beyond which a rate says how short the time was and nothing else."""
_RATES = np.concatenate([np.linspace(-0.999, 1, 400), np.geomspace(1.01, HIGHEST_RATE, 200)])


def _root_count(days: Sequence[date], flows: np.ndarray) -> int:
    """Rates between -99.9 % and 1,000,000 % at which the present value changes sign."""
    when, place = np.unique([day.toordinal() for day in days], return_inverse=True)
    each = np.bincount(place, flows)
    total = np.cumsum(each)
    # Descartes: payments that turn once have one root. Norstrom (1972): so has a running total
    # that crosses zero once, among rates above zero; and those are meant where money was made.
    if _turns(each) <= 1 or (total[-1] > 0 and _turns(total) <= 1):
        return 1
    years = (when - when[0]) / 365.0
    return _turns((each / (1.0 + _RATES[:, None]) ** years).sum(axis=1))


def _turns(values: np.ndarray) -> int:
    """How often the sign changes; zeros have none."""
    return int(np.count_nonzero(np.diff(np.sign(values[values != 0]))))


def absolute(value: float, money_in: float, money_out: float) -> Figure:
    """Gain on all the money put in: (value + money out - money in) / money in."""
    formula = "(value + money out − money in) ÷ money in"
    inputs = (
        Input("Value", value),
        Input("Money out", money_out),
        Input("Money in", money_in),
    )
    if not money_in > 0:
        return missing("No money has been put in yet.", formula=formula, inputs=inputs)
    if np.isnan(value):
        return missing("The value is not known.", formula=formula, inputs=inputs)
    return Figure((value + money_out - money_in) / money_in, formula=formula, inputs=inputs)


@dataclass(frozen=True, slots=True, eq=False)
class Equivalent:
    """The same money in a benchmark: its value and what the same sales took out, by day."""

    values: np.ndarray
    money_out: np.ndarray


def benchmark_equivalent(history: History, levels: np.ndarray) -> Equivalent | None:
    """Put the portfolio's contributions into a benchmark (modified PME).

    A contribution buys the benchmark at that day's close; a withdrawal sells
    the same fraction of it as of the portfolio, so it cannot go below zero.

    Parameters
    ----------
    history : History
    levels : ndarray of shape (n_days,)
        Benchmark on the history's dates; gaps are filled with the level before.

    Returns
    -------
    Equivalent or None
        None where the benchmark is unknown on the day of the first contribution.

    References
    ----------
    .. [1] Cambridge Associates (2013), "Private equity benchmarking": modified PME.
    """
    if not len(history):
        return None
    known = np.where(np.isnan(levels), -1, np.arange(len(levels)))
    np.maximum.accumulate(known, out=known)
    if known[0] < 0:
        return None
    level = levels[known]
    gone = history.values + history.money_out
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = np.where(history.money_out > 0, history.money_out / gone, 0.0)
        bought = np.where(history.money_in > 0, history.money_in / level, 0.0)
    units, sold, held = [], [], 0.0
    # Each day follows from the one before; plain floats are far quicker here than an array's.
    for more, part in zip(bought.tolist(), fraction.tolist(), strict=True):
        held += more
        gone_today = held * part
        held -= gone_today
        units.append(held)
        sold.append(gone_today)
    return Equivalent(np.array(units) * level, np.array(sold) * level)


LONGEST_CLOSURE = timedelta(days=6)
"""Longer than the exchange has been closed in a row: a month that lacks more days is a part."""


@dataclass(frozen=True, slots=True)
class PeriodReturn:
    """Return of one day, month or year beside the benchmark's; NaN unknown.

    `start` is the first day of the month or year itself, `end` of the next one; `first` and `last`
    are the sessions it was chained over.
    """

    start: date
    end: date
    first: date
    last: date
    sessions: int
    portfolio: float
    benchmark: float

    @property
    def begun_late(self) -> bool:
        """Whether it was chained over the later part alone."""
        return self.first - self.start > LONGEST_CLOSURE

    @property
    def ended_early(self) -> bool:
        """Whether it was chained over the earlier part alone."""
        return self.end - self.last > LONGEST_CLOSURE + timedelta(days=1)


def period_returns(
    dates: np.ndarray, returns: np.ndarray, benchmark: np.ndarray, *, unit: str = "M"
) -> list[PeriodReturn]:
    """Chain daily returns by day ("D"), calendar month ("M") or year ("Y"), oldest first.

    Parameters
    ----------
    dates : ndarray of shape (n_days,), datetime64[D]
        Increasing.
    returns, benchmark : ndarray of shape (n_days,)
        Daily returns as fractions; unknown days (NaN) are left out of both the
        product and the count.
    """
    if not len(dates):
        return []
    periods = dates.astype(f"datetime64[{unit}]")
    starts = np.flatnonzero(np.concatenate([[True], periods[1:] != periods[:-1]]))
    lasts = np.append(starts[1:], len(dates)) - 1
    known = np.add.reduceat((~np.isnan(returns)).astype(int), starts)
    return [
        PeriodReturn(*row)
        for row in zip(
            periods[starts].astype("datetime64[D]").tolist(),
            (periods[starts] + 1).astype("datetime64[D]").tolist(),
            dates[starts].tolist(),
            dates[lasts].tolist(),
            known.tolist(),
            _chained_by(returns, starts).tolist(),
            _chained_by(benchmark, starts).tolist(),
            strict=True,
        )
    ]


def _chained_by(returns: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """`chained` of each stretch that begins at one of `starts`."""
    unknown = np.isnan(returns)
    total = np.multiply.reduceat(np.where(unknown, 1.0, 1.0 + returns), starts) - 1.0
    return np.where(np.logical_and.reduceat(unknown, starts), np.nan, total)


def rolling_return(returns: np.ndarray, window: int = 21) -> np.ndarray:
    """Return over the last `window` sessions on each day; NaN until there are as many.

    Unknown days count as no change within a window that has known ones, so
    that one gap does not blank a month.
    """
    if len(returns) < window:
        return np.full(len(returns), np.nan)
    logs = np.cumsum(np.concatenate([[0.0], np.log1p(np.nan_to_num(returns))]))
    total = np.expm1(logs[window:] - logs[:-window])
    return np.concatenate([np.full(window - 1, np.nan), total])


def returns_by_day(levels: np.ndarray) -> np.ndarray:
    """Day-on-day returns of prices or index levels, a row for each day: the first is NaN."""
    first = np.full((1, *levels.shape[1:]), np.nan)
    return np.concatenate([first, simple_returns(levels)])


def _too_short(count: int, unit: str) -> str:
    return f"{count} {unit} are too few for a yearly rate; it shows from {SHORTEST_ANNUAL_DAYS} on."
