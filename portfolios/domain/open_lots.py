"""Shares not yet sold, lot by lot and by stock, as a sale on a day would be taxed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from portfolios.domain.book import PAISA, Book, Disposal, Lot
from portfolios.domain.entries import ZERO
from portfolios.domain.tax import FairValue, Term, gain_of, long_from, term_of


@dataclass(frozen=True, slots=True)
class OpenLot:
    """A lot still held, as a sale on a day would be taxed.

    Attributes
    ----------
    symbol : str
    lot : Lot
    value, gain : Decimal or None
        None where no price is known.
    term : {"short", "long", "intraday"}
    days_left : int
        Until a sale is long-term; 0 when it is.
    """

    symbol: str
    lot: Lot
    value: Decimal | None
    gain: Decimal | None
    term: Term
    days_left: int


def open_lots(
    book: Book, prices: dict[str, Decimal], as_of: date, fair_value: FairValue | None = None
) -> list[OpenLot]:
    """Every lot still held with its unrealised gain and the days left to long-term.

    Parameters
    ----------
    book : Book
        Of `taxed_book`.
    prices : dict of str to Decimal
        Rupees a share.
    as_of : date
    fair_value : callable, optional

    Returns
    -------
    list of OpenLot
        By symbol, then oldest first: the order of sale but for shares bought that very day.
    """
    rows = []
    for position in book.open:
        price = prices.get(position.symbol)
        for lot in position.lots:
            value = gain = None
            if price is not None:
                value = (lot.quantity * price).quantize(PAISA)
                sale = Disposal(
                    position.symbol, lot.day, as_of, lot.quantity, lot.cost, value, lot.origin
                )
                gain = gain_of(sale, fair_value).amount
            left = (long_from(lot.day) - as_of).days
            term = term_of(lot.day, as_of, lot.origin)
            rows.append(OpenLot(position.symbol, lot, value, gain, term, max(left, 0)))
    return rows


@dataclass(frozen=True, slots=True)
class StockLots:
    """The open lots of one stock together.

    Attributes
    ----------
    symbol : str
    count : int
        Of lots.
    quantity, cost : Decimal
    value : Decimal or None
        None where no price is known.
    short, long : Decimal or None
        Gains of the lots of each term; shares bought on the day count as short.
    days_left : int
        Until the next of them turns long-term; 0 where all have.
    """

    symbol: str
    count: int
    quantity: Decimal
    cost: Decimal
    value: Decimal | None
    short: Decimal | None
    long: Decimal | None
    days_left: int


def by_stock(lots: Iterable[OpenLot]) -> list[StockLots]:
    """Lots of `open_lots` put together by stock, in their order."""
    return [_together(symbol, list(own)) for symbol, own in groupby(lots, lambda lot: lot.symbol)]


def _together(symbol: str, lots: list[OpenLot]) -> StockLots:
    gains: dict[bool, Decimal] = {True: ZERO, False: ZERO}
    value = ZERO
    for lot in lots:
        value += lot.value or ZERO
        gains[lot.term == "long"] += lot.gain or ZERO
    priced = lots[0].value is not None
    return StockLots(
        symbol,
        len(lots),
        sum((lot.lot.quantity for lot in lots), ZERO),
        sum((lot.lot.cost for lot in lots), ZERO),
        value if priced else None,
        gains[False] if priced else None,
        gains[True] if priced else None,
        min((lot.days_left for lot in lots if lot.days_left), default=0),
    )
