import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score

from segmentation.domain.association import (
    associate,
    best_lift,
    correlation_ratio,
    cramers_v,
    crossed,
    fifths,
)

ONES = np.ones


def test_lift_by_hand():
    # Of 100 customers 20 are bold; segment 1 holds 40, of whom 16: 40 % against 20 %, lift 2.
    table = np.array([[56.0, 4.0], [24.0, 16.0]])
    lift = best_lift(table, ["calm", "bold"])
    assert (lift.segment, lift.name) == (1, "bold")
    assert (lift.here, lift.everywhere, lift.lift) == pytest.approx((0.4, 0.2, 2.0))


def test_a_segment_of_one_person_has_no_lift():
    # One of 200 is alone in a segment and bold: 100 % of it, which is chance, not knowledge.
    table = np.array([[90.0, 10.0], [80.0, 19.0], [0.0, 1.0]])
    lift = best_lift(table, ["calm", "bold"])
    assert lift.segment == 1
    assert lift.lift == pytest.approx((19 / 99) / (30 / 200))


def test_weights_count_as_so_many_customers():
    labels, codes = np.array([0, 0, 1]), np.array([0, 1, 1])
    np.testing.assert_array_equal(
        crossed(labels, codes, np.array([1.0, 2.0, 3.0])), [[1, 2], [0, 3]]
    )


def test_cramers_v_by_hand():
    # 2 x 2 with 50 each: phi^2 = ((40*40 - 10*10) / (50*50))^2 = 0.36; Bergsma takes 1/99 off
    # and shrinks 2 to 2 - 1/99.
    table = np.array([[40.0, 10.0], [10.0, 40.0]])
    expected = np.sqrt((0.36 - 1 / 99) / (1 - 1 / 99))
    assert cramers_v(table, 100) == pytest.approx(expected)
    assert cramers_v(7 * table, 100) == pytest.approx(expected)  # only proportions count
    assert cramers_v(np.array([[25.0, 25.0], [25.0, 25.0]]), 100) == 0


def test_correlation_ratio_by_hand():
    # Means 2 and 5 around 3.5: between 2.25; within (1 + 0 + 1) / 3; eta^2 = 2.25 / (2.25 + 2/3).
    values, labels = np.array([1.0, 2, 3, 4, 5, 6]), np.array([0, 0, 0, 1, 1, 1])
    assert correlation_ratio(values, labels, ONES(6)) == pytest.approx(2.25 / (2.25 + 2 / 3))
    # A customer who counts twice is two customers.
    twice = correlation_ratio(np.r_[values, 6.0], np.r_[labels, 1], ONES(7))
    assert correlation_ratio(values, labels, np.array([1.0, 1, 1, 1, 1, 2])) == pytest.approx(twice)
    assert np.isnan(correlation_ratio(ONES(6), labels, ONES(6)))


def test_association_leaves_the_unknown_out():
    draw = np.random.default_rng(2)
    labels = draw.integers(0, 3, 500)
    names = np.where(draw.random(500) < 0.4, "bold", "calm")
    names[labels == 2] = "bold"
    names[:50] = ""
    found = associate(labels, names, None, ONES(500))
    assert found.customers == 450
    assert found.information == pytest.approx(adjusted_mutual_info_score(names[50:], labels[50:]))
    assert found.lift.segment == 2 and found.measure == "V"


def test_one_class_says_nothing():
    found = associate(np.array([0, 1, 0]), np.array(["a", "a", ""]), None, ONES(3))
    assert np.isnan(found.information) and found.lift is None


def test_fifths():
    values = np.r_[np.arange(1.0, 11.0), np.nan]
    expected = np.repeat(["lowest fifth", "second", "third", "fourth", "highest"], 2)
    assert fifths(values).tolist() == [*expected.tolist(), ""]
