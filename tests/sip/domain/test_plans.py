"""Plans projected year by year."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.domain.plans import Plan, months_until, project, year_end

START = date(2026, 1, 1)


def plan(**changes):
    fields = {"kind": "sip", "amount": 5_000, "annual_rate": 0.09, "years": 10, "start": START}
    return Plan(**{**fields, **changes})


def test_the_yearly_table_of_the_reference_plan():
    # The table of the design's picture; 12 deposits by hand: 5,000 x 12.60139325 = 63,006.97.
    result = project(plan())
    by_year = {row.ends.year: round(row.value, 2) for row in result.rows}
    assert by_year[2026] == 63_006.97
    assert round(by_year[2030]) == 379_949
    assert by_year[2035] == 974_828.17
    assert result.paid_in == 600_000
    assert round(result.gain, 2) == 374_828.17
    assert result.rows[0].ends == date(2026, 12, 31)


def test_step_up_by_hand():
    # Zero rate: 12 x 1,000 + 12 x 1,100 + 12 x 1,210 = 39,720
    result = project(plan(amount=1_000, annual_rate=0, years=3, step_up=0.10))
    assert result.final_value == pytest.approx(39_720)
    assert [round(row.deposit) for row in result.rows] == [1_000, 1_100, 1_210]


def test_a_goal_is_solved_for_its_deposit():
    # The reverse of the reference plan.
    result = project(plan(kind="goal", amount=974_828.17))
    assert result.deposit == pytest.approx(5_000, abs=0.01)
    assert result.final_value == pytest.approx(974_828.17)


def test_a_lump_sum_is_paid_once():
    result = project(plan(kind="lump", amount=100_000, annual_rate=0.12, years=2))
    # 100,000 x 1.12 = 112,000; x 1.12 = 125,440
    assert [row.value for row in result.rows] == pytest.approx([112_000, 125_440])
    assert [row.deposit for row in result.rows] == [100_000, 0]
    assert result.paid_in == 100_000


def test_inflation_changes_only_the_real_value():
    with_it, without = project(plan(inflation=0.05)), project(plan())
    assert with_it.final_value == without.final_value
    assert without.real_value == without.final_value
    assert with_it.real_value == pytest.approx(598_460, abs=1)


@pytest.mark.parametrize(
    ("start", "year", "end"),
    [
        (date(2026, 1, 1), 1, date(2026, 12, 31)),
        (date(2026, 11, 24), 2, date(2028, 11, 23)),
        (date(2028, 2, 29), 1, date(2029, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 28)),
    ],
)
def test_a_year_ends_the_day_before_its_anniversary(start, year, end):
    assert year_end(start, year) == end


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"kind": "swp"}, "kind"), ({"amount": 0}, "positive"), ({"years": 0}, "at least 1")],
)
def test_an_impossible_plan_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        plan(**changes)


@given(
    step_up=st.floats(0, 0.5),
    rate=st.floats(0, 0.3),
    years=st.integers(1, 40),
    compounding=st.sampled_from(["nominal", "effective"]),
)
def test_goal_and_sip_undo_each_other(step_up, rate, years, compounding):
    terms = {"step_up": step_up, "annual_rate": rate, "years": years, "compounding": compounding}
    reached = project(plan(amount=2_000, **terms)).final_value
    assert project(plan(kind="goal", amount=reached, **terms)).deposit == pytest.approx(2_000)


@given(years=st.integers(1, 40), rate=st.floats(0, 0.3), step_up=st.floats(0, 0.5))
def test_every_row_adds_up(years, rate, step_up):
    rows = project(plan(years=years, annual_rate=rate, step_up=step_up)).rows
    assert len(rows) == years
    for row in rows:
        assert row.value == pytest.approx(row.paid_in + row.gain)
    assert [row.value for row in rows] == sorted(row.value for row in rows)


def test_months_until_a_goal_by_hand():
    # Zero rate: twelve deposits of 100 are 1,200; a rupee more takes a thirteenth.
    flat = plan(annual_rate=0)
    assert months_until(1_200, flat, deposit=100) == 12
    assert months_until(1_201, flat, deposit=100) == 13
    # Stepped up by 10 % after a year: 1,200 + 110 = 1,310.
    assert months_until(1_310, plan(annual_rate=0, step_up=0.1), deposit=100) == 13
    assert months_until(1_311, plan(annual_rate=0, step_up=0.1), deposit=100) == 14
    # One deposit at 12 % a year, that is 1 % a month: 101 after a month, 203.01 after two.
    assert months_until(101, plan(annual_rate=0.12), deposit=100) == 1
    assert months_until(203.01, plan(annual_rate=0.12), deposit=100) == 2
    assert months_until(203.02, plan(annual_rate=0.12), deposit=100) == 3


@given(
    st.floats(0, 0.3),
    st.floats(0, 0.5),
    st.integers(1, 40),
    st.sampled_from(["nominal", "effective"]),
)
def test_the_solved_deposit_takes_the_years_of_the_plan(rate, step_up, years, compounding):
    goal = plan(
        kind="goal", annual_rate=rate, step_up=step_up, years=years, compounding=compounding
    )
    assert months_until(goal.amount, goal, deposit=project(goal).deposit) == 12 * years
