"""Generated customers whose archetype is known, for tests of what K-Means finds."""

import numpy as np

from segmentation.domain.features import feature_dictionary

SECTORS = (
    "Financial Services",
    "Information Technology",
    "Healthcare",
    "Power",
    "Realty",
    "Metals",
)

# Median and log-normal or normal spread of each feature, per archetype.
_TRADERS = [
    ("annual_income", 9e5, 6e5, 30e5, 14e5),
    ("savings_rate", 0.20, 0.15, 0.45, 0.25),
    ("risk_score", 55, 45, 40, 80),
    ("portfolio_value", 6e5, 0.6e5, 50e5, 4e5),
    ("trades_per_month", 1.5, 0.7, 0.6, 9.0),
    ("turnover", 0.15, 0.3, 0.1, 3.5),
    ("median_holding_days", 500, 150, 900, 30),
    ("small_cap_share", 0.15, 0.3, 0.08, 0.65),
    ("effective_holdings", 8, 2.5, 14, 5),
    ("volatility_held", 0.16, 0.2, 0.14, 0.30),
    ("falls_net_buying", 0.6, 0.1, 0.3, -0.4),
    ("sip_share", 0.85, 0.2, 0.1, 0.02),
]
_MULTIPLIED = {
    "annual_income",
    "portfolio_value",
    "trades_per_month",
    "turnover",
    "median_holding_days",
    "effective_holdings",
}


def archetype_customers(n, *, seed=7, noise=0.35):
    """Draw customers of four archetypes.

    Returns
    -------
    values : ndarray of shape (n, n_features)
    archetype : ndarray of int64, shape (n,)
    features : tuple of Feature
    """
    draw = np.random.default_rng(seed)
    features = feature_dictionary(SECTORS)
    archetype = draw.choice(4, n, p=[0.32, 0.42, 0.11, 0.15])
    values = np.zeros((n, len(features)))
    for column, (key, *medians) in enumerate(_TRADERS):
        assert features[column].key == key
        middle = np.array(medians, float)[archetype]
        step = draw.normal(size=n) * noise
        spread = np.ptp(medians) * 0.6
        values[:, column] = middle * np.exp(step) if key in _MULTIPLIED else middle + spread * step
    values[:, len(_TRADERS) :] = draw.random((n, len(SECTORS))) < 0.3
    return values, archetype, features
