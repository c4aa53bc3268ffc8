"""A portfolio's value day by day, from its flows and a panel of prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from portfolios.domain.flows import Flow

EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Daily values and external flows, oldest day first; it begins with the first entry.

    Parameters
    ----------
    dates : ndarray of shape (n_days,), datetime64[D]
    values : ndarray of shape (n_days,), float64
        Rupees at the close, after the day's entries.
    money_in, money_out : ndarray of shape (n_days,), float64
        Put in for purchases and fees; taken out by sales and dividends; charges included.
    unpriced : tuple of str
        Symbols carried at their trade price on days before their first known price.
    opening : bool
        Whether the first row is the evening before a period, with its value as money in.
    """

    dates: np.ndarray
    values: np.ndarray
    money_in: np.ndarray
    money_out: np.ndarray
    unpriced: tuple[str, ...] = ()
    opening: bool = False

    def __len__(self) -> int:
        return len(self.dates)

    def between(self, start: np.datetime64 | None, end: np.datetime64 | None) -> History:
        """The part from `start` to `end`, both included; None leaves a side open.

        What was held on the evening before `start` counts as put in then: that evening is the
        first row, and `opening` says so.
        """
        first = 0 if start is None else int(np.searchsorted(self.dates, start))
        last = len(self) if end is None else int(np.searchsorted(self.dates, end, side="right"))
        opening = 0 < first < last and self.values[first - 1] > 0
        begin = first - 1 if opening else first
        paid, taken = self.money_in[begin:last].copy(), self.money_out[begin:last].copy()
        if opening:
            paid[0], taken[0] = self.values[begin], 0.0
        dates, values = self.dates[begin:last], self.values[begin:last]
        return History(dates, values, paid, taken, self.unpriced, bool(opening))


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Daily values and flows of each stock, oldest day first; it begins with the first entry.

    Parameters
    ----------
    dates : ndarray of shape (n_days,), datetime64[D]
    symbols : tuple of str, length n
    values, money_in, money_out : ndarray of shape (n_days, n + 1)
        The last column is the account's own: fees that belong to no stock.
    unpriced : tuple of str
        Symbols carried at their trade price on days before their first known price.
    """

    dates: np.ndarray
    symbols: tuple[str, ...]
    values: np.ndarray
    money_in: np.ndarray
    money_out: np.ndarray
    unpriced: tuple[str, ...] = ()

    def history(self, chosen: Sequence[str] | None = None) -> History:
        """The whole account's history, or that of some stocks from their first day on."""
        if chosen is None:
            columns = np.arange(self.values.shape[1])
            unpriced = self.unpriced
        else:
            place = {symbol: i for i, symbol in enumerate(self.symbols)}
            columns = np.array([place[s] for s in chosen if s in place], np.int64)
            unpriced = tuple(s for s in self.unpriced if s in chosen)
        values, paid, taken = (
            part[:, columns].sum(axis=1) for part in (self.values, self.money_in, self.money_out)
        )
        begun = np.flatnonzero((values != 0) | (paid != 0) | (taken != 0))
        first = 0 if chosen is None else int(begun[0]) if len(begun) else len(values)
        return History(self.dates[first:], values[first:], paid[first:], taken[first:], unpriced)


def value_history(
    flows: Sequence[Flow],
    dates: np.ndarray,
    symbols: Sequence[str],
    prices: np.ndarray,
) -> History:
    """Value a ledger on every day of a price panel; see `value_table`."""
    return value_table(flows, dates, symbols, prices).history()


def value_table(
    flows: Sequence[Flow],
    dates: np.ndarray,
    symbols: Sequence[str],
    prices: np.ndarray,
) -> Table:
    """Value each stock of a ledger on every day of a price panel.

    Parameters
    ----------
    flows : sequence of Flow
        Oldest first; every symbol of theirs but the empty one is in `symbols`.
    dates : ndarray of shape (n_days,), datetime64[D]
        Sessions, increasing.
    symbols : sequence of str, length n_assets
    prices : ndarray of shape (n_days, n_assets)
        Closes; NaN unknown. A gap is valued at the last close before it, a day
        before the first close at the price of the last trade.

    Returns
    -------
    Table
        Empty without flows or days. A flow on a day without session counts
        on the next one, and after the last session on the last.
    """
    n = len(symbols)
    if not flows or not len(dates):
        none = np.empty((0, n + 1))
        return Table(np.empty(0, "datetime64[D]"), tuple(symbols), none, none, none)
    place = {symbol: i for i, symbol in enumerate(symbols)} | {"": n}
    column = np.array([place[f.symbol] for f in flows])
    # From their ordinals, which is far quicker than from the dates.
    day = np.array([f.day.toordinal() - EPOCH for f in flows]).astype("datetime64[D]")
    row = np.minimum(np.searchsorted(dates, day), len(dates) - 1)
    first = int(row.min())
    row = row - first
    n_days = len(dates) - first

    quantity, paid, taken = (np.zeros((n_days, n + 1)) for _ in range(3))
    np.add.at(quantity, (row, column), [f.shares for f in flows])
    np.add.at(paid, (row, column), [f.money_in for f in flows])
    np.add.at(taken, (row, column), [f.money_out for f in flows])
    held = np.cumsum(quantity[:, :n], axis=0)

    traded = np.full((n_days, n), np.nan)
    named = np.array([f.price for f in flows])
    stated = ~np.isnan(named) & (column < n)
    traded[row[stated], column[stated]] = named[stated]  # the last trade of a day stands
    known = _carried(prices)[first:]
    used = np.where(np.isnan(known), _carried(traded), known)
    # Symbols that are held somewhere while only a trade price is known.
    carried = (np.isnan(known) & (held > 0)).any(axis=0)
    values = np.zeros((n_days, n + 1))
    values[:, :n] = np.where(held > 0, held * np.nan_to_num(used), 0.0)
    return Table(
        dates[first:],
        tuple(symbols),
        values,
        paid,
        taken,
        tuple(symbols[int(i)] for i in np.flatnonzero(carried)),
    )


def _carried(values: np.ndarray) -> np.ndarray:
    """Fill gaps with the last known value above them; leading gaps stay NaN."""
    rows = np.where(np.isnan(values), -1, np.arange(len(values))[:, None])
    np.maximum.accumulate(rows, axis=0, out=rows)
    filled = np.take_along_axis(values, np.maximum(rows, 0), axis=0)
    return np.where(rows < 0, np.nan, filled)
