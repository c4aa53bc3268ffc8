"""The ledger: buys and sells in, FIFO lots, positions and realised gains out.

Everything here is derived from the trades alone, so a stored position can
always be recomputed and compared. Amounts are `Decimal`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

ZERO = Decimal(0)
FINEST = Decimal("0.00000001")
Side = Literal["buy", "sell"]


class LedgerError(ValueError):
    """A trade that the ledger cannot hold; nothing has changed."""


class OversellError(LedgerError):
    """More shares sold than were held on that day.

    Attributes
    ----------
    symbol, day : str, date
        The sale that cannot be met. For a back-dated entry it may be a sale
        recorded earlier that the entry leaves without shares.
    held, asked, shortfall : Decimal
        Shares there were, shares asked for, and the difference.
    """

    def __init__(self, symbol: str, day: date, held: Decimal, asked: Decimal):
        self.symbol, self.day, self.held, self.asked = symbol, day, held, asked
        self.shortfall = asked - held
        super().__init__(
            f"The sale of {plain(asked)} {symbol} on {day:%d %b %Y} is {plain(self.shortfall)} "
            f"more than the {plain(held)} held on that day."
        )


@dataclass(frozen=True, slots=True)
class Trade:
    """One buy or sell as it stands in the ledger.

    Parameters
    ----------
    side : {"buy", "sell"}
    symbol : str
    quantity, price, charges : Decimal
        Shares, rupees a share, rupees for the whole trade.
    day : date
        Trading date, Asia/Kolkata.
    sequence : int
        Order of entry; settles the order of trades of one day and side.
    counted_on : date, optional
        Day whose shares quantity and price are in, where it is not the trade's.
    """

    side: Side
    symbol: str
    quantity: Decimal
    price: Decimal
    day: date
    charges: Decimal = ZERO
    sequence: int = 0
    counted_on: date | None = None

    def __post_init__(self) -> None:
        if self.side not in ("buy", "sell"):
            raise LedgerError(f"A trade is a buy or a sell, not {self.side!r}.")
        if not self.quantity > 0:
            raise LedgerError("The number of shares must be above zero.")
        if not self.price > 0:
            raise LedgerError("The price must be above zero.")
        if not self.charges >= 0:
            raise LedgerError("Charges cannot be negative.")

    @property
    def amount(self) -> Decimal:
        """Rupees moved: paid for a buy with its charges, received for a sale net of them."""
        gross = self.quantity * self.price
        return gross + self.charges if self.side == "buy" else gross - self.charges

    @property
    def counted(self) -> date:
        """Splits after this day are not in quantity and price yet."""
        return self.counted_on or self.day

    @property
    def order(self) -> tuple[date, bool, int]:
        # Buys of a day come before its sells: brokers' files carry no reliable
        # time, and shares bought in the morning may be sold in the afternoon.
        return (self.day, self.side == "sell", self.sequence)


@dataclass(frozen=True, slots=True)
class Lot:
    """Shares of one purchase still held; `cost` is what they cost with charges."""

    day: date
    quantity: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Disposal:
    """Shares of one lot sold in one sale."""

    symbol: str
    bought: date
    sold: date
    quantity: Decimal
    cost: Decimal
    proceeds: Decimal

    @property
    def gain(self) -> Decimal:
        return self.proceeds - self.cost


@dataclass(frozen=True, slots=True)
class Position:
    """One symbol: its open lots, oldest first, and what came of the sold ones."""

    symbol: str
    lots: tuple[Lot, ...] = ()
    disposals: tuple[Disposal, ...] = ()
    money_in: Decimal = ZERO
    money_out: Decimal = ZERO
    last_day: date | None = None

    @property
    def quantity(self) -> Decimal:
        return sum((lot.quantity for lot in self.lots), ZERO)

    @property
    def cost(self) -> Decimal:
        return sum((lot.cost for lot in self.lots), ZERO)

    @property
    def realised(self) -> Decimal:
        return sum((disposal.gain for disposal in self.disposals), ZERO)


def apply(position: Position, trade: Trade) -> Position:
    """Book one trade on top of a position that knows all earlier ones.

    Parameters
    ----------
    position : Position
        Result of every trade of the symbol before `trade`.
    trade : Trade
        Not dated before the last one booked.

    Returns
    -------
    Position

    Raises
    ------
    OversellError
        If more is sold than held; the position passed in is unchanged.
    LedgerError
        If the trade belongs before one already booked (use `position_of`).
    """
    if position.last_day is not None and trade.day < position.last_day:
        raise LedgerError("A trade dated before the last one needs the position rebuilt.")
    if trade.side == "buy":
        lot = Lot(trade.day, trade.quantity, trade.amount)
        return replace(
            position,
            lots=(*position.lots, lot),
            money_in=position.money_in + trade.amount,
            last_day=trade.day,
        )
    if trade.quantity > position.quantity:
        raise OversellError(trade.symbol, trade.day, position.quantity, trade.quantity)
    lots, disposals = _consume(position.lots, trade)
    return replace(
        position,
        lots=lots,
        disposals=(*position.disposals, *disposals),
        money_out=position.money_out + trade.amount,
        last_day=trade.day,
    )


def _consume(lots: Sequence[Lot], sale: Trade) -> tuple[tuple[Lot, ...], list[Disposal]]:
    """Take the sale from the oldest lots; the last disposal absorbs the rounding."""
    left, proceeds_left = sale.quantity, sale.amount
    disposals: list[Disposal] = []
    kept = list(lots)
    while left:
        lot = kept[0]
        taken = min(lot.quantity, left)
        whole = taken == lot.quantity
        cost = lot.cost if whole else _part(lot.cost, taken, lot.quantity)
        proceeds = proceeds_left if taken == left else _part(sale.amount, taken, sale.quantity)
        disposals.append(Disposal(sale.symbol, lot.day, sale.day, taken, cost, proceeds))
        if whole:
            kept.pop(0)
        else:
            kept[0] = Lot(lot.day, lot.quantity - taken, lot.cost - cost)
        left -= taken
        proceeds_left -= proceeds
    return tuple(kept), disposals


def _part(amount: Decimal, taken: Decimal, quantity: Decimal) -> Decimal:
    # Rounded far below a paisa: sums of such parts are exact in any order, so that a
    # total never depends on how it was added up.
    return (amount * taken / quantity).quantize(FINEST)


def position_of(symbol: str, trades: Iterable[Trade]) -> Position:
    """Rebuild one position from all trades of its symbol, in any order.

    Raises
    ------
    OversellError
        If on some day more was sold than held by then.
    """
    position = Position(symbol)
    for trade in sorted(trades, key=lambda trade: trade.order):
        position = apply(position, trade)
    return position


@dataclass(frozen=True, slots=True)
class Book:
    """All positions of a portfolio, closed ones included, by symbol."""

    positions: dict[str, Position]

    @property
    def open(self) -> tuple[Position, ...]:
        return tuple(p for p in self.positions.values() if p.lots)

    @property
    def disposals(self) -> tuple[Disposal, ...]:
        return tuple(d for p in self.positions.values() for d in p.disposals)

    @property
    def cost(self) -> Decimal:
        return sum((p.cost for p in self.positions.values()), ZERO)

    @property
    def realised(self) -> Decimal:
        return sum((p.realised for p in self.positions.values()), ZERO)

    @property
    def money_in(self) -> Decimal:
        return sum((p.money_in for p in self.positions.values()), ZERO)

    @property
    def money_out(self) -> Decimal:
        return sum((p.money_out for p in self.positions.values()), ZERO)


def book_of(trades: Iterable[Trade]) -> Book:
    """Rebuild every position of a portfolio from its trades, in any order.

    Raises
    ------
    OversellError
        Naming the first symbol, in alphabetical order, that is sold short.
    """
    by_symbol: dict[str, list[Trade]] = defaultdict(list)
    for trade in trades:
        by_symbol[trade.symbol].append(trade)
    return Book({symbol: position_of(symbol, by_symbol[symbol]) for symbol in sorted(by_symbol)})


def plain(quantity: Decimal) -> str:
    """A number of shares without trailing zeros: 10, 2.5."""
    return f"{quantity.normalize():f}"
