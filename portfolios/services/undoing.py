"""Take an import back: its entries leave the ledger together, or none of them does."""

from contextlib import suppress

from portfolios.models import ImportBatch, ImportState, Transaction
from portfolios.services.entries import change_of
from portfolios.services.staging import ImportRefused, Overtaken, store
from portfolios.services.writing import EntryRefused, Plan, PortfolioBusy, write_ledger


def undo_import(*, batch, by) -> ImportBatch:
    """Take what a file brought out of the ledger; the trail keeps it, as of every deletion.

    Parameters
    ----------
    batch : ImportBatch
    by : User

    Raises
    ------
    ImportRefused
        If nothing of it is booked, or the ledger would not hold, such as where shares that it
        brought were sold since.
    """
    if batch.state != ImportState.COMMITTED:
        raise ImportRefused("Nothing of this file is booked: there is nothing to take back.")
    gone = 0

    def plan_of(current, entries):
        nonlocal gone
        own = Transaction.objects.filter(portfolio_id=current.pk, batch=str(batch.pk))
        removed = entries.keys() & set(own.values_list("pk", flat=True))
        gone = len(removed)
        changes = [change_of(current, entries[pk], None, by) for pk in removed]
        return Plan(removed=removed, changes=changes) if removed else None

    try:
        write_ledger(batch.portfolio, plan_of)
    except (EntryRefused, PortfolioBusy) as refused:
        raise ImportRefused(f"{refused} Nothing was taken back.") from None
    what = "1 entry was" if gone == 1 else f"{gone:,} entries were"
    words = f"{what} taken out of the ledger; its trail keeps what goes."
    if not gone:  # by a try that could not say so any more, or one by one
        words = "Nothing of it was in the ledger any more; its trail keeps what goes."
    try:
        store(batch, state=ImportState.UNDONE, words=words, added=0)
    except Overtaken:  # taken back in another window as well, or forgotten
        with suppress(ImportBatch.DoesNotExist):
            batch.refresh_from_db()
    return batch
