from datetime import date

import numpy as np
import pytest

from portfolios.domain.correlation import Correlation
from portfolios.domain.pictures import calendar_of, matrix_rows, shade_of, spark


@pytest.mark.parametrize(
    ("value", "shade"),
    [
        (0.0, "z0"),
        (-0.0014, "z0"),
        (0.0022, "p1"),
        (-0.0057, "n2"),
        (0.0157, "p3"),
        (-0.0233, "n4"),
        (float("nan"), "hol"),
    ],
)
def test_colour_steps_of_a_day(value, shade):
    assert shade_of(value) == shade


def test_a_calendar_has_five_cells_a_week_and_starts_on_the_monday_of_new_year():
    # 1 January 2025 is a Wednesday; Monday and Tuesday before it are no days of the year.
    days = np.array(["2025-01-01", "2025-01-02", "2025-01-06", "2025-01-07"], "datetime64[D]")
    calendar = calendar_of(days, np.array([np.nan, 0.02, -0.01, 0.0]), 2025)
    assert [c.shade for c in calendar.cells[:5]] == ["void", "void", "hol", "p4", "hol"]
    assert [c.shade for c in calendar.cells[5:]] == ["n3", "z0", "void", "void", "void"]
    assert (calendar.up, calendar.down) == (1, 1)
    assert calendar.best == (date(2025, 1, 2), 0.02)
    assert calendar.worst == (date(2025, 1, 6), -0.01)
    assert calendar.months[0] == "Jan"


def test_every_month_is_named_once():
    days = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    months = [m for m in calendar_of(days, np.zeros(len(days)), 2025).months if m]
    assert " ".join(months) == "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"


def test_colour_steps_of_the_correlation_matrix():
    matrix = np.array([[1.0, 0.24, np.nan], [0.24, 1.0, -0.3], [np.nan, -0.3, 1.0]])
    rows = matrix_rows(Correlation(("A", "B", "C"), matrix))
    assert [shade for _, shade in rows[0].cells] == ["self", "s3", ""]
    assert [shade for _, shade in rows[2].cells] == ["", "s1", "self"]


def test_a_sparkline_spans_its_frame():
    assert spark(np.array([1.0, 3.0, 2.0])) == "0,21.0 36,1.0 72,11.0"
    assert spark(np.array([1.0, np.nan])) == ""
