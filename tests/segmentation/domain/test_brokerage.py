"""Brokerage estimated at dated rates."""

import numpy as np
import pytest

from segmentation.domain.brokerage import brokerage, dated_rates


def test_each_trade_counts_at_the_rate_of_its_day():
    rates = dated_rates("2026-04-01=0.08, 2024-01-01=0.10")
    days = np.array(["2023-12-31", "2024-01-01", "2026-03-31", "2026-04-01"], "datetime64[D]")
    # 0.10 % of 20,000 is 20, of a sale of 5,000 it is 5; 0.08 % of 10,000 is 8.
    earned = brokerage(np.array([1e6, 20_000.0, -5_000.0, 10_000.0]), days, rates)
    np.testing.assert_allclose(earned, [0.0, 20.0, 5.0, 8.0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no rate"),
        ("0.10", "is no day=per cent"),
        ("2024-01-01=ten", "is no day=per cent"),
        ("2024-01-01=10", "not from 0 to 5"),
        ("2024-01-01=nan", "not from 0 to 5"),
    ],
)
def test_a_rate_that_cannot_be_is_refused_in_words(text, said):
    with pytest.raises(ValueError, match=said):
        dated_rates(text)
