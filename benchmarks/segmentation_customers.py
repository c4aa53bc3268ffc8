"""Customers for the benchmark of segmentation: six kinds of investor, straight into the database.

The kinds are those of `finseg/demo/archetypes.py`; here their features are drawn as columns, with
unknown values, instead of being worked out of ledgers, so that millions take minutes.
"""

import numpy as np

from segmentation.domain.disagreement import direction_names, mismatch
from segmentation.domain.measures import draw_of
from segmentation.domain.risk import RISK_CLASSES, revealed_risk, risk_class_codes
from segmentation.models import Customer
from segmentation.queries import FEATURE_KEYS, collection_of

AT_ONCE = 50_000
FIRST_NUMBER = 10_001
SHARES = np.array([0.14, 0.30, 0.13, 0.13, 0.17, 0.13])
# Medians and logarithmic spreads, kind by kind.
_LOG_NORMAL = {
    "annual_income": ((3.2e6, 1.3e6, 1.7e6, 1.0e6, 0.9e6, 0.6e6), 0.40),
    "portfolio_value": ((4.0e6, 7.0e5, 1.6e6, 5.0e5, 2.5e5, 4.0e4), 0.70),
    "trades_per_month": ((1.1, 3.0, 9.0, 1.8, 0.4, 0.8), 0.35),
    "turnover": ((0.08, 0.04, 2.8, 0.5, 0.05, 0.15), 0.50),
    "median_holding_days": ((620.0, 480.0, 45.0, 260.0, 700.0, 150.0), 0.35),
    "effective_holdings": ((13.0, 5.0, 10.0, 3.4, 3.6, 2.2), 0.25),
}
# Means and deviations, with the bounds of the feature.
_NORMAL = {
    "savings_rate": ((0.42, 0.32, 0.25, 0.24, 0.30, 0.18), 0.10, -1.0, 1.0),
    "risk_score": ((45.0, 35.0, 80.0, 70.0, 15.0, 50.0), 12.0, 0.0, 100.0),
    "small_cap_share": ((0.05, 0.10, 0.45, 0.80, 0.02, 0.20), 0.10, 0.0, 1.0),
    "volatility_held": ((0.16, 0.18, 0.29, 0.36, 0.14, 0.24), 0.03, 0.05, 1.0),
    "falls_net_buying": ((0.6, 0.4, -0.3, -0.5, 0.1, 0.0), 0.25, -1.0, 1.0),
    "sip_share": ((0.10, 0.92, 0.0, 0.03, 0.08, 0.25), 0.08, 0.0, 1.0),
}
# How many say nothing of themselves, and how many have not traded yet.
_UNDECLARED, _WITHOUT_TRADES = 0.06, 0.03
_DECLARED = ("annual_income", "savings_rate", "risk_score")


def drawn(count, seed):
    """Columns of the read model for so many customers."""
    draw = np.random.default_rng(seed)
    kind = draw.choice(len(SHARES), count, p=SHARES)
    columns = {}
    for key, (medians, spread) in _LOG_NORMAL.items():
        columns[key] = np.array(medians)[kind] * np.exp(draw.normal(size=count) * spread)
    for key, (means, deviation, low, high) in _NORMAL.items():
        values = np.array(means)[kind] + draw.normal(size=count) * deviation
        columns[key] = np.clip(values, low, high)
    silent, idle = draw.random((2, count)) < [[_UNDECLARED], [_WITHOUT_TRADES]]
    for key in FEATURE_KEYS:
        if key == "portfolio_value":
            columns[key] = np.where(idle, 0.0, columns[key])
        else:
            columns[key] = np.where(silent if key in _DECLARED else idle, np.nan, columns[key])
    columns["revealed_risk"] = revealed_risk(columns)
    columns["sector_mask"] = draw.integers(0, 2**22, count) & draw.integers(0, 2**22, count)
    columns["invested"] = columns["portfolio_value"] / np.exp(draw.normal(0.1, 0.2, count))
    columns["total_return"] = np.where(
        columns["invested"] > 0,
        columns["portfolio_value"] / np.maximum(columns["invested"], 1) - 1,
        0,
    )
    columns["return_1y"] = draw.normal(0.1, 0.2, count)
    return columns


def documents(columns, first):
    """The same as documents of `Customer`, numbered from `first`."""
    count = len(columns["sector_mask"])
    classes = (*RISK_CLASSES, "")
    stated, revealed = (risk_class_codes(columns[key]) for key in ("risk_score", "revealed_risk"))
    weight, direction = mismatch(
        columns["risk_score"], columns["revealed_risk"], columns["portfolio_value"]
    )
    numbers = np.arange(first, first + count)
    plain = {
        key: [None if value != value else value for value in column.tolist()]
        for key, column in {**columns, "mismatch": weight}.items()
    }
    plain |= {
        "user_id": numbers.tolist(),
        "number": numbers.tolist(),
        "draw": draw_of(numbers).tolist(),
        "email": [f"c{number}@example.org" for number in numbers.tolist()],
        "stated_class": [classes[code] for code in stated.tolist()],
        "risk_class": [classes[code] for code in revealed.tolist()],
        "disagrees": ((stated != revealed) & (np.maximum(stated, revealed) < 3)).tolist(),
        "direction": list(direction_names(direction)),
    }
    same = {"segment_key": "", "case_state": ""}
    return [same | dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]


def load(count, *, seed=1, on_stored=lambda done: None):
    """Fill the empty collection of customers and index it as the migrations do."""
    collection = collection_of(Customer)
    indexes = [dict(each.items()) for each in collection.list_indexes()]
    collection.drop_indexes()
    for start in range(0, count, AT_ONCE):
        size = min(AT_ONCE, count - start)
        rows = documents(drawn(size, [seed, start]), FIRST_NUMBER + start)
        collection.insert_many(rows, ordered=False)
        on_stored(start + size)
    for index in indexes:
        if index["name"] != "_id_":
            options = {name: index[name] for name in ("name", "unique") if name in index}
            collection.create_index(list(index["key"].items()), **options)
