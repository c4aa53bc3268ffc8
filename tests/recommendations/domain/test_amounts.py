"""How much to put where."""

import numpy as np
import pytest

from recommendations.domain.amounts import BASES, bases, budgets, room_left, split


def test_three_months_of_saving_or_a_tenth_of_the_portfolio():
    # 3 x (12,00,000 / 12 - 60,000) = 1,20,000; overspent: nothing; undeclared: a tenth.
    income = np.array([1_200_000, 600_000, np.nan, np.nan])
    spending = np.array([60_000, 60_000, 20_000, np.nan])
    value = np.array([500_000, 500_000, 500_000, 0])
    found = budgets(income, spending, value)
    assert found[:3] == pytest.approx([120_000, 0, 50_000])
    assert np.isnan(found[3])


def test_no_step_is_larger_than_what_is_held_or_a_month_of_saving():
    # 15,50,000 / 12 - 90,500 is 38,666.67 a month and 1,16,000 in three.
    income, spending = np.full(5, 1_550_000.0), np.full(5, 90_500.0)
    value = np.array([0.0, 8_000.0, 50_000.0, 116_001.0, 2_000_000.0])
    found = budgets(income, spending, value)
    assert found == pytest.approx([38_666.67, 38_666.67, 50_000, 116_000, 116_000], abs=0.01)
    words = [BASES[place] for place in bases(income, spending, value)]
    assert words == [BASES[2], BASES[2], BASES[1], BASES[0], BASES[0]]
    undeclared = bases(np.array([np.nan]), np.array([1.0]), np.array([9.0]))
    assert BASES[undeclared[0]].startswith("a tenth")


def test_the_calmer_stock_gets_more_in_whole_shares():
    # 90,000 in proportion 1/0.1 : 1/0.2 = 2 : 1, so 60,000 and 30,000;
    # 60 shares at 1,000 and 42 at 700 (29,400).
    shares, amounts = split(
        90_000.0,
        volatility=np.array([0.1, 0.2]),
        price=np.array([1_000.0, 700.0]),
        traded_value=np.array([1e12, 1e12]),
        room=np.array([np.inf, np.inf]),
    )
    assert shares.tolist() == [60, 42]
    assert amounts.tolist() == [60_000, 29_400]


def test_limits_and_liquidity_bind():
    # Parts of 50,000 each; room 20,000; a hundredth of 10,00,000 is 10,000; none left.
    shares, _ = split(
        150_000.0,
        volatility=np.full(3, 0.2),
        price=np.full(3, 100.0),
        traded_value=np.array([1e12, 1e6, 1e12]),
        room=np.array([20_000.0, 50_000.0, -5.0]),
    )
    assert shares.tolist() == [200, 100, 0]


def test_an_unknown_budget_suggests_nothing():
    shares, amounts = split(
        float("nan"),
        volatility=np.array([0.2]),
        price=np.array([1.0]),
        traded_value=np.array([1e9]),
        room=np.array([1e9]),
    )
    assert shares.tolist() == [0]
    assert np.isnan(amounts).all()


def test_room_is_what_the_share_leaves():
    # A quarter of 4,00,000 is 1,00,000, of which 70,000 are there.
    assert room_left(400_000, 70_000, share=0.25) == 30_000
