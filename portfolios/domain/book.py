"""What a ledger comes to: lots, what was disposed of, and positions. Amounts are `Decimal`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from portfolios.domain.entries import ZERO, Entry, LedgerError, plain

FINEST = Decimal("0.00000001")
PAISA = Decimal("0.01")


class OversellError(LedgerError):
    """More shares leave than were held on that day.

    Attributes
    ----------
    symbol, day : str, date
        The sale that cannot be met. For a back-dated entry it may be a sale
        recorded earlier that the entry leaves without shares.
    held, asked, shortfall : Decimal
        Shares there were, shares asked for, and the difference.
    """

    def __init__(self, symbol: str, day: date, held: Decimal, asked: Decimal, what: str = "sale"):
        self.symbol, self.day, self.held, self.asked = symbol, day, held, asked
        self.shortfall = asked - held
        super().__init__(
            f"The {what} of {plain(asked)} {symbol} on {day:%d %b %Y} is {plain(self.shortfall)} "
            f"more than the {plain(held)} held on that day."
        )


@dataclass(frozen=True, slots=True)
class Lot:
    """Shares that came in together and are still held.

    Parameters
    ----------
    day : date
        Of acquisition: through splits, mergers, demergers and transfers it stays; bonus shares
        have the day they were allotted.
    quantity, cost : Decimal
        Shares, and what they cost with charges.
    counted : date
        Splits after this day are not in the quantity yet.
    origin : str
        Kind of entry that brought them.
    arrived : date
        Since when they are held here, whenever they were acquired and however they are counted.
    """

    day: date
    quantity: Decimal
    cost: Decimal
    counted: date = date.min
    origin: str = "buy"
    arrived: date = date.min


@dataclass(frozen=True, slots=True)
class Disposal:
    """Shares of one lot sold in one sale, or a fraction of a share paid out."""

    symbol: str
    bought: date
    sold: date
    quantity: Decimal
    cost: Decimal
    proceeds: Decimal
    origin: str = "buy"

    @property
    def gain(self) -> Decimal:
        return self.proceeds - self.cost


@dataclass(frozen=True, slots=True)
class Effect:
    """What an entry moved.

    Parameters
    ----------
    entry : Entry
    held : Decimal
        Shares that a ratio or a dividend was applied to; zero for other kinds.
    shares, into_shares : Decimal
        Change of the shares of the entry's own stock and of the other company.
    moved : Decimal
        Cost that went to the other company, or left with shares transferred out.
    cash : Decimal
        Rupees paid out: a dividend net of tax, or the worth of a fraction of a share.
    fraction : Fraction
        Of a share, that could not be given as one.
    """

    entry: Entry
    held: Decimal = ZERO
    shares: Decimal = ZERO
    into_shares: Decimal = ZERO
    moved: Decimal = ZERO
    cash: Decimal = ZERO
    fraction: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Position:
    """One symbol: its open lots in the order they came, and what came of the others.

    `money_in` and `money_out` are the rupees of its entries; shares transferred count with their
    cost. `dividends` are net of tax, `fees` include theirs.
    """

    symbol: str
    lots: tuple[Lot, ...] = ()
    disposals: tuple[Disposal, ...] = ()
    money_in: Decimal = ZERO
    money_out: Decimal = ZERO
    dividends: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def quantity(self) -> Decimal:
        return sum((lot.quantity for lot in self.lots), ZERO)

    @property
    def cost(self) -> Decimal:
        return sum((lot.cost for lot in self.lots), ZERO)

    @property
    def gains(self) -> Decimal:
        """Proceeds of what was sold less what it had cost."""
        return sum((disposal.gain for disposal in self.disposals), ZERO)

    @property
    def realised(self) -> Decimal:
        """Gains of sales and dividends, less fees."""
        return self.gains + self.dividends - self.fees

    @property
    def average_cost(self) -> Decimal:
        """Cost of a share still held, over the lots that are left; no moving average."""
        return self.cost / self.quantity if self.quantity else ZERO


@dataclass(frozen=True, slots=True)
class Book:
    """All positions of a portfolio, closed ones included, by symbol."""

    positions: dict[str, Position]
    effects: tuple[Effect, ...] = ()
    last: tuple | None = None

    @property
    def open(self) -> tuple[Position, ...]:
        return tuple(p for p in self.positions.values() if p.lots)

    @property
    def disposals(self) -> tuple[Disposal, ...]:
        return tuple(d for p in self.positions.values() for d in p.disposals)

    @property
    def cost(self) -> Decimal:
        return self._sum("cost")

    @property
    def realised(self) -> Decimal:
        return self._sum("realised")

    @property
    def money_in(self) -> Decimal:
        return self._sum("money_in")

    @property
    def money_out(self) -> Decimal:
        return self._sum("money_out")

    @property
    def dividends(self) -> Decimal:
        return self._sum("dividends")

    @property
    def fees(self) -> Decimal:
        return self._sum("fees")

    def _sum(self, name: str) -> Decimal:
        return sum((getattr(p, name) for p in self.positions.values()), ZERO)
