"""Who went quiet: the rule at its edges."""

import math

import numpy as np

from segmentation.domain.growth import Growth
from segmentation.domain.quiet import high_value_from, quiet_customers, trading_habits

TODAY = 20_000


def habits(*days_of_each):
    """Trading days of each customer as days ago."""
    owner = np.concatenate([np.full(len(days), i) for i, days in enumerate(days_of_each)])
    day = TODAY - np.concatenate([np.array(days, np.int64) for days in days_of_each])
    return trading_habits(owner.astype(np.int64), day.astype(np.int64), len(days_of_each))


def test_a_habit_is_the_median_of_the_gaps_between_days_of_trading():
    found = habits(
        [200, 190, 170, 140],  # gaps 10, 20, 30
        [200, 200, 190, 170, 130, 90],  # two trades of a day; gaps 10, 20, 40, 40: the lower middle
        [100, 90, 80],  # two gaps tell no habit
        [],
    )
    assert found.last.tolist() == [TODAY - 140, TODAY - 90, TODAY - 80, -1]
    assert found.gap[:2].tolist() == [20.0, 20.0]
    assert math.isnan(found.gap[2]) and math.isnan(found.gap[3])


def test_high_value_is_the_top_tenth_of_those_who_held_anything():
    # Of 1 to 11 the 0.9 quantile lies at 1 + 0.9 x 10.
    before = np.array([*range(1, 12), 0, np.nan], float)
    assert high_value_from(before) == 10.0
    assert math.isnan(high_value_from(np.zeros(3)))


def test_only_high_value_customers_who_took_out_or_stopped_are_quiet():
    # Fifty small portfolios, then those looked at: the 0.9 quantile of 57 is 1,000.
    small = np.full(50, 10.0)
    before = np.r_[small, [1_000.0] * 7, np.nan]
    money = np.r_[small * -1, [-100.0, -99.0, -100.0, 0.0, 0.0, 0.0, -500.0], -900.0]
    now = np.r_[small, [950.0, 800.0, 1_000.0, 900.0, 900.0, 900.0, 400.0], 10.0]
    often, seldom = [150, 130, 110, 90], [240, 190, 140, 90]
    lately = [149, 129, 109, 89]
    watched = habits(*[lately] * 53, often, seldom, lately, often, often)
    assert high_value_from(before) == 1_000.0
    found = quiet_customers(Growth(90, before, now, money), watched, as_of=TODAY)
    assert found.high.sum() == 7 and not found.any[:50].any()
    assert found.kinds()[50:].tolist() == [
        "withdrew",  # a tenth taken out and worth less
        "",  # less than a tenth
        "",  # prices made up for it
        "stopped",  # a trade every 20 days, then none for 90
        "",  # a trade every 50 days is no habit to break
        "",  # the last one 89 days ago
        "both",
        "",  # nobody knows what was held
    ]
