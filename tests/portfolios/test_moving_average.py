"""The moving average beside lots: published and hand-worked figures, and what never changes."""

from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given

from portfolios.domain.entries import Entry
from portfolios.domain.ledger import book_of
from portfolios.domain.moving_average import moving_averages
from tests.portfolios.test_ledger_properties import ledgers

FIRST = [("buy", 100, 95), ("buy", 200, 105), ("buy", 100, 107), ("sell", 150, 110)]
THEN = [("buy", 50, 100), ("buy", 300, "107.5"), ("sell", 200, 108)]


def averaged(*trades):
    start = date(2024, 1, 1)
    entries = [
        Entry(kind, "A", D(quantity), D(price), start + timedelta(n), sequence=n, **dict(rest))
        for n, (kind, quantity, price, *rest) in enumerate(trades)
    ]
    return moving_averages(book_of(entries))


@pytest.mark.parametrize(
    ("trades", "average", "gains", "unrealised"),
    # The first is Portfolio Performance's manual, on the cost principle, worth 110 a share. The
    # second goes on from it by hand: 25,750 + 5,000 + 32,250 over 600, and 200 sold 3 above that.
    [(FIRST, 103, 1050, 250 * 110 - 25_750), (FIRST + THEN, 105, 1650, 400 * 108 - 42_000)],
)
def test_purchases_mix_with_what_was_held(trades, average, gains, unrealised):
    stock = averaged(*trades)["A"]
    assert (stock.average, stock.gains) == (average, gains)
    assert stock.quantity * D(trades[-1][2]) - stock.cost == unrealised


def test_a_sale_leaves_the_average_as_it_was():
    # 10 at 100 and 20 at 130 with charges of 60: 3,660 over 30 is 122; 12 sold at 150 less 6.
    stock = averaged(
        ("buy", 10, 100), ("buy", 20, 130, ("charges", D(60))), ("sell", 12, 150, ("charges", D(6)))
    )["A"]
    assert (stock.quantity, stock.average, stock.gains) == (18, 122, 12 * 150 - 6 - 12 * 122)


def test_splits_and_bonus_shares_change_the_shares_alone():
    # 10 for 3,000; split 1:2 makes 20, a bonus of 1:2 makes 30: 100 a share.
    ratio = {"ratio": Fraction(2)}, {"ratio": Fraction(1, 2)}
    stock = averaged(
        ("buy", 10, 300), ("split", 0, 0, *ratio[0].items()), ("bonus", 0, 0, *ratio[1].items())
    )["A"]
    assert (stock.quantity, stock.average, stock.gains) == (30, 100, 0)


def test_a_fraction_of_a_share_is_paid_at_the_average():
    # 3 for 300, consolidated 1 for 2: 1.5 shares at 200; half a share is paid at 250 a share.
    one_for_two = {"ratio": Fraction(1, 2), "fair": D(250)}
    stock = averaged(("buy", 3, 100), ("split", 0, 0, *one_for_two.items()))["A"]
    assert (stock.quantity, stock.cost, stock.gains) == (1, 200, 25)
    unpaid = {"ratio": Fraction(1, 2)}
    stock = averaged(("buy", 3, 100), ("split", 0, 0, *unpaid.items()))["A"]
    assert (stock.quantity, stock.cost, stock.gains) == (1, 300, 0)


def test_a_demerger_takes_its_part_and_a_merger_all():
    # 40 % of 1,000 goes to B, one for two; then B becomes 10 shares of C, two for one.
    stocks = averaged(
        ("buy", 10, 100),
        ("demerger", 0, 0, ("ratio", Fraction(1, 2)), ("into", "B"), ("cost_share", D("0.4"))),
    )
    assert (stocks["A"].cost, stocks["B"].quantity, stocks["B"].average) == (600, 5, 80)
    start = date(2024, 1, 1)
    entries = [
        Entry("buy", "B", D(5), D(80), start, sequence=1),
        Entry("buy", "C", D(10), D(60), start, sequence=2),
        Entry("merger", "B", D(0), D(0), date(2024, 2, 1), sequence=3, ratio=Fraction(2), into="C"),
    ]
    stocks = moving_averages(book_of(entries))
    assert (stocks["B"].quantity, stocks["B"].cost) == (0, 0)
    assert (stocks["C"].quantity, stocks["C"].average) == (20, 50)


@given(ledgers())
def test_either_way_of_counting_ends_in_the_same_profit(entries):
    # What is not gained yet is still cost, so that gains less cost cannot differ; only shares
    # transferred out leave with the cost of their lots here and with the average there.
    kept = [entry for entry in entries if entry.kind != "transfer_out"]
    book = book_of(kept)
    stocks = moving_averages(book)
    for symbol, position in book.positions.items():
        assert stocks[symbol].quantity == position.quantity
        assert stocks[symbol].cost >= 0
    ours = sum(stock.gains - stock.cost for stock in stocks.values())
    lots = sum(position.gains - position.cost for position in book.positions.values())
    assert abs(ours - lots) < D("0.0001")
