from datetime import date
from decimal import Decimal as D

import pytest

from portfolios.domain.orders import (
    OrderError,
    Traded,
    checked_entry,
    price_warning,
    session_warning,
)

TODAY = date(2025, 12, 31)
GOOD = {
    "kind": "buy",
    "symbol": "INFY",
    "quantity": "10",
    "price": "1615.40",
    "trade_date": TODAY,
    "charges": None,
}


def check(**changes):
    return checked_entry(**{**GOOD, **changes}, known_symbols={"INFY"}, latest_day=TODAY)


def test_a_good_entry_becomes_a_trade():
    trade = check(charges="12.345")
    assert (trade.quantity, trade.price, trade.charges) == (D(10), D("1615.4"), D("12.34"))
    assert check().charges == 0


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"kind": "short"}, "kind", "what kind of entry"),
        ({"symbol": "NOPE"}, "symbol", "not a stock known"),
        ({"quantity": "2.5"}, "quantity", "whole numbers"),
        ({"quantity": "0"}, "quantity", "whole numbers"),
        ({"quantity": "many"}, "quantity", "must be a number"),
        ({"quantity": "NaN"}, "quantity", "must be a number"),
        ({"quantity": "Infinity"}, "quantity", "must be a number"),
        ({"quantity": "1e30"}, "quantity", "whole numbers"),
        ({"quantity": "1e9999999"}, "quantity", "far too many digits"),
        ({"quantity": "-1e9999999"}, "quantity", "far too many digits"),
        ({"quantity": "-1e-9999999"}, "quantity", "must be above zero"),
        ({"price": "1e999999"}, "price", "far too many digits"),
        ({"price": "1e-9999999"}, "price", "above zero"),
        ({"price": "-1"}, "price", "above zero"),
        ({"price": "0.00001"}, "price", "above zero"),
        ({"price": "10000001"}, "price", "at most"),
        ({"charges": "-1"}, "charges", "between zero"),
        ({"charges": "20000"}, "charges", "between zero"),
        ({"trade_date": date(2026, 1, 1)}, "trade_date", "later than the latest session"),
        ({"quantity": "100000000", "price": "10000000"}, "quantity", "at most ₹10,000 crore"),
        ({"trade_date": date(1989, 12, 31)}, "trade_date", "before 1990"),
        (
            {"trade_date": date(1, 1, 1)},
            "trade_date",
            "01 Jan 0001 lies before 1990, .* 03 Nov 1994",
        ),
        ({"trade_date": date(9999, 12, 31)}, "trade_date", "31 Dec 9999 is later than the latest"),
        ({"quantity": "-4"}, "quantity", "number of shares is −4, and must be above zero"),
        ({"kind": "sell", "quantity": "-4"}, "quantity", "number of shares is −4, and must be"),
        ({"trade_date": "2025-01-01"}, "trade_date", "Give the date"),
    ],
)
def test_an_entry_that_is_no_trade_names_the_field(changes, field, words):
    with pytest.raises(OrderError, match=words) as refused:
        check(**changes)
    assert refused.value.field == field


def test_every_field_at_fault_is_named():
    with pytest.raises(OrderError) as refused:
        check(symbol="NOSUCH", quantity="0", price="x", trade_date=None)
    found = (refused.value, *refused.value.others)
    assert [fault.field for fault in found] == ["symbol", "trade_date", "quantity", "price"]


def test_a_price_far_from_the_days_range_is_worth_a_second_look():
    traded = Traded(95.0, 100.0, 98.0, TODAY)

    def said(price, **more):
        return price_warning(price, TODAY, traded, **more)

    # 121 is more than a fifth above 100; 121 / 98 = 1.235. 75.9 is below 95 × 0.8; ÷ 98 = 0.774.
    close = "the close of that day, 98.00: check it before you book."
    assert said(121.0) == f"The price is 23 % above {close}"
    assert said(75.9) == f"The price is 23 % below {close}"
    assert said(120.0) == said(76.0) == ""
    assert said(2450.0) == f"The price is 25 times {close}"
    assert said(245.0) == f"The price is 2.5 times {close}"
    assert said(9.8) == f"The price is 10.0 % of {close}"
    assert said(0.0098) == f"The price is less than 0.1 % of {close}"
    assert price_warning(5.0, TODAY, None) == ""
    live = Traded(95.0, 100.0, 98.0, TODAY, is_live=True)
    assert "2.5 times the latest price, 98.00" in price_warning(245.0, TODAY, live)
    friday = Traded(95.0, 100.0, 98.0, date(2025, 12, 26))
    assert "the close of 26 Dec 2025, 98.00" in price_warning(245.0, TODAY, friday)


def test_a_price_is_judged_as_shares_were_counted_then():
    # A share of then is five of today's, which closed at 98: 490 of then.
    traded = Traded(95.0, 100.0, 98.0, TODAY)
    assert price_warning(500.0, TODAY, traded, ratio=5) == ""
    assert price_warning(98.0, TODAY, traded, ratio=5) == (
        "The price is 20.0 % of the close of that day, 490.00, but near it as shares are counted "
        "since the stock split: check price and shares on the contract note before you book."
    )
    assert "is 10 times the close of that day, 490.00" in price_warning(
        4900.0, TODAY, traded, ratio=5
    )


def test_a_trade_on_a_day_without_session_names_the_nearest_one():
    # 2025-03-08 is a Saturday: Friday the 7th is one day away, Monday the 10th two.
    friday, monday = date(2025, 3, 7), date(2025, 3, 10)
    assert session_warning(friday, before=friday, after=monday) == ""
    saturday = session_warning(date(2025, 3, 8), before=friday, after=monday)
    assert saturday.startswith("The exchange was shut on Saturday, 08 Mar 2025")
    assert "nearest session was Friday, 07 Mar 2025" in saturday
    sunday = date(2025, 3, 9)
    assert "Monday, 10 Mar 2025" in session_warning(sunday, before=friday, after=monday)
    assert "Friday, 07 Mar 2025" in session_warning(sunday, before=friday, after=None)
