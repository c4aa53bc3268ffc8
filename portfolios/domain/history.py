"""A portfolio's value day by day, from its flows and a panel of prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from portfolios.domain.flows import Flow


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
    """

    dates: np.ndarray
    values: np.ndarray
    money_in: np.ndarray
    money_out: np.ndarray
    unpriced: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.dates)

    def since(self, start: np.datetime64) -> History:
        """The part from `start` on; what was held before stays held."""
        first = int(np.searchsorted(self.dates, start))
        return History(
            self.dates[first:],
            self.values[first:],
            self.money_in[first:],
            self.money_out[first:],
            self.unpriced,
        )


def value_history(
    flows: Sequence[Flow],
    dates: np.ndarray,
    symbols: Sequence[str],
    prices: np.ndarray,
) -> History:
    """Value a ledger on every day of a price panel.

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
    History
        Empty without flows or days. A flow on a day without session counts
        on the next one, and after the last session on the last.
    """
    if not flows or not len(dates):
        empty = np.empty(0)
        return History(np.empty(0, "datetime64[D]"), empty, empty, empty)
    place = {symbol: i for i, symbol in enumerate(symbols)}
    # A fee of the whole account moves no shares: any column will do.
    column = np.array([place.get(f.symbol, 0) for f in flows])
    day = np.array([f.day for f in flows], "datetime64[D]")
    row = np.minimum(np.searchsorted(dates, day), len(dates) - 1)
    shares = np.array([f.shares for f in flows])
    first = int(row.min())
    n_days, n_assets = len(dates) - first, len(symbols)
    row = row - first

    quantity = np.zeros((n_days, n_assets))
    np.add.at(quantity, (row, column), shares)
    np.cumsum(quantity, axis=0, out=quantity)

    traded = np.full((n_days, n_assets), np.nan)
    named = np.array([f.price for f in flows])
    stated = ~np.isnan(named)
    traded[row[stated], column[stated]] = named[stated]  # the last trade of a day stands
    known = _carried(prices)[first:]
    used = np.where(np.isnan(known), _carried(traded), known)
    # Symbols that are held somewhere while only a trade price is known.
    carried = (np.isnan(known) & (quantity > 0)).any(axis=0)
    values = np.where(quantity > 0, quantity * np.nan_to_num(used), 0.0).sum(axis=1)
    return History(
        dates=dates[first:],
        values=values,
        money_in=np.bincount(row, [f.money_in for f in flows], n_days),
        money_out=np.bincount(row, [f.money_out for f in flows], n_days),
        unpriced=tuple(symbols[int(i)] for i in np.flatnonzero(carried)),
    )


def _carried(values: np.ndarray) -> np.ndarray:
    """Fill gaps with the last known value above them; leading gaps stay NaN."""
    rows = np.where(np.isnan(values), -1, np.arange(len(values))[:, None])
    np.maximum.accumulate(rows, axis=0, out=rows)
    filled = np.take_along_axis(values, np.maximum(rows, 0), axis=0)
    return np.where(rows < 0, np.nan, filled)
