from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction

import pytest

from portfolios.domain.book import OversellError
from portfolios.domain.entries import Entry, LedgerError
from portfolios.domain.ledger import book_of, extend, position_of
from portfolios.domain.splits import Split

START = date(2024, 1, 1)


def trade(side, quantity, price, day, charges=0, symbol="INFY", sequence=0):
    return Entry(side, symbol, D(quantity), D(str(price)), day, D(charges), sequence)


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
    held = book_of([trade("buy", 10, 100, START)])
    with pytest.raises(OversellError) as refused:
        extend(held, [trade("sell", 13, 100, START + timedelta(1))])
    assert (refused.value.held, refused.value.asked, refused.value.shortfall) == (10, 13, 3)
    assert "3 more than the 10 held" in str(refused.value)
    assert held == book_of([trade("buy", 10, 100, START)])


def test_a_back_dated_sale_that_leaves_a_later_one_without_shares_is_refused():
    booked = [trade("buy", 10, 100, START), trade("sell", 8, 110, START + timedelta(20))]
    with pytest.raises(OversellError) as refused:
        position_of("INFY", [*booked, trade("sell", 3, 105, START + timedelta(10))])
    assert refused.value.day == START + timedelta(20)  # 7 are left for a sale of 8
    assert refused.value.shortfall == 1


def test_shares_bought_and_sold_on_one_day_may_be_entered_in_any_order():
    sold_first = [trade("sell", 5, 110, START, sequence=1), trade("buy", 5, 100, START, sequence=2)]
    assert position_of("INFY", sold_first).realised == 50


def test_an_entry_that_belongs_before_others_is_booked_in_its_place():
    late = [trade("buy", 1, 100, START), trade("sell", 1, 130, START + timedelta(2))]
    early = trade("buy", 1, 90, START - timedelta(1))
    book = extend(book_of(late), [early])
    assert book == book_of([*late, early])
    assert book.positions["INFY"].realised == 40  # the older share is the one that was sold


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "gift"},
        {"quantity": D(0)},
        {"quantity": D("NaN")},
        {"price": D(-1)},
        {"charges": D(-1)},
    ],
)
def test_what_is_no_trade_cannot_be_made(wrong):
    fields = {"kind": "buy", "symbol": "X", "quantity": D(1), "price": D(1), "day": START}
    with pytest.raises((LedgerError, ArithmeticError)):
        Entry(**{**fields, **wrong})


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


def entry(kind, day, *, symbol="OLD", quantity=0, price=0, **more):
    return Entry(kind, symbol, D(quantity), D(str(price)), day, **more)


JAN, FEB, MAY, JUNE = (date(2024, month, 1) for month in (1, 2, 5, 6))


def test_bonus_shares_are_lots_of_cost_zero_of_their_own_day():
    # 100 at 50 cost 5,000; 1:1 gives 100 more for nothing. 150 sold at 30 bring 4,500: the oldest
    # 100 (cost 5,000) and 50 bonus shares (cost 0): a loss of 2,000 and a gain of 1,500.
    book = book_of(
        [
            entry("buy", JAN, quantity=100, price=50),
            entry("bonus", FEB, ratio=Fraction(1)),
            entry("sell", MAY, quantity=150, price=30),
        ]
    )
    position = book.positions["OLD"]
    assert [(d.bought, d.quantity, d.gain) for d in position.disposals] == [
        (JAN, 100, -2000), (FEB, 50, 1500),
    ]  # fmt: skip
    assert [(lot.day, lot.quantity, lot.cost) for lot in position.lots] == [(FEB, 50, 0)]


@pytest.mark.parametrize("bonus_first", [True, False])
def test_a_bonus_issue_of_a_splits_day_is_of_the_new_shares(bonus_first):
    # Bajaj Finance, 16 June 2025: a share of 2 rupees into two of 1, and four bonus shares for each
    # of these. 10 for 7,000 are 20 for 7,000, and 80 for nothing.
    actions = [
        entry("bonus", FEB, ratio=Fraction(4), sequence=2 if bonus_first else 3),
        entry("split", FEB, ratio=Fraction(2), sequence=3 if bonus_first else 2),
    ]
    bought = entry("buy", JAN, quantity=10, price=700, sequence=1)
    expected = [(JAN, 20, 7000), (FEB, 80, 0)]
    lots = book_of([bought, *actions]).positions["OLD"].lots
    assert [(lot.day, lot.quantity, lot.cost) for lot in lots] == expected
    # One after the other, as they are entered.
    entered = sorted([bought, *actions], key=lambda each: each.sequence)
    book = book_of([])
    for each in entered:
        book = extend(book, [each])
    assert book == book_of(entered)


def test_a_merger_takes_day_and_cost_along():
    # 25 shares of the new company for 42 of the old one (the ratio of HDFC into HDFC Bank was
    # 42 for 25): 10 shares x 42/25 = 16.8, of which 16 are shares and 0.8 is paid at 1,650.
    book = book_of(
        [
            entry("buy", JAN, quantity=10, price=2100),
            entry("merger", MAY, ratio=Fraction(42, 25), into="NEW", fair=D(1650)),
        ]
    )
    assert book.positions["OLD"].lots == ()
    new = book.positions["NEW"]
    assert [(lot.day, lot.quantity, lot.cost) for lot in new.lots] == [(JAN, 16, 20_000)]
    (paid,) = new.disposals  # 0.8 / 16.8 of 21,000 = 1,000 for 0.8 x 1,650 = 1,320
    assert (paid.quantity, paid.cost, paid.proceeds, paid.bought) == (D("0.8"), 1000, 1320, JAN)
    assert book.money_out == 1320


def test_a_demerger_divides_the_cost_and_keeps_the_day():
    # One share of the new company for each; 4.68 % of the cost goes with it (as the exchange
    # told for JIOFIN out of RELIANCE): 10 shares of cost 25,000 leave 23,830 and 1,170.
    book = book_of(
        [
            entry("buy", JAN, quantity=10, price=2500),
            entry("demerger", MAY, ratio=Fraction(1), into="NEW", cost_share=D("0.0468")),
        ]
    )
    old, new = book.positions["OLD"], book.positions["NEW"]
    assert (old.quantity, old.cost) == (10, 23_830)
    assert [(lot.day, lot.quantity, lot.cost) for lot in new.lots] == [(JAN, 10, 1170)]
    assert book.realised == 0


def test_shares_that_move_between_accounts_gain_nothing_and_keep_their_day():
    book = book_of(
        [
            entry("transfer_in", FEB, quantity=10, price=80, acquired=JAN, fair=D(120)),
            entry("transfer_out", MAY, quantity=4, fair=D(150)),
            entry("sell", JUNE, quantity=6, price=200),
        ]
    )
    assert (book.money_in, book.money_out) == (800, 320 + 1200)
    (sold,) = book.disposals
    assert (sold.bought, sold.cost, sold.gain) == (JAN, 480, 720)


def test_rights_dividends_and_fees():
    # 10 at 100, 2 rights at 60 with 5 of charges; dividend of 7 a share before 8.40 of tax; a
    # yearly fee of 300 and 54 GST that belongs to no stock.
    book = book_of(
        [
            entry("buy", JAN, quantity=10, price=100),
            entry("rights", FEB, quantity=2, price=60, charges=D(5)),
            entry("dividend", MAY, fair=D(7), charges=D("8.40")),
            entry("fee", JUNE, symbol="", cash=D(300), charges=D(54)),
        ]
    )
    assert [lot.cost for lot in book.positions["OLD"].lots] == [1000, 125]
    assert (book.dividends, book.fees) == (D("75.60"), 354)
    assert (book.money_in, book.money_out) == (1000 + 125 + 354, D("75.60"))
    assert book.realised == D("75.60") - 354


def test_a_dividend_goes_to_those_who_held_before_the_day():
    book = book_of(
        [
            entry("buy", JAN, quantity=10, price=100),
            entry("buy", FEB, quantity=5, price=100),
            entry("dividend", FEB, fair=D(2)),
        ]
    )
    assert book.dividends == 20


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "split"},
        {"kind": "merger", "ratio": Fraction(1)},
        {"kind": "merger", "ratio": Fraction(1), "into": "OLD"},
        {"kind": "demerger", "ratio": Fraction(1), "into": "NEW", "cost_share": D(1)},
        {"kind": "dividend"},
        {"kind": "dividend", "cash": D(1), "charges": D(2)},
        {"kind": "fee"},
        {"kind": "buy", "symbol": "", "quantity": 1, "price": 1},
        {"kind": "transfer_in", "quantity": 1, "acquired": JUNE},
    ],
)
def test_what_is_no_event_cannot_be_made(wrong):
    fields = dict(wrong)
    with pytest.raises(LedgerError):
        entry(fields.pop("kind"), MAY, **fields)


def test_shares_counted_later_have_the_dividends_of_the_days_they_were_held():
    # 50 in a file of June, held since January; a split of 1:5 in May made them of 10. A dividend
    # of 10 a share in February is of 10 shares; 20 counted as they were bought are 20; 3 shares
    # that came on the day have none: 10 x (10 + 20) = 300. Half of a share is paid for as half.
    splits = {"OLD": (Split(MAY, Fraction(5)),)}
    bought = [
        entry("transfer_in", JAN, quantity=50, price=20, acquired=date(2020, 1, 1),
              counted_on=JUNE, sequence=1),
        entry("buy", JAN, quantity=20, price=100, sequence=2),
        entry("buy", FEB, quantity=3, price=100, sequence=3),
    ]  # fmt: skip
    february = entry("dividend", FEB, fair=D(10))
    book = book_of([*bought, february, splits["OLD"][0].entry("OLD")], splits)
    assert (book.dividends, book.positions["OLD"].quantity) == (300, 50 + 100 + 15)
    (effect,) = [each for each in book.effects if each.entry.kind == "dividend"]
    assert effect.held == 30
    # After the split it is of all: 2 a share on 165.
    july = entry("dividend", date(2024, 7, 1), fair=D(2))
    assert book_of([*bought, july, splits["OLD"][0].entry("OLD")], splits).dividends == 330


def test_shares_transferred_in_have_no_dividend_of_the_account_they_came_from():
    arrived = entry("transfer_in", MAY, quantity=10, price=100, acquired=JAN)
    assert book_of([arrived, entry("dividend", FEB, fair=D(2))]).dividends == 0
    assert book_of([arrived, entry("dividend", JUNE, fair=D(2))]).dividends == 20
