import numpy as np
import pytest

from segmentation.domain.features import main_features
from segmentation.domain.transforms import transform_evidence

KEYS = [feature.key for feature in main_features()]


def evidence(**columns):
    n = len(next(iter(columns.values())))
    values = np.column_stack([columns.get(key, np.full(n, np.nan)) for key in KEYS])
    return {row["key"]: row for row in transform_evidence(values)}


def test_the_skewness_before_and_after_is_told():
    # A log-normal income: its logarithm is 4.5 to 6.5, symmetric, skewness 0.
    income = 10.0 ** np.array([4.5, 5, 5.5, 6, 6.5])
    row = evidence(annual_income=income)["annual_income"]
    away = income - income.mean()
    assert row["raw"] == pytest.approx((away**3).mean() / (away**2).mean() ** 1.5, abs=1e-4)
    assert row["skew"] == pytest.approx(0, abs=1e-4)
    assert row["verdict"] == "The transform takes the tail away."


def test_a_better_transform_is_pointed_out():
    row = evidence(risk_score=np.exp(np.linspace(0, 4.6, 50)) - 1)["risk_score"]
    assert row["used"] == "As it is" and row["skew"] == row["raw"] > 0.9
    assert "logarithm of one more" in row["verdict"]


def test_what_does_not_vary_says_so():
    found = evidence(turnover=np.ones(9))
    assert found["turnover"]["skew"] is None and "not vary" in found["turnover"]["verdict"]
    assert len(found) == len(KEYS)
