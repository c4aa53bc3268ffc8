"""Shares bought and sold on one day, beside shares that were held before: worked by hand."""

from datetime import date
from decimal import Decimal as D
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from portfolios.domain.charges import (
    broker_plans,
    charges_of_trade,
    depository_paid,
    without_transaction_tax,
)
from portfolios.domain.entries import Entry
from portfolios.domain.imports.charging import squared_since, with_charges
from portfolios.domain.imports.planned import Planned
from portfolios.domain.intraday import intraday_of
from portfolios.domain.ledger import book_of
from portfolios.domain.tax import tax_years, taxed_book
from portfolios.facts.tax import sale_tax

JANUARY, MAY = date(2025, 1, 6), date(2025, 5, 5)


def trade(kind, quantity, price, day, charges=0, symbol="AAA", sequence=0):
    return Entry(kind, symbol, D(quantity), D(price), day, D(str(charges)), sequence=sequence)


HELD = trade("buy", 10, 100, JANUARY)
BOUGHT = trade("buy", 4, 120, MAY)
SOLD = trade("sell", 6, 130, MAY)


def test_what_was_bought_on_the_day_goes_first_and_the_rest_oldest_first():
    book = book_of([HELD, BOUGHT, SOLD])
    assert [(d.bought, d.quantity, d.gain) for d in book.disposals] == [
        (MAY, 4, 40),  # 4 x (130 - 120)
        (JANUARY, 2, 60),  # 2 x (130 - 100)
    ]
    (lot,) = book.positions["AAA"].lots
    assert (lot.day, lot.quantity, lot.cost) == (JANUARY, 8, 800)
    (year,) = tax_years(taxed_book([HELD, BOUGHT, SOLD]))
    assert (year.intraday, year.short, year.tax) == (40, 60, 12)


def test_a_sale_of_a_later_day_takes_the_oldest():
    book = book_of([HELD, BOUGHT, trade("sell", 6, 130, date(2025, 5, 6))])
    assert [(d.bought, d.quantity) for d in book.disposals] == [(JANUARY, 6)]


def test_the_smaller_sum_of_the_day_is_squared_off_in_the_order_of_the_ledger():
    second = trade("buy", 4, 121, MAY)
    other = trade("sell", 5, 10, MAY, symbol="BBB")
    late = trade("sell", 3, 131, MAY)
    entries = [late, HELD, second, SOLD, other, BOUGHT]
    # 8 bought and 9 sold: 8 squared off; of the sales, 6 at 130 come before 3 at 131.
    assert intraday_of(entries) == [2, 0, 4, 6, 0, 4]
    book = book_of([e for e in entries if e.symbol == "AAA"])
    assert [(d.bought, d.quantity) for d in book.disposals] == [
        (MAY, 4), (MAY, 2), (MAY, 2), (JANUARY, 1),
    ]  # fmt: skip


def test_shares_that_came_otherwise_were_delivered():
    bonus = Entry("bonus", "AAA", D(0), D(0), MAY, ratio=Fraction(1, 4), fair=D(80))
    entries = [HELD, bonus, trade("sell", 12, 130, MAY)]
    (year,) = tax_years(taxed_book(entries))
    # 10 x 30, two bonus shares at 130, and half a share paid out at 80: none is speculation.
    assert (year.intraday, year.short) == (0, 300 + 260 + 40)
    arrived = Entry("transfer_in", "AAA", D(5), D(90), MAY)
    (year,) = tax_years(taxed_book([arrived, trade("sell", 5, 130, MAY)]))
    assert (year.intraday, year.short) == (0, 200)


def test_transaction_tax_is_a_cost_of_what_was_squared_off_alone():
    # 0.1 % of 1,00,000 is 100 on each side of a delivery; the half that was squared off keeps its.
    buy = trade("buy", 100, 1000, MAY, charges=200)
    assert without_transaction_tax(buy).charges == 100
    assert without_transaction_tax(buy, D(50)).charges == 150
    assert without_transaction_tax(buy, D(100)).charges == 200
    sell = trade("sell", 100, 1100, MAY, charges=80)
    (year,) = tax_years(taxed_book([buy, sell]))
    assert year.intraday == 10_000 - 200 - 80


def test_a_mixed_sale_is_charged_by_its_parts():
    # 100 at 1,000 of which 40 were bought that day: STT 0.1 % of 60,000 and 0.025 % of 40,000,
    # 0.03 % brokerage of 40,000 alone, and the depository for what was delivered.
    sell = trade("sell", 100, 1000, MAY)
    plan = broker_plans()["zero"]
    charges = charges_of_trade(sell, D(40), plan=plan)
    assert (charges.stt, charges.brokerage, charges.depository) == (60 + 10, 12, 13)
    whole = charges_of_trade(sell, D(100), plan=plan)
    assert (whole.stt, whole.brokerage, whole.depository) == (25, 20, 0)
    assert charges_of_trade(sell, D(0), plan=plan).stt == 100
    buy = charges_of_trade(trade("buy", 100, 1000, MAY), D(100), plan=plan)
    assert (buy.stt, buy.stamp) == (0, 3)  # stamp duty 0.003 % where a delivery pays 0.015 %


def test_a_file_without_charges_is_charged_the_same_way():
    plan = broker_plans()["zero"]
    rows = [
        Planned(place, entry, str(place), "", order_id=str(place))
        for place, entry in enumerate([trade("buy", 40, 990, MAY), trade("sell", 100, 1000, MAY)])
    ]
    bought, sold = (each.entry.charges for each in with_charges(rows, plan))
    assert bought == charges_of_trade(rows[0].entry, D(40), plan=plan).total
    assert sold == charges_of_trade(rows[1].entry, D(40), plan=plan).total


def test_a_sale_in_a_file_squares_off_a_purchase_that_is_booked():
    plan = broker_plans()["zero"]
    bought = trade("buy", 40, 990, MAY, charges=48, sequence=1)
    other_day = trade("buy", 40, 990, date(2025, 5, 6), sequence=2)
    row = Planned(2, trade("sell", 40, 1000, MAY, sequence=3), "k")
    # 40,000: brokerage 0.03 % 12.00, STT 0.025 % 10.00, exchange 0.00297 % 1.19, investor
    # protection and SEBI 0.0001 % each 0.04, GST 18 % of 13.27 is 2.39.
    (squared,) = with_charges([row], plan, booked=[bought, other_day])
    assert squared.entry.charges == D("12.00") + D("10.00") + D("1.19") + D("0.08") + D("2.39")
    # Delivered: no brokerage, STT 0.1 % 40.00, depository 13.00, GST 18 % of 14.27 is 2.57.
    (delivered,) = with_charges([row], plan, booked=[HELD, other_day])
    assert delivered.entry.charges == D("40.00") + D("1.19") + D("0.08") + D("13.00") + D("2.57")
    # 10 of the 40 were bought that day. 30,000 delivered: 30.00 + 0.89 + 0.03 + 0.03 + 13.00, GST
    # of 13.95 is 2.51; 10,000 squared off: 3.00 + 2.50 to the rupee 3 + 0.30 + 0.01 + 0.01, GST of
    # 3.32 is 0.60.
    part = trade("buy", 10, 990, MAY, sequence=1)
    (mixed,) = with_charges([row], plan, booked=[part])
    assert mixed.entry.charges == D("46.46") + D("6.92")


def test_the_depository_is_paid_once_though_a_sale_of_the_day_is_booked():
    plan = broker_plans()["zero"]
    row = Planned(2, trade("sell", 40, 1000, MAY, sequence=3), "k")
    sold = trade("sell", 5, 1000, MAY, charges=20, sequence=1)
    (again,) = with_charges([row], plan, booked=[HELD, sold])
    # As above without the 13.00, and GST of 1.27 alone: 0.23.
    assert again.entry.charges == D("40.00") + D("1.19") + D("0.08") + D("0.23")
    # A booked sale without charges has not paid the depository.
    (first,) = with_charges([row], plan, booked=[HELD, trade("sell", 5, 1000, MAY, sequence=1)])
    assert first.entry.charges == D("56.84")


def test_a_further_sale_of_the_day_pays_no_depository():
    zero, further = broker_plans()["zero"], trade("sell", 5, 130, MAY)
    whole = charges_of_trade(further, D(0), plan=zero).total
    for booked, saved in (
        ([trade("sell", 5, 130, MAY, "17.11")], D("15.34")),  # Rs 13 and 18 % on it
        ([trade("sell", 5, 130, MAY)], 0),  # its charges were never entered
        ([trade("sell", 5, 130, JANUARY, "17.11")], 0),
        ([trade("sell", 5, 130, MAY, "17.11", symbol="BBB")], 0),
        # All of it was squared off: nothing left the account.
        ([trade("buy", 5, 120, MAY), trade("sell", 5, 130, MAY, "1.11")], 0),
    ):
        paid = depository_paid(booked)
        assert whole - charges_of_trade(further, D(0), plan=zero, paid=paid).total == saved


def test_charges_that_a_file_makes_too_high_are_named():
    row = Planned(2, trade("sell", 40, 1000, MAY, sequence=3), "k")
    bought = trade("buy", 40, 990, MAY, charges=48, sequence=1)
    assert squared_since([row], [HELD, bought]) == [bought]
    assert squared_since([row], [HELD, trade("buy", 40, 990, MAY, sequence=1)]) == []
    # What was squared off already is not so once more.
    closed = trade("sell", 40, 1000, MAY, charges=25, sequence=2)
    assert squared_since([row], [bought, closed]) == []
    # So that the sale in the file is of shares held before, and delivered.
    (delivered,) = with_charges([row], broker_plans()["zero"], booked=[HELD, bought, closed])
    assert delivered.entry.charges == D("56.84")
    # A day's sale that was delivered leaves it to the file's to be squared off.
    file = [Planned(3, trade("buy", 40, 990, MAY, sequence=4), "b"), row]
    booked = [trade("sell", 40, 1000, MAY, charges=57, sequence=1)]
    assert squared_since(file, booked) == []
    assert with_charges(file, broker_plans()["zero"], booked=booked)[1].entry.charges == D("25.66")


def test_a_preview_taxes_a_sale_as_the_ledger_will():
    held = trade("buy", 100, 1000, JANUARY, charges=150, sequence=1)
    bought = trade("buy", 50, 1000, MAY, charges=100, sequence=2)
    sale = trade("sell", 80, 1100, MAY, charges=120)
    expected = sale_tax([held, bought], sale)
    (year,) = tax_years(taxed_book([held, bought, sale]))
    assert expected.year == year and expected.further == year.tax
    assert year.intraday == 50 * 100 - 100 - 50 * (D(120) - 33) / 80


@given(
    st.lists(
        st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 9), st.integers(1, 3)),
        max_size=12,
    )
)
def test_the_book_and_the_count_agree(trades):
    start = trade("buy", 1000, 100, JANUARY)
    entries = [
        trade(kind, quantity, 100 + n, date(2025, 5, day), sequence=n)
        for n, (kind, quantity, day) in enumerate(trades, start=1)
    ]
    book = book_of([start, *entries])
    by_day = {}
    for entry, squared in zip(entries, intraday_of(entries), strict=True):
        if entry.kind == "sell":
            by_day[entry.day] = by_day.get(entry.day, 0) + squared
    found = {each.sold: 0 for each in book.disposals}
    for each in book.disposals:
        found[each.sold] += each.quantity if each.bought == each.sold else 0
    assert found == by_day
    sold = sum(e.quantity for e in entries if e.kind == "sell")
    bought = sum(e.quantity for e in entries if e.kind == "buy")
    assert book.positions["AAA"].quantity == 1000 + bought - sold


def test_an_order_squared_off_in_part_pays_one_brokerage():
    # Rs 20 at most and Rs 5 at least an order, whatever part of it was squared off.
    plan = broker_plans()["flat"]
    large, small = trade("sell", 150, 1000, MAY), trade("sell", 2, 100, MAY)
    assert charges_of_trade(large, D(100), plan=plan).brokerage == 20
    assert charges_of_trade(small, D(1), plan=plan).brokerage == 5
    assert charges_of_trade(large, D(0), plan=plan).brokerage == 20
    # Nothing on delivery; 0.03 % of the 50,000 that were squared off.
    assert charges_of_trade(large, D(50), plan=broker_plans()["zero"]).brokerage == 15
