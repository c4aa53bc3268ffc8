"""The overview of a portfolio."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.permissions import is_staff
from market.queries import market_status, one_market
from portfolios.analysis import performance_of, quotes_for
from portfolios.facts.overview import overview_facts
from portfolios.forms.asking import YearForm
from portfolios.ledgers import ledger_of
from portfolios.queries import chosen_portfolio


@login_required
@require_GET
def overview(request):
    """The investor's own portfolio, or what to do to have one; staff see their customers'."""
    if is_staff(request.user):
        return redirect("portfolios:customers")
    return portfolio_page(request, chosen_portfolio(request.user, request.session), own=True)


@one_market()
def portfolio_page(request, portfolio, *, own, others=()):
    """A portfolio's overview as its owner sees it.

    `own` is False for the bank's staff, who are offered the customer's other portfolios too.
    """
    ledger = ledger_of(portfolio) if portfolio else None
    context = {
        "portfolio": portfolio,
        "own": own,
        "others": others,
        "left_out": ledger.left_out if ledger else (),
        "status": market_status(),
        "tab": "overview",
    }
    if ledger is None or not ledger.flows:
        return render(request, "portfolios/empty.html", context)
    quotes = quotes_for(ledger.flows)
    performance = performance_of(portfolio, flows=ledger.flows, quotes=quotes)
    year = YearForm(request.GET)
    context |= overview_facts(
        portfolio,
        ledger,
        quotes,
        performance,
        year=year.cleaned_data["year"] if year.is_valid() else None,
    )
    return render(request, "portfolios/overview.html", context)
