import numpy as np

from segmentation.domain.declared import declared_columns


def test_declared_features_and_what_makes_them_unknown():
    columns = declared_columns(
        annual_income=np.array([1_200_000.0, np.nan, np.inf, -5.0, 600_000.0, 600_000.0]),
        monthly_spending=np.array([60_000.0, 1_000.0, 1_000.0, 1_000.0, 200_000.0, np.nan]),
        risk_score=np.array([40.0, 101.0, -1.0, np.nan, 0.0, 100.0]),
    )
    np.testing.assert_array_equal(
        columns["annual_income"], [1_200_000, np.nan, np.nan, np.nan, 600_000, 600_000]
    )
    # 1 - 12 x 60,000 / 1,200,000 = 0.4; 1 - 12 x 200,000 / 600,000 = -3, counted as -1.
    np.testing.assert_allclose(columns["savings_rate"], [0.4, np.nan, np.nan, np.nan, -1.0, np.nan])
    np.testing.assert_array_equal(columns["risk_score"], [40, np.nan, np.nan, np.nan, 0, 100])
