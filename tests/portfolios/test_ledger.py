from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.domain.ledger import (
    LedgerError,
    OversellError,
    Position,
    Trade,
    apply,
    book_of,
    position_of,
)

START = date(2024, 1, 1)


def trade(side, quantity, price, day, charges=0, symbol="INFY", sequence=0):
    return Trade(side, symbol, D(quantity), D(str(price)), day, D(charges), sequence)


def test_a_sale_takes_the_oldest_shares_first_and_charges_count_on_both_sides():
    # Buy 10 at 100 with 10 charges: lot of cost 1,010. Buy 5 at 120: lot of cost 600.
    # Sell 12 at 130 with 12 charges: received 1,560 - 12 = 1,548.
    # Sold are the 10 (cost 1,010) and 2 of the 5 (cost 600 x 2/5 = 240): 1,250 in all.
    # Gain 1,548 - 1,250 = 298; left 3 shares of cost 360.
    position = position_of(
        "INFY",
        [
            trade("buy", 10, 100, date(2024, 1, 1), 10),
            trade("buy", 5, 120, date(2024, 2, 1)),
            trade("sell", 12, 130, date(2024, 3, 1), 12),
        ],
    )
    assert (position.quantity, position.cost, position.realised) == (3, 360, 298)
    assert (position.money_in, position.money_out) == (1610, 1548)
    first, second = position.disposals
    assert (first.bought, first.quantity, first.cost) == (date(2024, 1, 1), 10, 1010)
    assert (first.proceeds, second.proceeds) == (1290, 258)  # 1,548 x 10/12 and x 2/12
    assert position.lots[0].day == date(2024, 2, 1)


def test_selling_more_than_held_names_the_shortfall_and_changes_nothing():
    held = position_of("INFY", [trade("buy", 10, 100, START)])
    with pytest.raises(OversellError) as refused:
        apply(held, trade("sell", 13, 100, START + timedelta(1)))
    assert (refused.value.held, refused.value.asked, refused.value.shortfall) == (10, 13, 3)
    assert "3 more than the 10 held" in str(refused.value)
    assert held == position_of("INFY", [trade("buy", 10, 100, START)])


def test_a_back_dated_sale_that_leaves_a_later_one_without_shares_is_refused():
    booked = [trade("buy", 10, 100, START), trade("sell", 8, 110, START + timedelta(20))]
    with pytest.raises(OversellError) as refused:
        position_of("INFY", [*booked, trade("sell", 3, 105, START + timedelta(10))])
    assert refused.value.day == START + timedelta(20)  # 7 are left for a sale of 8
    assert refused.value.shortfall == 1


def test_shares_bought_and_sold_on_one_day_may_be_entered_in_any_order():
    sold_first = [trade("sell", 5, 110, START, sequence=1), trade("buy", 5, 100, START, sequence=2)]
    assert position_of("INFY", sold_first).realised == 50


def test_an_entry_before_the_last_one_needs_a_rebuild():
    position = position_of("INFY", [trade("buy", 1, 100, START)])
    with pytest.raises(LedgerError, match="rebuilt"):
        apply(position, trade("buy", 1, 100, START - timedelta(1)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"side": "gift"},
        {"quantity": D(0)},
        {"quantity": D("NaN")},
        {"price": D(-1)},
        {"charges": D(-1)},
    ],
)
def test_what_is_no_trade_cannot_be_made(wrong):
    fields = {"side": "buy", "symbol": "X", "quantity": D(1), "price": D(1), "day": START}
    with pytest.raises((LedgerError, ArithmeticError)):
        Trade(**{**fields, **wrong})


@st.composite
def ledgers(draw):
    """Trades of one symbol that never sell more than is held, in the order of their days."""
    trades, held, day = [], 0, START
    for sequence in range(draw(st.integers(1, 25))):
        day += timedelta(draw(st.integers(0, 40)))
        # A day's buys come before its sales: after a sale, the next entry is of a later day.
        if trades and trades[-1].side == "sell":
            day += timedelta(1)
        price = D(draw(st.integers(1, 500_000))) / 100
        charges = D(draw(st.integers(0, 99))) / 100
        if held and draw(st.booleans()):
            side, quantity = "sell", draw(st.integers(1, held))
            held -= quantity
        else:
            side, quantity = "buy", draw(st.integers(1, 1000))
            held += quantity
        trades.append(Trade(side, "INFY", D(quantity), price, day, charges, sequence))
    return trades


@given(ledgers())
def test_shares_and_money_are_conserved(trades):
    position = position_of("INFY", trades)
    bought = sum(t.quantity for t in trades if t.side == "buy")
    sold = sum(t.quantity for t in trades if t.side == "sell")
    assert position.quantity == bought - sold
    assert sum((d.quantity for d in position.disposals), D(0)) == sold
    assert position.money_in - position.cost == position.money_out - position.realised
    assert sum((d.proceeds for d in position.disposals), D(0)) == position.money_out


@given(ledgers(), st.randoms(use_true_random=False))
def test_a_rebuild_in_any_order_equals_booking_one_by_one(trades, random):
    incremental = Position("INFY")
    for each in trades:
        incremental = apply(incremental, each)
    shuffled = trades.copy()
    random.shuffle(shuffled)
    assert position_of("INFY", shuffled) == incremental


@given(ledgers(), st.integers(1, 10_000))
def test_an_oversell_never_changes_anything(trades, excess):
    position = position_of("INFY", trades)
    before = (position.lots, position.disposals, position.money_out)
    asked = int(position.quantity) + excess
    with pytest.raises(OversellError) as refused:
        apply(position, trade("sell", asked, 10, position.last_day))
    assert refused.value.shortfall == excess
    assert (position.lots, position.disposals, position.money_out) == before


def test_a_book_keeps_symbols_apart_and_closed_positions_out_of_the_open_ones():
    book = book_of(
        [
            trade("buy", 1, 100, START, symbol="TCS"),
            trade("buy", 2, 50, START, symbol="INFY"),
            trade("sell", 1, 130, START + timedelta(9), symbol="TCS"),
        ]
    )
    assert [p.symbol for p in book.open] == ["INFY"]
    assert (book.cost, book.realised, book.money_in, book.money_out) == (100, 30, 200, 130)
