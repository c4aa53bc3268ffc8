"""What an entry would do to a book, by hand."""

from datetime import date
from decimal import Decimal as D

from portfolios.domain.changes import Shift, change_of
from portfolios.domain.entries import Entry
from portfolios.domain.ledger import book_of

BOUGHT = Entry("buy", "INFY", D(10), D(100), date(2025, 1, 6), D(20))
OTHER = Entry("buy", "TCS", D(1), D(300), date(2025, 1, 6))


def change(*more):
    return change_of(book_of([BOUGHT, OTHER]), book_of([BOUGHT, OTHER, *more]))


def test_a_sale_takes_its_part_of_the_cost_and_shows_what_it_gains():
    made = change(Entry("sell", "INFY", D(4), D(130), date(2025, 2, 3), D(10)))
    # 4 of 10 shares for 1,020 cost 408; they bring 520 - 10.
    assert made.shifts == (Shift("INFY", D(10), D(6), D(1020), D(612)),)
    assert (made.gains, made.realised, made.money_out) == (102, 102, 510)
    assert (made.money_in, made.dividends, made.fees) == (0, 0, 0)


def test_cash_moves_no_shares_and_is_no_gain_of_sales():
    dividend = Entry("dividend", "INFY", D(0), D(0), date(2025, 2, 3), D(5), cash=D(50))
    made = change(dividend)
    assert made.shifts == ()
    assert (made.gains, made.dividends, made.realised, made.money_out) == (0, 45, 45, 45)


def test_what_goes_or_comes_is_there_from_nought_and_to_nought():
    whole = book_of([BOUGHT, OTHER])
    less = change_of(whole, book_of([OTHER]))
    assert less.shifts == (Shift("INFY", D(10), D(0), D(1020), D(0)),)
    assert less.money_in == -1020
    assert change_of(whole, whole).shifts == ()
