"""A customer's data as one file: a JSON of everything, and a CSV of each table, in a ZIP."""

import csv
import io
import tempfile
import zipfile
from datetime import date, datetime
from decimal import Decimal

import orjson
from asgiref.sync import sync_to_async

from segmentation.domain.campaigns import safe

IN_MEMORY = 4 * 1024 * 1024
CHUNK = 64 * 1024


def write_export(tables, *, number: int, at: datetime):
    """Write a ZIP of all tables; a large one lies on disk, not in memory.

    Parameters
    ----------
    tables : dict of str to list of dict
    number : int
        Customer number.
    at : datetime

    Returns
    -------
    file
        Open, at its beginning; the caller closes it.
    """
    file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (the caller closes it)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        everything = {"customer": f"C-{number}", "written_at": at, **tables}
        archive.writestr(
            "everything.json",
            orjson.dumps(everything, default=_written, option=orjson.OPT_INDENT_2),
        )
        for name, rows in tables.items():
            if rows:
                archive.writestr(f"{name.replace(' ', '-')}.csv", _csv(rows))
    file.seek(0)
    return file


async def chunks(file):
    """The file in pieces, closed at the end: what a streamed answer is made of."""
    read = sync_to_async(file.read)
    try:
        while piece := await read(CHUNK):
            yield piece
    finally:
        file.close()


def _csv(rows) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return text.getvalue()


def _cell(value):
    if isinstance(value, list | dict):
        return orjson.dumps(value, default=_written).decode()
    if isinstance(value, str):
        return safe(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def _written(value):
    return str(value) if isinstance(value, Decimal) else repr(value)
