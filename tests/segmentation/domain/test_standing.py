"""Percentiles read off stored quantiles, beside the share counted directly."""

import numpy as np
import pytest

from segmentation.domain.standing import PERCENTS, percentile, quantile_table


def test_percentiles_match_what_is_counted():
    draw = np.random.default_rng(3).lognormal(10, 1, 20_000)
    table = quantile_table(draw[:, None])
    assert table["known"] == [20_000] and len(table["at"][0]) == len(PERCENTS)
    for value in np.quantile(draw, [0.02, 0.11, 0.37, 0.5, 0.83, 0.97]):
        assert percentile(value, table["at"][0]) == pytest.approx((draw < value).mean(), abs=0.015)


def test_ties_stand_in_the_middle_and_ends_name_nobody():
    # 60 of 100 have no plan: they stand at the middle of the lower 60 %.
    values = np.r_[np.zeros(60), np.linspace(0.1, 1, 40)][:, None]
    steps = quantile_table(values)["at"][0]
    assert percentile(0.0, steps) == pytest.approx(0.28)  # between the 1 and the 55 % quantile
    assert percentile(-5.0, steps) == 0.01 and percentile(9.0, steps) == 0.99
    assert max(steps) < 1.0  # the largest value is one customer's


def test_the_unknown_has_no_place():
    table = quantile_table(np.full((4, 1), np.nan))
    assert table == {"known": [0], "at": [[]]}
    assert percentile(1.0, []) is None
    assert percentile(None, [1.0, 2.0]) is None and percentile(np.nan, [1.0]) is None
