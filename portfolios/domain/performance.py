"""How a portfolio did, beside the same money in a benchmark, on every trading day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from market.domain.statistics import TRADING_DAYS
from portfolios.domain import returns
from portfolios.domain.figures import Figure, Input, missing
from portfolios.domain.flows import Flow
from portfolios.domain.history import History, Table, value_table


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """History and returns of a portfolio and of its benchmark.

    Parameters
    ----------
    table : Table
        Values and flows of each stock, over the whole history of the portfolio.
    levels : ndarray of shape (n_days,)
        The benchmark on the days of `history`; NaN unknown.
    history : History
    daily, benchmark_daily : ndarray of shape (n_days,)
        Returns as fractions; NaN unknown.
    equivalent : Equivalent or None
        The same money in the benchmark; None where the benchmark is unknown.
    money_weighted, time_weighted, absolute : Figure
        The portfolio's.
    benchmark_money_weighted, benchmark_time_weighted, benchmark_absolute : Figure
        The benchmark's, for the same money on the same days.
    benchmark_level : float
        The benchmark on the last day; NaN unknown.
    """

    table: Table
    levels: np.ndarray
    history: History
    daily: np.ndarray
    benchmark_daily: np.ndarray
    equivalent: returns.Equivalent | None
    money_weighted: Figure
    time_weighted: Figure
    absolute: Figure
    benchmark_money_weighted: Figure
    benchmark_time_weighted: Figure
    benchmark_absolute: Figure
    benchmark_level: float

    @property
    def taken(self) -> float:
        """Rupees that sales have brought so far."""
        return float(self.history.money_out.sum())

    @property
    def benchmark_taken(self) -> float:
        """Rupees that the same sales would have brought from the benchmark; NaN unknown."""
        return float("nan") if self.equivalent is None else float(self.equivalent.money_out.sum())

    @property
    def lead(self) -> float:
        """Rupees more than the same money in the benchmark, with what was taken out of either.

        NaN unknown.
        """
        if self.equivalent is None:
            return float("nan")
        gone = self.taken - self.benchmark_taken
        return float(self.history.values[-1] - self.equivalent.values[-1] + gone)


def perform(
    flows: Sequence[Flow],
    dates: np.ndarray,
    symbols: Sequence[str],
    closes: np.ndarray,
    benchmark: np.ndarray,
) -> Performance | None:
    """Performance from the first entry on; None without flows or prices.

    Parameters
    ----------
    flows : sequence of Flow
        Oldest first.
    dates : ndarray of shape (n_days,), datetime64[D]
    symbols : sequence of str, length n_assets
    closes : ndarray of shape (n_days, n_assets)
    benchmark : ndarray of shape (n_days,)
        Benchmark levels on the same days; NaN unknown.
    """
    table = value_table(flows, dates, symbols, closes)
    history = table.history()
    if not len(history):
        return None
    moved = [flow for flow in flows if flow.money_in != flow.money_out]
    days = [flow.day for flow in moved]
    amounts = [flow.money_out - flow.money_in for flow in moved]
    levels = benchmark[len(dates) - len(history) :]
    return _performance(table, history, levels, days, amounts)


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """Returns of a part of a portfolio, without a benchmark beside them."""

    money_weighted: Figure
    time_weighted: Figure
    absolute: Figure


def own_returns(
    performance: Performance,
    symbols: Sequence[str],
    *,
    start: np.datetime64 | None = None,
    end: np.datetime64 | None = None,
) -> Own | None:
    """Returns of some of the stocks, as `part_of` has them; None where none was held."""
    history = performance.table.history(symbols).between(start, end)
    if not len(history):
        return None
    days, amounts = _moves(history)
    return Own(*_own_figures(history, _daily(history), days, amounts))


def part_of(
    performance: Performance,
    *,
    start: np.datetime64 | None = None,
    end: np.datetime64 | None = None,
    symbols: Sequence[str] | None = None,
) -> Performance | None:
    """Performance of a period, of some of the stocks, or of both; None where nothing was held.

    What was held on the evening before the period counts as put in then.

    Parameters
    ----------
    performance : Performance
        Of the whole portfolio and its whole history.
    start, end : datetime64[D], optional
        Both included; None leaves a side open.
    symbols : sequence of str, optional
        All stocks and the account's own fees where None.
    """
    table = performance.table
    history = table.history(symbols).between(start, end)
    if not len(history):
        return None
    first = int(np.searchsorted(table.dates, history.dates[0]))
    levels = performance.levels[first : first + len(history)]
    return _performance(table, history, levels, *_moves(history))


def _moves(history: History) -> tuple[list[date], list[float]]:
    """Days on which money moved, and how much came out."""
    moved = np.flatnonzero(history.money_out != history.money_in)
    amounts = (history.money_out - history.money_in)[moved]
    return history.dates[moved].tolist(), amounts.tolist()


def _daily(history: History) -> np.ndarray:
    daily = returns.daily_returns(history.values, history.money_in, history.money_out)
    if history.opening:
        daily[0] = np.nan  # the evening before a period is no day of it
    return daily


def _own_figures(history, daily, days, amounts) -> tuple[Figure, Figure, Figure]:
    """Money-weighted, time-weighted and absolute return."""
    value, as_of = float(history.values[-1]), history.dates[-1].astype(object)
    return (
        returns.money_weighted(days, amounts, value=value, as_of=as_of),
        returns.time_weighted(daily),
        returns.absolute(value, float(history.money_in.sum()), float(history.money_out.sum())),
    )


def _performance(table, history, levels, days, amounts) -> Performance:
    equivalent = returns.benchmark_equivalent(history, levels)
    daily = _daily(history)
    own = _own_figures(history, daily, days, amounts)
    same = _equivalent_figures(history, equivalent, history.dates[-1].astype(object))
    return Performance(
        table=table,
        levels=levels,
        history=history,
        daily=daily,
        benchmark_daily=returns.returns_by_day(levels),
        equivalent=equivalent,
        money_weighted=own[0],
        time_weighted=own[1],
        absolute=own[2],
        benchmark_money_weighted=same[0],
        benchmark_time_weighted=_level_rate(levels),
        benchmark_absolute=same[1],
        benchmark_level=float(levels[-1]),
    )


def _equivalent_figures(
    history: History, equivalent: returns.Equivalent | None, as_of: date
) -> tuple[Figure, Figure]:
    """XIRR and absolute return of the same money in the benchmark."""
    if equivalent is None:
        gone = missing("NIFTY 50 is not known on the day of the first trade.")
        return gone, gone
    flows = equivalent.money_out - history.money_in
    moved = np.flatnonzero(flows)
    days = history.dates[moved].tolist()
    value = float(equivalent.values[-1])
    return (
        returns.money_weighted(days, flows[moved].tolist(), value=value, as_of=as_of),
        returns.absolute(value, float(history.money_in.sum()), float(equivalent.money_out.sum())),
    )


def _level_rate(levels: np.ndarray) -> Figure:
    """Yearly rate of the benchmark itself from the first to the last known level."""
    known = levels[~np.isnan(levels)]
    formula = "(level now ÷ level at the first trade)^(252 ÷ days of trading) − 1"
    if len(known) < returns.SHORTEST_ANNUAL_DAYS:
        return missing(
            f"{len(known)} levels of NIFTY 50 are known since the first trade.", formula=formula
        )
    rate = (known[-1] / known[0]) ** (TRADING_DAYS / (len(known) - 1)) - 1
    inputs = (
        Input("Level at the first trade", float(known[0]), "ratio"),
        Input("Level now", float(known[-1]), "ratio"),
    )
    return Figure(float(rate), formula=formula, inputs=inputs)
