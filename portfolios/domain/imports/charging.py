"""Charges for trades whose file has none: brokers' tradebooks leave them out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from portfolios.domain.book import PAISA
from portfolios.domain.charges import BrokerPlan, charges_of_order, depository_paid
from portfolios.domain.entries import ZERO, Entry
from portfolios.domain.imports.planned import Planned
from portfolios.domain.intraday import intraday_of


def with_charges(
    planned: Sequence[Planned], plan: BrokerPlan, *, booked: Iterable[Entry] = ()
) -> list[Planned]:
    """Trades with the charges of a broker's plan, of shares bought and sold on one day their own.

    Trades of one order are charged as one, and each gets its part by amount; where the file
    names no orders, a stock's purchases or sales of a day count as one. The depository is paid
    once for each stock sold on a day. Trades that come with charges keep them.

    Parameters
    ----------
    planned : sequence of Planned
    plan : BrokerPlan
    booked : iterable of Entry
        The ledger: a trade may square off one that stands there, and the depository may have been
        paid with it. Its own charges stay as they are.
    """
    orders: dict[tuple, list[int]] = defaultdict(list)
    for place, each in enumerate(planned):
        entry = each.entry
        if entry.kind in ("buy", "sell") and not each.is_charged:
            orders[entry.day, entry.symbol, entry.kind, each.order_id].append(place)
    charged = list(planned)
    beside = _of_days(planned, booked)
    squared = _squared(planned, beside)
    paid = depository_paid(beside)
    for (day, symbol, side, _), places in orders.items():
        amounts = [planned[i].entry.quantity * planned[i].entry.price for i in places]
        inside = sum((squared[i] * planned[i].entry.price for i in places), ZERO)
        delivered = sum(amounts, ZERO) - inside
        own = replace(plan, depository=ZERO) if (day, symbol) in paid else plan
        if side == "sell" and delivered:
            paid.add((day, symbol))
        total = charges_of_order(side, delivered, inside, day, plan=own).total
        for i, part in zip(places, _parts(total, amounts), strict=True):
            charged[i] = replace(planned[i], entry=replace(planned[i].entry, charges=part))
    return charged


def squared_since(planned: Sequence[Planned], booked: Iterable[Entry]) -> list[Entry]:
    """Trades of the ledger that planned ones square off, which their charges do not know of.

    Those without charges are left out.
    """
    beside = _of_days(planned, booked)
    further = _squared(planned, beside)[len(planned) :]
    return [e for e, more in zip(beside, further, strict=True) if e.charges and more]


def _squared(planned: Sequence[Planned], beside: Sequence[Entry]) -> list[Decimal]:
    """Shares of planned trades, and further shares of booked ones, that are squared off by now.

    What was squared off between booked trades stays with them, as they were charged; what comes
    to it is taken from planned trades first.
    """
    entries = [*(each.entry for each in planned), *beside]
    left: dict[tuple, Decimal] = defaultdict(Decimal)
    for entry, inside in zip(entries, intraday_of(entries), strict=True):
        left[entry.symbol, entry.day, entry.kind] += inside
    before = [ZERO] * len(planned) + intraday_of(beside)
    for entry, inside in zip(entries, before, strict=True):
        left[entry.symbol, entry.day, entry.kind] -= inside
    found = [ZERO] * len(entries)
    for place in sorted(range(len(entries)), key=lambda i: (i >= len(planned), entries[i].order)):
        entry = entries[place]
        key = entry.symbol, entry.day, entry.kind
        found[place] = min(left[key], entry.quantity - before[place])
        left[key] -= found[place]
    return found


def _of_days(planned: Sequence[Planned], booked: Iterable[Entry]) -> list[Entry]:
    """Trades of the ledger in stocks and on days that are traded in the file, too."""
    days = {(each.entry.symbol, each.entry.day) for each in planned}
    return [
        entry
        for entry in booked
        if entry.kind in ("buy", "sell") and (entry.symbol, entry.day) in days
    ]


def _parts(total: Decimal, amounts: Sequence[Decimal]) -> list[Decimal]:
    """A sum divided by amount, to the paisa; the largest part takes what is left over."""
    whole = sum(amounts, ZERO)
    parts = [(total * each / whole).quantize(PAISA, ROUND_DOWN) for each in amounts]
    parts[amounts.index(max(amounts))] += total - sum(parts, ZERO)
    return parts
