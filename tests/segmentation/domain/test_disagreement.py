"""Rank and evidence of disagreements, by hand."""

from datetime import date

import numpy as np
import pytest

from segmentation.domain.disagreement import direction_names, evidence, mismatch, next_state
from segmentation.domain.risk import revealed_risk

TODAY = date(2026, 1, 15)


def test_the_rank_is_the_gap_times_the_logarithm_of_the_money():
    weight, direction = mismatch(
        [30, 70, 30, 30, np.nan, 30, 30],
        [70, 30, 34, np.nan, 70, 70, 70],
        [90_000, 90_000, 90_000, 90_000, 90_000, np.nan, 9_990_000],
    )
    # log10(1 + 90,000 / 10,000) is 1 and log10(1 + 9,990,000 / 10,000) is 3; the gap is 40.
    np.testing.assert_allclose(weight, [40, 20, np.nan, np.nan, np.nan, 0, 120])
    assert direction_names(direction) == ["bolder", "cautious", "", "", "", "bolder", "bolder"]


def test_shares_of_the_parts_add_up_to_the_gap():
    # 0.30 a year is 80 % of the way from 0.10 to 0.35: 32 of 40 points; 0.6 of 0.75: 20 of 25;
    # 4 holdings are 80 % of the way from 12 to 2: 16 of 20; 1 of 2 times a year: 7.5 of 15.
    values = {
        "volatility_held": 0.30,
        "small_cap_share": 0.60,
        "effective_holdings": 4.0,
        "turnover": 1.0,
    }
    score = float(revealed_risk({name: np.array([v]) for name, v in values.items()})[0])
    assert score == pytest.approx(75.5)
    rows = evidence(values, 30.0, score)
    assert [row.points for row in rows] == pytest.approx([32, 20, 16, 7.5])
    # At a score of 30 they would earn 12, 7.5, 6 and 4.5.
    assert [row.drives for row in rows] == pytest.approx([20, 12.5, 10, 3])
    assert sum(row.drives for row in rows) == pytest.approx(score - 30)
    assert rows[0].part.feature == "volatility_held"


def test_unknown_parts_come_last_and_the_rest_still_adds_up():
    values = {"volatility_held": 0.15, "small_cap_share": None, "effective_holdings": 12.0}
    # Known are 40 + 20 points, scaled to 100: 8 of 40 earned is 13.33 of 66.67.
    rows = evidence(values, 70.0, 100 * 8 / 60)
    assert [row.part.feature for row in rows[:2]] == ["volatility_held", "effective_holdings"]
    assert rows[0].points == pytest.approx(13.333, abs=1e-3)
    assert rows[0].drives + rows[1].drives == pytest.approx(70 - 100 * 8 / 60)
    assert all(row.value is None and np.isnan(row.drives) for row in rows[2:])


@pytest.mark.parametrize(
    ("state", "now", "follow_up", "after"),
    [
        ("taken", ("low", "high"), None, "taken"),
        ("taken", ("low", "medium"), None, "taken"),  # somebody is at it: theirs to finish
        ("taken", None, None, "closed"),
        ("done", ("low", "high"), None, "done"),
        ("done", ("low", "high"), date(2026, 1, 16), "done"),
        ("done", ("low", "high"), date(2026, 1, 15), "open"),
        ("done", ("medium", "high"), None, "open"),
        ("done", None, date(2026, 3, 1), "closed"),
        ("closed", None, None, "closed"),
        ("closed", ("low", "high"), None, "open"),
        ("open", ("low", "high"), None, "open"),
        ("open", None, None, "closed"),
    ],
)
def test_cases_move_by_themselves(state, now, follow_up, after):
    moved, why = next_state(
        state=state, classes=("low", "high"), now=now, follow_up=follow_up, today=TODAY
    )
    assert moved == after
    assert bool(why) == (moved != state)
