"""What an entry would do to a portfolio: its book before, and after."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from portfolios.domain.book import Book, Position


@dataclass(frozen=True, slots=True)
class Shift:
    """One stock whose shares or cost change; rupees with charges."""

    symbol: str
    shares_before: Decimal
    shares_after: Decimal
    cost_before: Decimal
    cost_after: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """The stocks that change, by symbol, and by how many rupees the totals do.

    `gains` are of sales alone; `realised` adds dividends and takes off fees.
    """

    shifts: tuple[Shift, ...]
    gains: Decimal
    realised: Decimal
    money_in: Decimal
    money_out: Decimal
    dividends: Decimal
    fees: Decimal


def change_of(before: Book, after: Book) -> Change:
    """Compare two books of one portfolio.

    Returns
    -------
    Change
        Totals are those after less those before.
    """
    shifts = []
    for symbol in sorted(before.positions.keys() | after.positions.keys()):
        old = before.positions.get(symbol, Position(symbol))
        new = after.positions.get(symbol, Position(symbol))
        if (old.quantity, old.cost) != (new.quantity, new.cost):
            shifts.append(Shift(symbol, old.quantity, new.quantity, old.cost, new.cost))
    return Change(
        shifts=tuple(shifts),
        gains=_gains(after) - _gains(before),
        realised=after.realised - before.realised,
        money_in=after.money_in - before.money_in,
        money_out=after.money_out - before.money_out,
        dividends=after.dividends - before.dividends,
        fees=after.fees - before.fees,
    )


def _gains(book: Book) -> Decimal:
    return book.realised - book.dividends + book.fees
