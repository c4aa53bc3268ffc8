"""Small markets to recommend from, with figures one can work out by hand."""

from datetime import date

import numpy as np

from recommendations.domain.advise import Investors
from recommendations.domain.features import MarketFeatures


def features(**changes):
    """Six stocks of six sectors, uncorrelated, each swinging 20 % a year."""
    count = len(changes.get("symbols", "ABCDEF"))
    fields = {
        "as_of": date(2025, 12, 31),
        "symbols": tuple("ABCDEF"),
        "sectors": np.array(
            [
                "Healthcare",
                "Power",
                "Realty",
                "Textiles",
                "Telecommunication",
                "Financial Services",
            ]
        ),
        "cap_classes": np.full(count, "Large"),
        "price": np.full(count, 100.0),
        "known": np.full(count, True),
        "volatility": np.full(count, 0.2),
        "momentum": np.linspace(0.0, 0.5, count),
        "one_year": np.linspace(0.0, 0.5, count),
        "drawdown": np.full(count, -0.1),
        "expected_return": np.full(count, 0.1),
        "traded_value": np.full(count, 1e9),
        "covariance": np.eye(count) * 0.04,
        "long_run": 0.11,
    }
    return MarketFeatures(**{**fields, **changes})


def investor(values=None, *, income=1_200_000.0, spending=50_000.0, mask=0, dismissed=(), stocks=6):
    """One investor who saves 50,000 a month, hence a budget of up to 1,50,000."""
    flags = np.zeros((1, stocks), dtype=bool)
    flags[0, list(dismissed)] = True
    return Investors(
        numbers=np.array([7]),
        annual_income=np.array([income]),
        monthly_spending=np.array([spending]),
        sector_masks=np.array([mask]),
        values=np.zeros((1, stocks)) if values is None else np.array([values], dtype=float),
        dismissed=flags,
    )
