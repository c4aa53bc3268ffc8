"""What is read from a file before it is known whether the ledger takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from portfolios.domain.entries import ZERO, Entry

Holds = Literal["trades", "holdings", "ledger"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that reads like an entry.

    Parameters
    ----------
    row : int
        In the file, from 1.
    kind : str
        buy, sell, or transfer_in for what is held.
    quantity, price : Decimal
    day : date, optional
        None for a holding: the file does not say since when.
    symbol, isin, code, name : str
        What the file says of the stock; `code` is BSE's.
    time : str
    charges : Decimal, optional
        None where the file has none.
    trade_id, order_id, exchange : str
    entry : Entry, optional
        The whole entry, from a ledger exported here; then the others say nothing more.
    key, note, is_sip
        From a ledger exported here.
    """

    row: int
    kind: str
    quantity: Decimal = ZERO
    price: Decimal = ZERO
    day: date | None = None
    symbol: str = ""
    isin: str = ""
    code: str = ""
    name: str = ""
    time: str = ""
    charges: Decimal | None = None
    trade_id: str = ""
    order_id: str = ""
    exchange: str = ""
    entry: Entry | None = None
    key: str = ""
    note: str = ""
    is_sip: bool = False

    @property
    def label(self) -> str:
        """How the file calls the stock."""
        return self.symbol or self.name or self.isin or self.code


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not taken, and why."""

    row: int
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says.

    Attributes
    ----------
    source : str
        Short name of the layout; part of the keys of its rows.
    label : str
        What the file is, in words.
    holds : {"trades", "holdings", "ledger"}
    candidates, refused : list
    notes : list of str
        What was assumed.
    dismissed : list of str
        Actions of the market not to be booked, from a ledger exported here.
    """

    source: str
    label: str
    holds: Holds
    candidates: list[Candidate] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    dismissed: list[str] = field(default_factory=list)
