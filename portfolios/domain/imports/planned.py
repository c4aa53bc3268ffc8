"""An entry that an import would book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portfolios.domain.entries import Entry


@dataclass(frozen=True, slots=True)
class Planned:
    """An entry with where it comes from.

    Parameters
    ----------
    row : int
        In the file; 0 for opening shares, which are in none.
    entry : Entry
    key : str
        Marks it as booked.
    note : str
    is_sip : bool
    order_id : str
        Trades of one order pay brokerage once.
    is_charged : bool
        Whether the file says what it cost.
    doubt : str
        Why its price is worth a second look, in a sentence.
    """

    row: int
    entry: Entry
    key: str
    note: str = ""
    is_sip: bool = False
    order_id: str = ""
    is_charged: bool = False
    doubt: str = ""


def numbered(planned: Sequence[Planned], after: int) -> list[Planned]:
    """Planned entries with the numbers after the last of a ledger."""
    return [
        replace(each, entry=replace(each.entry, sequence=after + place))
        for place, each in enumerate(planned, start=1)
    ]
