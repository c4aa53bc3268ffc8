"""What all customers hold together: how much hangs on one stock or sector, and on whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LARGE, VERY_LARGE = 0.10, 0.25
"""Shares of one customer's money above which a stake is counted as large, and as very large."""
FEWEST_SHOWN = 10
"""Fewer customers than this are shown only to those who may see personal data."""


@dataclass(frozen=True, slots=True, eq=False)
class Stakes:
    """One row a customer and group (stock or sector).

    Parameters
    ----------
    numbers : ndarray of shape (n_customers,), int64
    totals : ndarray of shape (n_customers,), float64
        Rupees of all priced holdings of each.
    customer, group : ndarray of shape (n,), int64
        Place in `numbers`; place among the groups.
    value : ndarray of shape (n,), float64
    """

    numbers: np.ndarray
    totals: np.ndarray
    customer: np.ndarray
    group: np.ndarray
    value: np.ndarray

    @property
    def share(self) -> np.ndarray:
        """Of the customer's own money, each row."""
        return self.value / self.totals[self.customer]


def stakes(
    numbers: np.ndarray, owner: np.ndarray, group: np.ndarray, value: np.ndarray, n_groups: int
) -> Stakes:
    """Put the holdings of all portfolios together by customer and group.

    Parameters
    ----------
    numbers : ndarray of shape (n_portfolios,), int64
        Customer of each portfolio; a customer may have several.
    owner, group : ndarray of shape (n,), integer
        Portfolio and group of each holding; a portfolio holds a group once.
    value : ndarray of shape (n,)
        NaN and zero are left out.
    n_groups : int
    """
    known = value > 0
    people, of = np.unique(numbers, return_inverse=True)
    customer, group, worth = of[owner[known]], group[known].astype(np.int64), value[known]
    # Whoever has one portfolio holds each stock once: only the others' rows have to be merged.
    several = (np.bincount(of, minlength=len(people)) > 1)[customer]
    if several.any():
        keys, row = np.unique(customer[several] * n_groups + group[several], return_inverse=True)
        merged = np.bincount(row, worth[several], len(keys))
        single = ~several
        customer = np.concatenate([customer[single], keys // n_groups])
        group = np.concatenate([group[single], keys % n_groups])
        worth = np.concatenate([worth[single], merged])
    totals = np.bincount(customer, worth, len(people))
    return Stakes(people, totals, customer, group, worth)


def grouped(held: Stakes, group_of: np.ndarray, n_groups: int) -> Stakes:
    """The same money in fewer groups: sectors of stocks.

    Parameters
    ----------
    held : Stakes
    group_of : ndarray of integer
        New group of each old one.
    n_groups : int
        So few that a cell for each customer and group fits into memory.
    """
    shape = (len(held.numbers), max(n_groups, 1))
    cells = np.ravel_multi_index((held.customer, group_of[held.group]), shape)
    worth = np.bincount(cells, held.value, shape[0] * shape[1])
    there = np.flatnonzero(worth)
    customer, group = np.divmod(there, shape[1])
    return Stakes(held.numbers, held.totals, customer, group, worth[there])


@dataclass(frozen=True, slots=True)
class Crowd:
    """One stock or sector over all customers.

    Parameters
    ----------
    group : int
    holders, large, very_large : int
        Customers who hold it; those for whom it is above `LARGE` and `VERY_LARGE` of their money.
    value, share : float
        Rupees, and the fraction of all customers' money.
    """

    group: int
    holders: int
    large: int
    very_large: int
    value: float
    share: float


def crowds(held: Stakes, n_groups: int) -> list[Crowd]:
    """Every group that is held, the most money first."""
    value = np.bincount(held.group, held.value, n_groups)
    share = held.share
    holders = np.bincount(held.group, minlength=n_groups)
    large = np.bincount(held.group[share > LARGE], minlength=n_groups)
    very_large = np.bincount(held.group[share > VERY_LARGE], minlength=n_groups)
    total = float(value.sum())
    return [
        Crowd(int(g), int(holders[g]), int(large[g]), int(very_large[g]), float(value[g]),
              float(value[g]) / total)
        for g in np.argsort(-value, kind="stable")
        if holders[g]
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spread:
    """How evenly money is spread, over all and within customers.

    Parameters
    ----------
    total : float
        Rupees of all customers.
    customers : int
        Who hold something.
    herfindahl : float
        Sum of the squared shares of all customers' money.
    usual : float
        Median over customers of their own effective number; NaN without any.
    large, half : int
        Customers whose largest stake is above `VERY_LARGE`, and above half of their money.
    """

    total: float
    customers: int
    herfindahl: float
    usual: float
    large: int
    half: int

    @property
    def effective(self) -> float:
        """Number of equal stakes that would be as concentrated: 1 / Herfindahl."""
        return 1.0 / self.herfindahl if self.herfindahl > 0 else float("nan")


def spread(held: Stakes, n_groups: int) -> Spread:
    """Concentration of all customers' money, and of each customer's.

    References
    ----------
    .. [1] Hirschman (1964), "The paternity of an index", American Economic Review 54(5).
    """
    value = np.bincount(held.group, held.value, n_groups)
    total = float(value.sum())
    n = len(held.numbers)
    share = held.share
    squares = np.bincount(held.customer, share**2, n)
    largest = np.zeros(n)
    np.maximum.at(largest, held.customer, share)
    own = squares > 0
    return Spread(
        total=total,
        customers=int(np.count_nonzero(own)),
        herfindahl=float(((value / total) ** 2).sum()) if total > 0 else float("nan"),
        usual=float(np.median(1.0 / squares[own])) if own.any() else float("nan"),
        large=int(np.count_nonzero(largest > VERY_LARGE)),
        half=int(np.count_nonzero(largest > 0.5)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """Customers with a stake in one group, in order.

    Parameters
    ----------
    numbers : ndarray of int64
    value, share, total : ndarray of float64
        Rupees in it, the fraction of the customer's money that is, and all of that money.
    """

    numbers: np.ndarray
    value: np.ndarray
    share: np.ndarray
    total: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)


def exposed(held: Stakes, group: int, *, by: str = "value", least: float = 0.0) -> Exposure:
    """Who holds a group, the largest first.

    Parameters
    ----------
    held : Stakes
    group : int
    by : {"value", "share"}
    least : float
        Share of the customer's money from which on a stake is listed.
    """
    rows = np.flatnonzero(held.group == group)
    share = held.value[rows] / held.totals[held.customer[rows]]
    rows, share = rows[share >= least], share[share >= least]
    order = np.argsort(-(share if by == "share" else held.value[rows]), kind="stable")
    rows, share = rows[order], share[order]
    who = held.customer[rows]
    return Exposure(held.numbers[who], held.value[rows], share, held.totals[who])
