"""Consolidated account statements, as casparser reads them from their PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from portfolios.domain.imports.candidates import Candidate, Reading, Refused
from portfolios.domain.imports.numbers import BadCell, day_from, number_from, short

SOURCE = "statement"
LABELS = {"NSDL": "NSDL statement", "CDSL": "CDSL statement", "CAMS": "CAMS statement",
          "KFINTECH": "KFintech statement"}  # fmt: skip
FUND = "Units of a mutual fund are no part of a ledger of shares."
BOND = "A bond is no part of a ledger of shares."
PENSION = "A pension account is no part of a ledger of shares."


def read_statement(data: Mapping[str, Any]) -> Reading:
    """Holdings of shares in a statement; funds, bonds and pensions are refused row by row.

    Parameters
    ----------
    data : mapping
        What `casparser.read_cas_pdf` returns, as plain values. Rows are counted from 1 in the
        order of the statement.
    """
    kind = str(data.get("file_type", "")).upper()
    reading = Reading(SOURCE, LABELS.get(kind, "Consolidated statement"), "holdings")
    for row, (what, item) in enumerate(_items(data), start=1):
        name = short(str(item.get("name") or item.get("scheme") or item.get("isin") or ""), 80)
        if what != "equity":
            reading.refused.append(Refused(row, what, name))
            continue
        try:
            reading.candidates.append(_holding(row, item, name))
        except (BadCell, InvalidOperation) as fault:
            reading.refused.append(Refused(row, str(fault), name))
    if reading.candidates:
        reading.notes.append(_cost_note(data))
    reading.notes.extend(short(str(words), 200) for words in data.get("parse_warnings") or ())
    return reading


def _items(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for account in data.get("accounts") or ():
        for equity in account.get("equities") or ():
            yield "equity", equity
        for fund in account.get("mutual_funds") or ():
            yield FUND, fund
        for bond in account.get("bonds") or ():
            yield BOND, bond
    for folio in data.get("folios") or ():
        for scheme in folio.get("schemes") or ():
            yield FUND, scheme
    for scheme in (data.get("nps") or {}).get("schemes") or ():
        yield PENSION, scheme


def _holding(row: int, item: Mapping[str, Any], name: str) -> Candidate:
    quantity = number_from(str(item["num_shares"]))
    price = number_from(str(item["price"]))
    if not quantity > 0:
        raise BadCell("No shares.")
    return Candidate(
        row,
        "transfer_in",
        quantity,
        price.quantize(Decimal("0.0001")),
        symbol=str(item.get("symbol") or "").upper(),
        isin=str(item.get("isin") or "").upper(),
        name=name,
    )


def _cost_note(data: Mapping[str, Any]) -> str:
    until = str((data.get("statement_period") or {}).get("to") or "")
    try:
        until = f"{day_from(until):%d %b %Y}"
    except BadCell:
        until = "its last day"
    return (
        "The statement says what shares were worth, not what they cost: each is taken at its price "
        f"of {until}, and profit counts from there until you put in what you paid."
    )
