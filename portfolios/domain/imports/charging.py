"""Charges for trades whose file has none: brokers' tradebooks leave them out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from portfolios.domain.book import PAISA
from portfolios.domain.charges import BrokerPlan, charges_of_order
from portfolios.domain.entries import ZERO
from portfolios.domain.imports.planned import Planned
from portfolios.domain.intraday import intraday_of


def with_charges(planned: Sequence[Planned], plan: BrokerPlan) -> list[Planned]:
    """Trades with the charges of a broker's plan, of shares bought and sold on one day their own.

    Trades of one order are charged as one, and each gets its part by amount; where the file
    names no orders, a stock's purchases or sales of a day count as one. The depository is paid
    once for each stock sold on a day. Trades that come with charges keep them.
    """
    orders: dict[tuple, list[int]] = defaultdict(list)
    for place, each in enumerate(planned):
        entry = each.entry
        if entry.kind in ("buy", "sell") and not each.is_charged:
            orders[entry.day, entry.symbol, entry.kind, each.order_id].append(place)
    charged = list(planned)
    squared = intraday_of([each.entry for each in planned])
    paid: set[tuple] = set()
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


def _parts(total: Decimal, amounts: Sequence[Decimal]) -> list[Decimal]:
    """A sum divided by amount, to the paisa; the largest part takes what is left over."""
    whole = sum(amounts, ZERO)
    parts = [(total * each / whole).quantize(PAISA, ROUND_DOWN) for each in amounts]
    parts[amounts.index(max(amounts))] += total - sum(parts, ZERO)
    return parts
