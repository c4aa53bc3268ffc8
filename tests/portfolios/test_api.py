"""The API as a program meets it: keys, permissions, figures, errors, and booking once."""

import json
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from accounts import services as accounts
from accounts.models import ApiToken
from accounts.tokens import TokenRefused, create_token, revoke_token, token_for
from finseg.api_docs import fields_of, marked
from market.services import store_corporate_actions
from portfolios.models import LedgerChange, Transaction
from portfolios.queries import valuation_of
from portfolios.services import create_portfolio, record_trade
from tests.portfolios.conftest import SOURCE

BOTH = ["portfolio:read", "portfolio:write"]


@pytest.fixture
def call(client, portfolio, investor):
    """Call the API as the owner of `portfolio`, with a token that may do everything."""
    _, key = create_token(user=investor, name="tests", scopes=BOTH, days=30)

    def call(method, path, body=None, key=key, **headers):
        return client.generic(
            method, f"/api/v1/portfolios{path}", json.dumps(body or {}),
            content_type="application/json", headers={"Authorization": f"Bearer {key}"} | headers,
        )  # fmt: skip

    return call


@pytest.fixture
def bought(portfolio):
    record_trade(
        portfolio=portfolio, kind="buy", symbol="INFY", quantity=10, price=140,
        trade_date=date(2025, 1, 6),
    )  # fmt: skip


ENTRY = {"kind": "buy", "symbol": "tcs", "trade_date": "2025-01-07", "quantity": 2, "price": "300"}


def test_without_a_valid_key_there_is_nothing(client, portfolio, investor, staff):
    for headers in ({}, {"Authorization": "Bearer finseg_x"}, {"Authorization": "Basic eDp5"}):
        answer = client.get("/api/v1/portfolios", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"].startswith("Nothing was read or changed: the request has no")
    token, key = create_token(user=investor, name="old", scopes=BOTH, days=1)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert token_for(key) is None
    _, key = create_token(user=investor, name="gone", scopes=BOTH, days=1)
    assert token_for(key).user == investor
    assert revoke_token(user=investor, pk=ApiToken.objects.get(name="gone").pk)
    assert token_for(key) is None
    _, of_staff = create_token(user=staff, name="staff", scopes=BOTH, days=1)
    answer = client.get("/api/v1/portfolios", headers={"Authorization": f"Bearer {of_staff}"})
    assert answer.status_code == 401


def test_the_key_itself_is_not_kept(portfolio, investor):
    token, key = create_token(user=investor, name="mine", scopes=BOTH, days=30)
    stored = str(list(ApiToken.objects.values()))
    assert key not in stored and key.startswith(token.shown)
    for wrong in ({"scopes": []}, {"scopes": ["all"]}, {"days": 0}, {"name": " "}):
        fields = {"name": "x", "scopes": BOTH, "days": 30} | wrong
        with pytest.raises(TokenRefused, match="No token was made"):
            create_token(user=investor, **fields)


def test_a_reader_cannot_write_and_nobody_reads_another(call, client, portfolio, investor):
    _, reader = create_token(user=investor, name="reader", scopes=["portfolio:read"], days=30)
    answer = call("POST", f"/{portfolio.pk}/transactions", ENTRY, key=reader)
    assert answer.status_code == 403 and "portfolio:write" in answer.json()["error"]
    other = accounts.register(email="other@example.org", password="quiet river 1947 stone")
    theirs = create_portfolio(investor=other)
    for path in (f"/{theirs.pk}", f"/{theirs.pk}/risk", "/0", f"/{theirs.pk}/transactions"):
        assert call("GET", path).status_code == 404, path
    assert call("POST", f"/{theirs.pk}/transactions", ENTRY).status_code == 404
    assert Transaction.objects.count() == 0


def test_figures_are_those_of_the_pages_with_their_working(call, portfolio, bought):
    portfolio.refresh_from_db()
    whole = call("GET", f"/{portfolio.pk}").json()
    page = valuation_of(portfolio)
    assert whole["value"]["value"] == page.value.value == 1500
    assert whole["total_return"]["value"] == pytest.approx(100 / 1400)
    assert whole["total_return"]["inputs"][-1]["label"] == "Money put in"
    first = whole["holdings"][0]
    assert first["symbol"] == "INFY"
    assert (
        first["average_cost"] == first["moving_average_cost"] == first["cost"] / first["quantity"]
    )
    listed = call("GET", "").json()["items"]
    assert [each["id"] for each in listed] == [str(portfolio.pk)]
    returns = call("GET", f"/{portfolio.pk}/performance?period=1m").json()
    assert returns["absolute"]["formula"].startswith("(value")
    assert sum(row["share"] for row in returns["contributions"]) == pytest.approx(
        returns["absolute"]["value"]
    )
    risk = call("GET", f"/{portfolio.pk}/risk").json()
    assert {row["method"] for row in risk["losses"]} >= {"filtered", "gaussian"}
    tax = call("GET", f"/{portfolio.pk}/tax").json()
    assert tax["years"] == [] and "not tax advice" in tax["note"]
    assert (tax["exemption_left"], tax["losses_left"]) == ("125000.00", "0.00")
    # Three for 900 and charges of 5, of which a rupee is transaction tax: a third of 904 is
    # 301.333..., and is sold for 310.
    call("POST", f"/{portfolio.pk}/transactions", ENTRY | {"quantity": 3, "charges": "5"})
    sale = {"kind": "sell", "quantity": 1, "trade_date": "2025-01-08", "price": "310"}
    call("POST", f"/{portfolio.pk}/transactions", ENTRY | sale)
    (year,) = call("GET", f"/{portfolio.pk}/tax").json()["years"]
    assert (year["short"], year["long"], year["tax"]) == ("8.67", "0.00", "1.73")


def test_an_entry_is_booked_once_changed_with_a_trail_and_deleted(call, portfolio, investor):
    once = {"Idempotency-Key": "order-77"}
    first = call("POST", f"/{portfolio.pk}/transactions", ENTRY, **once)
    assert first.status_code == 200, first.content
    again = call("POST", f"/{portfolio.pk}/transactions", ENTRY, **once)
    assert first.json()["id"] == again.json()["id"] and first.json()["origin"] == "api"
    assert first.json()["doubt"] == ""
    place = f"/{portfolio.pk}/transactions/{first.json()['id']}"
    assert call("PUT", place, ENTRY | {"quantity": 3}).json()["quantity"] == 3
    slipped = call("PUT", place, ENTRY | {"price": "99000"}).json()
    assert D(slipped["price"]) == 99_000 and " times the close of that day" in slipped["doubt"]
    assert call("DELETE", place).json() == {"deleted": first.json()["id"]}
    assert call("DELETE", place).status_code == 404
    assert [c.by for c in LedgerChange.objects.all()] == [investor] * 3
    assert call("GET", f"/{portfolio.pk}/transactions").json()["items"] == []


def test_pages_of_the_ledger(call, portfolio):
    for day in range(6, 11):
        call("POST", f"/{portfolio.pk}/transactions", ENTRY | {"trade_date": f"2025-01-{day:02d}"})
    page = call("GET", f"/{portfolio.pk}/transactions?limit=2&page=2&symbol=tcs").json()
    assert [row["trade_date"] for row in page["items"]] == ["2025-01-08", "2025-01-07"]
    assert page["next"] == 3
    assert call("GET", f"/{portfolio.pk}/transactions?limit=2&page=3").json()["next"] is None
    assert call("GET", f"/{portfolio.pk}/transactions?limit=9999").status_code == 422


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"symbol": "NOPE"}, "symbol", "not a stock known"),
        ({"kind": "sell", "quantity": 5}, "quantity", "5 more than the 0 held"),
        ({"trade_date": "tomorrow"}, "trade_date", "Nothing was saved"),
        ({"quantity": "many"}, "quantity", "Nothing was saved"),
        ({"trade_date": "0001-01-01"}, "trade_date", "01 Jan 0001 lies before 1990"),
        (
            {"trade_date": "9999-12-31"},
            "trade_date",
            "31 Dec 9999 is later than the latest session",
        ),
        ({"kind": "split", "ratio": "0/0"}, "ratio", "as 5, 3/2"),
    ],
)
def test_bad_input_names_its_field_and_saves_nothing(call, portfolio, body, field, words):
    answer = call("POST", f"/{portfolio.pk}/transactions", ENTRY | body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert words in answer.json()["error"]
    assert Transaction.objects.count() == 0


@pytest.mark.parametrize("body", ["{", "kind=buy", "\xff", "[" * 100_000])
def test_a_body_that_is_not_json_changes_nothing(call, client, portfolio, investor, body):
    _, key = create_token(user=investor, name="raw", scopes=BOTH, days=30)
    address = f"/api/v1/portfolios/{portfolio.pk}/transactions"
    headers = {"Authorization": f"Bearer {key}"}
    answer = client.post(address, body, content_type="application/json", headers=headers)
    assert answer.status_code == 400
    assert answer.json() == {"error": "Nothing was read or changed: the body is not JSON."}
    listed = client.post(address, "[1]", content_type="application/json", headers=headers)
    assert listed.status_code == 422 and "Nothing was saved" in listed.json()["error"]
    assert Transaction.objects.count() == 0


def test_too_many_requests_are_told_to_wait(call):
    answers = [call("GET", "") for _ in range(130)]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert answers[-1].json()["error"].startswith("Nothing was read or changed: too many requests")


def test_an_address_that_guesses_tokens_is_refused_before_they_are_looked_up(call, monkeypatch):
    looked_up = []
    monkeypatch.setattr("accounts.api.time.time", lambda: 1_000_000_010.0)

    def look_up(key):
        looked_up.append(key)
        return token_for(key)

    monkeypatch.setattr("accounts.api.token_for", look_up)
    wrong = [call("GET", "", key=f"finseg_{number:043d}") for number in range(62)]
    assert [answer.status_code for answer in wrong] == [401] * 60 + [429] * 2
    assert len(looked_up) == 60
    # 1,000,000,010 is the 50th second of its minute.
    assert wrong[-1]["Retry-After"] == "10" and "10 seconds" in wrong[-1].json()["error"]
    assert call("GET", "").status_code == 429  # the right one from there waits, too
    monkeypatch.setattr("accounts.api.time.time", lambda: 1_000_000_020.0)
    assert call("GET", "").status_code == 200


def test_the_api_describes_itself(client, investor):
    page = client.get("/api/").content.decode()
    assert "/api/v1/portfolios/{pk}/performance" in page and "Idempotency-Key" in page
    schema = client.get("/api/v1/openapi.json").json()
    assert schema["info"]["title"] == "finseg" and "/api/v1/portfolios" in schema["paths"]


def test_every_field_that_can_be_sent_is_described(client):
    schema = client.get("/api/v1/openapi.json").json()
    known, bodies = schema["components"]["schemas"], set()
    for path, methods in schema["paths"].items():
        for method, said in methods.items():
            for each in [*said.get("parameters", []), *fields_of(said, known)]:
                assert each["description"], (method, path, each["name"])
            bodies |= {(method, path)} if "requestBody" in said else set()
    # Every operation that reads a body has fields on the page.
    page = client.get("/api/").content.decode()
    assert page.count("Field of the body") == len(bodies) == 7
    for name in ("cost_share", "openings[].bought", "confirm_prices", "password", "holds"):
        assert f"<code>{name}</code>" in page, name
    sent = schema["paths"]["/api/v1/portfolios/{pk}/imports"]["post"]["responses"]
    assert sent["422"]["content"]["application/json"]["schema"]["$ref"].endswith("/Refusal")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("start=0001-01-01", "01 Jan 0001, lies before NSE’s first session"),
        ("period=1y&end=0001-01-01", "01 Jan 0001, lies before NSE’s first session"),
        ("end=9999-12-31", "31 Dec 9999, lies in the future"),
        ("start=2025-02-01&end=2025-01-01", "is later than the last"),
    ],
)
def test_days_that_cannot_be_asked_for(call, portfolio, bought, asked, words):
    answer = call("GET", f"/{portfolio.pk}/performance?{asked}")
    assert answer.status_code == 422 and words in answer.json()["error"]


def test_names_in_a_description_are_marked_and_nothing_else_is_html():
    assert marked("Of `into` & `a<b`.") == ("Of <code>into</code> &amp; <code>a&lt;b</code>.")


def test_a_program_is_told_of_a_split_that_the_ledger_cannot_hold(call, portfolio):
    for kind, day in (("buy", date(2025, 1, 6)), ("sell", date(2025, 3, 3))):
        record_trade(
            portfolio=portfolio, kind=kind, symbol="INFY", quantity=10, price=140, trade_date=day
        )
    assert call("GET", f"/{portfolio.pk}").json()["left_out"] == []
    store_corporate_actions(source=SOURCE, actions=[("INFY", date(2025, 2, 3), "split", 0.1)])
    answer = call("GET", f"/{portfolio.pk}").json()
    assert answer["left_out"] == [
        {
            "symbol": "INFY",
            "ex_date": "2025-02-03",
            "ratio": "1/10",
            "reason": "The sale of 10 INFY on 03 Mar 2025 is 9 more than the 1 held on that day.",
        }
    ]
