"""First-in-first-out lots of every customer at once, without a loop over customers."""

from dataclasses import dataclass

import numpy as np

# Cumulated float quantities are told apart down to this many shares.
_SHARE_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Lots:
    """Pieces of purchases, each with one fate: sold on a day, or still held.

    Attributes
    ----------
    group : ndarray of int64, shape (n_pieces,)
        Holding the piece belongs to.
    quantity, cost : ndarray of float64
        Shares, and rupees paid for them.
    bought, ended : ndarray of int64
        Days since 1970-01-01; `ended` is the day of sale, or `as_of` where held.
    held : ndarray of bool
    """

    group: np.ndarray
    quantity: np.ndarray
    cost: np.ndarray
    bought: np.ndarray
    ended: np.ndarray
    held: np.ndarray


def _cumulated_within(group, amount):
    """Running sum that starts anew with each group; `group` is sorted."""
    total = np.cumsum(amount)
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else group
    before = np.repeat(total[starts] - amount[starts], np.diff(np.r_[starts, len(group)]))
    return total - before


def fifo_lots(group, day, quantity, price, *, as_of):
    """Match sales with purchases, first in, first out, in all groups together.

    Purchases and sales of a holding are two cuttings of the same line of
    shares: at the cumulated purchases and at the cumulated sales. Merging both
    sets of cuts gives the pieces; no loop over holdings is needed.

    Parameters
    ----------
    group : ndarray of int64, shape (n,)
        Holding (customer and instrument) of each trade; not negative.
    day : ndarray of int64, shape (n,)
        Days since 1970-01-01. Trades of one day keep their given order.
    quantity : ndarray of float64, shape (n,)
        Shares; positive bought, negative sold.
    price : ndarray of float64, shape (n,)
        Rupees a share.
    as_of : int
        Day on which lots still held are looked at.

    Returns
    -------
    Lots
        Sorted by group. Sales beyond the purchases of a group match nothing.
    """
    if len(group) == 0:
        whole, real = np.zeros(0, np.int64), np.zeros(0)
        return Lots(whole, real, real, whole, whole, np.zeros(0, bool))
    first = int(day.min())
    span = int(day.max()) - first + 1
    order = np.argsort(group * span + (day - first), kind="stable")
    group, day = group[order], day[order]
    quantity, price = quantity[order], price[order]
    is_buy, is_sale = quantity > 0, quantity < 0
    buy_group, sale_group = group[is_buy], group[is_sale]
    bought_to = _cumulated_within(buy_group, quantity[is_buy])
    sold_to = _cumulated_within(sale_group, -quantity[is_sale])

    cut_group = np.r_[buy_group, sale_group]
    cut_at = np.r_[bought_to, sold_to]
    by_place = np.lexsort((cut_at, cut_group))  # stable: a purchase comes before an equal sale
    cut_group, cut_at = cut_group[by_place], cut_at[by_place]
    cut_is_buy = by_place < len(buy_group)
    opens = np.r_[True, cut_group[1:] != cut_group[:-1]]
    length = cut_at - np.where(opens, 0.0, np.r_[0.0, cut_at[:-1]])
    # The piece that ends at a cut lies in the next purchase and the next sale not yet used up.
    next_buy: np.ndarray = np.cumsum(cut_is_buy) - cut_is_buy
    next_sale: np.ndarray = np.cumsum(~cut_is_buy) - ~cut_is_buy
    from_buy: np.ndarray = next_buy < len(buy_group)
    from_buy[from_buy] = buy_group[next_buy[from_buy]] == cut_group[from_buy]
    keep = from_buy & (length > _SHARE_TOLERANCE)
    cut_group, length = cut_group[keep], length[keep]
    next_buy, next_sale = next_buy[keep], next_sale[keep]

    sold: np.ndarray = next_sale < len(sale_group)
    sold[sold] = sale_group[next_sale[sold]] == cut_group[sold]
    ended = np.full(len(cut_group), as_of, np.int64)
    ended[sold] = day[is_sale][next_sale[sold]]
    return Lots(
        group=cut_group,
        quantity=length,
        cost=length * price[is_buy][next_buy],
        bought=day[is_buy][next_buy],
        ended=ended,
        held=~sold,
    )


def weighted_median(owner, value, weight, n_owners):
    """Weighted median of the values of each owner.

    Parameters
    ----------
    owner : ndarray of int64, shape (n,)
        Index of the owner, 0 to `n_owners` - 1.
    value, weight : ndarray of float64, shape (n,)
    n_owners : int

    Returns
    -------
    ndarray of float64, shape (n_owners,)
        Smallest value up to which lies at least half the weight; NaN for an
        owner of no weight.
    """
    median = np.full(n_owners, np.nan)
    order = np.lexsort((value, owner))
    owner, value, weight = owner[order], value[order], weight[order]
    reached = np.cumsum(weight)
    total = np.bincount(owner, weight, minlength=n_owners)
    before = np.r_[0.0, np.cumsum(total)[:-1]]
    known = total > 0
    # Rounding of the running sum must not carry the middle into a neighbour.
    middle = np.searchsorted(reached, (before + total / 2)[known] * (1 - 1e-15))
    median[known] = value[np.minimum(middle, len(value) - 1)]
    return median
