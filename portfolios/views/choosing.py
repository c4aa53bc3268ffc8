"""Several portfolios: choose, open, name and close them."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import investor_required, rate_limited
from portfolios.forms.asking import NameForm
from portfolios.queries import (
    CHOSEN,
    chosen_portfolio,
    closed_portfolios_of,
    own_portfolio,
    portfolios_of,
    valuations_of,
)
from portfolios.services import (
    EntryRefused,
    close_portfolio,
    create_portfolio,
    rename_portfolio,
    reopen_portfolio,
)


@investor_required
@require_safe
def listing(request):
    """All portfolios of the investor, with what names and opens them."""
    return _page(request, NameForm())


@investor_required
@require_POST
def choose(request):
    """Show another portfolio from now on."""
    portfolio = _own(request)
    request.session[CHOSEN] = str(portfolio.pk)
    back = request.POST.get("next", "")
    local = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return redirect(back if local else "portfolios:overview")


@investor_required
@rate_limited("portfolio", limit=20)
@require_POST
def create(request):
    """Open a portfolio and show it."""
    form = NameForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    known = {portfolio.pk for portfolio in portfolios_of(request.user)}
    try:
        portfolio = create_portfolio(investor=request.user, **form.cleaned_data)
    except EntryRefused as refused:
        form.add_error(refused.field, str(refused))
        return _page(request, form, status=422)
    if portfolio.pk in known:
        form.add_error("name", f"You have a portfolio named “{portfolio.name}” already.")
        return _page(request, form, status=422)
    request.session[CHOSEN] = str(portfolio.pk)
    messages.success(request, f"“{portfolio.name}” is open. What you record now goes into it.")
    return redirect("portfolios:overview")


@investor_required
@rate_limited("portfolio", limit=20)
@require_POST
def rename(request):
    """Give a portfolio another name."""
    portfolio = _own(request)
    try:
        rename_portfolio(portfolio=portfolio, name=request.POST.get("name", ""))
    except EntryRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"The portfolio is named “{portfolio.name}” now.")
    return redirect("portfolios:all")


@investor_required
@rate_limited("portfolio", limit=20)
@require_POST
def close(request):
    """Put a portfolio away that holds nothing."""
    portfolio = _own(request)
    try:
        close_portfolio(portfolio=portfolio)
    except EntryRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"“{portfolio.name}” is closed. Its ledger is kept.")
    return redirect("portfolios:all")


@investor_required
@rate_limited("portfolio", limit=20)
@require_POST
def reopen(request):
    """Take a closed portfolio out again, and show it."""
    key = request.POST.get("portfolio")
    closed = {str(each.pk): each for each in closed_portfolios_of(request.user)}
    if key not in closed:
        raise Http404("You have no such closed portfolio.")
    portfolio = reopen_portfolio(portfolio=closed[key])
    request.session[CHOSEN] = str(portfolio.pk)
    messages.success(request, f"“{portfolio.name}” is open again.")
    return redirect("portfolios:all")


def portfolio_to_write(request):
    """The portfolio shown, opened if the investor has none yet."""
    shown = chosen_portfolio(request.user, request.session)
    return shown or create_portfolio(investor=request.user)


def _own(request):
    portfolio = own_portfolio(request.user, request.POST.get("portfolio"))
    if portfolio is None:
        raise Http404("You have no such portfolio.")
    return portfolio


def _page(request, form, *, status=200):
    portfolios = list(portfolios_of(request.user))
    valued = valuations_of(portfolios)
    context = {
        "form": form,
        "portfolios": portfolios,
        "rows": list(zip(portfolios, valued, strict=True)),
        "together": _together(valued) if len(valued) > 1 else None,
        "empty": [each for each in portfolios if not each.positions],
        "closed": closed_portfolios_of(request.user),
        "chosen": chosen_portfolio(request.user, request.session),
    }
    return render(request, "portfolios/all.html", context, status=status)


def _together(valued):
    """Sums over portfolios; not a number where one of them cannot be valued."""
    return {
        "value": sum(each.value.value for each in valued),
        "profit": sum(each.total.value for each in valued),
    }
