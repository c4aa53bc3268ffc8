"""A ledger is read once while nothing changes, and a change of it or of prices is seen at once."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from finseg.formatting import rupees, share
from market import livestore
from market.domain.bars import Bars
from market.queries import feed_state, market_status, one_market
from market.services import store_bars, store_corporate_actions
from portfolios import ledgers
from portfolios.domain.flows import flows_of
from portfolios.domain.ledger import book_of
from portfolios.ledgers import ENTRY_FIELDS, entry_of, flows_for, ledger_of, stored_entries
from portfolios.models import Transaction
from portfolios.services import delete_entry, edit_entry, entry_from, record_entry, record_trade
from portfolios.splits import known_splits
from tests.portfolios.conftest import SOURCE, quote, text_of

PATHS = ("/portfolio/", "/portfolio/performance/?period=all", "/portfolio/transactions/")
ENTRIES = (
    {"kind": "dividend", "symbol": "INFY", "cash": "80.50", "charges": "8.05",
     "trade_date": date(2025, 1, 15)},
    {"kind": "split", "symbol": "INFY", "ratio": "3/2", "trade_date": date(2024, 8, 1)},
    {"kind": "fee", "cash": 25, "trade_date": date(2025, 2, 4)},
    {"kind": "transfer_in", "symbol": "HDFCBANK", "quantity": 3, "price": 60,
     "acquired": date(2023, 5, 2), "trade_date": date(2024, 10, 1)},
    {"kind": "demerger", "symbol": "TCS", "into": "HDFCBANK", "ratio": "1/2",
     "cost_share": "0.12345678", "trade_date": date(2024, 12, 2)},
)  # fmt: skip


@pytest.fixture
def purchase(holding):
    return Transaction.objects.get(portfolio=holding, symbol="INFY")


def priced(amount):
    return entry_from(
        kind="buy", symbol="INFY", quantity=10, price=amount, trade_date=date(2024, 6, 3)
    )


def anew(portfolio):
    """Flows of the ledger as it is stored, past all that is kept."""
    return tuple(flows_of(book_of(ledgers.entries_of(portfolio)), known_splits()))


def test_entries_read_past_the_orm_are_the_ones_it_reads(holding):
    for typed in ENTRIES:
        record_entry(portfolio=holding, entry=entry_from(**typed))
    rows = Transaction.objects.filter(portfolio=holding).order_by("trade_date", "sequence")
    plain = [entry_of(*row) for row in rows.values_list(*ENTRY_FIELDS)]
    assert len(plain) == 7 and stored_entries(holding) == plain
    later = [entry for entry in plain if entry.day >= date(2024, 12, 2)]
    assert stored_entries(holding, since=date(2024, 12, 2)) == later


def test_a_ledger_is_read_once_while_nothing_changes(holding):
    first = ledger_of(holding)
    assert ledger_of(holding) is first and first.flows == anew(holding)
    assert ledger_of(holding).book is first.book


def test_every_change_of_the_ledger_is_seen_at_once(holding, purchase, investor):
    """Also by a caller whose portfolio was read before the change."""
    seen = [flows_for(holding)]

    def look():
        seen.append(flows_for(holding))
        assert seen[-1] == anew(holding) and seen[-1] != seen[-2]

    record_trade(
        portfolio=holding, kind="buy", symbol="TCS", quantity=1, price=300,
        trade_date=date(2025, 2, 3),
    )  # fmt: skip
    look()
    edit_entry(portfolio=holding, pk=purchase.pk, entry=priced(130), by=investor)
    look()
    assert seen[-1][0].money_in == 1300
    delete_entry(portfolio=holding, pk=purchase.pk, by=investor)
    look()


def test_a_split_the_market_reports_is_seen_at_once(holding):
    assert ledger_of(holding).entries[0].kind == "buy"
    store_corporate_actions(source=SOURCE, actions=[("INFY", date(2024, 9, 2), "split", 5.0)])
    (split,) = (entry for entry in ledger_of(holding).entries if entry.kind == "split")
    assert split.ratio == 5 and flows_for(holding)[0].shares == 50


def test_what_was_written_while_it_was_read_is_not_kept(holding, purchase, investor, monkeypatch):
    read = ledgers.stored_entries

    def written_meanwhile(portfolio, **more):
        monkeypatch.setattr(ledgers, "stored_entries", read)
        before = read(portfolio, **more)
        edit_entry(portfolio=holding, pk=purchase.pk, entry=priced(140), by=investor)
        return before

    monkeypatch.setattr(ledgers, "stored_entries", written_meanwhile)
    assert ledger_of(holding).entries[0].price == Decimal(140)


def test_few_ledgers_are_kept(holding, monkeypatch):
    monkeypatch.setattr(ledgers, "MOST_KEPT", 3)
    ledgers.forget_ledgers()
    other = type(holding)(pk=holding.investor_id)
    ledger_of(holding), ledger_of(other)
    assert len(ledgers._kept) == 2
    monkeypatch.setattr(ledgers, "MOST_KEPT", 1)
    ledgers.forget_ledgers()
    ledger_of(other), ledger_of(holding)
    assert list(ledgers._kept) == [holding.pk]


def test_a_ledger_that_nobody_asks_for_is_let_go(holding):
    ledgers.forget_ledgers()
    first = ledger_of(holding)
    first.used -= ledgers.IDLE + 1
    ledger_of(type(holding)(pk=holding.investor_id))
    assert holding.pk not in ledgers._kept
    assert ledger_of(holding) is not first


def test_pages_show_an_edit_and_new_prices_at_once(client, holding, purchase, investor):
    client.force_login(investor)
    for path in PATHS:  # whatever is kept is kept now
        client.get(path)
    edit_entry(portfolio=holding, pk=purchase.pk, entry=priced(130), by=investor)
    overview, performance, entries = (text_of(client.get(path)) for path in PATHS)
    # Ten shares at 130 and ten at 120 were bought; they are worth 10 x 150 + 10 x 310.
    for page in (overview, performance):
        assert share(4600 / 2500 - 1) in page and share(4600 / 2400 - 1) not in page
    assert rupees(2500, 0) in overview and rupees(1300) in entries

    livestore.write_quotes(SOURCE, [quote("INFY", 160.0)])
    for path in PATHS[:2]:
        page = text_of(client.get(path))
        assert rupees(4700) in page and share(4700 / 2500 - 1) in page

    # A stored close of the past moves the history without any quote.
    known = text_of(client.get("/portfolio/performance/?period=all"))
    days = np.array(["2025-03-06", "2025-03-07"], "datetime64[D]")
    low = np.array([10.0, 10.0])
    store_bars(source=SOURCE, bars={"TCS": Bars(days, low, low, low, low, low, low.astype(int))})
    assert text_of(client.get("/portfolio/performance/?period=all")) != known


def test_within_one_market_the_state_of_the_feed_is_read_once(stocks):
    assert feed_state() is not feed_state()
    with one_market():
        assert feed_state() is feed_state() and market_status() is market_status()
    assert feed_state() is not feed_state()
