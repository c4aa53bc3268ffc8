"""Write a note beside an entry of the ledger."""

from django.db import DatabaseError
from django_mongodb_backend.transaction import atomic
from pymongo.errors import PyMongoError

from portfolios.ledgers import ENTRY_FIELDS, entry_of
from portfolios.models import LedgerChange, Transaction
from portfolios.services.entries import as_kept
from portfolios.services.writing import EntryRefused, PortfolioBusy, attempts, may_try_again

LONGEST_NOTE = 200


def change_note(*, portfolio, pk, note, by) -> bool:
    """Put a note in the place of the former one, which is kept in the trail; empty removes it.

    No share and no rupee depends on it, so the ledger's version stays.

    Returns
    -------
    bool
        Whether anything was written: False where the note is as it was.

    Raises
    ------
    EntryRefused
        For one that is too long, or an entry that was deleted or noted from somewhere else.
    PortfolioBusy
        Others wrote to the entry all the while.
    """
    note = " ".join(str(note).split())
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise EntryRefused(f"A note has at most {LONGEST_NOTE} characters.", field="note")
    if portfolio.closed_at is not None:
        raise EntryRefused("The portfolio is closed: open it again first.")
    for _ in attempts():
        try:
            return _write(portfolio, pk, note, by)
        except (DatabaseError, PyMongoError) as error:
            if not may_try_again(error):
                raise
    raise PortfolioBusy


def _write(portfolio, pk, note, by) -> bool:
    own = Transaction.objects.filter(portfolio_id=portfolio.pk, pk=pk)
    former = own.values_list("note", *ENTRY_FIELDS).first()
    if former is None:
        raise EntryRefused("This entry is not in the ledger any more.")
    before, entry = former[0], entry_of(*former[1:])
    if note == before:
        return False
    plain = as_kept(entry)
    with atomic():
        if not own.filter(note=before).update(note=note):
            raise EntryRefused("The entry was changed from somewhere else: try again.")
        LedgerChange.objects.create(
            portfolio=portfolio,
            investor_number=portfolio.investor_number,
            sequence=entry.sequence,
            action="edited",
            by=by,
            before=plain | {"note": before},
            after=plain | {"note": note},
        )
    return True
