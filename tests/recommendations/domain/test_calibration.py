"""Whether bands hold what they promise."""

import numpy as np
import pytest

from recommendations.domain.calibration import calibrate, strain


def market(days, stocks, seed, swing):
    """A market that goes on as it was: independent daily returns."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.0003, swing, (days, stocks))
    dates = np.datetime64("2015-01-01") + np.arange(days)
    return dates, 100 * np.exp(np.cumsum(steps, axis=0))


def test_strain_counts_half_widths_in_logs():
    # Band from 1/e over 1 to e^2: e lies half way up, 1/e on the lower edge.
    low, middle, high = np.exp(-1.0), 1.0, np.exp(2.0)
    outcomes = np.array([np.e, np.exp(-1.0), np.exp(3.0)])
    assert strain(outcomes, low, middle, high) == pytest.approx([0.5, -1.0, 1.5])


def test_bands_of_a_market_that_stays_itself_hold():
    found = calibrate(*market(2600, 60, 4, 0.015), long_run=np.full(2600, 0.10), random_state=1)
    assert found.dates == 26
    assert found.outcomes == 26 * 60
    assert 0.72 < found.held < 0.88
    assert found.held + found.below + found.above == pytest.approx(1.0)


def test_bands_are_widened_when_the_world_grows_wilder():
    dates, calm = market(1400, 60, 4, 0.006)
    _, wild = market(1300, 60, 5, 0.018)
    adjusted = np.vstack([calm, calm[-1] * wild / wild[0]])
    dates = np.datetime64("2015-01-01") + np.arange(len(adjusted))
    found = calibrate(dates, adjusted, long_run=np.full(2600, 0.10), random_state=1)
    assert found.held_raw < 0.75
    assert found.held > found.held_raw
    assert found.width > 1.2


def test_a_short_history_promises_nothing():
    found = calibrate(*market(900, 3, 1, 0.01), long_run=np.full(900, 0.1), random_state=1)
    assert found.dates == 0
    assert np.isnan(found.held)
    assert found.width == 1.0
    assert found.first is None


def test_a_long_run_that_becomes_known_later_changes_no_earlier_band():
    # Bands are drawn on days 756, 819, ... up to the 1,040 days that leave a year of 1,300.
    history = market(1300, 10, 7, 0.01)
    known = np.full(1300, 0.10)
    later, sooner = known.copy(), known.copy()
    later[1048:], sooner[756] = 0.9, 0.9
    found, same, other = (
        calibrate(*history, long_run=values, random_state=1) for values in (known, later, sooner)
    )
    assert found == same
    assert found != other
