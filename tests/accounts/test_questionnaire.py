"""The risk score, by hand: the points are worked out beside each expected number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.questionnaire import (
    IncompleteAnswers,
    risk_class_of,
    score_answers,
)
from accounts.domain.questions import QUESTIONS

# Order: horizon, experience, aim, fall, spread, limit, cushion, income, loans, share.
# Weights:  12        8        9    15     12      6       9       9       8      12
# Options:   5        5        4     4      4      4       4       4       5       5
MOST_CAUTIOUS = [0] * 10
MOST_DARING = [4, 4, 3, 3, 3, 3, 3, 3, 4, 4]
answers = st.tuples(*(st.integers(0, len(each.options) - 1) for each in QUESTIONS))


def test_ten_questions_of_four_or_five_options_and_fifty_points_a_side():
    assert len(QUESTIONS) == 10
    assert {len(each.options) for each in QUESTIONS} == {4, 5}
    assert sum(each.weight for each in QUESTIONS if each.side == "capacity") == 50
    assert sum(each.weight for each in QUESTIONS if each.side == "willingness") == 50
    assert len({each.key for each in QUESTIONS}) == 10


def test_ends_of_the_scale():
    assert score_answers(MOST_CAUTIOUS).score == 0
    assert score_answers(MOST_DARING).score == 100


def test_a_mixed_questionnaire():
    # horizon 3/4 of 12 = 9; experience 2/4 of 8 = 4; aim 2/3 of 9 = 6; fall 2/3 of 15 = 10;
    # spread 1/3 of 12 = 4; limit 2/3 of 6 = 4; cushion 2/3 of 9 = 6; income 3/3 of 9 = 9;
    # loans 3/4 of 8 = 6; share 1/4 of 12 = 3.
    # Capacity 9 + 6 + 9 + 6 + 3 = 33 of 50 -> 66; willingness 4 + 6 + 10 + 4 + 4 = 28 -> 56.
    # Sum 61, ceiling 56 + 20 = 76: nothing holds it.
    result = score_answers([3, 2, 2, 2, 1, 2, 2, 3, 3, 1])
    assert result.capacity == 66
    assert result.willingness == 56
    assert result.weighted_sum == result.score == 61
    assert result.risk_class == "medium"
    assert result.held_by is None


def test_weak_capacity_holds_an_eager_investor():
    # Willingness full: 50 -> 100. Capacity: only horizon, 1/4 of 12 = 3 -> 6.
    # Sum 53; ceiling 6 + 20 = 26.
    result = score_answers([1, 4, 3, 3, 3, 3, 0, 0, 0, 0])
    assert result.weighted_sum == 53
    assert result.score == 26
    assert result.held_by == "capacity"
    assert result.risk_class == "low"


def test_unwillingness_holds_an_able_investor():
    # Capacity full: 50 -> 100. Willingness: only fall, 1/3 of 15 = 5 -> 10.
    # Sum 55; ceiling 10 + 20 = 30.
    result = score_answers([4, 0, 0, 1, 0, 0, 3, 3, 4, 4])
    assert result.score == 30
    assert result.held_by == "willingness"


def test_result_names_the_answers_that_moved_it():
    # Shifts from half the weight: horizon 9 - 6 = +3; experience 0; aim 6 - 4.5 = +1.5;
    # fall 10 - 7.5 = +2.5; spread 4 - 6 = -2; limit +1; cushion +1.5; income 9 - 4.5 = +4.5;
    # loans 6 - 4 = +2; share 3 - 6 = -3.
    result = score_answers([3, 2, 2, 2, 1, 2, 2, 3, 3, 1])
    assert [each.question.key for each in result.raised()] == ["income", "horizon", "fall"]
    assert [each.question.key for each in result.lowered()] == ["share", "spread"]
    assert result.lowered()[0].shift == -3
    assert result.lowered()[0].option.label == "More than half"


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0, "low"), (34.99, "low"), (35, "medium"), (64.99, "medium"), (65, "high"), (100, "high")],
)
def test_classes_have_their_stated_bounds(score, expected):
    assert risk_class_of(score) == expected


@pytest.mark.parametrize("score", [-1, 100.5, float("nan")])
def test_no_class_for_what_is_no_score(score):
    with pytest.raises(ValueError, match="between 0 and 100"):
        risk_class_of(score)


@pytest.mark.parametrize("given", [[], [0] * 9, [0] * 11, [0] * 9 + [5], [-1] + [0] * 9])
def test_incomplete_or_unknown_answers_are_refused(given):
    with pytest.raises(IncompleteAnswers):
        score_answers(given)


@given(answers)
def test_shifts_explain_the_sum(given):
    result = score_answers(given)
    assert 0 <= result.score <= 100
    assert sum(each.shift for each in result.contributions) + 50 == pytest.approx(
        result.weighted_sum
    )
    assert result.score <= min(result.capacity, result.willingness) + 20


@given(answers, st.integers(0, 9))
def test_a_more_daring_answer_never_lowers_the_score(given, position):
    bolder = list(given)
    bolder[position] = min(bolder[position] + 1, len(QUESTIONS[position].options) - 1)
    assert score_answers(bolder).score >= score_answers(given).score
