"""Entries through the browser: every kind typed, previewed, booked, changed, deleted."""

import re
from datetime import date
from decimal import Decimal as D

import pytest
from django.db import connection
from pymongo.errors import OperationFailure

from accounts import services as accounts
from finseg.formatting import rupees, signed_rupees
from market.models import CorporateAction
from portfolios.domain.charges import broker_plans, charges_of, charges_of_trade
from portfolios.domain.entries import Entry
from portfolios.ledgers import differences
from portfolios.models import LedgerChange, Portfolio, Transaction
from portfolios.services import create_portfolio, record_trade
from tests.portfolios.conftest import SOURCE, text_of

DAY = "2025-02-03"


def sealed_in(response):
    return re.search(r'name="sealed" value="([^"]+)"', text_of(response)).group(1)


@pytest.fixture
def owner(client, holding):
    """Ten INFY at 120 since June and ten TCS at 120 since September 2024."""
    client.force_login(holding.investor)
    return client


def through(client, address, **typed):
    """Type, preview, confirm; the preview and the page after."""
    preview = client.post(address, typed)
    assert preview.status_code == 200, text_of(preview)
    after = client.post("/portfolio/trade/confirm/", {"sealed": sealed_in(preview)}, follow=True)
    return text_of(preview), text_of(after)


@pytest.mark.parametrize(
    ("typed", "previewed", "listed"),
    [
        (
            {"kind": "dividend", "symbol": "infy", "cash": "80", "charges": "8"},
            ("brings ₹72.00", "+₹72.00"), ("Dividend", "₹72.00"),
        ),
        ({"kind": "fee", "symbol": "", "cash": "25"}, ("A fee of ₹25.00",), ("account", "₹25.00")),
        (
            {"kind": "split", "symbol": "INFY", "ratio": "5"},
            ("INFY: 5 new for one old", '10 → <b class="ms-1">50</b>'), ("+40", "at 5 for 1"),
        ),
        (
            {"kind": "bonus", "symbol": "INFY", "ratio": "1:2"},
            ('10 → <b class="ms-1">15</b>', '₹1,200.00 → <b class="ms-1">₹1,200.00</b>'),
            ("+5", "at 1/2 for 1"),
        ),
        (
            {"kind": "rights", "symbol": "INFY", "quantity": "2", "price": "100"},
            ("2 INFY by rights cost ₹200.00",), ("Rights issue", "₹200.00"),
        ),
        (
            {"kind": "merger", "symbol": "INFY", "into": "hdfcbank", "ratio": "3/2"},
            ("INFY goes into HDFCBANK", '0 → <b class="ms-1">15</b>'),
            ("into HDFCBANK", "+15 HDFCBANK"),
        ),
        (
            {
                "kind": "demerger", "symbol": "INFY", "into": "HDFCBANK", "ratio": "1",
                "cost_share": "0.25",
            },
            ("HDFCBANK splits off from INFY", '₹0.00 → <b class="ms-1">₹300.00</b>'),
            ("cost ₹300.00",),
        ),
        (
            {
                "kind": "transfer_in", "symbol": "HDFCBANK", "quantity": "4", "price": "60",
                "acquired": "2023-01-02",
            },
            ("4 HDFCBANK come in", "2 Jan 2023"), ("Transfer in", "₹240.00"),
        ),
        (
            {"kind": "transfer_out", "symbol": "INFY", "quantity": "4"},
            ("4 INFY leave", '10 → <b class="ms-1">6</b>'), ("Transfer out", "cost ₹480.00"),
        ),
    ],
    ids=lambda part: part["kind"] if isinstance(part, dict) else None,
)  # fmt: skip
def test_every_kind_is_typed_previewed_booked_and_shown(owner, holding, typed, previewed, listed):
    kind = typed["kind"]
    form = text_of(owner.get(f"/portfolio/entry/?kind={kind}"))
    assert all(f'name="{name}"' in form for name in typed)
    assert ('name="ratio"' in form) == ("ratio" in typed)
    preview, _ = through(owner, "/portfolio/entry/", trade_date=DAY, note="by hand", **typed)
    for words in (*previewed, "Not saved yet", "by hand"):
        assert words in preview, words
    page = text_of(owner.get(f"/portfolio/transactions/?kind={kind}"))
    for words in (*listed, "1 entry", "3 Feb 2025", "by hand"):
        assert words in page, words
    booked = Transaction.objects.get(kind=kind)
    assert booked.note == "by hand"
    assert text_of(owner.get(f"/portfolio/entry/{booked.pk}/")).count("3 Feb 2025")
    assert owner.get(f"/portfolio/entry/{booked.pk}/edit/").status_code == 200
    assert differences(Portfolio.objects.get(pk=holding.pk)) == {}


def test_what_a_kind_cannot_be_is_told_and_nothing_is_saved(owner):
    for typed, words in (
        ({"kind": "split", "symbol": "INFY", "ratio": "none"}, "Give the ratio as 5, 3/2"),
        ({"kind": "transfer_out", "symbol": "INFY", "quantity": "11"}, "1 more than the 10 held"),
        ({"kind": "dividend", "symbol": "INFY", "cash": ""}, "This field is required"),
        ({"kind": "merger", "symbol": "INFY", "into": "INFY", "ratio": "1"}, "not another stock"),
    ):
        answer = owner.post("/portfolio/entry/", {"trade_date": DAY, **typed})
        assert answer.status_code == 422 and words in text_of(answer), words
    nothing = owner.post(
        "/portfolio/entry/",
        {"kind": "bonus", "symbol": "HDFCBANK", "ratio": "1", "trade_date": DAY},
    )
    assert "No HDFCBANK was held" in text_of(nothing)
    assert Transaction.objects.count() == 2


def test_all_that_is_wrong_is_told_at_once(owner):
    page = text_of(
        owner.post(
            "/portfolio/trade/",
            {
                "kind": "buy",
                "symbol": "Infosys",
                "quantity": "-5",
                "price": "0",
                "trade_date": "2999-01-01",
            },
        )
    )
    for said in (
        "“INFOSYS” is not a stock known here. Is INFY meant, Infosys Ltd.? Nothing was saved.",
        "The number of shares is −5, and must be above zero",
        "The price must be above zero",
        "01 Jan 2999 is later than the latest session",
    ):
        assert said in page, said
    # What is no number is said once, beside what is wrong elsewhere.
    page = text_of(
        owner.post(
            "/portfolio/trade/",
            {"kind": "buy", "symbol": "INFY", "quantity": "many", "price": "-1"},
        )
    )
    assert "Enter a number." in page and "The price must be above zero" in page
    assert "The number of shares must be a number" not in page
    assert not Transaction.objects.filter(quantity=5).exists()


def test_an_edit_is_previewed_kept_in_the_trail_and_recounted(owner, holding):
    row = Transaction.objects.get(symbol="INFY")
    address = f"/portfolio/entry/{row.pk}/edit/"
    assert 'value="120"' in text_of(owner.get(address))
    typed = {
        "kind": "buy", "symbol": "INFY", "quantity": "12", "price": "119.5",
        "trade_date": "2024-06-04", "charges": "6",
    }  # fmt: skip
    preview, page = through(owner, address, **typed)
    assert '10 → <b class="ms-1">12</b>' in preview
    assert '₹1,200.00 → <b class="ms-1">₹1,440.00</b>' in preview  # 12 x 119.50 + 6
    assert "by you" in page and "119.5000" in page and "3 Jun 2024" in page
    (change,) = LedgerChange.objects.all()
    assert (change.action, change.by, change.before["quantity"]) == ("edited", holding.investor, 10)
    assert (change.after["quantity"], change.after["trade_date"]) == (12, "2024-06-04")
    holding.refresh_from_db()
    assert differences(holding) == {}
    assert {p.symbol: p.quantity for p in holding.positions} == {"INFY": 12, "TCS": 10}
    assert "1 change" in text_of(owner.get("/portfolio/transactions/"))


def test_a_deletion_shows_what_it_does_first_and_is_kept(owner, holding):
    row = Transaction.objects.get(symbol="INFY")
    address = f"/portfolio/entry/{row.pk}/delete/"
    asked = text_of(owner.get(address))
    assert '10 → <b class="ms-1">0</b>' in asked and "Nothing is deleted yet" in asked
    assert Transaction.objects.count() == 2 and not LedgerChange.objects.exists()
    assert "It is kept among the changes" in text_of(owner.post(address, follow=True))
    assert Transaction.objects.get().symbol == "TCS"
    trail = text_of(owner.get("/portfolio/changes/"))
    assert "Deleted" in trail and "by you" in trail and "INFY" in trail
    assert owner.get(address).status_code == 404


def test_what_a_later_sale_needs_cannot_be_deleted(owner, holding):
    record_trade(
        portfolio=holding, kind="sell", symbol="INFY", quantity=8, price=150,
        trade_date=date(2025, 1, 6),
    )  # fmt: skip
    row = Transaction.objects.get(symbol="INFY", kind="buy")
    for answer in (owner.get, owner.post):
        page = text_of(answer(f"/portfolio/entry/{row.pk}/delete/"))
        assert "This entry cannot be deleted" in page and "Delete it</button>" not in page
    assert Transaction.objects.count() == 3


def test_entries_of_another_do_not_exist(client, holding):
    client.force_login(accounts.register(email="else@example.org", password=None))
    row = Transaction.objects.first()
    for path in ("", "edit/", "delete/"):
        for key in (row.pk, "x"):
            assert client.get(f"/portfolio/entry/{key}/{path}").status_code == 404
    assert client.post(f"/portfolio/entry/{row.pk}/delete/").status_code == 404
    assert "No entry was edited" in text_of(client.get("/portfolio/changes/"))
    assert Transaction.objects.count() == 2


def test_a_preview_books_into_the_portfolio_it_was_made_for(owner, holding):
    second = create_portfolio(investor=holding.investor, name="For school")
    typed = {"kind": "fee", "cash": "25", "trade_date": DAY}
    sealed = sealed_in(owner.post("/portfolio/entry/", typed))
    owner.post("/portfolio/all/choose/", {"portfolio": str(second.pk)})
    for _ in range(2):  # a double press
        owner.post("/portfolio/trade/confirm/", {"sealed": sealed})
    assert Transaction.objects.get(kind="fee").portfolio_id == holding.pk


def test_charges_are_offered_where_none_were_entered(owner):
    typed = {
        "kind": "sell", "symbol": "INFY", "quantity": "5", "price": "150", "trade_date": DAY,
        "charges": "",
    }  # fmt: skip
    preview = owner.post("/portfolio/trade/", typed)
    plan = broker_plans()["flat"]
    charges = charges_of("sell", D(750), date(2025, 2, 3), plan=plan)
    page = text_of(preview)
    assert f"Fill in {rupees(charges.total)}" in page and rupees(charges.levies) in page
    # Bought for 600 eight months before: a fifth of the gain, nothing exempt.
    assert "Tax it brings, 2024-25" in page and signed_rupees(30) in page
    assert Transaction.objects.count() == 2
    filled = owner.post("/portfolio/trade/", {"sealed": sealed_in(preview), "plan": "flat"})
    page = text_of(filled)
    assert f"− {rupees(charges.total)}" in page and "Fill in" not in page
    owner.post("/portfolio/trade/confirm/", {"sealed": sealed_in(filled)})
    assert Transaction.objects.get(kind="sell").charges == charges.total
    free = owner.post("/portfolio/trade/", typed | {"charges": "0"})
    assert "Fill in" not in text_of(free)  # nought was said


def test_dividends_of_the_market_are_booked_set_aside_and_taken_back(owner, holding):
    CorporateAction.objects.create(
        source=SOURCE, symbol="INFY", ex_date=date(2025, 1, 15), action="dividend", value=8.0
    )
    CorporateAction.objects.create(  # before anything was held
        source=SOURCE, symbol="INFY", ex_date=date(2024, 2, 15), action="dividend", value=7.0
    )
    page = text_of(owner.get("/portfolio/transactions/"))
    assert "1 dividend" in page and "INFY ₹8.00 a share on 15 Jan 2025" in page
    assert Transaction.objects.count() == 2
    owner.post("/portfolio/actions/", {"do": "book"})
    row = Transaction.objects.get(kind="dividend")
    assert (row.paid, row.origin) == (80, "market")
    page = text_of(owner.get("/portfolio/transactions/"))
    assert "booked from the market" in page and "8.00" in page and "₹80.00" in page
    owner.post(f"/portfolio/entry/{row.pk}/delete/")
    page = text_of(owner.get("/portfolio/transactions/"))
    assert "Set aside" in page and "Dividend INFY, 2025-01-15" in page
    again = owner.post("/portfolio/actions/", {"do": "restore", "action": row.action}, follow=True)
    assert "Booked after all." in text_of(again) and "Set aside" not in text_of(again)
    assert Transaction.objects.get(kind="dividend").paid == 80
    owner.post("/portfolio/actions/", {"do": "off"})
    holding.refresh_from_db()
    assert holding.book_dividends is False
    assert "left to you" in text_of(owner.get("/portfolio/transactions/"))


def test_the_ledger_is_filtered_and_paged(owner, holding, monkeypatch):
    monkeypatch.setattr("portfolios.views.ledger.PAGE", 1)
    page = text_of(owner.get("/portfolio/transactions/?kind=buy"))
    assert "2 entries" in page and "Page 1 of 2" in page and "kind=buy&page=2" in page
    assert "1 entry of TCS" in text_of(owner.get("/portfolio/transactions/?symbol=tcs"))
    none = text_of(owner.get("/portfolio/transactions/?kind=sell&symbol=TCS"))
    assert "No entries like that" in none and "Show all entries" in none
    assert owner.get("/portfolio/transactions/?kind=nonsense").status_code == 200


def test_a_note_is_changed_with_a_trail_and_only_by_its_owner(client, owner, holding):
    row = Transaction.objects.get(portfolio=holding, symbol="INFY")
    version = Portfolio.objects.get(pk=holding.pk).ledger_version
    place = f"/portfolio/entry/{row.pk}/note/"
    page = owner.post(place, {"note": "  on  a tip "}, follow=True)
    assert "The note was saved" in text_of(page) and 'value="on a tip"' in text_of(page)
    again = text_of(owner.post(place, {"note": "on a tip"}, follow=True))
    assert "nothing was changed" in again and "kept below" not in again
    page = text_of(owner.post(place, {"note": ""}, follow=True))
    assert 'value=""' in page
    kept = LedgerChange.objects.filter(sequence=row.sequence).order_by("at")
    assert [(c.before["note"], c.after["note"], c.by) for c in kept] == [
        ("", "on a tip", holding.investor),
        ("on a tip", "", holding.investor),
    ]
    assert kept[0].before["symbol"] == "INFY"
    long = text_of(owner.post(place, {"note": "x" * 201}, follow=True))
    assert "at most 200 characters. Nothing was saved." in long
    assert Portfolio.objects.get(pk=holding.pk).ledger_version == version
    client.force_login(accounts.register(email="other@example.org", password=None))
    assert client.post(place, {"note": "mine"}).status_code == 404
    assert client.get(place).status_code == 405


def test_a_note_that_clashes_with_another_writer_is_tried_again_and_then_refused(
    owner, holding, monkeypatch
):
    commit, clashes = connection.commit_mongo, [1]

    def clash():
        if clashes:
            clashes.pop()
            connection.session.abort_transaction()
            label = {"errorLabels": ["TransientTransactionError"]}
            raise OperationFailure("WriteConflict", 112, label)
        commit()

    monkeypatch.setattr(connection, "commit_mongo", clash)
    place = f"/portfolio/entry/{Transaction.objects.first().pk}/note/"
    assert "The note was saved" in text_of(owner.post(place, {"note": "one"}, follow=True))
    clashes += [1] * 50
    monkeypatch.setattr("portfolios.services.writing.time.sleep", lambda seconds: None)
    page = text_of(owner.post(place, {"note": "two"}, follow=True))
    assert "Nothing was saved: try again." in page and 'value="one"' in page
    clashes.clear()


def test_shares_bought_and_sold_on_one_day_are_told_apart(owner, holding):
    # Ten INFY of June stay: what is bought and sold on a day never reaches the account.
    bought = {"kind": "buy", "symbol": "INFY", "quantity": 4, "price": 140, "trade_date": DAY}
    through(owner, "/portfolio/trade/", **bought)
    sale = {"kind": "sell", "symbol": "INFY", "quantity": 6, "price": 150, "trade_date": DAY}
    preview = owner.post("/portfolio/trade/", sale)
    page = text_of(preview)
    assert "4 of these shares were bought on the same day" in page
    # Of 4 x 10 nothing is taxed here, of 2 x (150 - 120) a fifth.
    assert re.search(r"Further tax</dt><dd><b>\+₹12<", page)
    plan = broker_plans()["zero"]
    entry = Entry("sell", "INFY", D(6), D(150), date.fromisoformat(DAY))
    charges = charges_of_trade(entry, D(4), plan=plan)
    assert f"Fill in {rupees(charges.total)}" in page
    filled = text_of(
        owner.post("/portfolio/trade/", {"sealed": sealed_in(preview), "plan": "zero"})
    )
    assert rupees(charges.total) in filled
    through(owner, "/portfolio/trade/", **sale, charges="0")
    assert not differences(Portfolio.objects.get(pk=holding.pk))
    tax = text_of(owner.get("/portfolio/tax/"))
    assert "+₹40" in tax and "speculative business" in tax
