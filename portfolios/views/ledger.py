"""The ledger, and the trades recorded in it."""

from fractions import Fraction

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import investor_required, rate_limited
from market.queries import instruments, latest_quotes
from portfolios.domain.orders import price_warning, session_warning
from portfolios.domain.splits import factor
from portfolios.forms import TradeForm, seal, unseal
from portfolios.models import Transaction
from portfolios.queries import chosen_portfolio, day_range, latest_trade_date, sessions_around
from portfolios.services import (
    EntryRefused,
    PortfolioBusy,
    book_with,
    record_trade,
)
from portfolios.splits import known_splits
from portfolios.views.choosing import portfolio_to_write

PAGE = 50


@investor_required
@require_GET
def transactions(request):
    """The ledger, newest first."""
    portfolio = chosen_portfolio(request.user, request.session)
    rows = Transaction.objects.none()
    symbols = []
    symbol = request.GET.get("symbol", "").upper()
    if portfolio is not None:
        rows = Transaction.objects.filter(portfolio_id=portfolio.pk)
        symbols = sorted(set(rows.order_by().values_list("symbol", flat=True)))
        if symbol:
            rows = rows.filter(symbol=symbol)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    splits = known_splits()
    for row in page:
        ratio = factor(splits.get(row.symbol, ()), row.counted_on or row.trade_date)
        row.shares_now = float(row.quantity * ratio) if ratio != 1 else None
    return render(
        request,
        "portfolios/transactions.html",
        {
            "portfolio": portfolio,
            "page": page,
            "symbols": symbols,
            "symbol": symbol,
            "tab": "transactions",
        },
    )


@investor_required
@rate_limited("trade-preview", limit=60)
@require_http_methods(["GET", "POST"])
def trade(request):
    """The form of a trade, and the preview that nothing is written before."""
    latest = latest_trade_date()
    if request.method == "GET":
        fields = {name: request.GET[name] for name in TradeForm.base_fields if name in request.GET}
        initial = {"trade_date": latest, "kind": "buy", **_price_of(fields), **fields}
        return _trade_form(request, TradeForm(initial=initial, latest_day=latest))
    form = TradeForm(request.POST, latest_day=latest)
    if "edit" in request.POST:
        fields, _ = unseal(request.POST["edit"], user=request.user)
        return _trade_form(request, TradeForm(initial=fields or {}, latest_day=latest))
    if not form.is_valid():
        return _trade_form(request, form, status=422)
    portfolio = chosen_portfolio(request.user, request.session)
    try:
        after = book_with(portfolio, form.trade)
    except EntryRefused as refused:
        form.add_error(refused.field, str(refused))
        return _trade_form(request, form, status=422)
    booked = form.trade
    ratio = factor(known_splits().get(booked.symbol, ()), booked.day)
    low, high = day_range(booked.symbol, booked.day)
    before = book_with(portfolio)
    return render(
        request,
        "portfolios/preview.html",
        {
            "trade": booked,
            "now": {
                "quantity": float(Fraction(booked.quantity) * ratio),
                "price": float(Fraction(booked.price) / ratio),
            }
            if ratio != 1
            else None,
            "gross": booked.quantity * booked.price,
            "before": before.positions.get(booked.symbol),
            "after": after.positions[booked.symbol],
            "gain": after.realised - before.realised,
            "warning": price_warning(float(Fraction(booked.price) / ratio), low, high),
            "shut": session_warning(booked.day, **sessions_around(booked.day, latest=latest)),
            "sealed": seal(booked, user=request.user),
            "tab": "transactions",
        },
    )


def _price_of(fields):
    """The latest price of the stock a link came with, as a first guess."""
    quote = latest_quotes([fields["symbol"]]).get(fields["symbol"]) if "symbol" in fields else None
    return {"price": f"{quote.price:.2f}"} if quote else {}


def _trade_form(request, form, *, status=200):
    stocks = [(facts.symbol, facts.name) for facts in instruments()]
    context = {"form": form, "stocks": stocks, "tab": "transactions"}
    return render(request, "portfolios/trade.html", context, status=status)


@investor_required
@rate_limited("trade", limit=60)
@require_POST
def confirm_trade(request):
    """Book the trade that was previewed; pressing twice books it once."""
    fields, key = unseal(request.POST.get("sealed", ""), user=request.user)
    if fields is None:
        messages.error(request, "The preview has run out. Nothing was saved: enter it once more.")
        return redirect("portfolios:trade")
    try:
        booked = record_trade(portfolio=portfolio_to_write(request), **fields, idempotency_key=key)
    except (EntryRefused, PortfolioBusy) as refused:
        messages.error(request, str(refused))
        form = TradeForm(initial=fields, latest_day=latest_trade_date())
        return _trade_form(request, form, status=422)
    verb = "Bought" if booked.kind == "buy" else "Sold"
    messages.success(
        request,
        f"{verb} {booked.quantity} {booked.symbol} on {booked.trade_date:%d %b %Y}: saved.",
    )
    return redirect("portfolios:overview")
