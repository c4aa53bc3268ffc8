"""Files on their way into a ledger: taken in, kept while they are looked at, and forgotten."""

import zlib
from datetime import timedelta

import orjson
from django.utils import timezone

from portfolios.domain.imports import ledger_file
from portfolios.domain.imports.numbers import short
from portfolios.domain.imports.tables import (
    MOST_BYTES,
    FileRefused,
    Sheet,
    check_kind,
    is_statement,
    read_tables,
    too_large,
)
from portfolios.models import ImportBatch, ImportState
from portfolios.services.statements import parse_statement

KEPT = timedelta(days=7)
MOST_STAGED = 10
MANY_ROWS = 2_000
MANY_BYTES = 150_000
"""A file of more is read in the background: about as many rows."""


class ImportRefused(ValueError):
    """Something about an import that cannot be; nothing was changed."""


class PricesInDoubt(ImportRefused):
    """Prices far from the market's that nobody confirmed; nothing was booked."""


class Overtaken(Exception):
    """Somebody else works on the batch, or its owner went on or forgot it."""


def stage_import(*, portfolio, name, data, password="") -> ImportBatch:
    """Take a file in. Nothing is booked, and it is forgotten after `KEPT`.

    Parameters
    ----------
    portfolio : Portfolio
    name : str
        Of the file; shown, and not believed.
    data : bytes
    password : str
        Of a statement's PDF.

    Returns
    -------
    ImportBatch
        Waiting for `work_on`.

    Raises
    ------
    FileRefused
        For a file that is empty, too large or plainly no table, or a statement that cannot be
        opened.
    """
    if len(data) > MOST_BYTES:
        raise too_large()
    if not data:
        raise FileRefused("The file is empty.")
    check_kind(data)
    forget_expired()
    is_read = is_statement(data)
    if is_read:
        data = packed({"statement": parse_statement(data=data, password=password)})
    batch = ImportBatch.objects.create(
        investor_id=portfolio.investor_id,
        investor_number=portfolio.investor_number,
        portfolio=portfolio,
        name=short(name, 100) or "file",
        file=data,
        is_read=is_read,
        expires_at=timezone.now() + KEPT,
    )
    own = ImportBatch.objects.filter(investor_id=portfolio.investor_id).exclude(
        state=ImportState.COMMITTED
    )
    old = list(own.values_list("pk", flat=True)[MOST_STAGED:])
    ImportBatch.objects.filter(pk__in=old).delete()
    return batch


def is_long(batch) -> bool:
    """Whether work on a batch belongs in the background."""
    if batch.is_read:
        return batch.rows > MANY_ROWS
    return len(batch.file or b"") > MANY_BYTES


def sheets_of(batch) -> list[Sheet]:
    """The tables of a batch, empty for a statement."""
    if not batch.file:
        return []
    if not batch.is_read:
        return read_file(bytes(batch.file))
    return [Sheet(name, rows) for name, rows in unpacked(batch.file).get("sheets", ())]


def read_file(data) -> list[Sheet]:
    """The tables of a file of any kind that is taken."""
    if data[:64].lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        return ledger_file.read_json(data)
    return read_tables(data)


def plan_of(batch) -> dict:
    """What a batch would do, as the page shows it (`domain.imports.shown`)."""
    # Plans kept by an earlier version of this software know no doubts, and nothing set aside.
    return {"doubtful": [], "aside": []} | unpacked(batch.plan) if batch.plan else {}


def forget_import(*, batch) -> bool:
    """Delete a batch with all that was read of it; False while it is being booked."""
    own = ImportBatch.objects.filter(pk=batch.pk)
    return bool(own.exclude(state=ImportState.COMMITTING).delete()[0])


def forget_expired() -> int:
    """Delete batches past their time; what was booked of them stays."""
    return ImportBatch.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def claim(batch, former, state, *, seen=None, **fields) -> bool:
    """Take a batch from one state to the next, unless another request was there first.

    `seen` is when it had last changed as it was read: what changed since is not taken.
    """
    own = ImportBatch.objects.filter(pk=batch.pk, state=former)
    if seen is not None:
        own = own.filter(changed_at=seen)
    fields |= {"state": state, "done": 0, "words": "", "changed_at": timezone.now()}
    if not own.update(**fields):
        return False
    for name, value in fields.items():
        setattr(batch, name, value)
    return True


def close(batch, state, words):
    """End a batch: what was read of it goes, what became of it stays."""
    store(
        batch, state=state, words=words[:300], file=None, plan=None, choices={}, done=100,
        added=batch.added, counts=batch.counts,
    )  # fmt: skip


def store(batch, **fields):
    """Change a batch here and in the database.

    Raises
    ------
    Overtaken
        If it is not as it was left here: nothing was changed.
    """
    fields["changed_at"] = timezone.now()
    own = ImportBatch.objects.filter(pk=batch.pk, state=batch.state, changed_at=batch.changed_at)
    if not own.update(**fields):
        raise Overtaken
    for name, value in fields.items():
        setattr(batch, name, value)


def packed(value) -> bytes:
    """A value as a batch keeps it."""
    return zlib.compress(orjson.dumps(value), 1)


def unpacked(data) -> dict:
    """What `packed` made bytes of."""
    return orjson.loads(zlib.decompress(bytes(data)))
