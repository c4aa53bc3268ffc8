"""Sales of shares that were never bought, by the file: explained, left out, or given their shares.

Brokers export a stretch of time, Zerodha 365 days at most: what was bought before it is missing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from portfolios.domain.bearing import unbearable
from portfolios.domain.entries import OUTGOING, Entry
from portfolios.domain.imports.keys import opening_key
from portfolios.domain.imports.planned import Planned
from portfolios.domain.ledger import Shortfall, shortfalls
from portfolios.domain.orders import FIRST_DAY
from portfolios.domain.splits import Split, unbooked

NOTE = "Shares that sales of an imported file lacked"


@dataclass(frozen=True, slots=True)
class Opening:
    """How missing shares came about.

    Parameters
    ----------
    price : Decimal
        Rupees that a share cost, as shares were counted then.
    day : date, optional
        When they were bought; None: the day before the stock's first entry.
    """

    price: Decimal
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Orphan:
    """A stock whose sales lack shares.

    Parameters
    ----------
    symbol : str
    missing : tuple of Shortfall
        Departures that lack shares, oldest first, if nothing is done.
    rows : tuple of int
        Of the file; 0 for a sale that the ledger held before.
    day : date
        When the missing shares are taken to have come.
    shares : int
        How many they were, as counted on that day: splits since have made more of them.
    opening : Opening, optional
        What was decided; None: sales of the file are left out where they lack shares.
    left_out : tuple of int
        Rows that are not booked for it.
    """

    symbol: str
    missing: tuple[Shortfall, ...]
    rows: tuple[int, ...]
    day: date
    shares: int
    opening: Opening | None = None
    left_out: tuple[int, ...] = ()


def settle(
    planned: Sequence[Planned],
    existing: Sequence[Entry],
    openings: Mapping[str, Opening],
    *,
    splits: Mapping[str, Sequence[Split]],
    dismissed: Sequence[str] = (),
) -> tuple[list[Planned], list[Orphan]]:
    """Leave out sales that lack shares, or put opening shares before them.

    Parameters
    ----------
    planned : sequence of Planned
        Their entries numbered after those of the ledger.
    existing : sequence of Entry
    openings : mapping of str to Opening
    splits : mapping of str to Split
        Those the ledger lacks are booked with the import.
    dismissed : sequence of str

    Returns
    -------
    list of Planned, list of Orphan
        What can be booked, opening shares last; and the stocks concerned.
    """
    entries = [*existing, *(each.entry for each in planned)]
    found = list(unbooked(entries, splits, dismissed))
    # Left out of the ledger as it stands, as `portfolios.splits.lacking` does when it is written.
    before = unbearable(existing, unbooked(existing, splits, dismissed))
    left = unbearable(entries, found, {each.entry.action for each in before}) if before else []
    dismissed = [*dismissed, *(each.entry.action for each in left)]
    entries += (each for each in found if each.action not in dismissed)
    missing: dict[str, list[Shortfall]] = defaultdict(list)
    for lack in shortfalls(entries):
        missing[lack.entry.symbol].append(lack)
    if not missing:
        return list(planned), []
    by_number = {each.entry.sequence: each for each in planned}
    own: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        for symbol in missing.keys() & {entry.symbol, entry.into}:
            own[symbol].append(entry)
    added: list[Planned] = []
    orphans: list[Orphan] = []
    for symbol, lacks in sorted(missing.items()):
        short = tuple(lacks)
        opening = openings.get(symbol)
        asked = (opening and opening.day) or min(e.day for e in own[symbol]) - timedelta(days=1)
        day = max(min(asked, short[0].entry.day), FIRST_DAY)
        held = Entry("transfer_in", symbol, Decimal(1), Decimal(0), day)
        # Of the market's splits, too, that count once there are shares before them.
        more = list(unbooked([*own[symbol], held], _of(splits, symbol), dismissed))
        shares = _shares_on(day, short, [*own[symbol], *more])
        rows = tuple(_row(by_number, each.entry) for each in short)
        orphans.append(Orphan(symbol, short, rows, day, shares, opening))
        if opening:
            names = [_name(by_number, each.entry) for each in short]
            entry = Entry("transfer_in", symbol, Decimal(shares), opening.price, day)
            key = opening_key(symbol, names)
            added.append(Planned(0, entry, key, NOTE, is_charged=True))
            entries += more
    left_out = _left_out([*entries, *(each.entry for each in added)], by_number, set(missing))
    gone = [by_number[number] for number in sorted(left_out)]
    orphans = [
        replace(o, left_out=tuple(each.row for each in gone if each.entry.symbol == o.symbol))
        for o in orphans
    ]
    kept = [each for each in planned if each.entry.sequence not in left_out]
    return [*kept, *added], orphans


def _of(splits: Mapping[str, Sequence[Split]], symbol: str) -> dict[str, Sequence[Split]]:
    return {symbol: splits[symbol]} if symbol in splits else {}


def _shares_on(day: date, missing: Sequence[Shortfall], entries: Sequence[Entry]) -> int:
    """Shares that had to be there on a day for all sales after it."""
    symbol = missing[0].entry.symbol
    ratios = [
        (entry.day, entry.ratio + (entry.kind == "bonus"))
        for entry in entries
        if entry.symbol == symbol and entry.kind in ("split", "bonus") and entry.ratio
    ]

    def since(until: date) -> Fraction:
        return math.prod((r for at, r in ratios if day < at <= until), start=Fraction(1))

    return math.ceil(sum(Fraction(each.missing) / since(each.entry.day) for each in missing))


def _left_out(entries: Sequence[Entry], by_number, symbols: set[str]) -> set[int]:
    """Numbers of the new departures that cannot be booked."""
    optional = {
        number
        for number, each in by_number.items()
        if each.entry.kind in OUTGOING and each.entry.symbol in symbols
    }
    gone: set[int] = set()
    while True:
        kept = [entry for entry in entries if entry.sequence not in gone]
        short = shortfalls(kept, optional=optional)
        # A sale that the ledger held before lacks shares only because new ones took them.
        robbed = {each.entry.symbol for each in short if each.entry.sequence not in optional}
        more = {n for n in optional - gone if by_number[n].entry.symbol in robbed}
        if not more:
            return gone | {each.entry.sequence for each in short} & optional
        gone |= more


def _row(by_number, entry: Entry) -> int:
    sale = by_number.get(entry.sequence)
    return sale.row if sale else 0


def _name(by_number, entry: Entry) -> str:
    sale = by_number.get(entry.sequence)
    return sale.key if sale else str(entry.sequence)
