"""Many portfolios at once, in columns: the definitions of `valuation`.

A row belongs to an owner, an integer from 0 to n_owners - 1, and a symbol.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """One figure an owner, each NaN where it is unknown; see `valuation.value_portfolio`."""

    value: np.ndarray
    invested: np.ndarray
    today: np.ndarray
    profit: np.ndarray
    total_return: np.ndarray


def value_portfolios(
    owner: np.ndarray,
    symbol: np.ndarray,
    quantity: np.ndarray,
    cost: np.ndarray,
    *,
    prices: np.ndarray,
    previous: np.ndarray,
    realised: np.ndarray,
    money_in: np.ndarray,
    day_flow: tuple[np.ndarray, ...] | None = None,
) -> Values:
    """Value the open positions of many owners.

    Parameters
    ----------
    owner, symbol : ndarray of shape (n,), integer
        Row owner, and position of its symbol in `prices`.
    quantity, cost : ndarray of shape (n,)
    prices, previous : ndarray of shape (n_symbols,)
        Latest prices and the closes before them; NaN unknown.
    realised, money_in : ndarray of shape (n_owners,)
    day_flow : tuple of five ndarray, optional
        Trades of the session, summed by owner and symbol: owner, symbol, net
        shares bought, rupees in, rupees out.

    Returns
    -------
    Values
        Unpriced holdings are left out; an owner whose holdings are all
        unpriced has no value. An owner without holdings has value zero.
    """
    n = len(realised)
    price = prices[symbol]
    priced = price > 0
    worth = np.where(priced, quantity * price, 0.0)
    value = np.bincount(owner, worth, n)
    held = np.bincount(owner, minlength=n)
    n_priced = np.bincount(owner, priced, n)
    unknown = (held > 0) & (n_priced == 0)
    known_cost = np.bincount(owner, np.where(priced, cost, 0.0), n)
    invested = np.where(unknown, np.bincount(owner, cost, n), known_cost)
    profit = np.where(unknown, np.nan, value - known_cost + realised)
    with np.errstate(divide="ignore", invalid="ignore"):
        total_return = np.where(money_in > 0, profit / money_in, np.nan)

    return Values(
        value=np.where(unknown, np.nan, value),
        invested=invested,
        today=_today(owner, symbol, quantity, prices, previous, day_flow, n),
        profit=profit,
        total_return=total_return,
    )


def _today(owner, symbol, quantity, prices, previous, day_flow, n):
    """Change of each owner's positions today, opened and closed ones included."""
    none = np.empty(0)
    f_owner, f_symbol, net, paid, received = day_flow or (none.astype(np.int64),) * 2 + (none,) * 3
    # One row an owner and symbol, held or traded today or both.
    keys, row = np.unique(
        np.concatenate([owner, f_owner]) * len(prices) + np.concatenate([symbol, f_symbol]),
        return_inverse=True,
    )
    of, name = np.divmod(keys, len(prices))
    held = np.bincount(row[: len(owner)], quantity, len(keys))
    net, paid, received = (
        np.bincount(row[len(owner) :], flow, len(keys)) for flow in (net, paid, received)
    )
    # Shares held since before today count from the previous close, and without one are unknown;
    # those bought today count from what was paid, sold ones to what they brought.
    before = held - net
    close = np.where(previous[name] > 0, previous[name], np.nan)
    opening = np.where(before > 0, before * close, 0.0)
    change = held * prices[name] + received - opening - paid
    known = (prices[name] > 0) & ~np.isnan(change)
    today = np.bincount(of, np.where(known, change, 0.0), n)
    return np.where(np.bincount(of, known, n) > 0, today, np.nan)


def year_returns(
    value_then: np.ndarray, value_now: np.ndarray, money_in: np.ndarray, money_out: np.ndarray
) -> np.ndarray:
    """Absolute return over a year, its opening value counted as money put in.

    Parameters
    ----------
    value_then, value_now : ndarray of shape (n_owners,)
    money_in, money_out : ndarray of shape (n_owners,)
        Flows within the year.

    Returns
    -------
    ndarray of shape (n_owners,)
        (value now + out - value then - in) / (value then + in); NaN without either.
    """
    base = value_then + money_in
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(base > 0, (value_now + money_out - base) / base, np.nan)
