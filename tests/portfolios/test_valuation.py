import math
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from portfolios.domain.holdings import Account, DayFlow, Held
from portfolios.domain.valuation import value_portfolio
from portfolios.domain.wire import valuation_fields

AT = datetime(2025, 12, 31, 9, 59, tzinfo=UTC)


def quote(price, previous):
    return SimpleNamespace(price=price, previous_close=previous, at=AT)


def test_value_profit_and_todays_change():
    # 10 A at 110 (yesterday 100, cost 900) and 5 B at 190 (yesterday 200, cost 1,050):
    # value 1,100 + 950 = 2,050; invested 1,950; unrealised 100.
    # Today 10 x 10 - 5 x 10 = 50 on 1,000 + 1,000 = 2,000: 2.5 %.
    # Sold before: realised 40. Total 140 on 2,500 put in: 5.6 %.
    valuation = value_portfolio(
        [Held("A", 10, 900), Held("B", 5, 1050)],
        {"A": quote(110, 100), "B": quote(190, 200)},
        account=Account(realised=40, money_in=2500, money_out=590),
    )
    assert valuation.value.value == 2050
    assert valuation.invested.value == 1950
    assert valuation.unrealised.value == 100
    assert valuation.unrealised_fraction.value == pytest.approx(100 / 1950)
    assert valuation.today.value == 50
    assert valuation.today_fraction.value == 0.025
    assert (valuation.realised.value, valuation.total.value) == (40, 140)
    assert valuation.total_fraction.value == pytest.approx(0.056)
    first = valuation.holdings[0]
    assert (first.symbol, first.weight, first.average_cost) == ("A", 1100 / 2050, 90)
    assert (first.today, first.today_fraction, first.profit) == (100, 0.1, 200)


def test_shares_bought_today_changed_since_they_were_bought():
    # 10 held since yesterday at 100, 5 bought today for 104 each with 2 charges (522 in),
    # price 110: 1,650 - (1,000 + 522) = 128, on 1,522.
    flows = {"A": DayFlow(bought=5, money_in=522)}
    valuation = value_portfolio([Held("A", 15, 1422)], {"A": quote(110, 100)}, flows=flows)
    assert valuation.today.value == 128
    assert valuation.today_fraction.value == pytest.approx(128 / 1522)


def test_a_position_sold_today_still_moved_today():
    # 4 shares, 100 yesterday, sold for 107 each: 428 - 400 = 28.
    flows = {"A": DayFlow(sold=4, money_out=428)}
    valuation = value_portfolio([], {"A": quote(110, 100)}, flows=flows)
    assert valuation.value.value == 0
    assert valuation.today.value == 28
    assert valuation.today_fraction.value == pytest.approx(0.07)


def test_a_first_purchase_today_needs_no_close_of_yesterday():
    flows = {"A": DayFlow(bought=2, money_in=200)}
    valuation = value_portfolio([Held("A", 2, 200)], {"A": quote(101, math.nan)}, flows=flows)
    assert valuation.today.value == 2


def test_a_missing_price_is_missing_with_its_reason_and_never_zero():
    valuation = value_portfolio([Held("A", 10, 900), Held("GONE", 1, 500)], {"A": quote(110, 100)})
    assert valuation.value.value == 1100
    assert valuation.invested.value == 900  # of what is priced, so that profit compares like
    assert valuation.unpriced == (("GONE", "no price is known for it yet"),)
    assert math.isnan(valuation.holdings[1].value)


def test_without_any_price_nothing_is_known():
    valuation = value_portfolio([Held("A", 10, 900)], {})
    for name in ("value", "today", "unrealised", "total", "total_fraction"):
        figure = getattr(valuation, name)
        assert math.isnan(figure.value) and figure.reason
    assert valuation.invested.value == 900


def test_without_yesterdays_close_only_today_is_unknown():
    valuation = value_portfolio([Held("A", 10, 900)], {"A": quote(110, math.nan)})
    assert valuation.value.value == 1100
    assert "closing prices" in valuation.today.reason


def test_nothing_held_is_worth_zero_and_says_why_there_is_no_change():
    valuation = value_portfolio([], {})
    assert valuation.empty
    assert valuation.value.value == 0
    assert valuation.today.reason == "No stock is held."


def test_the_working_adds_up_to_the_figure():
    valuation = value_portfolio(
        [Held("A", 10, 900), Held("B", 5, 1050)], {"A": quote(110, 100), "B": quote(190, 200)}
    )
    assert sum(i.amount for i in valuation.value.inputs) == valuation.value.value
    now, out, before, put_in = (i.amount for i in valuation.today.inputs)
    assert now + out - before - put_in == valuation.today.value


def test_on_the_wire_unknown_numbers_are_null():
    fields = valuation_fields(value_portfolio([Held("A", 10, 900)], {}))
    assert fields["value"] is None and fields["holdings"][0]["price"] is None
    known = valuation_fields(value_portfolio([Held("A", 10, 900)], {"A": quote(110, 100)}))
    assert known["value"] == 1100 and known["oldest"] == AT.timestamp() * 1000


def test_realised_profit_adds_up_in_its_working():
    # 500 for shares that had cost 440, 90 of dividends, 30 of fees: 60 + 90 - 30.
    account = Account(realised=120, money_in=2500, money_out=590, dividends=90, fees=30)
    realised = value_portfolio([], {}, account=account).realised
    received, cost, dividends, fees = (each.amount for each in realised.inputs)
    assert (received, cost, dividends, fees) == (500, 440, 90, 30)
    assert realised.value == received - cost + dividends - fees == 120
