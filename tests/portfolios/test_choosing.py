"""Several portfolios of one investor: every page is about the one chosen."""

from datetime import date

import pytest

from accounts import services as accounts
from finseg.formatting import rupees
from portfolios.models import Portfolio
from portfolios.services import create_portfolio, record_trade
from tests.portfolios.conftest import text_of


@pytest.fixture
def second(holding):
    """Three TCS, worth 930, beside the first portfolio's 4,600."""
    portfolio = create_portfolio(investor=holding.investor, name="For school")
    record_trade(
        portfolio=portfolio, kind="buy", symbol="TCS", quantity=3, price=300,
        trade_date=date(2024, 6, 3),
    )  # fmt: skip
    return portfolio


def test_every_page_goes_by_the_chosen_portfolio(client, holding, second):
    client.force_login(holding.investor)
    assert rupees(4600) in text_of(client.get("/portfolio/"))
    chosen = client.post(
        "/portfolio/all/choose/", {"portfolio": str(second.pk), "next": "/portfolio/risk/"}
    )
    assert chosen.url == "/portfolio/risk/"
    for path in ("/portfolio/", "/dashboard/"):
        page = text_of(client.get(path))
        assert rupees(930) in page and rupees(4600) not in page
        assert f'data-portfolio="{second.pk}"' in page  # what the live values are of
    for path in ("performance", "risk", "tax", "transactions"):
        page = text_of(client.get(f"/portfolio/{path}/"))
        assert "TCS" in page and '<a class="sym" href="/market/INFY/">' not in page
    away = client.post(
        "/portfolio/all/choose/", {"portfolio": str(holding.pk), "next": "https://evil.example/"}
    )
    assert away.url == "/portfolio/"
    assert rupees(4600) in text_of(client.get("/portfolio/"))


def test_nobody_chooses_or_renames_a_portfolio_of_another(client, holding, second):
    client.force_login(accounts.register(email="else@example.org", password=None))
    for key in (second.pk, "x", ""):
        for what in ("choose", "rename"):
            form = {"portfolio": str(key), "name": "Mine now"}
            assert client.post(f"/portfolio/all/{what}/", form).status_code == 404
    assert "Nothing here yet" in text_of(client.get("/portfolio/all/"))
    assert not Portfolio.objects.filter(name="Mine now").exists()


def test_a_portfolio_is_opened_shown_and_named(client, holding):
    client.force_login(holding.investor)
    opened = client.post("/portfolio/all/create/", {"name": " For  school "}, follow=True)
    assert "“For school” is open" in text_of(opened) and "No trades yet" in text_of(opened)
    again = client.post("/portfolio/all/create/", {"name": "For school"})
    assert again.status_code == 422 and "named “For school” already" in text_of(again)
    assert client.post("/portfolio/all/create/", {"name": " "}).status_code == 422
    key = str(Portfolio.objects.get(name="For school").pk)
    for name, words in (
        ("For college", "is named “For college” now"),
        ("My portfolio", "named “My portfolio” already. Nothing was saved."),
        ("", "1 to 80 characters. Nothing was saved."),
    ):
        page = client.post("/portfolio/all/rename/", {"portfolio": key, "name": name}, follow=True)
        assert words in text_of(page)
    assert sorted(Portfolio.objects.values_list("name", flat=True)) == [
        "For college",
        "My portfolio",
    ]
