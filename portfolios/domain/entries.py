"""What a ledger is made of: one entry for everything that moves shares or money.

Amounts are `Decimal`, ratios are `Fraction`; nothing here knows what is held.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

ZERO = Decimal(0)
Kind = Literal[
    "buy", "sell", "dividend", "split", "bonus", "rights", "merger", "demerger", "fee",
    "transfer_in", "transfer_out",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
INCOMING = ("buy", "rights", "transfer_in")
OUTGOING = ("sell", "transfer_out")
CASH = ("dividend", "fee")
RATIO = ("split", "bonus", "merger", "demerger")
"""Kinds whose shares follow from what is held on the day."""
TRADES = ("buy", "sell", "rights")
"""Kinds that the investor decided on and traded."""

# Actions count what was held as the day began. A bonus issue of a split's day is of the new shares,
# as companies announce it: exchanges multiply both ratios. Purchases of a day come before its
# sales, because brokers' files carry no reliable time, and shares bought in the morning may be sold
# later.
_RANK = (
    {"split": 0, "bonus": 1, "merger": 2, "demerger": 2}
    | dict.fromkeys(INCOMING, 3)
    | dict.fromkeys(CASH, 4)
)
_LAST = 5


class LedgerError(ValueError):
    """An entry that the ledger cannot hold; nothing has changed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ledger.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    symbol : str
        Empty only for a fee of the whole account.
    quantity, price, charges : Decimal
        Shares, rupees a share, rupees for the whole entry. For a transfer in, the price is what
        the shares had cost; for kinds of `RATIO` and `CASH` quantity and price are zero.
    day : date
        Trading date or ex-date, Asia/Kolkata.
    sequence : int
        Order of entry; settles the order of otherwise equal entries of a day.
    counted_on : date, optional
        Day whose shares quantity and price are in, where it is not the entry's.
    cash : Decimal
        Rupees of a dividend before tax, or of a fee.
    ratio : Fraction, optional
        Split: new shares for one old. Bonus: further shares for one held. Merger and demerger:
        shares of `into` for one held.
    into : str
        The other company of a merger or demerger.
    cost_share : Decimal
        Part of the cost that a demerger takes to `into`, above 0 and below 1.
    acquired : date, optional
        When shares transferred in were bought.
    fair : Decimal
        Market price a share on the day: it pays fractions of shares and values transfers. For a
        dividend without `cash`, rupees a share. Zero where it is not known.
    time : str
        Of execution, as 09:15:00; empty where it is not known.
    action : str
        Key of the market's corporate action that this entry books.
    """

    kind: Kind
    symbol: str
    quantity: Decimal
    price: Decimal
    day: date
    charges: Decimal = ZERO
    sequence: int = 0
    counted_on: date | None = None
    cash: Decimal = ZERO
    ratio: Fraction | None = None
    into: str = ""
    cost_share: Decimal = ZERO
    acquired: date | None = None
    fair: Decimal = ZERO
    time: str = ""
    action: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise LedgerError(f"A ledger knows no {self.kind!r}.")
        if not self.symbol and self.kind != "fee":
            raise LedgerError("The entry names no stock.")
        if not self.charges >= 0:
            raise LedgerError("Charges cannot be negative.")
        if self.kind in INCOMING or self.kind in OUTGOING:
            self._check_shares()
        elif self.kind in CASH:
            if not (self.cash > 0 or (self.kind == "dividend" and self.fair > 0)):
                raise LedgerError("The amount must be above zero.")
            if self.kind == "dividend" and self.cash and self.charges > self.cash:
                raise LedgerError("The tax is more than the dividend.")
        else:
            self._check_ratio()

    def _check_shares(self) -> None:
        if not self.quantity > 0:
            raise LedgerError("The number of shares must be above zero.")
        if self.kind.startswith("transfer"):
            if not self.price >= 0:
                raise LedgerError("The cost of a share cannot be negative.")
            if self.acquired is not None and self.acquired > self.day:
                raise LedgerError("Shares cannot arrive before they were bought.")
        elif not self.price > 0:
            raise LedgerError("The price must be above zero.")

    def _check_ratio(self) -> None:
        if self.ratio is None or not self.ratio > 0:
            raise LedgerError("The ratio must be above zero.")
        if self.kind in ("merger", "demerger") and self.into in ("", self.symbol):
            raise LedgerError("Name the other company.")
        if self.kind == "demerger" and not 0 < self.cost_share < 1:
            raise LedgerError("The part of the cost that moves lies between 0 and 1.")

    @property
    def amount(self) -> Decimal:
        """Rupees moved: paid with charges, or received net of them.

        A transfer moves its cost; a dividend by the share moves what the ledger makes of it.
        """
        if self.kind in CASH:
            return self.cash - self.charges if self.kind == "dividend" else self.cash + self.charges
        gross = self.quantity * self.price
        return gross - self.charges if self.kind == "sell" else gross + self.charges

    @property
    def counted(self) -> date:
        """Splits after this day are not in quantity and price yet."""
        return self.counted_on or self.day

    @property
    def order(self) -> tuple:
        """Place among the entries of a portfolio.

        By day, then actions (splits before bonus issues), purchases, cash, sales; then by time
        where it is known and by what the entry says, so that the order in which files are imported
        decides nothing.
        """
        return (
            self.day,
            _RANK.get(self.kind, _LAST),
            self.time,
            self.symbol,
            self.price,
            self.quantity,
            self.charges,
            self.sequence,
        )


def plain(quantity: Decimal | Fraction) -> str:
    """A number of shares without trailing zeros: 10, 2.5."""
    if isinstance(quantity, Fraction):
        quantity = Decimal(quantity.numerator) / Decimal(quantity.denominator)
    return f"{quantity.normalize():f}"
