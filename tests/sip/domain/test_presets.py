"""Rates of the cap classes from a history."""

import numpy as np
import pytest

from sip.domain.presets import ASSUMED_RATES, class_returns


def test_the_assumed_rates_are_those_of_the_report():
    assert ASSUMED_RATES == {"large": 0.09, "mid": 0.12, "small": 0.15}


def test_equal_money_in_every_stock_of_a_class():
    # Four years (1,461 days). Large: 100 -> 200 and 50 -> 75, mean relative 1.75,
    # 1.75^(1/4) = 1.150163; Mid: 10 -> 10, nothing gained; Small is unknown at the start.
    dates = np.array(["2020-01-01", "2022-06-01", "2024-01-01"], dtype="datetime64[D]")
    values = np.array(
        [[100.0, 50.0, 10.0, np.nan], [90.0, 60.0, 99.0, 5.0], [200.0, 75.0, 10.0, 9.0]]
    )
    found = class_returns(dates, values, ["Large", "Large", "Mid", "Small"])
    assert found["large"].annual_return == pytest.approx(0.150163, abs=1e-5)
    assert found["large"].stocks == 2
    assert found["mid"].annual_return == pytest.approx(0.0)
    assert "small" not in found


def test_a_short_history_gives_no_rate():
    dates = np.array(["2023-01-01", "2024-12-31"], dtype="datetime64[D]")
    assert class_returns(dates, np.array([[1.0], [2.0]]), ["Large"]) == {}
    assert class_returns(dates[:0], np.empty((0, 1)), ["Large"]) == {}
