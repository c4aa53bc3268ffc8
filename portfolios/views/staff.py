"""Customers' portfolios, for bank staff: one, the best and worst, and all of them together."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.audit import record_look
from accounts.permissions import (
    PERSONAL_DATA,
    is_staff,
    may_see_personal_data,
    rate_limited,
    require,
    staff_required,
)
from portfolios.domain import crowds as rule
from portfolios.facts import crowds
from portfolios.facts.periods import MEASURES, PERIODS, Ranking, ranked_over
from portfolios.forms.staff import MINIMUMS, SHARES, ExposureForm, PeriodForm
from portfolios.models import Portfolio
from portfolios.queries import RANKINGS, portfolio_count, top_portfolios, worst_portfolios
from portfolios.views.overview import portfolio_page

RANKED = 25
LISTED = 50
VIEW, EXPORT = "portfolios.view_portfolio", "portfolios.export_exposure"


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
            "tab": "customers",
        },
    )


@staff_required
@require_safe
def periods(request):
    """The best and the worst portfolios over any period; the look is put on record."""
    _require_portfolios(request.user)
    form = PeriodForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    if not asked and set(form.errors) - {"__all__", "first", "last"}:
        return HttpResponse(
            "Portfolios are not ranked that way: the choice is unknown.", status=400
        )
    if asked:
        found = ranked_over(**asked)
    else:
        words = [word for words in form.errors.values() for word in words]
        found = Ranking(reason=" ".join(words))
    if found.counted:
        record_look(
            actor=request.user,
            about=ContentType.objects.get_for_model(Portfolio),
            note=f"Looked at the best and worst portfolios from {found.eve or 'their beginnings'} "
            f"to {found.end} by {asked['by']}, from {asked['minimum']} rupees",
            numbers=found.numbers,
            what="Your portfolio's value and return over a period, in a ranking",
            title="best and worst portfolios",
        )
    context = {
        "found": found,
        "asked": form.data | asked,
        "periods": PERIODS,
        "measures": MEASURES,
        "minimums": MINIMUMS,
        "tab": "periods",
    }
    return render(request, "portfolios/staff/periods.html", context, status=200 if asked else 422)


@staff_required
@require_safe
def concentration(request):
    """How much of all customers' money hangs on one stock or sector: sums and counts alone."""
    require(request.user, VIEW)
    book = crowds.whole_book()
    named = may_see_personal_data(request.user)
    context = {"tab": "concentration", "book": book, "rule": rule, "named": named}
    if book is not None:
        context["found"] = crowds.concentration_of(book, all_crowds=named)
    return render(request, "portfolios/staff/concentration.html", context)


@staff_required
@require_safe
def exposure(request):
    """Customers exposed to a stock or sector, a page at a time; each page is put on record."""
    _require_portfolios(request.user)
    form = ExposureForm(request.GET)
    if not form.is_valid():
        return HttpResponse("Customers are not listed that way: the choice is unknown.", status=400)
    asked = form.cleaned_data
    book = crowds.whole_book()
    found = None
    if book is not None and asked["of"]:
        found = crowds.exposure_to(book, asked["of"], by=asked["by"], least=asked["least"])
    page = Paginator(range(len(found) if found is not None else 0), LISTED).get_page(asked["page"])
    places = list(page.object_list)
    rows = [] if found is None else crowds.lines_of(found, places)
    if rows:
        record_look(
            actor=request.user,
            about=ContentType.objects.get_for_model(Portfolio),
            note=f"Looked at who is exposed to {form.name}, {_order(asked)}, page {page.number}",
            numbers=[row.number for row in rows],
            what=f"What you hold of {form.name}, in a list",
            title="exposed customers",
        )
    sectors, stocks = crowds.choices_of(book) if book is not None else ([], [])
    words = {name: asked[name] for name in ("of", "by", "least") if asked[name]}
    return render(
        request,
        "portfolios/staff/exposure.html",
        {
            "book": book,
            "found": found,
            "rows": rows,
            "page": page,
            "asked": asked,
            "name": form.name,
            "sectors": sectors,
            "stocks": stocks,
            "shares": SHARES,
            "query": urlencode(words),
            "may_export": request.user.has_perm(EXPORT),
            "tab": "exposure",
        },
    )


@staff_required
@rate_limited("exposure-export", limit=10)
@require_POST
def exposure_file(request):
    """Everyone exposed, as a file; it is on record before the first line is sent."""
    _require_portfolios(request.user)
    require(request.user, EXPORT)
    form = ExposureForm(request.POST)
    book = crowds.whole_book()
    found = None
    if form.is_valid() and book is not None:
        asked = form.cleaned_data
        found = crowds.exposure_to(book, asked["of"], by=asked["by"], least=asked["least"])
    if found is None or not len(found):
        return HttpResponse("Nobody holds that. Nothing was exported.", status=422)
    record_look(
        actor=request.user,
        about=ContentType.objects.get_for_model(Portfolio),
        note=f"Exported {len(found)} customers exposed to {form.name}, {_order(asked)}, "
        f"at {timezone.localtime():%H:%M:%S}",
        numbers=found.numbers.tolist(),
        what=f"What you hold of {form.name}, in a list that was exported",
        title="exposed customers",
    )
    answer = HttpResponse(crowds.exposure_file(found), content_type="text/csv; charset=utf-8")
    name = "".join(c if c.isalnum() else "-" for c in form.name)
    day = f"{timezone.localtime():%Y-%m-%d-%H%M%S}"
    answer["Content-Disposition"] = f'attachment; filename="finseg-exposure-{name}-{day}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def _order(asked):
    return f"by {asked['by']}, from {asked['least']:.0%} of their money"


@login_required
@require_GET
def customer(request, number):
    """One customer's portfolio, as the customer sees it; for an investor it does not exist.

    The one whose key stands in the address as ``portfolio``, as in a ranking; else the oldest.
    """
    if not is_staff(request.user):
        raise Http404("No portfolio of this customer.")
    _require_portfolios(request.user)
    owned = list(Portfolio.objects.filter(investor_number=number).order_by("created_at"))
    key = request.GET.get("portfolio")
    portfolio = next((each for each in owned if key in (None, str(each.pk))), None)
    if portfolio is None:
        raise Http404("No portfolio of this customer.")
    record_look(actor=request.user, about=portfolio)
    others = [each for each in owned if each.pk != portfolio.pk]
    return portfolio_page(request, portfolio, own=False, others=others)


def _require_portfolios(user):
    require(user, VIEW, PERSONAL_DATA)
