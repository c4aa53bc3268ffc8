"""The long run as it was known on each day."""

import numpy as np
import pytest

from recommendations.domain.long_run import long_run_by_day

DATES = np.array(
    ["2010-01-01", "2014-12-31", "2015-01-02", "2018-01-01", "2020-01-02"], dtype="datetime64[D]"
)


def test_growth_is_measured_up_to_each_day_and_no_further():
    # Doubled after 1,827 days: 2^(365.25 / 1827) - 1 = 14.863 %. Quadrupled after 3,653
    # days: 4^(365.25 / 3653) - 1 = 14.868 %. Under five years the assumed 11 % stands.
    # On the fourth day the index is unknown: what was known on the third still holds.
    level = np.array([100.0, 150.0, 200.0, np.nan, 400.0])
    found = long_run_by_day(DATES, level)
    assert found == pytest.approx([0.11, 0.11, 0.14863, 0.14863, 0.14868], abs=1e-5)


def test_a_later_crash_changes_nothing_before_it():
    boom, crash = np.array([100.0, 150, 200, 300, 400]), np.array([100.0, 150, 200, 300, 40])
    assert (long_run_by_day(DATES, boom)[:4] == long_run_by_day(DATES, crash)[:4]).all()
    assert long_run_by_day(DATES, crash)[4] < 0


def test_without_an_index_the_assumed_rate_stands():
    assert long_run_by_day(DATES, np.full(5, np.nan)).tolist() == [0.11] * 5
