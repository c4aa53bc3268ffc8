"""Where a change of value came from: the market, or money the customers brought and took.

Every figure is a sum over whole columns of trades; nothing loops over customers.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse

HORIZONS = (30, 90, 365)
_ONE_SHARE = 1 - 1e-6
"""Less than a share is what a split's fraction leaves, and counts as none."""


@dataclass(frozen=True)
class Growth:
    """Change of value over some days, a row a customer.

    Attributes
    ----------
    before, now : ndarray of float64, shape (n,)
        Value of what was held at the close `days` ago and of what is held now, rupees; NaN
        where something held has no known price.
    net_money : ndarray of float64, shape (n,)
        Paid for purchases with their charges, less received for sales after charges.
    """

    days: int
    before: np.ndarray
    now: np.ndarray
    net_money: np.ndarray

    @property
    def market(self):
        """What prices did: now - before - net money, rupees."""
        return self.now - self.before - self.net_money


@dataclass(frozen=True)
class SegmentGrowth:
    """The same for a segment: sums over its customers whose two values are known.

    Attributes
    ----------
    days, customers, unknown : int
        Customers summed up, and those left out.
    before, now, net_money, market : float
        Rupees.
    """

    days: int
    customers: int
    unknown: int
    before: float
    now: float
    net_money: float
    market: float

    @property
    def money_rate(self):
        """Net new money for each rupee held before; NaN where nothing was."""
        return self.net_money / self.before if self.before > 0 else math.nan

    @property
    def market_rate(self):
        """Market movement for each rupee held before; NaN where nothing was."""
        return self.market / self.before if self.before > 0 else math.nan

    @property
    def rate(self):
        """Change of value for each rupee held before: money and market together."""
        return self.money_rate + self.market_rate


def holdings_at(owner, ledger, day, n):
    """Shares held at the close of a day.

    Parameters
    ----------
    owner : ndarray of int64, shape (n_trades,)
        Row of the customer of each trade; -1 for trades of others.
    ledger : LedgerColumns
    day : datetime64[D]
    n : int
        Number of customers.

    Returns
    -------
    scipy.sparse.csr_matrix of shape (n, n_symbols)
        Whole holdings only: less than a share is none.
    """
    there = (owner >= 0) & (ledger.day <= day)
    held = sparse.csr_matrix(
        (ledger.quantity[there], (owner[there], ledger.symbol[there])),
        shape=(n, len(ledger.symbols)),
    )
    held.data[held.data <= _ONE_SHARE] = 0.0
    held.eliminate_zeros()
    return held


def owners(numbers, ledger):
    """Row of the customer of each trade; -1 for trades of others.

    Parameters
    ----------
    numbers : ndarray of int64, shape (n,)
        Ascending.
    ledger : LedgerColumns
    """
    if not len(numbers):
        return np.full(len(ledger), -1, np.int64)
    row = np.minimum(np.searchsorted(numbers, ledger.number), len(numbers) - 1)
    return np.where(numbers[row] == ledger.number, row, -1).astype(np.int64)


def worth(held, prices):
    """Value of holdings, a row a customer; NaN where one of them has no price.

    Parameters
    ----------
    held : csr_matrix of shape (n, n_symbols)
    prices : ndarray of float64, shape (n_symbols,)
        Rupees a share; NaN unknown.
    """
    known = np.isfinite(prices)
    value = held @ np.where(known, prices, 0.0)
    return np.where(held @ (~known).astype(float) > 0, np.nan, value)


def growth_columns(numbers, ledger, *, prices_now, prices_then, as_of):
    """Split the change of value of customers into money moved and market movement.

    ``market = value now - value then - net money``: what customers did not bring or take, prices
    did. Charges count as money brought, as everywhere.

    Parameters
    ----------
    numbers : ndarray of int64, shape (n,)
        Customers asked for, ascending.
    ledger : LedgerColumns
        In today's shares.
    prices_now : ndarray of float64, shape (n_symbols,)
    prices_then : mapping of int to ndarray of float64, shape (n_symbols,)
        By how many days ago. NaN unknown.
    as_of : datetime64[D]
        Later trades are left out.

    Returns
    -------
    dict of int to Growth
        By days.
    """
    n, as_of = len(numbers), np.datetime64(as_of, "D")
    owner = owners(numbers, ledger)
    amount = ledger.quantity * ledger.price + ledger.charges
    now = worth(holdings_at(owner, ledger, as_of, n), prices_now)
    found = {}
    for days, prices in prices_then.items():
        then = as_of - np.timedelta64(days, "D")
        since = (owner >= 0) & (ledger.day > then) & (ledger.day <= as_of)
        found[days] = Growth(
            days,
            worth(holdings_at(owner, ledger, then, n), prices),
            now,
            np.bincount(owner[since], amount[since], minlength=n),
        )
    return found


def segment_growth(growth, labels, k):
    """Sum up a growth by segment.

    Parameters
    ----------
    growth : Growth
    labels : ndarray of int64, shape (n,)
        Segment of each customer, 0 to k - 1.
    k : int

    Returns
    -------
    list of SegmentGrowth
    """
    known = np.isfinite(growth.before) & np.isfinite(growth.now)

    def total(values):
        return np.bincount(labels[known], values[known], minlength=k).tolist()

    counted = np.bincount(labels[known], minlength=k).tolist()
    left_out = np.bincount(labels[~known], minlength=k).tolist()
    sums = (total(growth.before), total(growth.now), total(growth.net_money), total(growth.market))
    return [
        SegmentGrowth(growth.days, counted[i], left_out[i], *(column[i] for column in sums))
        for i in range(k)
    ]
