import numpy as np
import pytest

from segmentation.domain.usefulness import correlation_ratio, money_split


def test_the_correlation_ratio_is_the_share_of_variance_between_groups():
    # The textbook example (Wikipedia, "Correlation ratio"): marks in algebra, geometry and
    # statistics. Between 6780, total 9640, so eta squared is 0.7033.
    marks = [45, 70, 29, 15, 21, 40, 20, 30, 42, 65, 95, 80, 70, 85, 73]
    subject = np.repeat([0, 1, 2], [5, 4, 6])
    found = correlation_ratio(np.array(marks, float), subject)
    # Clipping at the 1 % and 99 % quantiles moves only 15 (to 15.7) and 95 (to 93.6).
    assert found["ratio"] == pytest.approx(6780 / 9640, abs=0.005)
    assert found["chance"] == pytest.approx(2 / 14)


def test_groups_by_lot_reach_chance_and_no_more():
    draw = np.random.default_rng(3)
    found = [correlation_ratio(draw.normal(size=500), draw.integers(0, 6, 500)) for _ in range(200)]
    assert np.mean([each["ratio"] for each in found]) == pytest.approx(5 / 499, rel=0.1)


def test_one_lucky_customer_does_not_decide():
    values = np.r_[np.tile([0.0, 0.1], 100), 1e9]
    labels = np.r_[np.tile([0, 1], 100), 0]
    assert correlation_ratio(values, labels)["ratio"] > 0.9


@pytest.mark.parametrize("values", [[np.nan] * 5, [0.3] * 5, [1.0, 2.0, np.nan, np.nan, np.inf]])
def test_what_is_unknown_or_does_not_vary_has_no_ratio(values):
    found = correlation_ratio(np.array(values), np.array([0, 0, 1, 1, 1]))
    assert found == {"ratio": None, "chance": None}


def test_money_is_split_between_richest_and_poorest_group():
    # Averages 100, 40 and 10 (the unknown owns nothing); 200 of 320 lie in two of seven.
    money = np.array([150.0, 50, 60, 20, 20, np.nan, 20])
    found = money_split(money, np.array([2, 2, 0, 0, 1, 1, -1]))
    assert found == {
        "top_share_of_value": pytest.approx(200 / 320),
        "top_share_of_customers": pytest.approx(2 / 7),
        "spread": pytest.approx(10),
    }
    assert set(money_split(np.zeros(3), np.zeros(3, int)).values()) == {None}
    assert money_split(np.array([5.0, 0]), np.array([0, 1]))["spread"] is None
