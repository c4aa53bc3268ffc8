"""The tax page and its parts: a year's gains, a stock's open lots, and a year for the return."""

import csv
from decimal import Decimal
from io import StringIO
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portfolios.domain.open_lots import by_stock
from portfolios.domain.schedule_112a import SCHEDULE_112A, schedule_112a
from portfolios.facts.tax import names_and_isins, tax_facts
from portfolios.forms.asking import YearForm
from portfolios.queries import valuation_of
from portfolios.views.analysis import with_portfolio

ROWS = 50
"""Gains, or lots, shown at a time."""


@with_portfolio("tax")
def tax(request, portfolio, ledger, quotes, context):
    """Capital gains by financial year, and what a sale of today would be taxed."""
    facts = _facts(portfolio, ledger, quotes)
    context |= {"facts": facts, "stocks": by_stock(facts.lots)}
    context |= _gains(request, facts) | _lots(request, facts)
    return render(request, "portfolios/tax.html", context)


@with_portfolio(None)
def gains(request, portfolio, ledger, quotes, context):
    """What was gained and taxed in one year."""
    context |= _gains(request, _facts(portfolio, ledger, quotes))
    return render(request, "portfolios/_tax_gains.html", context)


@with_portfolio(None)
def lots(request, portfolio, ledger, quotes, context):
    """The lots of one stock that are not yet sold."""
    context |= _lots(request, _facts(portfolio, ledger, quotes))
    return render(request, "portfolios/_tax_lots.html", context)


@with_portfolio("tax")
def export(request, portfolio, ledger, quotes, context, year):
    """Schedule 112A of one financial year as CSV."""
    facts = tax_facts(ledger.taxed, {}, timezone.localdate())
    found = next((each for each in facts.years if each.year == year), None)
    if found is None:
        raise Http404("Nothing was sold in that year.")
    names, isins = names_and_isins()
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(SCHEDULE_112A)
    writer.writerows(schedule_112a(found, isins, names))
    name = f"schedule-112a-{found.name}.csv"
    return HttpResponse(
        text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _facts(portfolio, ledger, quotes):
    holdings = valuation_of(portfolio, quotes=quotes).holdings
    prices = {h.symbol: Decimal(f"{h.price:.4f}") for h in holdings if h.priced}
    return tax_facts(ledger.taxed, prices, timezone.localdate())


def _gains(request, facts):
    """The year asked for, else the latest, with a page of its gains."""
    form = YearForm(request.GET)
    asked = form.cleaned_data["year"] if form.is_valid() else None
    latest = facts.years[0] if facts.years else None
    year = next((each for each in facts.years if each.year == asked), latest)
    rows = Paginator(year.gains if year else (), ROWS)
    return {
        "year": year,
        "gains": rows.get_page(request.GET.get("gains")),
        "gains_query": f"year={year.year}" if year else "",
    }


def _lots(request, facts):
    """The stock asked for, with a page of its lots; nothing where none is."""
    symbol = request.GET.get("stock", "")
    rows = Paginator([lot for lot in facts.lots if lot.symbol == symbol], ROWS)
    return {
        "stock": symbol,
        "lots": rows.get_page(request.GET.get("lots")),
        "lots_query": urlencode({"stock": symbol}),
    }
