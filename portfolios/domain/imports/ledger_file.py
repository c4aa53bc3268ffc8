"""A whole ledger as a table: what is exported here, and what it is read back from unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import orjson

from portfolios.domain.book import FINEST, PAISA
from portfolios.domain.entries import KINDS, ZERO, Entry, LedgerError
from portfolios.domain.exchange_ratio import ratio_from
from portfolios.domain.imports.candidates import Candidate, Reading, Refused
from portfolios.domain.imports.mapping import norm
from portfolios.domain.imports.numbers import BadCell, day_from, number_from, short
from portfolios.domain.imports.tables import MOST_BYTES, FileRefused, Sheet, too_large
from portfolios.domain.orders import (
    HIGHEST_AMOUNT,
    HIGHEST_PRICE,
    MOST_SHARES,
    PRICE_STEP,
    day_fault,
)

SOURCE, LABEL = "finseg", "finseg ledger"
COLUMNS = (
    "sequence", "kind", "symbol", "trade_date", "time", "quantity", "price", "charges", "cash",
    "ratio", "into", "cost_share", "acquired", "fair", "counted_on", "action", "is_sip", "note",
    "key",
)  # fmt: skip
DISMISSED = "dismissed"
"""Kind of a row that is no entry: an action of the market the investor does not want booked."""
_LIMITS = {
    "quantity": (Decimal(MOST_SHARES), Decimal(1)),
    "price": (HIGHEST_PRICE, PRICE_STEP),
    "fair": (HIGHEST_PRICE, PRICE_STEP),
    "charges": (HIGHEST_AMOUNT, PAISA),
    "cash": (HIGHEST_AMOUNT, PAISA),
    "cost_share": (Decimal(1), FINEST),
}
_LENGTHS = {"symbol": 30, "into": 30, "action": 80, "note": 200, "key": 64}
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d")


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with what the ledger keeps beside it."""

    entry: Entry
    key: str = ""
    note: str = ""
    is_sip: bool = False


def table_of(lines: Iterable[Line], dismissed: Iterable[str] = ()) -> list[list[str]]:
    """Rows of text below `COLUMNS`: every field of every entry, then what is not to be booked."""
    rows = [_row(line) for line in lines]
    for action in dismissed:
        rows.append([{"kind": DISMISSED, "action": action}.get(name, "") for name in COLUMNS])
    return rows


def read_json(data: bytes) -> list[Sheet]:
    """The table in a JSON export.

    Raises
    ------
    FileRefused
        For any other JSON.
    """
    if len(data) > MOST_BYTES:
        raise too_large()
    try:
        rows = orjson.loads(data)["entries"]
        table = [[_text(row.get(name)) for name in COLUMNS] for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise FileRefused("The file is no ledger exported here.") from None
    return [Sheet("", [list(COLUMNS), *table])]


def head_of(sheets: Sequence[Sheet]) -> tuple[Sheet, int] | None:
    """Where an exported ledger begins; None if there is none."""
    wanted = {norm(name) for name in COLUMNS}
    for sheet in sheets:
        for at, row in enumerate(sheet.rows[:10]):
            if wanted <= {norm(cell) for cell in row}:
                return sheet, at
    return None


def read_ledger(sheet: Sheet, at: int) -> Reading:
    """Candidates with their whole entries from an exported ledger."""
    reading = Reading(SOURCE, LABEL, "ledger")
    heads = [norm(head) for head in sheet.rows[at]]
    places = [(name, heads.index(norm(name))) for name in COLUMNS]
    for number, row in enumerate(sheet.rows[at + 1 :], start=at + 2):
        if not any(row):
            continue
        cells = {name: row[i] if i < len(row) else "" for name, i in places}
        try:
            _check_lengths(cells)
            if cells["kind"] == DISMISSED:
                reading.dismissed.append(cells["action"])
                continue
            reading.candidates.append(_candidate(number, cells))
        except (BadCell, LedgerError) as fault:
            text = short(", ".join(cell for cell in row if cell), 80)
            reading.refused.append(Refused(number, str(fault), text))
    return reading


def _candidate(number: int, cells: dict[str, str]) -> Candidate:
    entry = _entry(cells)
    return Candidate(
        number, entry.kind, entry.quantity, entry.price, entry.day,
        symbol=entry.symbol, entry=entry, key=cells["key"], note=cells["note"],
        is_sip=cells["is_sip"].lower() in ("true", "1", "yes"),
    )  # fmt: skip


def _entry(cells: dict[str, str]) -> Entry:
    if cells["kind"] not in KINDS:
        raise BadCell(f"A ledger knows no “{short(cells['kind'])}”.")
    numbers = {name: _number(name, cells[name]) for name in _LIMITS}
    if cells["time"] and not _CLOCK.fullmatch(cells["time"]):
        raise BadCell(f"“{short(cells['time'])}” is not a time.")
    day = _day(cells["trade_date"])
    if day is None:
        raise BadCell("There is no date.")
    return Entry(
        kind=cells["kind"],  # type: ignore[arg-type]
        symbol=cells["symbol"],
        day=day,
        ratio=_ratio(cells["ratio"]),
        into=cells["into"],
        acquired=_day(cells["acquired"]),
        counted_on=_day(cells["counted_on"]),
        time=cells["time"],
        action=cells["action"],
        **numbers,  # type: ignore[arg-type]
    )


def _number(name: str, text: str) -> Decimal:
    value = number_from(text) if text else ZERO
    most, step = _LIMITS[name]
    if not 0 <= value <= most:
        raise BadCell(f"The {name.replace('_', ' ')} lies between 0 and {most:,}.")
    if value != value.quantize(step):
        raise BadCell(f"The {name.replace('_', ' ')} has more decimals than are kept.")
    return value.quantize(step)


def _ratio(text: str) -> Fraction | None:
    if not text:
        return None
    try:
        ratio = ratio_from(text)
    except ValueError:
        raise BadCell(f"“{short(text)}” is not a ratio such as 3 to 2.") from None
    if ratio is None:
        raise BadCell("The ratio lies above 0 and at most at 1,000.")
    return ratio


def _day(text: str) -> date | None:
    if not text:
        return None
    day = day_from(text)
    fault = day_fault(day, None)
    if fault:
        raise BadCell(fault)
    return day


def _check_lengths(cells: dict[str, str]) -> None:
    for name, most in _LENGTHS.items():
        if len(cells[name]) > most or not cells[name].isprintable():
            raise BadCell(f"The {name} has more than {most} letters, or some that are none.")


def _row(line: Line) -> list[str]:
    entry = line.entry
    shown: dict[str, Any] = {
        "sequence": entry.sequence, "kind": entry.kind, "symbol": entry.symbol,
        "trade_date": entry.day, "time": entry.time, "quantity": entry.quantity,
        "price": entry.price, "charges": entry.charges, "cash": entry.cash,
        # A spreadsheet makes a date of 3/2 and a time of 3:2.
        "ratio": f"{entry.ratio.numerator} to {entry.ratio.denominator}" if entry.ratio else "",
        "into": entry.into, "cost_share": entry.cost_share, "acquired": entry.acquired,
        "fair": entry.fair, "counted_on": entry.counted_on, "action": entry.action,
        "is_sip": line.is_sip, "note": line.note, "key": line.key,
    }  # fmt: skip
    return [_text(shown[name]) for name in COLUMNS]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)
