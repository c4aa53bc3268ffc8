"""Entries of the ledger: typed, previewed, confirmed, and changed the same way."""

from fractions import Fraction

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import investor_required, rate_limited
from market.queries import instruments, latest_quotes
from portfolios.domain.changes import change_of
from portfolios.domain.charges import broker_plans, charges_of_trade, depository_paid
from portfolios.domain.intraday import intraday_of
from portfolios.domain.orders import session_warning
from portfolios.domain.splits import factor
from portfolios.facts.tax import sale_tax
from portfolios.forms.entries import OTHERS, TRADES, form_for
from portfolios.forms.sealing import seal, unseal
from portfolios.ledgers import entries_of
from portfolios.models import Kind
from portfolios.prices import price_doubts
from portfolios.queries import (
    chosen_portfolio,
    latest_trade_date,
    own_portfolio,
    sessions_around,
)
from portfolios.services import (
    EntryRefused,
    PortfolioBusy,
    book_with,
    edit_entry,
    entry_from,
    record_entry,
)
from portfolios.splits import known_splits
from portfolios.views.choosing import portfolio_to_write
from portfolios.views.standing import own_row

GONE = "The preview has run out. Nothing was saved: enter it once more."


@investor_required
@rate_limited("trade-preview", limit=60)
@require_http_methods(["GET", "POST"])
def trade(request):
    """The form of a buy or sell, and the preview that nothing is written before."""
    return _entering(request, TRADES)


@investor_required
@rate_limited("trade-preview", limit=60)
@require_http_methods(["GET", "POST"])
def entry(request):
    """The same for every other kind of entry."""
    return _entering(request, OTHERS)


@investor_required
@rate_limited("trade-preview", limit=60)
@require_http_methods(["GET", "POST"])
def edit(request, pk):
    """The form of an entry that stands in the ledger, and what changing it would do."""
    row = own_row(request, pk)
    return _entering(request, TRADES if row.kind in TRADES else (row.kind,), row)


def _entering(request, kinds, row=None):
    if request.method == "GET":
        return _form_page(request, _fresh_form(request, kinds, row), row)
    fields = None
    if "sealed" in request.POST:
        fields, where, _ = unseal(request.POST["sealed"], user=request.user)
        if fields is None:
            messages.error(request, GONE)
            return redirect(request.path)
        fields["note"] = where["note"]
        if "plan" not in request.POST:  # "Change it"
            form = form_for(fields["kind"], initial=fields, **_settings(row))
            return _form_page(request, form, row)
        fields["charges"] = _offered(request, row, fields, request.POST["plan"])
    typed = fields or request.POST
    kind = typed.get("kind")
    form = form_for(kind if kind in kinds else kinds[0], typed, **_settings(row))
    if not form.is_valid():
        return _form_page(request, form, row, status=422)
    return _preview(request, form, row)


def _settings(row):
    return {"latest_day": latest_trade_date(), "with_note": row is None}


def _fresh_form(request, kinds, row):
    """The form as it opens: with what a link names, or with the entry as it stands."""
    if row is not None:
        names = form_for(row.kind, with_note=False).fields
        return form_for(row.kind, initial=_typed(row, names), **_settings(row))
    kind = request.GET.get("kind") or request.GET.get("side")
    kind = kind if kind in kinds else kinds[0]
    settings = _settings(row)
    names = form_for(kind).fields
    asked = {name: request.GET[name] for name in names if name in request.GET}
    initial = {"trade_date": settings["latest_day"], **asked, "kind": kind}
    if kind in TRADES:
        initial = {**_price_of(asked), **initial}
    return form_for(kind, initial=initial, **settings)


def _typed(row, names):
    """The fields of an entry as they would be typed."""
    initial = {name: getattr(row, name) for name in names}
    for name in {"price", "charges", "cash", "cost_share"} & initial.keys():
        initial[name] = f"{initial[name].normalize():f}" if initial[name] else ""
    if row.kind == Kind.DIVIDEND and not row.cash:  # so much a share: what it came to
        initial["cash"] = row.paid + row.charges
    return initial


def _price_of(fields):
    """The latest price of the stock a link came with, as a first guess."""
    quote = latest_quotes([fields["symbol"]]).get(fields["symbol"]) if "symbol" in fields else None
    return {"price": f"{quote.price:.2f}"} if quote else {}


def _offered(request, row, fields, plan):
    """Charges of a trade by a broker's plan, as text; empty if there is no such plan."""
    plans = broker_plans()
    if plan not in plans or fields.get("kind") not in TRADES:
        return ""
    try:
        typed = {name: value for name, value in fields.items() if name not in ("note", "charges")}
        trade = entry_from(**typed)
    except EntryRefused:
        return ""  # the form says what is wrong with it
    others = _others(_portfolio_of(request, row), row)
    return str(_charges(trade, others, plans[plan]).total)


def _others(portfolio, row):
    """The ledger without the entry that is being changed."""
    entries = entries_of(portfolio) if portfolio else []
    return [each for each in entries if row is None or each.sequence != row.sequence]


def _charges(trade, others, plan):
    """What a broker takes for a trade beside those of its day."""
    of_day = [each for each in others if each.day == trade.day]
    squared, paid = _squared(trade, of_day), depository_paid(of_day)
    return charges_of_trade(trade, squared, plan=plan, paid=paid)


def _squared(trade, others):
    """Shares of a trade that were bought and sold on its day."""
    return intraday_of([*others, trade])[-1]


def _form_page(request, form, row=None, *, status=200):
    kind = form["kind"].value() or form.fields["kind"].initial
    context = {
        "form": form,
        "row": row,
        "portfolio": _portfolio_of(request, row),
        "kind": Kind(kind) if kind in Kind else None,
        "others": OTHERS,
        "stocks": [(facts.symbol, facts.name) for facts in instruments()],
        "tab": "transactions",
    }
    return render(request, "portfolios/entry_form.html", context, status=status)


def _preview(request, form, row):
    new = form.entry
    portfolio = _portfolio_of(request, row)
    instead_of = row.sequence if row else None
    try:
        after = book_with(portfolio, new, instead_of=instead_of)
    except EntryRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return _form_page(request, form, row, status=422)
    where = {
        "portfolio": str(portfolio.pk) if portfolio else "",
        "row": str(row.pk) if row else "",
        "note": form.cleaned_data.get("note", ""),
    }
    context = {
        "portfolio": portfolio,
        "entry": new,
        "kind": Kind(new.kind),
        "row": row,
        "note": where["note"],
        "change": change_of(book_with(portfolio), after),
        "sealed": seal(form.typed(), user=request.user, **where),
        "tab": "transactions",
    }
    if new.kind in TRADES:
        context |= _trade_facts(form, new, _others(portfolio, row))
    return render(request, "portfolios/preview.html", context)


def _trade_facts(form, booked, others):
    """What only a buy or sell has: a price to doubt, charges to offer, tax to expect."""
    latest = latest_trade_date()
    ratio = factor(known_splits().get(booked.symbol, ()), booked.day)
    price = float(Fraction(booked.price) / ratio)
    now = {"quantity": float(Fraction(booked.quantity) * ratio), "price": price}
    gross = booked.quantity * booked.price
    squared = _squared(booked, others)
    facts = {
        "gross": gross,
        "squared": squared,
        "now": now if ratio != 1 else None,
        "warning": price_doubts([booked])[0],
        "shut": session_warning(booked.day, **sessions_around(booked.day, latest=latest)),
    }
    if form.cleaned_data["charges"] is None:
        facts["offers"] = [
            (plan, _charges(booked, others, plan)) for plan in broker_plans().values()
        ]
    if booked.kind == Kind.SELL:
        facts["tax"] = sale_tax(others, booked)
    return facts


@investor_required
@rate_limited("trade", limit=60)
@require_POST
def confirm(request):
    """Book what was previewed; pressing twice books it once."""
    fields, where, key = unseal(request.POST.get("sealed", ""), user=request.user)
    if fields is None:
        messages.error(request, GONE)
        return redirect("portfolios:trade")
    row = own_row(request, where["row"]) if where["row"] else None
    try:
        if row is not None:
            return _change(request, row, fields)
        return _book(request, fields, where, key)
    except (EntryRefused, PortfolioBusy) as refused:
        messages.error(request, str(refused))
        form = form_for(fields["kind"], initial=fields, **_settings(row))
        return _form_page(request, form, row, status=422)


def _book(request, fields, where, key):
    if where["portfolio"]:
        portfolio = own_portfolio(request.user, where["portfolio"])
    else:
        portfolio = portfolio_to_write(request)
    if portfolio is None:
        raise Http404("You have no such portfolio.")
    booked = record_entry(
        portfolio=portfolio, entry=entry_from(**fields), idempotency_key=key, note=where["note"]
    )
    day = f"{booked.trade_date:%d %b %Y}"
    if booked.kind in TRADES:
        verb = "Bought" if booked.kind == Kind.BUY else "Sold"
        messages.success(request, f"{verb} {booked.quantity} {booked.symbol} on {day}: saved.")
        return redirect("portfolios:overview")
    name = f"{booked.get_kind_display()} {booked.symbol}".strip()
    messages.success(request, f"{name}, {day}: saved.")
    return redirect("portfolios:transactions")


def _change(request, row, fields):
    edit_entry(portfolio=row.portfolio, pk=row.pk, entry=entry_from(**fields), by=request.user)
    messages.success(request, "The entry was changed. What it was before is kept below.")
    return redirect("portfolios:entry_page", pk=row.pk)


def _portfolio_of(request, row):
    return row.portfolio if row else chosen_portfolio(request.user, request.session)
