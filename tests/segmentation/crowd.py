"""Customers drawn at random, as documents of the read model and as columns."""

import math

import numpy as np

from segmentation.domain.measures import MEASURE_KEYS, draw_of
from segmentation.domain.risk import risk_class

TIER_OF = {"s1": "high", "s2": "low", "s4": "low", "": ""}
# Each with customers on its bounds: measures are multiples of a tenth.
DOCUMENTS = (
    {},
    {"segments": ["s1", "s4"]},
    {"tiers": ["low"]},
    {"risks": ["high", "unknown"]},
    {"stated": ["medium"]},
    {"sectors": [0, 21]},
    {"ranges": {"savings_rate": [-0.3, 0.7]}},
    {"ranges": {"portfolio_value": [None, 0.1], "return_1y": [-0.9, None]}},
    {"segments": ["s2", "s4"], "risks": ["low", "medium"], "ranges": {"turnover": [0.2, None]}},
    {"tiers": ["low"], "stated": ["low", "unknown"], "sectors": [3, 4, 5, 6]},
)


def crowd(count, *, first=30_001):
    """Documents of `Customer`; every tenth number is unknown, some have no segment yet."""
    draw = np.random.default_rng(17)
    rows = []
    for number in range(first, first + count):
        key = ("s1", "s2", "s4", "s2", "")[draw.choice(5, p=[0.3, 0.3, 0.3, 0.05, 0.05])]
        measures = {
            # A tenth has no exact value in binary, and hardly any has one in 32 bits.
            name: None if draw.random() < 0.1 else float(draw.integers(-20, 21) / 10)
            for name in MEASURE_KEYS
        }
        # Classes follow from scores everywhere; these draws lie on their bounds often enough.
        for name in ("risk_score", "revealed_risk"):
            measures[name] = (
                None if draw.random() < 0.1 else float(draw.choice([12.3, 35, 64.9, 65]))
            )
        rows.append(
            {
                "number": number,
                "email": f"c{number}@example.org",
                "user_id": number,
                "draw": draw_of(number),
                "segment_key": key,
                "tier": TIER_OF[key],
                "risk_class": risk_class(measures["revealed_risk"]),
                "stated_class": risk_class(measures["risk_score"]),
                "sector_mask": int(draw.integers(0, 2**22) & draw.integers(0, 2**22)),
                **measures,
            }
        )
    return rows


def columns_of(rows):
    """The same as columns, NaN unknown."""
    text = ("segment_key", "tier", "risk_class", "stated_class")
    whole = ("number", "sector_mask")
    return {
        **{name: np.array([row[name] for row in rows]) for name in (*text, *whole)},
        **{
            name: np.array([math.nan if row[name] is None else row[name] for row in rows])
            for name in MEASURE_KEYS
        },
    }
