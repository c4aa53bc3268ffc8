"""What staff see of a ledger: the figures of its lines, in a list and on the portfolio's page."""

import re
from datetime import date

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils.html import strip_tags

from portfolios.models import Kind, Portfolio, Transaction
from tests.admin.conftest import sign_in


@pytest.fixture
def lines(customers):
    portfolio = Portfolio.objects.get(investor_number=customers[0].number)
    common = {"portfolio": portfolio, "investor_number": portfolio.investor_number}
    Transaction.objects.create(
        **common, kind=Kind.BUY, symbol="INFY", trade_date=date(2025, 1, 6), quantity=1234,
        price="1500.25", charges="71.22", is_sip=True, sequence=1,
    )  # fmt: skip
    Transaction.objects.create(
        **common, kind=Kind.SELL, symbol="INFY", trade_date=date(2025, 3, 3), quantity=34,
        price="1600", charges="12.50", sequence=2,
    )  # fmt: skip
    Transaction.objects.create(
        **common, kind=Kind.DIVIDEND, symbol="INFY", trade_date=date(2025, 6, 2), sequence=3,
        cash="22000", paid="22000",
    )  # fmt: skip
    return portfolio


def rows_of(page):
    """The words of a page's tables, row by row."""
    rows = re.findall(r"<tr\b.*?</tr>", page.content.decode(), re.DOTALL)
    return [" ".join(strip_tags(row.replace("><", "> <")).split()) for row in rows]


# 1,234 x 1,500.25 + 71.22 and 34 x 1,600 - 12.50.
BOUGHT = "6 Jan 2025 Buy INFY 1,234 1,500.25 71.22 18,51,379.72 SIP"
SOLD = "3 Mar 2025 Sell INFY 34 1,600.00 12.50 54,387.50"
PAID = "2 Jun 2025 Dividend INFY 0 0.00 0.00 22,000.00"


def test_the_list_shows_what_was_bought_sold_and_paid(client, staff, lines):
    page = sign_in(client, staff).get("/admin/portfolios/transaction/")
    shown = [row for row in rows_of(page) if "INFY" in row]
    assert shown == [f"C-{lines.investor_number} {line}" for line in (PAID, SOLD, BOUGHT)]


def test_a_portfolio_s_page_shows_them_as_well(client, staff, lines):
    address = reverse("admin:portfolios_portfolio_change", args=[lines.pk])
    rows = rows_of(sign_in(client, staff).get(address))
    assert [row for row in rows if " 2025 " in row] == [PAID, SOLD, BOUGHT]


def test_no_column_of_a_list_has_the_name_of_a_field():
    """Django shows the field instead, such as the shares a split moved for those of a trade."""
    for model, page in admin.site._registry.items():
        fields = {each.name for each in model._meta.fields}
        own = {name for name in page.list_display if isinstance(name, str)} & fields
        assert not {name for name in own if hasattr(type(page), name)}, model
