"""Several portfolios of one investor: every page is about the one chosen."""

from datetime import date

import pytest

from accounts import services as accounts
from finseg.formatting import rupees, signed_rupees
from portfolios.models import Portfolio, Transaction
from portfolios.services import EntryRefused, close_portfolio, create_portfolio, record_trade
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


def test_all_of_them_are_valued_at_the_latest_prices_and_together(client, holding, second):
    client.force_login(holding.investor)
    # 4,600 for 2,400; 930 for 900: 5,530 and 2,230 together. Nothing was valued by night.
    assert not Portfolio.objects.filter(valued_at__isnull=False).exists()
    page = text_of(client.get("/portfolio/all/"))
    for figure in (4600, 930, 5530):
        assert rupees(figure, 0) in page
    assert signed_rupees(2230) in page
    record_trade(
        portfolio=second, kind="sell", symbol="TCS", quantity=3, price=310,
        trade_date=date(2024, 9, 3),
    )  # fmt: skip
    page = text_of(client.get("/portfolio/all/"))
    assert rupees(930, 0) not in page and signed_rupees(2230) in page


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


def test_a_portfolio_that_holds_nothing_is_closed_and_opened_again(client, holding, second):
    client.force_login(holding.investor)
    shut = {"portfolio": str(second.pk)}
    refused = text_of(client.post("/portfolio/all/close/", shut, follow=True))
    assert "still holds 1 stock: sell or transfer" in refused
    assert "Close one that holds nothing" not in refused
    sell = {"kind": "sell", "symbol": "TCS", "quantity": 3, "price": 310}
    record_trade(portfolio=second, trade_date=date(2024, 9, 3), **sell)
    client.post("/portfolio/all/choose/", shut)
    page = text_of(client.post("/portfolio/all/close/", shut, follow=True))
    assert "“For school” is closed. Its ledger is kept." in page and "Open again" in page
    assert rupees(4600) in text_of(client.get("/portfolio/"))  # another is shown
    assert client.post("/portfolio/all/choose/", shut).status_code == 404
    assert client.post("/portfolio/all/close/", shut).status_code == 404
    buy = {"kind": "buy", "symbol": "TCS", "quantity": 1, "price": 310}
    with pytest.raises(EntryRefused, match="closed: open it again first"):
        record_trade(portfolio=second, trade_date=date(2024, 9, 4), **buy)
    row = Transaction.objects.filter(portfolio=second).first()
    assert client.get(f"/portfolio/entry/{row.pk}/").status_code == 200
    gone = client.post(f"/portfolio/entry/{row.pk}/delete/")
    assert gone.status_code == 422 and "closed" in text_of(gone)
    assert Transaction.objects.filter(portfolio=second).count() == 2

    back = text_of(client.post("/portfolio/all/reopen/", shut, follow=True))
    assert "“For school” is open again" in back
    assert client.post("/portfolio/all/reopen/", shut).status_code == 404
    record_trade(portfolio=second, trade_date=date(2024, 9, 4), **buy)


def test_one_opened_by_the_name_of_a_closed_one_is_that_one(client, investor):
    first = create_portfolio(investor=investor, name="For school")
    close_portfolio(portfolio=first)
    client.force_login(investor)
    page = text_of(client.post("/portfolio/all/create/", {"name": "For school"}, follow=True))
    assert "“For school” is open" in page
    assert Portfolio.objects.get(investor=investor).pk == first.pk


def test_a_write_under_way_finds_the_portfolio_closed(investor):
    portfolio = create_portfolio(investor=investor)
    late = Portfolio.objects.get(pk=portfolio.pk)
    record_trade(
        portfolio=portfolio, kind="buy", symbol="TCS", quantity=1, price=300,
        trade_date=date(2024, 6, 3),
    )  # fmt: skip
    # It was read while it was empty: what came since is not put away with it.
    with pytest.raises(EntryRefused, match="changed from somewhere else"):
        close_portfolio(portfolio=late)


def test_nobody_closes_or_opens_a_portfolio_of_another(client, investor):
    theirs = create_portfolio(investor=investor)
    client.force_login(accounts.register(email="else@example.org", password=None))
    form = {"portfolio": str(theirs.pk)}
    assert client.post("/portfolio/all/close/", form).status_code == 404
    close_portfolio(portfolio=theirs)
    assert client.post("/portfolio/all/reopen/", form).status_code == 404
    assert Portfolio.objects.get(pk=theirs.pk).closed_at is not None
