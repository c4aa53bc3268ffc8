from datetime import date
from decimal import Decimal as D

import numpy as np

from portfolios.domain.entries import Entry
from portfolios.domain.flows import flows_of
from portfolios.domain.history import value_history as value_flows
from portfolios.domain.ledger import book_of
from portfolios.domain.performance import perform

DAYS = np.array(["2025-01-01", "2025-01-02", "2025-01-06", "2025-01-07"], "datetime64[D]")
NAN = np.nan


def value_history(entries, *rest):
    return value_flows(flows_of(book_of(entries), {}), *rest)


def buy(symbol, quantity, price, day):
    return Entry("buy", symbol, D(quantity), D(str(price)), day)


def test_it_begins_with_the_first_trade_and_carries_the_last_close_over_gaps():
    history = value_history(
        [buy("A", 2, 10, date(2025, 1, 2))],
        DAYS,
        ("A",),
        np.array([[9.0], [11.0], [NAN], [12.0]]),
    )
    assert history.dates[0] == np.datetime64("2025-01-02")
    assert history.values.tolist() == [22, 22, 24]
    assert history.unpriced == ()


def test_a_trade_at_a_weekend_counts_on_the_next_session():
    history = value_history(
        [buy("A", 1, 10, date(2025, 1, 4))], DAYS, ("A",), np.full((4, 1), 10.0)
    )
    assert history.dates[0] == np.datetime64("2025-01-06")
    assert history.money_in.tolist() == [10, 0]


def test_before_its_first_close_a_stock_counts_at_its_trade_price_and_is_named():
    history = value_history(
        [buy("A", 1, 10, date(2025, 1, 1)), buy("B", 1, 50, date(2025, 1, 1))],
        DAYS,
        ("A", "B"),
        np.array([[10.0, NAN], [10.0, NAN], [10.0, 55.0], [10.0, 56.0]]),
    )
    assert history.values.tolist() == [60, 60, 65, 66]
    assert history.unpriced == ("B",)


def test_no_trades_or_no_days_give_an_empty_history():
    assert len(value_history([], DAYS, (), np.empty((4, 0)))) == 0
    none = np.empty(0, "datetime64[D]")
    assert (
        len(value_history([buy("A", 1, 1, date(2025, 1, 1))], none, ("A",), np.empty((0, 1)))) == 0
    )


def test_the_lead_compares_what_is_left_and_what_was_taken_out():
    # 100 buys one share at 100 and one unit of a benchmark at 100. The share goes to 130, the
    # benchmark to 110: the portfolio is 20 ahead.
    performance = perform(
        flows_of(book_of([buy("A", 1, 100, date(2025, 1, 1))]), {}),
        DAYS,
        ("A",),
        np.array([[100.0], [110.0], [120.0], [130.0]]),
        np.array([100.0, 100.0, 105.0, 110.0]),
    )
    assert performance.lead == 20
    assert performance.absolute.value == 0.3
    assert round(performance.benchmark_absolute.value, 12) == 0.1
