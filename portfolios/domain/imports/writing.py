"""A ledger's table as CSV, XLSX or JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import orjson
from openpyxl import Workbook

from portfolios.domain.imports.ledger_file import COLUMNS

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
"""Formats and their content types."""


def write_table(rows: Sequence[Sequence[str]], kind: str) -> bytes:
    """The file of a table below `ledger_file.COLUMNS`; `kind` is one of `KINDS`."""
    if kind == "json":
        entries = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        return orjson.dumps(
            {"format": "finseg ledger", "entries": entries}, option=orjson.OPT_INDENT_2
        )
    safe = (([_safe(cell) for cell in row]) for row in rows)
    return _xlsx(safe) if kind == "xlsx" else _csv(safe)


def _safe(cell: str) -> str:
    """A text that a spreadsheet takes for a formula, marked as text; importing takes it off."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "'") else cell


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")  # Excel reads UTF-8 only with a mark


def _xlsx(rows: Iterable[Sequence[str]]) -> bytes:
    """Cells are text, as the table has them: a spreadsheet's own numbers lose digits."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Ledger")
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
