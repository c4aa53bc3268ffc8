"""A portfolio's value day by day, from its trades and a panel of prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from portfolios.domain.ledger import Trade


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Daily values and external flows, oldest day first; it begins with the first trade.

    Parameters
    ----------
    dates : ndarray of shape (n_days,), datetime64[D]
    values : ndarray of shape (n_days,), float64
        Rupees at the close, after the day's trades.
    money_in, money_out : ndarray of shape (n_days,), float64
        Paid for buys with charges; received from sales net of charges.
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
    trades: Sequence[Trade],
    dates: np.ndarray,
    symbols: Sequence[str],
    prices: np.ndarray,
) -> History:
    """Value a ledger on every day of a price panel.

    Parameters
    ----------
    trades : sequence of Trade
        Every symbol of theirs is in `symbols`.
    dates : ndarray of shape (n_days,), datetime64[D]
        Sessions, increasing.
    symbols : sequence of str, length n_assets
    prices : ndarray of shape (n_days, n_assets)
        Closes; NaN unknown. A gap is valued at the last close before it, a day
        before the first close at the price of the last trade.

    Returns
    -------
    History
        Empty without trades or days. A trade on a day without session counts
        on the next one, and after the last session on the last.
    """
    if not trades or not len(dates):
        empty = np.empty(0)
        return History(np.empty(0, "datetime64[D]"), empty, empty, empty)
    place = {symbol: i for i, symbol in enumerate(symbols)}
    ordered = sorted(trades, key=lambda trade: trade.order)
    column = np.array([place[t.symbol] for t in ordered])
    day = np.array([t.day for t in ordered], "datetime64[D]")
    row = np.minimum(np.searchsorted(dates, day), len(dates) - 1)
    amount = np.array([float(t.amount) for t in ordered])
    bought = np.array([t.side == "buy" for t in ordered])
    shares = np.array([float(t.quantity) for t in ordered]) * np.where(bought, 1.0, -1.0)
    first = int(row.min())
    n_days, n_assets = len(dates) - first, len(symbols)
    row = row - first

    quantity = np.zeros((n_days, n_assets))
    np.add.at(quantity, (row, column), shares)
    np.cumsum(quantity, axis=0, out=quantity)

    traded = np.full((n_days, n_assets), np.nan)
    traded[row, column] = [float(t.price) for t in ordered]  # the last trade of a day stands
    known = _carried(prices)[first:]
    used = np.where(np.isnan(known), _carried(traded), known)
    # Symbols that are held somewhere while only a trade price is known.
    carried = (np.isnan(known) & (quantity > 0)).any(axis=0)
    values = np.where(quantity > 0, quantity * np.nan_to_num(used), 0.0).sum(axis=1)
    return History(
        dates=dates[first:],
        values=values,
        money_in=np.bincount(row[bought], amount[bought], n_days),
        money_out=np.bincount(row[~bought], amount[~bought], n_days),
        unpriced=tuple(symbols[int(i)] for i in np.flatnonzero(carried)),
    )


def _carried(values: np.ndarray) -> np.ndarray:
    """Fill gaps with the last known value above them; leading gaps stay NaN."""
    rows = np.where(np.isnan(values), -1, np.arange(len(values))[:, None])
    np.maximum.accumulate(rows, axis=0, out=rows)
    filled = np.take_along_axis(values, np.maximum(rows, 0), axis=0)
    return np.where(rows < 0, np.nan, filled)
