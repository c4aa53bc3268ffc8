"""Many portfolios day by day, in columns: the definitions of `history` and `returns`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from portfolios.domain.returns import daily_returns

SHARE = 1e-6
"""Fewer shares than this are what floating point leaves of none."""
LOST = 1e-9
"""What stands for nothing left of a level: later returns are ratios, and need one to start from."""


@dataclass(frozen=True, slots=True, eq=False)
class Movements:
    """Flows of many owners, one row each, in the order they were made; see `flows.Flow`.

    Parameters
    ----------
    owner, symbol : ndarray of shape (n,), int64
        A symbol below zero is a fee of the whole account.
    row : ndarray of shape (n,), int64
        Place of the day among the sessions.
    shares, money_in, money_out, price : ndarray of shape (n,), float64
        In today's shares; a price is NaN where the flow has none.
    """

    owner: np.ndarray
    symbol: np.ndarray
    row: np.ndarray
    shares: np.ndarray
    money_in: np.ndarray
    money_out: np.ndarray
    price: np.ndarray

    def __len__(self) -> int:
        return len(self.owner)

    def of(self, chosen: np.ndarray, *, less: int = 0) -> Movements:
        """Some of the rows, their owners counted from `less` on."""
        return Movements(
            self.owner[chosen] - less,
            self.symbol[chosen],
            self.row[chosen],
            self.shares[chosen],
            self.money_in[chosen],
            self.money_out[chosen],
            self.price[chosen],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Where owners stood at the end of some sessions, shape (n_sessions, n_owners) each.

    Parameters
    ----------
    level : ndarray
        Chained time-weighted return plus one; NaN before the first entry.
    value : ndarray
        Rupees.
    gain : ndarray
        Rupees gained since the start: value and money taken out, less money put in.
    """

    level: np.ndarray
    value: np.ndarray
    gain: np.ndarray


def points_of(moves: Movements, closes: np.ndarray, n_owners: int) -> Points:
    """Every session of some owners, from the first flow of each.

    Parameters
    ----------
    moves : Movements
    closes : ndarray of shape (n_sessions, n_symbols)
        Carried forward over gaps; NaN before a symbol's first close, where the price of the
        last trade stands in.
    n_owners : int

    Returns
    -------
    Points
        As `history.value_table` and `returns.daily_returns` have it for each owner alone.
    """
    n_days = len(closes)
    paid, taken = np.zeros((n_days, n_owners)), np.zeros((n_days, n_owners))
    np.add.at(paid, (moves.row, moves.owner), moves.money_in)
    np.add.at(taken, (moves.row, moves.owner), moves.money_out)
    value = _values(moves, closes, n_owners)
    moved = np.zeros((n_days, n_owners), bool)
    moved[moves.row, moves.owner] = True
    begun = np.maximum.accumulate(moved, axis=0)
    growth = daily_returns(value, paid, taken)
    level = np.cumprod(np.maximum(1.0 + np.nan_to_num(growth), LOST), axis=0)
    gain = value + np.cumsum(taken - paid, axis=0)
    return Points(
        np.where(begun, level, np.nan),
        np.where(begun, value, np.nan),
        np.where(begun, gain, np.nan),
    )


def _values(moves: Movements, closes: np.ndarray, n_owners: int) -> np.ndarray:
    """Worth of each owner's holdings on each day."""
    n_days, n_symbols = closes.shape
    stocks = moves.of(moves.symbol >= 0)
    value = np.zeros((n_days, n_owners))
    if not len(stocks):
        return value
    pairs, pair = np.unique(stocks.owner * n_symbols + stocks.symbol, return_inverse=True)
    owner, symbol = np.divmod(pairs, n_symbols)
    held = np.zeros((n_days, len(pairs)))
    np.add.at(held, (stocks.row, pair), stocks.shares)
    np.cumsum(held, axis=0, out=held)
    held[held < SHARE] = 0.0
    used = closes[:, symbol]
    gaps = np.isnan(used)
    if (gaps & (held > 0)).any():
        used = np.where(gaps, _traded(stocks, pair, gaps.shape), used)
    worth = held * np.nan_to_num(used)
    first = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]]))
    value[:, owner[first]] = np.add.reduceat(worth, first, axis=1)
    return value


def _traded(stocks: Movements, pair: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Price of the last trade of each owner and symbol up to each day; NaN before the first."""
    last = np.full(shape, -1)
    stated = np.flatnonzero(~np.isnan(stocks.price))
    last[stocks.row[stated], pair[stated]] = stated  # the last trade of a day stands
    np.maximum.accumulate(last, axis=0, out=last)
    return np.where(last < 0, np.nan, stocks.price[np.maximum(last, 0)])


def carried_on(
    before: Points, owner: np.ndarray, symbol: np.ndarray, quantity: np.ndarray, closes: np.ndarray
) -> Points:
    """Sessions after a known one, of owners whose ledgers have not moved since.

    Parameters
    ----------
    before : Points
        Of the known session, shape (1, n_owners).
    owner, symbol, quantity : ndarray of shape (n,)
        What is held, all along.
    closes : ndarray of shape (n_sessions, n_symbols)
        Carried forward, of the sessions after it.
    """
    n = before.level.shape[1]
    value = np.stack(
        [np.bincount(owner, quantity * np.nan_to_num(day[symbol]), n) for day in closes]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.where(before.value > 0, np.maximum(value / before.value, LOST), 1.0)
    begun = ~np.isnan(before.level)
    return Points(
        before.level * growth,
        np.where(begun, value, np.nan),
        before.gain + np.where(begun, value - before.value, np.nan),
    )
