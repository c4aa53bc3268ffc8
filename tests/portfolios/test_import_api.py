"""A program sends a file, looks at what it would do, and books it once."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts import services as accounts
from accounts.tokens import create_token
from portfolios.domain.imports.tables import MOST_BYTES
from portfolios.models import ImportBatch, Portfolio, Transaction
from portfolios.services import create_portfolio

BOTH = ["portfolio:read", "portfolio:write"]
HEAD = (
    b"symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,"
    b"trade_id,order_id,order_execution_time\n"
)
TRADES = (
    HEAD
    + b"""\
INFY,,2025-01-06,NSE,EQ,EQ,buy,false,10,140,101,1,2025-01-06T10:00:00
INFY,,2025-01-08,NSE,EQ,EQ,sell,false,4,150,102,2,2025-01-08T10:00:00
NOSUCH,,2025-01-08,NSE,EQ,EQ,buy,false,4,150,103,3,2025-01-08T10:00:00
"""
)
OWN = b"When,Paper,How many,At\n2025-01-06,INFY,3,141\n"


@pytest.fixture
def api(client, portfolio, investor):
    _, key = create_token(user=investor, name="tests", scopes=BOTH, days=30)

    def call(method, path="", body=None, *, data=None, key=key, of=portfolio):
        sent = {"headers": {"Authorization": f"Bearer {key}"}}
        address = f"/api/v1/portfolios/{of.pk}/imports{path}"
        if data is not None:
            return client.post(address, {"file": SimpleUploadedFile("t.csv", data)}, **sent)
        return client.generic(
            method, address, json.dumps(body or {}), content_type="application/json", **sent
        )

    return call


def test_from_the_file_to_the_ledger_and_never_twice(api):
    sent = api("POST", data=TRADES).json()
    assert sent["state"] == "planned" and sent["counts"]["new"] == 2, sent
    assert Transaction.objects.count() == 0

    seen = api("GET", f"/{sent['id']}").json()
    assert [(row["what"], row["symbol"], row["quantity"]) for row in seen["items"]] == [
        ("Buy", "INFY", "10"),
        ("Sell", "INFY", "4"),
    ]
    assert seen["next"] is None
    first = api("GET", f"/{sent['id']}?limit=1").json()
    assert len(first["items"]) == 1 and first["next"] == 2
    assert seen["unknown_names"] == {"NOSUCH": 1}
    refused = api("GET", f"/{sent['id']}?show=refused").json()["items"]
    assert len(refused) == 1 and "NOSUCH" in str(refused)

    for _ in range(2):
        done = api("POST", f"/{sent['id']}/commit").json()
        assert (done["state"], done["booked"]) == ("committed", 2), done
    assert Transaction.objects.count() == 2

    again = api("POST", data=TRADES).json()
    assert again["counts"]["new"] == 0 and again["counts"]["known"] == 2
    assert api("DELETE", f"/{again['id']}").json() == {"forgotten": again["id"]}
    assert api("GET", f"/{again['id']}").status_code == 404
    assert Transaction.objects.count() == 2

    back = api("POST", f"/{sent['id']}/undo").json()
    assert (back["state"], back["booked"]) == ("undone", 0), back
    assert Transaction.objects.count() == 0
    twice = api("POST", f"/{sent['id']}/undo")
    assert twice.status_code == 409 and "nothing to take back" in twice.json()["error"]


def test_rows_are_set_aside_and_taken_back(api):
    sent = api("POST", data=TRADES).json()
    told = api("POST", f"/{sent['id']}/choices", {"aside": [2]}).json()["counts"]
    # Without the purchase the sale lacks its shares.
    assert (told["new"], told["aside"], told["orphans"]) == (0, 1, 1)
    assert api("GET", f"/{sent['id']}?show=aside").json()["items"][0]["row"] == 2
    strange = api("POST", f"/{sent['id']}/choices", {"aside": [4]})
    assert strange.status_code == 409 and "Row 4 is none" in strange.json()["error"]
    told = api("POST", f"/{sent['id']}/choices", {"back": [2]}).json()["counts"]
    assert (told["new"], told["aside"], told["orphans"]) == (2, 0, 0)


def test_a_file_of_ones_own_kind_has_its_columns_named(api):
    sent = api("POST", data=OWN).json()
    assert sent["state"] == "unmapped"
    early = api("POST", f"/{sent['id']}/commit")
    assert early.status_code == 409 and "Name the columns" in early.json()["error"]
    asked = api("GET", f"/{sent['id']}").json()["to_map"]
    assert asked["heads"] == ["When", "Paper", "How many", "At"]
    columns = {"day": "When", "symbol": "Paper", "quantity": "How many", "price": "At"}
    wrong = api("POST", f"/{sent['id']}/mapping",
                {"columns": {"colour": "At"}, "holds": "trades", "at": asked["at"]})  # fmt: skip
    assert wrong.status_code == 409 and "Nothing was booked" in wrong.json()["error"]
    mapped = api("POST", f"/{sent['id']}/mapping",
                 {"columns": columns, "holds": "trades", "at": asked["at"]})  # fmt: skip
    assert mapped.status_code == 200, mapped.json()
    assert mapped.json()["counts"]["new"] == 1
    decided = api("POST", f"/{sent['id']}/choices", {"plan": "no such plan"})
    assert decided.status_code == 409 and "plans" in decided.json()["error"]


def test_what_cannot_be_taken_is_refused_in_a_sentence(api):
    for data in (b"", b" ", b"\x00\x01\x02" * 50, b"x" * (MOST_BYTES + 1), b"%PDF-1.7\nx"):
        answer = api("POST", data=data)
        assert answer.status_code == 422, (data[:9], answer.content)
        assert answer.json()["error"].endswith("Nothing was booked.")
    # What is refused only once its columns are named.
    batch = api("POST", data=OWN + b"31-12-2024,INFY,3,141\n12-31-2024,INFY,3,141\n").json()["id"]
    columns = {"day": "When", "symbol": "Paper", "quantity": "How many", "price": "At"}
    mixed = api("POST", f"/{batch}/mapping", {"columns": columns, "holds": "trades", "at": 0})
    assert (
        mixed.status_code == 422 and "the day first and others the month" in mixed.json()["error"]
    )
    assert api("POST").status_code == 422  # no file at all
    assert Transaction.objects.count() == 0


def test_doubtful_prices_are_listed_and_have_to_be_confirmed(api):
    data = HEAD + b"INFY,,2025-01-06,NSE,EQ,EQ,buy,false,10,90000,101,1,2025-01-06T10:00:00\n"
    sent = api("POST", data=data).json()
    assert sent["counts"]["doubtful"] == sent["counts"]["new"] == 1
    (row,) = api("GET", f"/{sent['id']}?show=doubtful").json()["items"]
    assert " times the close of that day, " in row["doubt"]
    commit = f"/{sent['id']}/commit"
    for body in ({}, {"confirm_prices": False}):
        asked = api("POST", commit, body)
        assert asked.status_code == 409 and "confirm_prices" in asked.json()["error"]
        assert "Nothing was booked." in asked.json()["error"]
    assert Transaction.objects.count() == 0
    assert api("POST", commit, {"confirm_prices": "perhaps"}).status_code == 422
    assert api("POST", commit, {"confirm_prices": True}).json()["booked"] == 1


def test_a_file_that_cannot_be_booked_after_all_is_told_so(api, portfolio):
    sent = api("POST", data=TRADES).json()["id"]
    Portfolio.objects.filter(pk=portfolio.pk).update(closed_at=timezone.now())
    answer = api("POST", f"/{sent}/commit")
    assert answer.status_code == 409 and "closed" in answer.json()["error"]
    assert Transaction.objects.count() == 0
    # What it was refused for is no answer to what is asked next.
    Portfolio.objects.filter(pk=portfolio.pk).update(closed_at=None)
    assert api("POST", f"/{sent}/choices", {"plan": "zero"}).status_code == 200
    assert api("POST", f"/{sent}/commit").json()["state"] == "committed"


def test_readers_and_strangers_can_do_nothing(api, portfolio, investor):
    sent = api("POST", data=TRADES).json()
    _, reader = create_token(user=investor, name="reader", scopes=["portfolio:read"], days=30)
    assert api("GET", f"/{sent['id']}", key=reader).status_code == 200
    assert api("POST", f"/{sent['id']}/commit", key=reader).status_code == 403
    assert api("POST", data=TRADES, key=reader).status_code == 403

    other = accounts.register(email="other@example.org", password="quiet river 1947 stone")
    theirs = create_portfolio(investor=other)
    _, stranger = create_token(user=other, name="other", scopes=BOTH, days=30)
    for method, path in (("GET", ""), ("POST", "/commit"), ("DELETE", "")):
        assert api(method, f"/{sent['id']}{path}", key=stranger).status_code == 404
        assert api(method, f"/{sent['id']}{path}", key=stranger, of=theirs).status_code == 404
    assert ImportBatch.objects.count() == 1 and Transaction.objects.count() == 0


def test_files_are_counted_apart(api):
    answers = [api("POST", data=OWN).status_code for _ in range(21)]
    assert answers[:20] == [200] * 20 and answers[20] == 429
    assert api("GET").status_code == 200
