"""Recording, editing and deleting every kind of entry, against the real MongoDB."""

from datetime import date
from decimal import Decimal as D
from fractions import Fraction

import pytest

from portfolios import queries
from portfolios.domain.entries import Entry
from portfolios.ledgers import differences
from portfolios.models import LedgerChange, Portfolio, Transaction
from portfolios.services import (
    EntryRefused,
    create_portfolio,
    delete_entry,
    edit_entry,
    entry_from,
    record_entries,
    record_entry,
    record_trade,
    rename_portfolio,
)

JANUARY, FEBRUARY, MARCH = date(2025, 1, 6), date(2025, 2, 3), date(2025, 3, 3)


def buy(portfolio, quantity=10, **more):
    fields = {"kind": "buy", "symbol": "INFY", "price": 140, "trade_date": JANUARY} | more
    return record_trade(portfolio=portfolio, quantity=quantity, **fields)


def test_an_edit_changes_entry_positions_and_trail_together(portfolio, investor):
    bought = buy(portfolio, 10)
    right = entry_from(
        kind="buy", symbol="INFY", quantity=12, price="141.50", trade_date=JANUARY, charges=3
    )
    edited = edit_entry(portfolio=portfolio, pk=bought.pk, entry=right, by=investor)
    assert (edited.pk, edited.sequence, edited.quantity) == (bought.pk, 1, 12)
    portfolio.refresh_from_db()
    assert (portfolio.positions[0].quantity, portfolio.positions[0].cost) == (12, 1701)
    (change,) = LedgerChange.objects.all()
    assert (change.action, change.by, change.sequence) == ("edited", investor, 1)
    assert (change.before["quantity"], change.after["quantity"]) == (10, 12)
    assert change.before["price"] == "140.0000"
    assert differences(portfolio) == {}
    # The same again is no change.
    edit_entry(portfolio=portfolio, pk=bought.pk, entry=right, by=investor)
    assert LedgerChange.objects.count() == 1


def test_what_a_later_sale_needs_is_neither_deleted_nor_made_less(portfolio, investor):
    bought = buy(portfolio, 10)
    record_trade(
        portfolio=portfolio, kind="sell", symbol="INFY", quantity=8, price=150, trade_date=MARCH
    )
    less = entry_from(kind="buy", symbol="INFY", quantity=7, price=140, trade_date=JANUARY)
    with pytest.raises(EntryRefused, match="1 more than the 7 held"):
        edit_entry(portfolio=portfolio, pk=bought.pk, entry=less, by=investor)
    with pytest.raises(EntryRefused, match="Nothing was saved"):
        delete_entry(portfolio=portfolio, pk=bought.pk, by=investor)
    assert LedgerChange.objects.count() == 0
    assert Transaction.objects.get(pk=bought.pk).quantity == 10
    sale = Transaction.objects.get(kind="sell")
    delete_entry(portfolio=portfolio, pk=sale.pk, by=investor)
    delete_entry(portfolio=portfolio, pk=bought.pk, by=investor)
    portfolio.refresh_from_db()
    assert (portfolio.positions, portfolio.money_in, portfolio.realised_profit) == ([], 0, 0)
    assert [c.action for c in LedgerChange.objects.all()] == ["deleted", "deleted"]
    with pytest.raises(EntryRefused, match="not in the ledger any more"):
        delete_entry(portfolio=portfolio, pk=bought.pk, by=investor)


def test_many_entries_are_booked_all_or_none_and_once(portfolio):
    def trade(kind, quantity, day):
        return Entry(kind, "INFY", D(quantity), D(140), day)

    file = [(trade("sell", 6, MARCH), "row-2"), (trade("buy", 10, JANUARY), "row-1")]
    added = record_entries(portfolio=portfolio, entries=file, batch="b1")
    assert [(t.kind, t.batch, t.origin) for t in added] == [
        ("sell", "b1", "import"), ("buy", "b1", "import"),
    ]  # fmt: skip
    assert record_entries(portfolio=portfolio, entries=file) == []
    portfolio.refresh_from_db()
    assert (portfolio.positions[0].quantity, portfolio.ledger_version) == (4, 2)
    more = [(trade("buy", 1, FEBRUARY), "row-3"), (trade("sell", 6, MARCH), "row-4")]
    with pytest.raises(EntryRefused, match="1 more than the 5 held"):
        record_entries(portfolio=portfolio, entries=more)
    assert Transaction.objects.count() == 2


def test_a_merger_moves_a_holding_for_pages_and_columns_alike(portfolio):
    buy(portfolio, 10)
    merger = entry_from(kind="merger", symbol="INFY", into="TCS", ratio="3/2", trade_date=FEBRUARY)
    booked = record_entry(portfolio=portfolio, entry=merger)
    assert booked.fair > 0  # TCS's close of the day, which would pay a fraction
    portfolio.refresh_from_db()
    (position,) = portfolio.positions
    assert (position.symbol, position.quantity, position.cost) == ("TCS", 15, 1400)
    assert (booked.shares, booked.into_shares, booked.moved) == (-10, 15, 1400)
    rows = queries.ledger_columns([portfolio.investor_number])
    named = [rows.symbols[i] for i in rows.symbol]
    assert sorted(zip(named, rows.quantity, rows.price, rows.is_trade, strict=True)) == [
        ("INFY", -10, 140, False),
        ("INFY", 10, 140, True),
        ("TCS", 15, pytest.approx(1400 / 15), False),
    ]  # fmt: skip
    values = queries.value_history(portfolio)[1]
    assert values[-1] == 15 * 310


def test_dividends_and_fees_count_in_profit_and_returns(portfolio):
    buy(portfolio, 10)  # 1,400, now at 150 each
    record_entry(
        portfolio=portfolio,
        entry=entry_from(kind="dividend", symbol="INFY", cash=80, charges=8, trade_date=MARCH),
    )
    record_entry(portfolio=portfolio, entry=entry_from(kind="fee", cash=22, trade_date=MARCH))
    portfolio.refresh_from_db()
    valuation = queries.valuation_of(portfolio)
    # 1,500 - 1,400 + 72 - 22 on 1,422 put in.
    assert valuation.total.value == pytest.approx(150)
    assert valuation.total_fraction.value == pytest.approx(150 / 1422)
    assert (portfolio.dividends, portfolio.fees) == (72, 22)


def test_several_portfolios_are_kept_apart(portfolio, investor):
    second = create_portfolio(investor=investor, name="  For   school ")
    assert second.name == "For school"
    buy(portfolio, 10)
    buy(second, 3)
    assert [p.positions[0].quantity for p in Portfolio.objects.order_by("created_at")] == [10, 3]
    with pytest.raises(EntryRefused, match="named “My portfolio” already"):
        rename_portfolio(portfolio=second, name="My portfolio")
    with pytest.raises(EntryRefused, match="1 to 80 characters"):
        create_portfolio(investor=investor, name=" ")
    assert queries.position_columns([investor.number]).quantity.sum() == 13


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"kind": "gift"}, "kind", "what kind"),
        ({"kind": "split", "ratio": "0"}, "ratio", "above 0"),
        ({"kind": "split", "ratio": "a:b"}, "ratio", "as 5, 3/2"),
        ({"kind": "merger", "ratio": "1", "into": "INFY"}, "into", "another stock"),
        (
            {"kind": "demerger", "ratio": "1", "into": "TCS", "cost_share": "2"},
            "cost_share", "0 and 1",
        ),
        ({"kind": "dividend", "cash": "0"}, "cash", "a paisa"),
        ({"kind": "dividend", "cash": "5", "charges": "6"}, "charges", "Charges lie"),
        ({"kind": "transfer_in", "quantity": 1, "acquired": MARCH}, "acquired", "of the transfer"),
        ({"kind": "transfer_in", "quantity": 1, "price": -1}, "price", "above zero"),
    ],
)  # fmt: skip
def test_what_cannot_be_typed_names_its_field(stocks, changes, field, words):
    with pytest.raises(EntryRefused, match=words) as refused:
        entry_from(**{"symbol": "INFY", "trade_date": FEBRUARY} | changes)
    assert refused.value.field == field


def test_a_ratio_may_be_written_as_people_do(stocks):
    for written in ("3/2", "3:2", "1.5"):
        made = entry_from(kind="split", symbol="INFY", ratio=written, trade_date=FEBRUARY)
        assert made.ratio == Fraction(3, 2)
