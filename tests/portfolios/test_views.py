"""Pages through Django's client: what they show, and to whom."""

import re
from datetime import date

import pytest

from accounts import services as accounts
from accounts.tokens import create_token
from finseg.formatting import headline_rupees, rupees, share
from market import livestore
from market.models import FeedState, PriceYear
from portfolios.analysis import performance_of
from portfolios.models import Transaction
from portfolios.queries import valuation_of
from portfolios.services import entry_from, record_entry, record_trade, value_all_portfolios
from tests.portfolios.conftest import text_of

ENTRY = {
    "symbol": "infy",
    "kind": "buy",
    "quantity": "10",
    "price": "1,40.00",
    "trade_date": "2025-01-06",
    "charges": "",
}


def sealed_in(response):
    return re.search(r'name="sealed" value="([^"]+)"', text_of(response)).group(1)


def test_only_the_owner_and_staff_see_a_portfolio(client, holding, staff):
    number = holding.investor_number
    for path in ("/portfolio/", "/portfolio/transactions/", f"/portfolio/customers/{number}/"):
        response = client.get(path)
        assert response.status_code == 302 and "/accounts/login/" in response.url
    stranger = accounts.register(email="else@example.org", password=None)
    client.force_login(stranger)
    assert "No trades yet" in text_of(client.get("/portfolio/"))
    assert client.get(f"/portfolio/customers/{number}/").status_code == 404
    assert client.get("/portfolio/customers/").status_code == 403

    client.force_login(staff)
    value_all_portfolios()
    assert client.get("/portfolio/").url == "/portfolio/customers/"
    listed = text_of(client.get("/portfolio/customers/?minimum=0"))
    assert f"C-{number}" in listed and rupees(4600, 0) in listed
    # A superscript two is a digit to Python, but no number: it is as if nothing was asked for.
    assert client.get("/portfolio/customers/?minimum=²").status_code == 200
    assert client.get(f"/portfolio/customers/{number}/?year=²").status_code == 200
    page = client.get(f"/portfolio/customers/{number}/")
    assert page.status_code == 200 and "Record a trade" not in text_of(page)
    assert client.get("/portfolio/customers/999999999/").status_code == 404
    staff.groups.clear()
    client.force_login(type(staff).objects.get(pk=staff.pk))
    assert client.get("/portfolio/customers/").status_code == 403


def test_average_cost_is_told_by_lots_and_by_moving_average(client, holding):
    # 10 at 120 and 10 at 140, then 5 sold at 150: lots leave 5 at 120 and 10 at 140, so 133.33;
    # mixed they cost 130 a share. The sale gained 5 x 30, or 5 x 20.
    for kind, quantity, price, day in (("buy", 10, 140, 3), ("sell", 5, 150, 6)):
        record_trade(
            portfolio=holding, kind=kind, symbol="INFY", quantity=quantity, price=price,
            trade_date=date(2025, 1, day),
        )  # fmt: skip
    client.force_login(holding.investor)
    page = text_of(client.get("/portfolio/"))
    table = page[page.index("Average cost, counted two ways") :]
    row = re.search(r'<th scope="row">INFY</th>(.*?)</tr>', table).group(1)
    sold = re.search(r"Shares sold so far(.*?)</p>", table).group(1)
    assert re.findall(r"[\d,.]+\d", row) == ["133.33", "130.00", "2,000.00", "1,950.00"]
    assert re.findall(r"[\d,.]+\d", sold) == ["150", "100"]


def test_two_pages_never_disagree(client, holding):
    client.force_login(holding.investor)
    for entry in (
        {"kind": "dividend", "symbol": "INFY", "cash": 80, "trade_date": date(2025, 1, 15)},
        {"kind": "sell", "symbol": "TCS", "quantity": 4, "price": 300, "charges": 5,
         "trade_date": date(2025, 2, 3)},
        {"kind": "fee", "cash": 25, "trade_date": date(2025, 2, 4)},
    ):  # fmt: skip
        record_entry(portfolio=holding, entry=entry_from(**entry))
    holding.refresh_from_db()
    value = valuation_of(holding).value.value
    assert value == 3360  # 10 x 150 + 6 x 310
    # 1,200 + 1,200 + 25 put in; 80 + 4 x 300 - 5 taken out.
    absolute = (value + 1275 - 2425) / 2425
    yearly = performance_of(holding).money_weighted.value
    paths = ("/portfolio/", "/portfolio/performance/?period=all", "/dashboard/")
    overview, performance, dashboard = (text_of(client.get(path)) for path in paths)
    for page in (overview, performance, dashboard):
        assert rupees(value) in page and share(yearly) in page
    assert share(absolute) in overview and share(absolute) in performance
    assert f'Worth <span data-figure="headline">{headline_rupees(value)}' in overview

    scopes = ["portfolio:read"]
    _, key = create_token(user=holding.investor, name="tests", scopes=scopes, days=1)
    bearer = {"Authorization": f"Bearer {key}"}
    address = f"/api/v1/portfolios/{holding.pk}"
    now = client.get(address, headers=bearer).json()
    past = client.get(f"{address}/performance?period=all", headers=bearer).json()
    assert now["value"]["value"] == value
    assert past["absolute"]["value"] == pytest.approx(absolute)
    assert past["money_weighted"]["value"] == pytest.approx(yearly)
    # 2 up on ten shares, 2 down on six.
    assert now["today"]["value"] == valuation_of(holding).today.value == pytest.approx(8)


def test_the_overview_shows_every_part(client, holding):
    client.force_login(holding.investor)
    page = text_of(client.get("/portfolio/?year=2024"))
    for words in (
        "Money-weighted (XIRR)",
        "Daily returns, 2024",
        "Information Technology",
        "Closest pairs",
        "Value at risk",
        "distance to default cannot be computed",
        "Best and worst since bought",
        "than the same money in NIFTY",
    ):
        assert words in page, words
    for source in ("value-curve", "returns-month", "sector-returns", "split-sector"):
        assert f'id="{source}"' in page
    assert "style=" not in page and "<script>" not in page  # the CSP allows neither


def test_nothing_is_written_before_the_preview_is_confirmed_and_then_once(client, investor):
    client.force_login(investor)
    preview = client.post("/portfolio/trade/", ENTRY)
    assert preview.status_code == 200
    assert "Buying 10 INFY costs ₹1,400.00" in text_of(preview)
    assert Transaction.objects.count() == 0
    sealed = sealed_in(preview)
    edit = client.post("/portfolio/trade/", {"sealed": sealed})
    assert 'value="INFY"' in text_of(edit)
    for _ in range(2):  # a double press
        saved = client.post("/portfolio/trade/confirm/", {"sealed": sealed}, follow=True)
        assert "Bought 10 INFY on 06 Jan 2025: saved." in text_of(saved)
    booked = Transaction.objects.get()
    assert (booked.symbol, booked.quantity, booked.price) == ("INFY", 10, 140)
    assert "₹1,400.00" in text_of(client.get("/portfolio/transactions/?symbol=INFY"))


def test_a_trade_previewed_by_one_user_is_not_booked_by_another(client, investor):
    client.force_login(investor)
    sealed = sealed_in(client.post("/portfolio/trade/", ENTRY))
    client.force_login(accounts.register(email="else@example.org", password=None))
    stolen = client.post("/portfolio/trade/confirm/", {"sealed": sealed}, follow=True)
    assert "Nothing was saved" in text_of(stolen)
    assert not Transaction.objects.exists()


def test_what_cannot_be_booked_is_told_in_a_sentence(client, holding):
    client.force_login(holding.investor)
    for changes, words in (
        ({"kind": "sell", "quantity": "11"}, "1 more than the 10 held on that day"),
        ({"symbol": "NOPE"}, "“NOPE” is not a stock known here. Nothing was saved."),
        ({"quantity": "two"}, "Enter a number"),
        ({"trade_date": "9999-12-31"}, "31 Dec 9999 is later than the latest session"),
        ({"trade_date": "0001-01-01"}, "01 Jan 0001 lies before 1990"),
        ({"quantity": "-4"}, "The number of shares is −4, and must be above zero"),
    ):
        response = client.post("/portfolio/trade/", {**ENTRY, **changes})
        assert response.status_code == 422 and words in text_of(response), words
    far = client.post("/portfolio/trade/", {**ENTRY, "price": "9999"})
    assert "Is the price right?" in text_of(far)
    # Infosys stands at 150 in the session under way, which has no bar yet.
    today = {**ENTRY, "trade_date": "2025-03-10", "price": "1500"}
    said = text_of(client.post("/portfolio/trade/", today))
    assert "The price is 10 times the latest price, 150.00" in said
    long_ago = text_of(client.post("/portfolio/trade/", {**ENTRY, "trade_date": "1995-01-01"}))
    assert "Not saved yet" in long_ago and "Is the date right?" not in long_ago
    # A Sunday: the price is judged by Friday's, and the day is named.
    sunday = text_of(client.post("/portfolio/trade/", {**ENTRY, "trade_date": "2025-01-05"}))
    assert "shut on Sunday, 05 Jan 2025; the nearest session was Monday, 06 Jan 2025" in sunday
    forged = client.post("/portfolio/trade/confirm/", {"sealed": "abc"}, follow=True)
    assert "Nothing was saved: enter it once more" in text_of(forged)
    assert Transaction.objects.count() == 2


def test_states_that_know_little_say_so_instead_of_failing(client, portfolio):
    client.force_login(portfolio.investor)
    trade = {"portfolio": portfolio, "symbol": "INFY", "quantity": 10, "price": 140}
    record_trade(kind="buy", trade_date=date(2025, 3, 10), **trade)  # today, and nothing else
    page = text_of(client.get("/portfolio/"))
    assert rupees(1500) in page and "Two closes make a line" in page

    record_trade(kind="sell", trade_date=date(2025, 3, 10), **trade)
    page = text_of(client.get("/portfolio/"))
    assert "Everything is sold" in page and "Nothing to divide" in page

    record_trade(kind="buy", trade_date=date(2025, 3, 10), **trade)
    PriceYear.objects.all().delete()
    livestore.client().flushdb()
    FeedState.objects.update(price_version=99)  # what a load of prices does
    page = text_of(client.get("/portfolio/"))
    assert "No price is known yet for any stock held." in page
    assert "INFY (no price is known for it yet)" in page
