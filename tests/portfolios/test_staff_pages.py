"""Staff look at all portfolios: ends of a period, concentration, who is exposed."""

import csv
import io
from datetime import date

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, Permission

from accounts import services as accounts
from accounts.models import Look
from portfolios.analysis import performance_of
from portfolios.facts import crowds
from portfolios.facts.performance import period_facts
from portfolios.facts.periods import ranked_over
from portfolios.queries import valuation_of
from portfolios.services import create_portfolio, record_trade, store_points, value_all_portfolios
from tests.portfolios.conftest import text_of

PAGES = ("periods", "concentration", "exposure")


@pytest.fixture
def two(holding):
    """The investor of `holding` with 10 INFY and 10 TCS, and one with 100 HDFCBANK since March."""
    user = accounts.register(email="ravi@example.org", password="quiet river 1947 stone")
    other = create_portfolio(investor=user)
    for quantity, day in ((90, date(2024, 3, 4)), (10, date(2025, 2, 3))):
        record_trade(
            portfolio=other, kind="buy", symbol="HDFCBANK", quantity=quantity, price=70,
            trade_date=day,
        )  # fmt: skip
    value_all_portfolios()
    store_points()
    other.refresh_from_db()
    return [holding, other]


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def test_only_staff_with_the_permissions_see_them(client, two, staff):
    client.force_login(two[0].investor)
    assert {client.get(f"/portfolio/customers/{name}/").status_code for name in PAGES} == {403}
    client.force_login(staff)
    assert {client.get(f"/portfolio/customers/{name}/").status_code for name in PAGES} == {200}
    staff.groups.clear()
    staff.user_permissions.add(Permission.objects.get(codename="view_portfolio"))
    client.force_login(type(staff).objects.get(pk=staff.pk))
    seen = {name: client.get(f"/portfolio/customers/{name}/").status_code for name in PAGES}
    assert seen == {"periods": 403, "concentration": 200, "exposure": 403}
    # Fewer than ten customers hold each stock.
    page = text_of(client.get("/portfolio/customers/concentration/"))
    assert "3 stocks of fewer than 10 customers are not listed" in page and "HDFCBANK" not in page


def test_a_period_of_all_is_what_each_page_says(two):
    first, last = date(2024, 9, 3), date(2025, 2, 14)
    found = ranked_over("dates", first=first, last=last)
    assert (found.eve, found.end, found.counted) == (date(2024, 9, 2), last, 2)
    assert [line.number for line in found.best] == [line.number for line in reversed(found.worst)]
    for line in found.best:
        (portfolio,) = (p for p in two if p.investor_number == line.number)
        own = period_facts(performance_of(portfolio), start=first, end=last)
        assert line.rate == pytest.approx(own.total, abs=1e-6)
        assert line.value == pytest.approx(own.performance.history.values[-1], rel=1e-6)
    # The year began on 8 March 2024, when one of the two held nothing.
    year = ranked_over("1y")
    assert (year.counted, year.late) == (1, 1)
    everything = ranked_over("all")
    assert everything.counted == 2 and everything.eve is None
    assert ranked_over("all", minimum=5_000).counted == 1
    assert ranked_over("dates", first=date(2001, 1, 1), last=last).reason.startswith("Past values")
    weekend = ranked_over("dates", first=date(2025, 2, 15), last=date(2025, 2, 16))
    assert "no session" in weekend.reason


def test_a_look_at_the_ends_is_on_record(desk, two):
    page = text_of(desk.get("/portfolio/customers/periods/?period=all&minimum=0"))
    assert "both ends of 2 portfolios" in page
    for portfolio in two:
        assert f"C-{portfolio.investor_number}" in page
        assert Look.objects.filter(number=portfolio.investor_number).count() == 1
    assert "best and worst portfolios" in LogEntry.objects.latest("timestamp").object_repr
    chosen = "period=dates&first=2024-10-01&last=2024-10-31&by=gain"
    assert "31 Oct 2024" in text_of(desk.get(f"/portfolio/customers/periods/?{chosen}&minimum=0"))


def test_a_ranking_leads_to_the_portfolio_that_is_ranked(desk, two):
    oldest = two[1]
    second = create_portfolio(investor=oldest.investor, name="For school")
    record_trade(
        portfolio=second, kind="buy", symbol="TCS", quantity=3, price=300,
        trade_date=date(2024, 3, 4),
    )  # fmt: skip
    value_all_portfolios()
    store_points()
    number = oldest.investor_number
    address = f"/portfolio/customers/{number}/"
    for listed, which in (
        ("?minimum=0", "1 year, on money"),
        ("periods/?period=all&minimum=0", "Return, time-weighted"),
    ):
        page = text_of(desk.get(f"/portfolio/customers/{listed}"))
        for each in (oldest, second):
            assert f'href="{address}?portfolio={each.pk}"' in page, listed
        assert "For school" in page and which in page
    page = text_of(desk.get(f"{address}?portfolio={second.pk}"))
    assert f"C-{number}, For school" in page and "₹930" in page  # 3 at 310
    assert f'href="?portfolio={oldest.pk}"' in page
    assert "₹8,000" in text_of(desk.get(address))  # the oldest, where none is named
    for other in (two[0].pk, "x"):  # another customer's is not this one's
        assert desk.get(f"{address}?portfolio={other}").status_code == 404


def test_what_cannot_be_asked_is_said(desk, two):
    address = "/portfolio/customers/periods/"
    unnamed = desk.get(f"{address}?period=dates")
    assert unnamed.status_code == 422
    assert "Name the first and the last day." in text_of(unnamed)
    turned = desk.get(f"{address}?period=dates&first=2025-02-02&last=2025-01-01")
    assert "is later than the last" in text_of(turned)
    early = desk.get(f"{address}?period=dates&first=0001-01-01&last=2025-01-01")
    assert "01 Jan 0001, lies before NSE’s first session, 03 Nov 1994." in text_of(early)
    late = desk.get(f"{address}?period=dates&first=2025-01-01&last=9999-12-31")
    assert "The last day, 31 Dec 9999, lies in the future." in text_of(late)
    assert "Enter a valid date" in text_of(desk.get(f"{address}?period=dates&first=x&last=y"))
    assert desk.get(f"{address}?period=decade").status_code == 400
    assert desk.get("/portfolio/customers/exposure/?by=name").status_code == 400
    assert "Nobody holds" in text_of(desk.get("/portfolio/customers/exposure/?of=GONE"))
    assert not Look.objects.exists()


def test_the_book_is_the_sum_of_the_portfolios_own_pages(two):
    book = crowds.whole_book()
    values = [valuation_of(portfolio) for portfolio in two]
    found = crowds.concentration_of(book, all_crowds=True)
    assert found.spread.total == pytest.approx(sum(v.value.value for v in values))
    stock = {symbol: row for symbol, _, row in found.stocks}
    assert (stock["HDFCBANK"].value, stock["HDFCBANK"].very_large) == (8000, 1)
    assert stock["HDFCBANK"].share == pytest.approx(8000 / 12600)
    sector = dict(found.sectors)
    assert sector["Information Technology"].value == 10 * 150 + 10 * 310
    assert sector["Information Technology"].holders == 1


def test_exposed_customers_are_listed_and_exported_with_a_trail(desk, two, staff):
    address = "/portfolio/customers/exposure"
    page = text_of(desk.get(f"{address}/?of=sector:Information Technology"))
    number = two[0].investor_number
    assert "1 customer holds" in page and f"C-{number}" in page and "Export" not in page
    assert Look.objects.filter(number=number, what__contains="Information Technology").exists()
    assert not Look.objects.filter(number=two[1].investor_number).exists()
    asked = {"of": "TCS", "by": "share", "least": "0.5"}
    assert desk.post(f"{address}.csv", asked).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="export_exposure"))
    assert not Group.objects.filter(permissions__codename="export_exposure").exists()
    answer = desk.post(f"{address}.csv", asked)
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert rows[0] == list(crowds.HEAD)
    assert rows[1:] == [[f"C-{number}", "3100.0", f"{round(3100 / 4600, 6)}", "4600.0"]]
    entry = LogEntry.objects.latest("timestamp")
    assert "Exported 1 customers exposed to TCS, by share, from 50%" in str(entry.additional_data)
    assert Look.objects.filter(number=number, what__contains="exported").count() == 1
    refused = desk.post(f"{address}.csv", {"of": "GONE"})
    assert (refused.status_code, refused.content) == (
        422,
        b"Nobody holds that. Nothing was exported.",
    )


def test_pages_say_what_to_wait_for_where_nothing_is_stored(desk):
    assert "it is each night" in text_of(desk.get("/portfolio/customers/periods/"))
    for name in ("concentration", "exposure"):
        assert "every five minutes" in text_of(desk.get(f"/portfolio/customers/{name}/"))
