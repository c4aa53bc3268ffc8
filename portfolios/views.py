"""Pages of a portfolio, and of customers' portfolios for bank staff."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.audit import record_look
from accounts.permissions import (
    investor_required,
    is_staff,
    may_see_personal_data,
    rate_limited,
    staff_required,
)
from market.queries import instruments, latest_quotes, market_status
from portfolios.analysis import performance_of, quotes_for
from portfolios.domain.orders import price_warning, session_warning
from portfolios.domain.splits import factor
from portfolios.forms import TradeForm, YearForm, seal, unseal
from portfolios.ledgers import trades_of
from portfolios.models import Portfolio, Transaction
from portfolios.overview import overview_facts
from portfolios.queries import (
    RANKINGS,
    day_range,
    latest_trade_date,
    portfolio_count,
    portfolio_of,
    sessions_around,
    top_portfolios,
    worst_portfolios,
)
from portfolios.services import (
    PortfolioBusy,
    TradeRefused,
    book_with,
    portfolio_for,
    record_trade,
)
from portfolios.splits import known_splits, scaled

PAGE = 50
RANKED = 25
MINIMUMS = (0, 10_000, 100_000, 1_000_000)


@login_required
@require_GET
def overview(request):
    """The investor's own portfolio, or what to do to have one; staff see their customers'."""
    if is_staff(request.user):
        return redirect("portfolios:customers")
    return _overview(request, portfolio_of(request.user), own=True)


def _overview(request, portfolio, *, own):
    trades = trades_of(portfolio) if portfolio else []
    context = {"portfolio": portfolio, "own": own, "status": market_status(), "tab": "overview"}
    if not trades:
        return render(request, "portfolios/empty.html", context)
    quotes = quotes_for(trades)
    performance = performance_of(portfolio, trades=trades, quotes=quotes)
    year = YearForm(request.GET)
    context |= overview_facts(
        portfolio,
        trades,
        quotes,
        performance,
        year=year.cleaned_data["year"] if year.is_valid() else None,
    )
    return render(request, "portfolios/overview.html", context)


@investor_required
@require_GET
def transactions(request):
    """The ledger, newest first."""
    portfolio = portfolio_of(request.user)
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
        initial = {"trade_date": latest, "side": "buy", **_price_of(fields), **fields}
        return _trade_form(request, TradeForm(initial=initial, latest_day=latest))
    form = TradeForm(request.POST, latest_day=latest)
    if "edit" in request.POST:
        fields, _ = unseal(request.POST["edit"], user=request.user)
        return _trade_form(request, TradeForm(initial=fields or {}, latest_day=latest))
    if not form.is_valid():
        return _trade_form(request, form, status=422)
    portfolio = portfolio_of(request.user)
    try:
        after = book_with(portfolio, form.trade)
    except TradeRefused as refused:
        form.add_error(refused.field, str(refused))
        return _trade_form(request, form, status=422)
    booked = form.trade
    (now,) = scaled([booked])
    low, high = day_range(booked.symbol, booked.day)
    before = book_with(portfolio)
    return render(
        request,
        "portfolios/preview.html",
        {
            "trade": booked,
            "now": now if now != booked else None,
            "gross": booked.quantity * booked.price,
            "before": before.positions.get(booked.symbol),
            "after": after.positions[booked.symbol],
            "gain": after.realised - before.realised,
            "warning": price_warning(float(now.price), low, high),
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
        booked = record_trade(
            portfolio=portfolio_for(investor=request.user), **fields, idempotency_key=key
        )
    except (TradeRefused, PortfolioBusy) as refused:
        messages.error(request, str(refused))
        form = TradeForm(initial=fields, latest_day=latest_trade_date())
        return _trade_form(request, form, status=422)
    verb = "Bought" if booked.side == "buy" else "Sold"
    messages.success(
        request,
        f"{verb} {booked.quantity} {booked.symbol} on {booked.trade_date:%d %b %Y}: saved.",
    )
    return redirect("portfolios:overview")


@staff_required
@require_GET
def customers(request):
    """The best and the worst customer portfolios, as last valued; the look is put on record."""
    _require_portfolios(request.user)
    by = request.GET.get("by")
    by = by if by in RANKINGS else RANKINGS[0]
    offered = {str(amount): amount for amount in MINIMUMS}
    minimum = offered.get(request.GET.get("minimum"), MINIMUMS[1])
    best = top_portfolios(RANKED, by=by, minimum=minimum)
    worst = worst_portfolios(RANKED, by=by, minimum=minimum)
    record_look(
        actor=request.user,
        about=ContentType.objects.get_for_model(Portfolio),
        note=f"Looked at the best and worst portfolios by {by}, from {minimum} rupees",
        numbers=sorted({each.investor_number for each in (*best, *worst)}),
        what="Your portfolio's value and return, in a ranking",
        title="best and worst portfolios",
    )
    return render(
        request,
        "portfolios/customers.html",
        {
            "best": best,
            "worst": worst,
            "by": by,
            "minimum": minimum,
            "minimums": MINIMUMS,
            "count": portfolio_count(),
        },
    )


@login_required
@require_GET
def customer(request, number):
    """One customer's portfolio, as the customer sees it; for an investor it does not exist."""
    if not is_staff(request.user):
        raise Http404("No portfolio of this customer.")
    _require_portfolios(request.user)
    owned = Portfolio.objects.filter(investor_number=number)
    portfolio = owned.order_by("created_at").first()
    if portfolio is None:
        raise Http404("No portfolio of this customer.")
    record_look(actor=request.user, about=portfolio)
    return _overview(request, portfolio, own=False)


def _require_portfolios(user):
    if not user.has_perm("portfolios.view_portfolio"):
        raise PermissionDenied("Customers' portfolios need the permission to view portfolios.")
    if not may_see_personal_data(user):
        raise PermissionDenied("Customers' portfolios need the permission for personal data.")
