"""Customers' portfolios, for bank staff."""

from django.contrib.auth.decorators import login_required
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.audit import record_look
from accounts.permissions import is_staff, may_see_personal_data, staff_required
from portfolios.models import Portfolio
from portfolios.queries import RANKINGS, portfolio_count, top_portfolios, worst_portfolios
from portfolios.views.overview import portfolio_page

RANKED = 25
MINIMUMS = (0, 10_000, 100_000, 1_000_000)


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
    return portfolio_page(request, portfolio, own=False)


def _require_portfolios(user):
    if not user.has_perm("portfolios.view_portfolio"):
        raise PermissionDenied("Customers' portfolios need the permission to view portfolios.")
    if not may_see_personal_data(user):
        raise PermissionDenied("Customers' portfolios need the permission for personal data.")
