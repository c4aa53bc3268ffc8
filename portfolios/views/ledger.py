"""The ledger: all entries, what was changed in it, and what the market would book."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import investor_required, rate_limited
from market.queries import one_market
from portfolios.domain.splits import factor
from portfolios.facts.trail import trail
from portfolios.forms.entries import OTHERS
from portfolios.ledgers import ledger_of
from portfolios.models import Kind, LedgerChange, Transaction
from portfolios.queries import chosen_portfolio
from portfolios.services import (
    EntryRefused,
    PortfolioBusy,
    book_due_dividends,
    dismiss_action,
    due_dividends,
    restore_action,
    switch_dividends,
)
from portfolios.splits import known_splits

PAGE = 50


@investor_required
@require_GET
@one_market()
def transactions(request):
    """The ledger, newest first."""
    portfolio = chosen_portfolio(request.user, request.session)
    context = {"portfolio": portfolio, "tab": "transactions", "others": OTHERS}
    rows = Transaction.objects.none()
    if portfolio is not None:
        rows = Transaction.objects.filter(portfolio_id=portfolio.pk)
        named = rows.order_by().values_list("symbol", "into").distinct()
        context |= {
            "symbols": sorted({name for pair in named for name in pair if name}),
            "changes": LedgerChange.objects.filter(portfolio_id=portfolio.pk).count(),
            "due": due_dividends(portfolio),
            "left_out": ledger_of(portfolio).left_out,
            "dismissed": [_action(text) for text in portfolio.dismissed],
        }
    symbol, kind = request.GET.get("symbol", "").upper(), request.GET.get("kind", "")
    if symbol:
        rows = rows.filter(Q(symbol=symbol) | Q(into=symbol))
    if kind in Kind:
        rows = rows.filter(kind=kind)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    splits = known_splits()
    for row in page:
        ratio = factor(splits.get(row.symbol, ()), row.counted_on or row.trade_date)
        row.shares_now = float(row.quantity * ratio) if ratio != 1 and row.quantity else None
    context |= {"page": page, "symbol": symbol, "kind": kind, "kinds": Kind.choices}
    return render(request, "portfolios/transactions.html", context)


@investor_required
@require_GET
def changes(request):
    """Every entry that was edited or deleted, newest first."""
    portfolio = chosen_portfolio(request.user, request.session)
    rows = LedgerChange.objects.none()
    if portfolio is not None:
        rows = LedgerChange.objects.filter(portfolio_id=portfolio.pk)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"portfolio": portfolio, "page": page, "rows": trail(page), "tab": "transactions"}
    return render(request, "portfolios/changes.html", context)


@investor_required
@rate_limited("actions", limit=30)
@require_POST
def actions(request):
    """Decide what the market's corporate actions do to the ledger."""
    portfolio = chosen_portfolio(request.user, request.session)
    if portfolio is None:
        raise Http404("You have no portfolio.")
    do = request.POST.get("do", "")
    try:
        if do in ("on", "off"):
            switch_dividends(portfolio, do == "on")
            words = "Dividends the market reports are booked" if do == "on" else "No dividend is"
            messages.success(request, f"{words} from now on{' by itself' * (do == 'off')}.")
        elif do == "book":
            count = book_due_dividends(portfolio)
            messages.success(request, f"{count} dividend{'s' * (count != 1)} booked.")
        elif do == "dismiss":
            _set_aside(request, portfolio, request.POST.get("action", ""))
        elif restore_action(portfolio, request.POST.get("action", "")):
            messages.success(request, "Booked after all.")
        else:
            messages.info(request, "It is no longer set aside; there was nothing to book for it.")
    except (EntryRefused, PortfolioBusy) as refused:
        messages.error(request, str(refused))
    return redirect("portfolios:transactions")


def _set_aside(request, portfolio, action):
    """Only what is left out can be set aside here; what is booked is deleted."""
    if any(each.entry.action == action for each in ledger_of(portfolio).left_out):
        dismiss_action(portfolio=portfolio, action=action)
        messages.success(request, "Set aside. Your entries are as they were.")
    else:
        messages.info(request, "There is no such split left out any more. Nothing was changed.")


def _action(text):
    """An action's key in parts: what it is, stock, ex-date, value; the key itself last."""
    kind, symbol, day, value = (*text.split(" "), "", "", "")[:4]
    return {"kind": kind, "symbol": symbol, "day": day, "value": value, "key": text}
