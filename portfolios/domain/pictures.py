"""Numbers made ready to be drawn: heat maps, curves, bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from portfolios.domain.correlation import Correlation
from portfolios.domain.performance import Performance
from portfolios.domain.returns import PeriodReturn, chained, period_returns, rolling_return

STEPS = (0.0015, 0.005, 0.01, 0.02)
"""Sizes of a daily return at which its colour changes."""
TREND_DAYS = 21


@dataclass(frozen=True, slots=True)
class Cell:
    """A weekday in the calendar of returns; `value` is NaN on a holiday."""

    day: date
    value: float
    shade: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Daily returns of a year by weekday: five cells a week, from the week of 1 January."""

    year: int
    cells: tuple[Cell, ...]
    months: tuple[str, ...]
    up: int
    down: int
    best: tuple[date, float] | None
    worst: tuple[date, float] | None


def calendar_of(dates: np.ndarray, returns: np.ndarray, year: int) -> Calendar:
    """Calendar of one year of daily returns.

    Parameters
    ----------
    dates : ndarray of shape (n_days,), datetime64[D]
    returns : ndarray of shape (n_days,)
        Fractions; NaN unknown.

    Returns
    -------
    Calendar
        Sessions held at a weekend count in the sums and have no cell.
    """
    inside = dates.astype("datetime64[Y]") == np.datetime64(str(year), "Y")
    days = dates[inside].tolist()
    known = {
        day: value
        for day, value in zip(days, returns[inside].tolist(), strict=True)
        if not math.isnan(value)
    }
    last = max(days, default=date(year, 12, 31))
    start = date(year, 1, 1)
    day = start - timedelta(days=start.weekday())
    cells: list[Cell] = []
    months: list[str] = []
    named = 0
    while day <= last:
        friday = day + timedelta(days=4)
        fresh = friday.year == year and friday.month != named
        months.append(f"{friday:%b}" if fresh else "")
        named = friday.month if fresh else named
        for weekday in range(5):
            one = day + timedelta(days=weekday)
            value = known.get(one, math.nan)
            void = one < start or one > last
            cells.append(Cell(one, value, "void" if void else shade_of(value)))
        day += timedelta(days=7)
    ranked = sorted(known.items(), key=lambda item: item[1])
    return Calendar(
        year=year,
        cells=tuple(cells),
        months=tuple(months),
        up=sum(value > 0 for value in known.values()),
        down=sum(value < 0 for value in known.values()),
        best=ranked[-1] if ranked else None,
        worst=ranked[0] if ranked else None,
    )


def shade_of(value: float) -> str:
    """Colour step of a daily return: n4 to n1, z0, p1 to p4; "hol" for an unknown one."""
    if math.isnan(value):
        return "hol"
    step = sum(abs(value) >= edge for edge in STEPS)
    return "z0" if step == 0 else f"{'p' if value > 0 else 'n'}{step}"


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A row of the correlation matrix: each cell its value and colour step."""

    symbol: str
    cells: tuple[tuple[float, str], ...]


def matrix_rows(correlation: Correlation) -> tuple[MatrixRow, ...]:
    """Rows of the matrix with colour steps s1 (below 0.1) to s7 (0.6 and above)."""
    rows = []
    for i, symbol in enumerate(correlation.symbols):
        cells = tuple(
            (value, "self" if i == j else _step(value))
            for j, value in enumerate(correlation.matrix[i].tolist())
        )
        rows.append(MatrixRow(symbol, cells))
    return tuple(rows)


def _step(value: float) -> str:
    return "" if math.isnan(value) else f"s{min(7, max(1, 1 + int(value / 0.1)))}"


def curve(performance: Performance, *, longest: int = 1300) -> dict[str, Any]:
    """Value and benchmark equivalent for the chart "compare"; days are thinned past `longest`."""
    history, same = performance.history, performance.equivalent
    step = max(1, math.ceil(len(history) / longest))
    rows = np.arange(len(history) - 1, -1, -step)[::-1]  # the last day is always there
    series = [{"label": "Portfolio", "values": _whole(history.values[rows])}]
    if same is not None:
        series.append({"label": "Same money in NIFTY 50", "values": _whole(same.values[rows])})
    return {"t": history.dates[rows].astype(str).tolist(), "series": series, "unit": "rupees"}


def return_charts(performance: Performance) -> dict[str, dict[str, Any]]:
    """Returns by day, month and year, and their trend, each as a chart's data."""
    dates = performance.history.dates
    mine, theirs = performance.daily, performance.benchmark_daily
    months = period_returns(dates, mine, theirs, unit="M")[-24:]
    years = period_returns(dates, mine, theirs, unit="Y")[-12:]
    tail = slice(-30, None)
    days = period_returns(dates[tail], mine[tail], theirs[tail], unit="D")
    trend = [_thin(rolling_return(series, TREND_DAYS)[-750:]) for series in (mine, theirs)]
    return {
        "day": _bars(days, "%d %b"),
        "month": _bars(months, "%b %Y"),
        "year": _bars(years, "%Y"),
        "trend": {
            "t": dates[-750:].astype(str).tolist(),
            "series": [
                {"label": "Portfolio", "values": trend[0], "area": False},
                {"label": "NIFTY 50", "values": trend[1], "area": False},
            ],
            "unit": "percent",
        },
    }


@dataclass(frozen=True, slots=True)
class Trend:
    """Return of the last stretch of sessions, and of the one before it."""

    sessions: int
    now: float
    before: float
    benchmark: float


def trend_of(performance: Performance, sessions: int = TREND_DAYS) -> Trend:
    """The last `sessions` days beside the ones before; NaN where there are too few."""
    rolled = rolling_return(performance.daily, sessions)
    theirs = rolling_return(performance.benchmark_daily, sessions)
    before = rolled[-1 - sessions] if len(rolled) > sessions else math.nan
    return Trend(sessions, float(rolled[-1]), float(before), float(theirs[-1]))


def year_to_date(performance: Performance) -> tuple[float, float]:
    """Return of the calendar year so far: the portfolio's and the benchmark's."""
    year = performance.history.dates[-1].astype("datetime64[Y]")
    inside = performance.history.dates.astype("datetime64[Y]") == year
    return chained(performance.daily[inside]), chained(performance.benchmark_daily[inside])


def spark(values: np.ndarray, *, width: float = 72.0, height: float = 22.0) -> str:
    """Points of an SVG polyline for a series; empty for fewer than two known values."""
    known = values[~np.isnan(values)]
    if len(known) < 2:
        return ""
    low, spread = float(known.min()), float(np.ptp(known)) or 1.0
    x = np.linspace(0, width, len(known))
    y = height - 1 - (known - low) / spread * (height - 2)
    return " ".join(f"{a:.0f},{b:.1f}" for a, b in zip(x, y, strict=True))


def _bars(rows: Sequence[PeriodReturn], form: str) -> dict[str, Any]:
    return {
        "labels": [f"{row.start:{form}}" for row in rows],
        "series": [
            {"label": "Portfolio", "values": _thin([r.portfolio for r in rows]), "colour": "c1"},
            {"label": "NIFTY 50", "values": _thin([r.benchmark for r in rows]), "colour": "text-3"},
        ],
        "unit": "percent",
        "vertical": True,
    }


def _thin(values: Any) -> list[float | None]:
    return [None if math.isnan(v) else round(float(v), 5) for v in values]


def _whole(values: np.ndarray) -> list[float | None]:
    return [None if math.isnan(v) else round(v) for v in values.tolist()]
