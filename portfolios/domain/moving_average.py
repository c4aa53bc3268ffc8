"""What the shares of a stock cost on average, every purchase mixed with those before it.

Lots are what tax and all other pages count by (first in, first out); several brokers show this
average, so both are told side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from portfolios.domain.book import Book, Effect
from portfolios.domain.entries import INCOMING, OUTGOING, RATIO, ZERO
from portfolios.domain.rounding import rounded, share_of


@dataclass(slots=True)
class Averaged:
    """A stock counted at the moving average.

    Attributes
    ----------
    quantity, cost : Decimal
        Shares held, and what they cost with charges.
    gains : Decimal
        Proceeds of what was sold less the average it had cost on that day.
    """

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    gains: Decimal = ZERO

    @property
    def average(self) -> Decimal:
        """Rupees a share held; zero where none is."""
        return self.cost / self.quantity if self.quantity else ZERO

    def take(self, shares: Decimal) -> Decimal:
        """Remove shares at the average; what they had cost."""
        gone = self.cost if shares == self.quantity else share_of(self.cost, shares, self.quantity)
        self.quantity -= shares
        self.cost -= gone
        return gone

    def pay(self, fraction: Fraction, cash: Decimal) -> None:
        """Remove a fraction of a share for its worth; unpaid, its cost stays with the others."""
        left = min(rounded(fraction), self.quantity)
        if cash or left == self.quantity:
            self.gains += cash - self.take(left)
        else:
            self.quantity -= left


def moving_averages(book: Book) -> dict[str, Averaged]:
    """Every stock of a book at the moving average, closed ones included, by symbol.

    Parameters
    ----------
    book : Book

    Notes
    -----
    A purchase adds its shares and its cost to those held; a sale or a transfer out takes shares at
    the average of the moment and leaves the average as it was. Splits and bonus shares change the
    shares alone, a merger carries the whole cost over, a demerger the part it names.

    References
    ----------
    .. [1] Ind AS 2 / IAS 2, paragraph 27: the weighted average may be calculated as each additional
       shipment is received.
    """
    stocks: dict[str, Averaged] = {}
    for effect in book.effects:
        entry = effect.entry
        own = stocks.setdefault(entry.symbol, Averaged())
        if entry.kind in INCOMING:
            own.quantity += entry.quantity
            own.cost += entry.amount
        elif entry.kind in OUTGOING:
            gone = own.take(entry.quantity)
            if entry.kind == "sell":
                own.gains += entry.amount - gone
        elif entry.kind in RATIO:
            _act(stocks, own, effect)
    return {symbol: stocks[symbol] for symbol in book.positions}


def _act(stocks: dict[str, Averaged], own: Averaged, effect: Effect) -> None:
    entry, fraction = effect.entry, effect.fraction
    if entry.kind == "split":
        own.quantity += effect.shares + rounded(fraction)
        own.pay(fraction, effect.cash)
    elif entry.kind == "bonus":
        # A fraction of a bonus share was never among the shares: it is paid, and had no cost.
        own.quantity += effect.shares
        own.gains += effect.cash
    else:
        other = stocks.setdefault(entry.into, Averaged())
        moved = (
            own.take(own.quantity)
            if entry.kind == "merger"
            else share_of(own.cost, entry.cost_share, Decimal(1))
        )
        if entry.kind == "demerger":
            own.cost -= moved
        other.quantity += effect.into_shares + rounded(fraction)
        other.cost += moved
        other.pay(fraction, effect.cash)
