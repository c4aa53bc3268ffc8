"""An entry as it stands: looked at, noted beside, deleted."""

from bson import ObjectId
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import investor_required, rate_limited
from portfolios.domain.changes import change_of
from portfolios.facts.trail import trail
from portfolios.models import Kind, LedgerChange, Transaction
from portfolios.services import EntryRefused, PortfolioBusy, book_with, change_note, delete_entry


@investor_required
@require_GET
def entry_page(request, pk):
    """One entry, and what it was before."""
    row = own_row(request, pk)
    made = LedgerChange.objects.filter(portfolio_id=row.portfolio_id, sequence=row.sequence)
    context = {"row": row, "kind": Kind(row.kind), "rows": trail(made), "tab": "transactions"}
    return render(request, "portfolios/entry.html", context)


@investor_required
@rate_limited("trade", limit=60)
@require_POST
def note(request, pk):
    """Change what is noted beside an entry."""
    row = own_row(request, pk)
    try:
        words = request.POST.get("note", "")
        changed = change_note(portfolio=row.portfolio, pk=row.pk, note=words, by=request.user)
    except (EntryRefused, PortfolioBusy) as refused:
        messages.error(request, str(refused))
    else:
        if changed:
            messages.success(request, "The note was saved. What it was before is kept below.")
        else:
            messages.info(request, "The note is as it was: nothing was changed.")
    return redirect("portfolios:entry_page", pk=row.pk)


@investor_required
@rate_limited("trade", limit=60)
@require_http_methods(["GET", "POST"])
def delete(request, pk):
    """What deleting an entry would do, and doing it."""
    row = own_row(request, pk)
    error, status = "", 200
    if request.method == "POST":
        try:
            delete_entry(portfolio=row.portfolio, pk=row.pk, by=request.user)
        except (EntryRefused, PortfolioBusy) as refused:
            error, status = str(refused), 422
        else:
            messages.success(request, "The entry was deleted. It is kept among the changes.")
            return redirect("portfolios:transactions")
    change = None
    if not error:
        try:
            after = book_with(row.portfolio, instead_of=row.sequence)
            change = change_of(book_with(row.portfolio), after)
        except EntryRefused as refused:
            error = str(refused)
    context = {"row": row, "kind": Kind(row.kind), "change": change, "error": error}
    return render(request, "portfolios/delete.html", context, status=status)


def own_row(request, pk):
    """An entry of one of the investor's ledgers; anybody else's does not exist.

    Those of a closed portfolio can be looked at, and the ledger refuses to change.
    """
    own = Transaction.objects.filter(investor_number=request.user.number)
    row = own.filter(pk=pk).first() if ObjectId.is_valid(pk) else None
    if row is None:
        raise Http404("You have no such entry.")
    return row
