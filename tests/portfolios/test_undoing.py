"""An import taken back: all of its entries, or none."""

from datetime import date
from decimal import Decimal as D

import pytest

from portfolios import services
from portfolios.domain.entries import Entry
from portfolios.ledgers import differences, stored_entries
from portfolios.models import ImportBatch, ImportState, LedgerChange, Transaction
from portfolios.services import ImportRefused
from tests.portfolios.imports.conftest import tradebook
from tests.portfolios.test_importing import booked, send, staged, text_of

FILE = tradebook(
    ("INFY", "2024-06-03", "buy", "10", "120", "1"),
    ("TCS", "2024-12-02", "buy", "5", "300", "3"),
)


def entered(portfolio, kind, symbol, quantity, day):
    entry = Entry(kind, symbol, D(quantity), D(100), day)
    return services.record_entry(portfolio=portfolio, entry=entry)


def test_its_entries_leave_the_ledger_and_the_file_can_come_again(client, portfolio):
    entered(portfolio, "buy", "INFY", 3, date(2024, 6, 3))
    client.force_login(portfolio.investor)
    address = send(client, FILE).url
    client.post(address, {"do": "commit"})
    assert "Take the import back" in text_of(client.get(address))
    page = client.post(address, {"do": "undo"}, follow=True)
    assert "2 entries were taken out of the ledger" in text_of(page)
    portfolio.refresh_from_db()
    assert [(each.symbol, each.quantity) for each in stored_entries(portfolio)] == [("INFY", 3)]
    assert not differences(portfolio)
    kept = LedgerChange.objects.filter(portfolio=portfolio, action="deleted", by=portfolio.investor)
    assert sorted(change.before["symbol"] for change in kept) == ["INFY", "TCS"]
    # Taken back twice, nothing more goes; sent again, it is booked again.
    again = client.post(address, {"do": "undo"})
    assert again.status_code == 422 and "there is nothing to take back" in text_of(again)
    assert booked(staged(portfolio, FILE)).added == 2


def test_shares_sold_since_keep_it_where_it_is(portfolio):
    batch = booked(staged(portfolio, FILE))
    entered(portfolio, "sell", "INFY", 4, date(2025, 1, 6))
    with pytest.raises(ImportRefused, match=r"INFY.* Nothing was taken back\.$"):
        services.undo_import(batch=batch, by=portfolio.investor)
    assert Transaction.objects.count() == 3
    assert ImportBatch.objects.get(pk=batch.pk).state == ImportState.COMMITTED


def test_what_is_not_booked_cannot_be_taken_back(portfolio):
    with pytest.raises(ImportRefused, match="nothing to take back"):
        services.undo_import(batch=staged(portfolio, FILE), by=portfolio.investor)


def test_entries_changed_since_go_as_well_and_the_trail_has_both(portfolio):
    batch = booked(staged(portfolio, FILE))
    line = Transaction.objects.get(symbol="TCS")
    better = Entry("buy", "TCS", D(6), D(300), date(2024, 12, 2))
    services.edit_entry(portfolio=portfolio, pk=line.pk, entry=better, by=portfolio.investor)
    services.undo_import(batch=batch, by=portfolio.investor)
    assert not Transaction.objects.exists()
    trail = LedgerChange.objects.filter(sequence=line.sequence).order_by("at")
    assert [(each.action, each.before["quantity"]) for each in trail] == [
        ("edited", 5),
        ("deleted", 6),
    ]


def test_of_two_who_take_it_back_both_are_told_that_it_is(portfolio):
    first = booked(staged(portfolio, FILE))
    second = ImportBatch.objects.get(pk=first.pk)
    services.undo_import(batch=first, by=portfolio.investor)
    services.undo_import(batch=second, by=portfolio.investor)
    assert (second.state, second.added) == (ImportState.UNDONE, 0)
    assert (
        second.words
        == first.words
        == ("2 entries were taken out of the ledger; its trail keeps what goes.")
    )
