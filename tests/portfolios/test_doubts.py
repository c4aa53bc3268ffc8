"""Prices far from the market's: one rule for the form and for files, and nothing booked unasked."""

from datetime import date
from decimal import Decimal as D

import numpy as np
import pytest

from market import services as market
from market.domain.bars import Bars
from market.models import CorporateAction
from market.queries import price_panel
from portfolios import services
from portfolios.domain.entries import Entry
from portfolios.models import ImportBatch, ImportState, Transaction
from portfolios.prices import price_doubts, traded_on
from portfolios.services import ImportRefused, PricesInDoubt
from tests.portfolios.conftest import SOURCE, text_of
from tests.portfolios.imports.conftest import tradebook
from tests.portfolios.test_importing import booked, counts, send, staged, ticked

MONDAY = date(2025, 1, 6)
SLIPPED = tradebook(
    ("INFY", "2025-01-06", "buy", "10", "140", "1"),
    ("INFY", "2025-01-07", "buy", "1", "90000", "2"),
    ("TCS", "2025-01-07", "buy", "1", "3.1", "3"),
)


def close_at(symbol, day, price):
    """Let a stock have traded at one price on a day."""
    column = np.array([price])
    bars = Bars(np.array([day], "datetime64[D]"), *[column] * 5, np.array([1000]))
    market.store_bars(source=SOURCE, bars={symbol: bars})


@pytest.fixture
def priced(portfolio):
    close_at("INFY", "2025-01-06", 141.0)
    close_at("INFY", "2025-01-07", 3600.0)
    close_at("TCS", "2025-01-07", 310.0)
    return portfolio


def trade(symbol, day, price, kind="buy"):
    return Entry(kind, symbol, D(1), D(price), day)


def test_a_day_goes_by_its_own_bar_the_one_before_it_or_the_latest_quote(priced):
    saturday, before_all = date(2025, 1, 11), date(2001, 1, 1)
    close_at("INFY", "2025-01-10", 150.0)
    found = traded_on(
        [("INFY", MONDAY), ("INFY", saturday), ("INFY", date(2025, 3, 10)), ("TCS", before_all),
         ("NOSUCH", MONDAY)]
    )  # fmt: skip
    assert {pair: (t.close, t.day, t.is_live) for pair, t in found.items()} == {
        ("INFY", MONDAY): (141.0, MONDAY, False),
        ("INFY", saturday): (150.0, date(2025, 1, 10), False),
        ("INFY", date(2025, 3, 10)): (150.0, date(2025, 3, 10), True),
    }
    assert traded_on([]) == {}


def test_a_price_is_compared_as_shares_were_counted_on_its_day(priced):
    CorporateAction.objects.create(
        source=SOURCE, symbol="INFY", ex_date=date(2025, 2, 3), action="split", value=5.0
    )
    market.bump_price_version()
    # Vendors give 141 for what was traded at 705 before one share became five.
    fair, later, counted = price_doubts(
        [
            trade("INFY", MONDAY, 700),
            trade("INFY", MONDAY, 141),
            Entry("buy", "INFY", D(1), D(141), MONDAY, counted_on=date(2025, 3, 3)),
        ]
    )
    assert fair == counted == ""
    assert later.startswith("The price is 20.0 % of the close of that day, 705.00, but near it")


def test_all_rows_of_a_file_are_read_at_once(priced, monkeypatch):
    asked = []

    def counted(**wanted):
        asked.append(wanted["column"])
        return price_panel(**wanted)

    monkeypatch.setattr("portfolios.prices.price_panel", counted)
    days = [date(2024, 1 + i % 12, 1 + i % 28) for i in range(500)]
    price_doubts([trade(("INFY", "TCS")[i % 2], day, 140) for i, day in enumerate(days)])
    assert sorted(asked) == ["close", "high", "low"]


def test_only_trades_are_doubted_and_only_where_a_price_is_known(priced):
    entries = [
        trade("INFY", date(2001, 1, 1), 90000),
        Entry("transfer_in", "INFY", D(1), D(1), MONDAY),
        trade("INFY", MONDAY, 200, "sell"),
    ]
    assert [bool(words) for words in price_doubts(entries)] == [False, False, True]


def test_a_file_with_doubtful_prices_is_booked_only_when_they_are_confirmed(priced):
    batch = staged(priced, SLIPPED)
    assert batch.counts == counts(new=3, doubtful=2)
    doubtful = services.plan_of(batch)["doubtful"]
    assert [(row["row"], row["doubt"]) for row in doubtful] == [
        (3, "The price is 25 times the close of that day, 3,600.00: check it before you book."),
        (4, "The price is 1.0 % of the close of that day, 310.00: check it before you book."),
    ]
    with pytest.raises(PricesInDoubt, match=r"^2 rows have a price far .*Nothing was booked\.$"):
        services.commit_import(batch=batch)
    assert batch.state == ImportState.PLANNED and not Transaction.objects.exists()
    assert booked(batch, confirmed=True).added == 3
    # The ledger has them now: there is nothing to confirm.
    again = staged(priced, SLIPPED)
    assert again.counts["doubtful"] == 0 and booked(again).added == 0


def test_what_comes_into_doubt_after_it_was_looked_at_is_asked_for_anew(priced):
    batch = staged(priced, tradebook(("INFY", "2025-01-06", "buy", "10", "140", "1")))
    assert batch.counts["doubtful"] == 0
    close_at("INFY", "2025-01-06", 14.0)  # a price of the vendor's was corrected
    booked(batch)
    assert batch.state == ImportState.PLANNED and not Transaction.objects.exists()
    assert batch.words.startswith("1 row has a price that came to be far from the market’s")
    assert batch.words.endswith("Nothing was booked.")
    assert services.plan_of(batch)["doubtful"][0]["doubt"].startswith("The price is 10 times")
    with pytest.raises(ImportRefused):
        services.commit_import(batch=batch)
    assert booked(batch, confirmed=True).added == 1


def test_the_page_marks_the_rows_and_asks_once(client, priced):
    client.force_login(priced.investor)
    address = send(client, SLIPPED).url
    page = text_of(client.get(address))
    assert "2 prices in doubt" in page and 'name="confirm"' in page and "3 entries would" in page
    doubtful = text_of(client.get(f"{address}?show=doubtful"))
    assert "The price is 25 times the close of that day, 3,600.00" in doubtful
    refused = client.post(address, {"do": "commit"})
    assert refused.status_code == 422 and "Nothing was booked." in text_of(refused)
    assert not Transaction.objects.exists()
    client.post(address, {"do": "commit", "confirm": ticked(page)})
    assert "3 entries booked" in text_of(client.get(address))
    # A file without such rows does not ask.
    plain = send(client, tradebook(("INFY", "2025-01-06", "buy", "3", "142", "9"))).url
    assert 'name="confirm"' not in text_of(client.get(plain))


def test_a_tick_is_for_the_prices_that_stood_beside_it(client, priced):
    client.force_login(priced.investor)
    strange = tradebook(
        ("INFY", "2025-01-07", "buy", "1", "90000", "1"),
        ("WHATISIT", "2025-01-07", "buy", "1", "90000", "2"),
    )
    address = send(client, strange).url
    first = text_of(client.get(address))
    assert "1 price in doubt" in first
    # In another window the unknown stock is named, and its price comes into doubt as well.
    client.post(address, {"do": "choose", "label": "WHATISIT", "symbol": "TCS"})
    assert "2 prices in doubt" in text_of(client.get(address))
    refused = client.post(address, {"do": "commit", "confirm": ticked(first)})
    assert refused.status_code == 422 and "Other prices are in doubt by now" in text_of(refused)
    assert not Transaction.objects.exists()
    client.post(address, {"do": "commit", "confirm": ticked(text_of(client.get(address)))})
    assert Transaction.objects.count() == 2


def test_rows_set_aside_are_not_booked_and_can_be_taken_back(client, priced):
    client.force_login(priced.investor)
    address = send(client, SLIPPED).url
    client.post(address, {"do": "aside", "all": "doubtful"})
    page = text_of(client.get(address))
    assert "1 entry would be booked" in page and 'name="confirm"' not in page
    assert "Set aside 2" in page
    client.post(address, {"do": "back", "row": "4"})
    page = text_of(client.get(address))
    assert "1 price in doubt" in page and "2 entries would be booked" in page
    client.post(address, {"do": "commit", "confirm": ticked(page)})
    assert sorted(Transaction.objects.values_list("symbol", flat=True)) == ["INFY", "TCS"]
    assert "2 booked, 0 there already, 0 refused. 1 set aside, as you asked." in text_of(
        client.get(address)
    )
    # Sent again, the file brings what was set aside, and only that.
    again = staged(priced, SLIPPED)
    assert again.counts == counts(new=1, doubtful=1, known=2)


def test_a_sale_whose_purchase_is_set_aside_lacks_its_shares(priced):
    batch = staged(
        priced,
        tradebook(
            ("INFY", "2025-01-06", "buy", "10", "140", "1"),
            ("INFY", "2025-01-07", "sell", "10", "3600", "2"),
        ),
    )
    services.work_on(services.choose(batch=batch, aside=[2]))
    assert (batch.counts["new"], batch.counts["orphans"], batch.counts["aside"]) == (0, 1, 1)
    services.work_on(services.choose(batch=batch, back=[2]))
    assert (batch.counts["new"], batch.counts["orphans"], batch.counts["aside"]) == (2, 0, 0)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Tick the rows first. Nothing was changed."),
        ({"row": "99"}, "Row 99 is none that could be booked. Nothing was changed."),
        ({"row": "1; DROP"}, "What was ticked is no row of the file. Nothing was changed."),
    ],
)
def test_only_rows_that_could_be_booked_are_set_aside(client, priced, typed, said):
    client.force_login(priced.investor)
    address = send(client, SLIPPED).url
    refused = client.post(address, {"do": "aside"} | typed)
    assert refused.status_code == 422 and said in text_of(refused)
    assert "3 entries would be booked" in text_of(client.get(address))


def test_rows_of_a_file_that_is_booked_are_not_set_aside(client, priced):
    client.force_login(priced.investor)
    address = send(client, SLIPPED).url
    client.post(address, {"do": "commit", "confirm": ticked(text_of(client.get(address)))})
    for typed in ({"all": "doubtful"}, {"row": "3"}):
        late = client.post(address, {"do": "aside"} | typed)
        assert late.status_code == 422 and "Nothing was changed." in text_of(late)
    assert Transaction.objects.count() == 3


def test_a_decision_about_what_another_window_changed_is_refused(priced):
    first = staged(priced, SLIPPED)
    second = ImportBatch.objects.get(pk=first.pk)
    services.work_on(services.choose(batch=first, aside=[3]))
    with pytest.raises(ImportRefused, match="or was changed"):
        services.choose(batch=second, aside=[4])
    assert ImportBatch.objects.get(pk=first.pk).choices["aside"] == [3]


def test_the_form_says_the_same_as_the_file(client, priced):
    client.force_login(priced.investor)
    typed = {"kind": "buy", "symbol": "INFY", "quantity": "1", "price": "90000",
             "trade_date": "2025-01-07"}  # fmt: skip
    said = "The price is 25 times the close of that day, 3,600.00: check it before you book."
    assert said in text_of(client.post("/portfolio/trade/", typed))
