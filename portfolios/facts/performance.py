"""What the performance page shows: one period, the whole portfolio and every part of it."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from market.queries import instruments, price_panel
from portfolios.domain.contribution import Contribution, contributions, grouped
from portfolios.domain.performance import Own, Performance, own_returns, part_of
from portfolios.domain.ratios import Ratios, ratios_of
from portfolios.domain.returns import PeriodReturn, chained, period_returns
from portfolios.domain.risk import Drawdown, max_drawdown

COSTS = "Fees of the account"
DAYS_SHOWN = 60
PERIODS = (
    ("1m", "1 month"),
    ("3m", "3 months"),
    ("6m", "6 months"),
    ("ytd", "This year"),
    ("1y", "1 year"),
    ("3y", "3 years"),
    ("5y", "5 years"),
    ("all", "Since the start"),
)
_MONTHS = {"1m": 1, "3m": 3, "6m": 6, "1y": 12, "3y": 36, "5y": 60}


@dataclass(frozen=True)
class Part:
    """A holding or a sector in the period: what it gave, and its own returns."""

    contribution: Contribution
    name: str
    performance: Own | None
    average: float = float("nan")


@dataclass(frozen=True)
class Period:
    """Everything about one period."""

    start: date
    end: date
    performance: Performance
    ratios: Ratios
    fall: Drawdown | None
    total: float
    benchmark_total: float
    holdings: list[Part]
    sectors: list[Part]
    days: list[PeriodReturn]
    months: list[PeriodReturn]
    years: list[PeriodReturn]


def bounds_of(period: str, last: date) -> date | None:
    """First day of a named period that ends on a day; None for the whole history."""
    if period == "ytd":
        return last.replace(month=1, day=1)
    months = _MONTHS.get(period)
    if months is None:
        return None
    year, month = divmod(last.year * 12 + last.month - 1 - months, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    day = min(last.day, (first_of_next - timedelta(days=1)).day)
    # The period begins on the day after the same day of the month in question.
    return date(year, month + 1, day) + timedelta(days=1)


def period_facts(performance, *, start=None, end=None) -> Period | None:
    """Facts of a period; None where nothing was held in it.

    Parameters
    ----------
    performance : Performance
        Of the whole history.
    start, end : date, optional
        Both included.
    """
    first = None if start is None else np.datetime64(start, "D")
    last = None if end is None else np.datetime64(end, "D")
    part = part_of(performance, start=first, end=last)
    if part is None:
        return None
    dates = part.history.dates
    fall = max_drawdown(dates, part.daily)
    facts = {fact.symbol: fact for fact in instruments()}

    def sector_of(symbol):
        if not symbol:
            return COSTS
        return facts[symbol].sector if symbol in facts else "Not known"

    rows = contributions(performance.table, first, last)
    averages = sector_averages(dates[0], dates[-1])
    members: dict[str, list[str]] = {}
    for row in rows:
        members.setdefault(sector_of(row.name), []).append(row.name)

    first_session = 1 if part.history.opening else 0  # before it stands the evening before

    def by(unit):
        columns = (dates, part.daily, part.benchmark_daily)
        return period_returns(*(column[first_session:] for column in columns), unit=unit)

    def own(symbols):
        return own_returns(performance, symbols, start=first, end=last)

    return Period(
        start=dates[first_session].astype(object),
        end=dates[-1].astype(object),
        performance=part,
        ratios=ratios_of(dates, part.daily, part.benchmark_daily, fall.fall if fall else np.nan),
        fall=fall,
        total=chained(part.daily),
        benchmark_total=chained(part.benchmark_daily),
        holdings=[
            Part(
                row,
                facts[row.name].name if row.name in facts else COSTS,
                own([row.name]) if row.name else None,
            )
            for row in rows
        ],
        sectors=[
            Part(
                row,
                row.name,
                own(members[row.name]) if row.name != COSTS else None,
                averages.get(row.name, np.nan),
            )
            for row in grouped(rows, sector_of)
        ],
        days=by("D")[-DAYS_SHOWN:],
        months=by("M"),
        years=by("Y"),
    )


def sector_averages(start, end) -> dict[str, float]:
    """Return of all stocks of each sector from one close to another, weighted by rupees traded.

    Shares outstanding are not loaded, so a stock weighs what was traded in it in the 20 sessions
    up to the first close.
    """
    first, last = start.astype(object), end.astype(object)
    panel = price_panel(column="adj_close", start=first - timedelta(days=10), end=last)
    if len(panel.dates) < 2:
        return {}
    begin = max(int(np.searchsorted(panel.dates, start, side="right")) - 1, 0)
    opening = panel.known_at(begin)
    change = panel.last_known() / opening - 1.0
    volume = price_panel(
        column="volume", symbols=panel.symbols, start=first - timedelta(days=40), end=first
    )
    traded = np.nanmean(np.where(np.isnan(volume.values), 0.0, volume.values), axis=0)
    weight = traded * opening if len(volume.dates) else np.zeros(len(panel.symbols))
    sectors = {fact.symbol: fact.sector for fact in instruments()}
    sums: dict[str, list[float]] = {}
    for symbol, moved, rupees in zip(panel.symbols, change.tolist(), weight.tolist(), strict=True):
        if moved == moved and rupees > 0 and symbol in sectors:
            total = sums.setdefault(sectors[symbol], [0.0, 0.0])
            total[0] += moved * rupees
            total[1] += rupees
    return {sector: moved / rupees for sector, (moved, rupees) in sums.items()}
