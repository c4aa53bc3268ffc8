import numpy as np
import pytest

from segmentation.domain.risk import PARTS, revealed_risk, risk_class, risk_class_codes


def score(volatility, small, holdings, turnover):
    keys = ("volatility_held", "small_cap_share", "effective_holdings", "turnover")
    values = (volatility, small, holdings, turnover)
    return revealed_risk({k: np.array([v]) for k, v in zip(keys, values, strict=True)})[0]


def test_weights_sum_to_a_hundred():
    assert sum(part.weight for part in PARTS) == 100


def test_parts_add_up():
    # Half way in every part: (0.225 - 0.10) / 0.25, 0.375 / 0.75, (7 - 12) / (2 - 12), 1 / 2.
    assert score(0.225, 0.375, 7, 1.0) == pytest.approx(50)
    # Volatility at its bold bound and beyond earns 40, small caps 25 x 0.3 / 0.75 = 10.
    assert score(0.50, 0.30, 20, 0.0) == pytest.approx(50)
    assert score(0.05, 0.0, 30, 0.0) == 0
    assert score(0.40, 1.0, 1, 9.0) == 100


def test_unknown_parts_are_left_out_and_the_rest_rescaled():
    # 40 x 0.5 + 25 x 0 + 20 x 1 = 40 of 85 possible points.
    assert score(0.225, 0.0, 2, np.nan) == pytest.approx(40 / 85 * 100)
    assert np.isnan(score(np.nan, 1.0, 1, 9.0))


def test_classes_share_the_questionnaires_bounds():
    codes = risk_class_codes(np.array([0, 34.9, 35, 64.9, 65, 100, np.nan]))
    assert codes.tolist() == [0, 0, 1, 1, 2, 2, 3]
    assert [risk_class(s) for s in (10, 50, 90, np.nan, None)] == ["low", "medium", "high", "", ""]
