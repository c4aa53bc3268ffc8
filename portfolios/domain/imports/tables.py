"""Files in, rows of text out: CSV, TSV and XLSX, with limits that hold before anything is read."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook

from portfolios.domain.imports.kinds import kind_of, kind_of_archive
from portfolios.domain.imports.numbers import short

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 200
MOST_UNPACKED = 64 * 1024 * 1024
"""Bytes that the parts of an XLSX may come to once unpacked."""
MOST_PARTS = 500
LONGEST_CELL = 2_000
GAPS = 4
"""Empty rows an XLSX may hold for each that is allowed."""

_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"
_EMPTY_ZIP = b"PK\x05\x06"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")
# What a spreadsheet would run: a formula, or a call behind a sign. A number may have a sign.
_FORMULA = re.compile(r"[=@\t\r]|[+-].*([A-Za-z]\(|[|!])")


class FileRefused(ValueError):
    """A file that is not taken; the sentence says why. Nothing of it is kept."""

    def __init__(self, message: str):
        super().__init__(f"{message} Nothing was booked.")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it stands in a file; row 1 is the first, cells are stripped."""

    name: str
    rows: list[list[str]]


def is_statement(data: bytes) -> bool:
    """Whether a file is a PDF, which only depositories' statements are read from."""
    return data[:1024].lstrip().startswith(_PDF)


def check_kind(data: bytes) -> None:
    """Refuse what its first bytes show to be no table.

    Raises
    ------
    FileRefused
        Saying what it looks like.
    """
    kind = kind_of(data)
    if kind:
        raise _no_table(kind)


def _no_table(kind: str) -> FileRefused:
    return FileRefused(
        f"The file looks like {kind} and is no table: send a CSV, TSV or XLSX file, or the PDF of "
        "a consolidated statement."
    )


def read_tables(data: bytes) -> list[Sheet]:
    """The tables of a CSV, TSV or XLSX file, told by its content and not by its name.

    Raises
    ------
    FileRefused
        For what is too large, is no such file, or holds formulas.
    """
    if len(data) > MOST_BYTES:
        raise too_large()
    if not data.strip():
        raise FileRefused("The file is empty.")
    if data.startswith((_ZIP, _EMPTY_ZIP)):
        return _xlsx(data)
    check_kind(data)
    if data.startswith(_OLE):
        raise FileRefused(
            "The file is an Excel workbook of the old kind (.xls), or one with a password. "
            "Save it as .xlsx or .csv without a password."
        )
    return [Sheet("", _checked(_delimited(_text(data))))]


def too_large() -> FileRefused:
    return FileRefused(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")


def _text(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or Windows' western encoding."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data[1:200:2].count(0) > 90 * len(data[1:200:2]) // 100:
        encodings = ["utf-16-le"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            break
        return text
    raise FileRefused(
        "The file is no table of text: it holds bytes that are no letters. Save it as CSV in UTF-8."
    )


def _delimited(text: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_mark_of(text))
    try:
        yield from reader
    except csv.Error:
        raise FileRefused(
            f"Row {reader.line_num} cannot be read: a quotation mark may be left open."
        ) from None


def _mark_of(text: str) -> str:
    """What stands between cells: commas, which numbers have as well, unless others are regular."""
    lines = text[:20_000].splitlines()[:60]
    for mark in "\t|;":
        counts = Counter(line.count(mark) for line in lines if line.count(mark) > 1)
        if counts and max(counts.values()) > 1:
            return mark
    return ","


def _xlsx(data: bytes) -> list[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_archive(archive)
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        try:
            return [Sheet(sheet.title, _checked(_cells(sheet))) for sheet in book.worksheets]
        finally:
            book.close()
    except FileRefused:
        raise
    except zipfile.BadZipFile as error:
        raise FileRefused(
            "The file begins like a workbook (.xlsx) and is cut off or damaged: download it, or "
            "save it, once more."
        ) from error
    except Exception as error:  # whatever a damaged or forged workbook makes a reader do
        raise FileRefused(
            "The file is a workbook (.xlsx) that is damaged inside: open it in a spreadsheet and "
            "save it anew, or as CSV."
        ) from error


def _check_archive(archive: zipfile.ZipFile) -> None:
    """Refuse by the archive's directory, before any part is unpacked."""
    parts = archive.infolist()
    if sum(part.file_size for part in parts) > MOST_UNPACKED or len(parts) > MOST_PARTS:
        raise FileRefused(
            f"The workbook would unpack to more than {MOST_UNPACKED // 1024 // 1024} MB."
        )
    if any(part.flag_bits & 1 for part in parts):
        raise FileRefused("The workbook has a password. Save it without one.")
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise _no_table(kind_of_archive(names))
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as file:
                if b"<!DOCTYPE" in file.read(4096):
                    raise FileRefused("The workbook defines entities of its own.")


def _cells(sheet: Any) -> Iterator[list[str]]:
    sheet.reset_dimensions()  # what a file says of its own size is not believed
    for place, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if place > GAPS * MOST_ROWS:
            raise _too_many()
        yield [_shown(value) for value in row]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time.min else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, str | int):
        return str(value)
    return "="  # a formula of several cells


def _checked(rows: Iterable[list[str]]) -> list[list[str]]:
    """Rows within the limits, without trailing empty ones."""
    kept: list[list[str]] = []
    filled = 0
    for place, row in enumerate(rows, start=1):
        cells = [_plain(cell, place) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            raise FileRefused(f"Row {place} has more than {MOST_COLUMNS} columns.")
        filled += bool(cells)
        if filled > MOST_ROWS:
            raise _too_many()
        kept.append(cells)
    while kept and not kept[-1]:
        kept.pop()
    if not kept:
        raise FileRefused("The file is empty.")
    return kept


def _plain(cell: str, row: int) -> str:
    if len(cell) > LONGEST_CELL:
        raise FileRefused(
            f"Row {row} holds a cell of more than {LONGEST_CELL:,} characters: a quotation mark "
            "may be left open."
        )
    if _FORMULA.match(cell.lstrip(" ")):
        raise FileRefused(
            f"Row {row} holds a formula (“{short(cell, 20)}”). Save the file with values alone."
        )
    text = cell.strip()
    # Spreadsheets, and our own export, mark what is to stay text with an apostrophe.
    return text[1:] if text[:1] == "'" else text


def _too_many() -> FileRefused:
    return FileRefused(f"The file has more than {MOST_ROWS:,} rows. Split it, for example by year.")
