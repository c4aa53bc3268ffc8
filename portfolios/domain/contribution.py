"""What each holding, sector or cap class gave to the return of a period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from portfolios.domain.history import Table


@dataclass(frozen=True, slots=True)
class Contribution:
    """One line.

    Attributes
    ----------
    name : str
        Symbol, or what `grouped` puts together; empty for the account's own fees.
    start, end : float
        Value as the period begins and ends, rupees.
    money_in, money_out : float
        Within the period, rupees.
    gain : float
        end + money_out - start - money_in.
    share : float
        Gain over everything put in, the value at the start included: the lines sum to the
        portfolio's absolute return of the period.
    """

    name: str
    start: float
    end: float
    money_in: float
    money_out: float
    gain: float
    share: float


def contributions(
    table: Table, start: np.datetime64 | None, end: np.datetime64 | None
) -> list[Contribution]:
    """What each stock gave between two days, both included, the most first.

    Parameters
    ----------
    table : Table
    start, end : datetime64[D] or None
        None leaves a side open.
    """
    dates = table.dates
    first = 0 if start is None else int(np.searchsorted(dates, start))
    last = len(dates) if end is None else int(np.searchsorted(dates, end, side="right"))
    if last <= first:
        return []
    opening = table.values[first - 1] if first else np.zeros(table.values.shape[1])
    closing = table.values[last - 1]
    paid = table.money_in[first:last].sum(axis=0)
    taken = table.money_out[first:last].sum(axis=0)
    base = float(opening.sum() + paid.sum())
    names = (*table.symbols, "")
    rows = [
        _line(name, parts, base)
        for name, parts in zip(
            names, np.column_stack([opening, closing, paid, taken]).tolist(), strict=True
        )
        if any(parts)
    ]
    return sorted(rows, key=lambda row: -row.gain)


def grouped(rows: list[Contribution], of: Callable[[str], str]) -> list[Contribution]:
    """Lines put together by what `of` says of each symbol, the most first."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * 4)
    for row in rows:
        parts = (row.start, row.end, row.money_in, row.money_out)
        sums[of(row.name)] = [a + b for a, b in zip(sums[of(row.name)], parts, strict=True)]
    base = sum(row.start + row.money_in for row in rows)
    lines = [_line(name, parts, base) for name, parts in sums.items()]
    return sorted(lines, key=lambda row: -row.gain)


def _line(name: str, parts: list[float], base: float) -> Contribution:
    start, end, paid, taken = parts
    gain = end + taken - start - paid
    return Contribution(
        name, start, end, paid, taken, gain, gain / base if base > 0 else float("nan")
    )
