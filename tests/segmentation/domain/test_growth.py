"""Change of value, split into money and market: every figure worked out by hand."""

import math

import numpy as np
import pytest

from portfolios.domain.columns import LedgerColumns
from segmentation.domain.growth import growth_columns, segment_growth

AS_OF = np.datetime64("2025-03-31")
# A cost 10 a hundred days ago, 12 ninety days ago and 15 now; B has no price ninety days ago.
NOW, THEN = np.array([15.0, 40.0]), np.array([12.0, np.nan])


def ledger(*trades):
    """Trades as (number, symbol, days before, shares, price, charges)."""
    number, symbol, before, quantity, price, charges = zip(*trades, strict=True)
    return LedgerColumns(
        number=np.array(number, np.int64),
        symbol=np.array(symbol, np.int32),
        symbols=("A", "B"),
        day=AS_OF - np.array(before).astype("timedelta64[D]"),
        quantity=np.array(quantity, float),
        price=np.array(price, float),
        charges=np.array(charges, float),
        is_sip=np.zeros(len(trades), bool),
        is_trade=np.ones(len(trades), bool),
    )


@pytest.fixture
def growth():
    trades = ledger(
        (1, 0, 100, 100, 10.0, 5.0),
        (1, 0, 30, 20, 14.0, 2.0),  # 280 and 2 of charges brought
        (1, 0, 10, -50, 16.0, 8.0),  # 800 less 8 taken
        (2, 1, 100, 10, 30.0, 0.0),  # held when B had no price: unknown
        (3, 1, 30, 10, 35.0, 1.0),  # nothing held then
        (4, 0, 90, 10, 12.0, 0.0),  # on the day itself: held at its close
        (9, 0, 30, 1_000, 10.0, 0.0),  # nobody asked for
        (1, 0, -1, 500, 10.0, 0.0),  # tomorrow
    )
    return growth_columns(
        np.array([1, 2, 3, 4, 5]), trades, prices_now=NOW, prices_then={90: THEN}, as_of=AS_OF
    )[90]


def test_the_market_did_what_customers_did_not_bring(growth):
    # C-1: 100 x 12 = 1,200 then; 70 x 15 = 1,050 now; 282 - 792 = -510 of net money,
    # so prices brought 1,050 - 1,200 + 510 = 360.
    assert growth.before.tolist()[::2] == [1_200.0, 0.0, 0.0]
    assert growth.now.tolist() == [1_050.0, 400.0, 400.0, 150.0, 0.0]
    assert growth.net_money.tolist() == [-510.0, 0.0, 351.0, 0.0, 0.0]
    assert growth.market[0] == 360.0
    assert math.isnan(growth.before[1]) and math.isnan(growth.market[1])
    assert growth.market[2] == 49.0  # 400 - 351
    assert (growth.before[3], growth.market[3]) == (120.0, 30.0)


def test_a_segment_sums_up_those_whose_values_are_known(growth):
    first, second = segment_growth(growth, np.array([0, 0, 1, 0, 1]), 2)
    # Segment 0: C-1 and C-4, without C-2. (1,320 before, 1,200 now, -510 money, 390 market.)
    assert (first.customers, first.unknown) == (2, 1)
    assert (first.before, first.now, first.net_money, first.market) == (1320, 1200, -510, 390)
    assert first.money_rate == pytest.approx(-510 / 1320)
    assert first.market_rate == pytest.approx(390 / 1320)
    assert first.rate == pytest.approx(1200 / 1320 - 1)
    # Nothing was held before: no rate, not one of zero.
    assert (second.before, second.net_money) == (0.0, 351.0)
    assert math.isnan(second.money_rate) and math.isnan(second.rate)


def test_a_fraction_that_a_split_left_is_no_holding():
    trades = ledger((1, 0, 100, 10.5, 10.0, 0.0), (1, 0, 95, -10, 10.0, 0.0))
    found = growth_columns(
        np.array([1]), trades, prices_now=NOW, prices_then={90: THEN}, as_of=AS_OF
    )
    assert (found[90].before[0], found[90].now[0]) == (0.0, 0.0)


def test_nobody_is_no_error():
    found = growth_columns(
        np.zeros(0, np.int64),
        ledger((1, 0, 1, 1, 1.0, 0.0)),
        prices_now=NOW,
        prices_then={30: THEN},
        as_of=AS_OF,
    )
    assert segment_growth(found[30], np.zeros(0, np.int64), 1)[0].customers == 0
