"""Shares bought and sold on one day: they never reach the demat account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from portfolios.domain.entries import ZERO, Entry


def intraday_of(entries: Sequence[Entry]) -> list[Decimal]:
    """Shares of each entry that were bought and sold on its day.

    Of a stock's purchases and sales of one day the exchange settles the difference: the smaller of
    the two sums was squared off, whatever else was held. It is taken from purchases and from
    sales in the order of the ledger.

    Parameters
    ----------
    entries : sequence of Entry
        In any order; other kinds than buy and sell have none.

    Returns
    -------
    list of Decimal
        In the order given.

    References
    ----------
    .. [1] Income-tax Act 1961, s. 43(5): a transaction settled otherwise than by actual delivery is
       speculative.
    """
    found = [ZERO] * len(entries)
    days: dict[tuple[str, date], dict[str, list[int]]] = defaultdict(
        lambda: {"buy": [], "sell": []}
    )
    for place, entry in enumerate(entries):
        if entry.kind in ("buy", "sell"):
            days[entry.symbol, entry.day][entry.kind].append(place)
    for sides in days.values():
        if not (sides["buy"] and sides["sell"]):
            continue
        squared = min(_shares(entries[i] for i in places) for places in sides.values())
        for places in sides.values():
            left = squared
            for place in sorted(places, key=lambda i: entries[i].order):
                found[place] = min(left, entries[place].quantity)
                left -= found[place]
    return found


def _shares(entries: Iterable[Entry]) -> Decimal:
    return sum((entry.quantity for entry in entries), ZERO)
