"""Customers for the explorer's benchmark: drawn by archetype, divided, and written as columns."""

import numpy as np

# Median of each feature for five ways to invest, and whether the spread is a factor.
ARCHETYPES = {
    "annual_income": ((9e5, 6e5, 30e5, 14e5, 11e5), True),
    "savings_rate": ((0.20, 0.15, 0.45, 0.25, 0.3), False),
    "risk_score": ((55, 45, 40, 80, 60), False),
    "portfolio_value": ((6e5, 0.6e5, 50e5, 4e5, 12e5), True),
    "trades_per_month": ((1.5, 0.7, 0.6, 9.0, 2.0), True),
    "turnover": ((0.15, 0.3, 0.1, 3.5, 0.4), True),
    "median_holding_days": ((500, 150, 900, 30, 300), True),
    "small_cap_share": ((0.15, 0.3, 0.08, 0.65, 0.25), False),
    "effective_holdings": ((8, 2.5, 14, 5, 7), True),
    "volatility_held": ((0.16, 0.2, 0.14, 0.30, 0.19), False),
    "falls_net_buying": ((0.6, 0.1, 0.3, -0.4, 0.2), False),
    "sip_share": ((0.85, 0.2, 0.1, 0.02, 0.4), False),
}
SHARES = (0.28, 0.36, 0.1, 0.14, 0.12)
UNKNOWN = 0.03
FIRST, WRITE_AT_ONCE = 100_001, 10_000


def populate(count, *, segments=5, seed=23):
    """Write `count` customers of a published run into the configured database."""
    from django.utils import timezone

    from accounts.domain.sectors import SECTORS, multi_hot
    from segmentation.domain.measures import draw_of
    from segmentation.domain.model import train
    from segmentation.domain.names import segment_names
    from segmentation.domain.profile import group_means, group_medians, tiers
    from segmentation.domain.risk import RISK_CLASSES, revealed_risk, risk_class, risk_class_codes
    from segmentation.models import Customer, Publication, RunStatus, Segment, SegmentationRun
    from segmentation.queries import FEATURE_KEYS, collection_of
    from segmentation.services.assignment import cube_of, store_picture

    columns = drawn(count, seed)
    columns["revealed_risk"] = revealed_risk(columns)
    values = np.hstack(
        [np.column_stack([columns[key] for key in FEATURE_KEYS]), multi_hot(columns["sector_mask"])]
    )
    model, _ = train(values[:4_000], SECTORS, k=segments, random_state=1)
    placed = model.assign(values)
    means = group_means(placed.scores, placed.labels, segments)
    average = group_means(columns["portfolio_value"][:, None], placed.labels, segments)[:, 0]
    typical = group_medians(values[:, :12], placed.labels, segments)
    overall = group_medians(values[:, :12], np.zeros(count, np.int64), 1)[0]
    run = SegmentationRun.objects.create(
        number=1,
        status=RunStatus.READY,
        k=segments,
        model=model.to_document(),
        finished_at=timezone.now(),
        picture={
            "typical": dict(zip(FEATURE_KEYS, finite_or_none(overall), strict=True)),
            "axes": model.axis_labels(),
            "explained": model.projection.explained,
        },
    )
    by_value = tiers(average)
    names = segment_names(np.hstack([means, np.zeros((segments, len(SECTORS)))]), model.features)
    risk = group_means(np.nan_to_num(columns["revealed_risk"])[:, None], placed.labels, segments)
    Segment.objects.bulk_create(
        Segment(
            run=run,
            key=key,
            name=names[i].text,
            tier=by_value[i],
            risk_class=risk_class(float(risk[i, 0])),
            profile={
                "scores": dict(zip(FEATURE_KEYS, means[i].tolist(), strict=True)),
                "typical": dict(zip(FEATURE_KEYS, finite_or_none(typical[i]), strict=True)),
            },
            holdings=[["RELIANCE", 0.4], ["TCS", 0.3]],
        )
        for i, key in enumerate(model.keys)
    )
    store_picture(run, model, cube_of(model, columns, placed))
    classes = (*RISK_CLASSES, "")
    stated, revealed = (risk_class_codes(columns[k]) for k in ("risk_score", "revealed_risk"))
    plain = {
        key: finite_or_none(column) for key, column in columns.items() if column.dtype == float
    }
    for start in range(0, count, WRITE_AT_ONCE):
        collection_of(Customer).insert_many(
            [
                {
                    "number": FIRST + row,
                    "user_id": FIRST + row,
                    "email": f"c{FIRST + row}@example.org",
                    "draw": draw_of(FIRST + row),
                    "sector_mask": int(columns["sector_mask"][row]),
                    "segment_key": model.keys[placed.labels[row]],
                    "stated_class": classes[stated[row]],
                    "risk_class": classes[revealed[row]],
                    **{key: column[row] for key, column in plain.items()},
                }
                for row in range(start, min(start + WRITE_AT_ONCE, count))
            ]
        )
    Publication.objects.update_or_create(
        name=Publication.CURRENT, defaults={"run": run, "version": 1, "settled": True}
    )


def finite_or_none(values):
    """Numbers ready to be stored: the unknown is null."""
    return [float(value) if np.isfinite(value) else None for value in values]


def drawn(count, seed):
    """Columns of customers: features of their archetype, sectors and returns."""
    draw = np.random.default_rng(seed)
    kind = draw.choice(len(SHARES), count, p=SHARES)
    columns = {}
    for key, (medians, factor) in ARCHETYPES.items():
        middle, step = np.array(medians, float)[kind], draw.normal(size=count) * 0.35
        spread = np.ptp(medians) * 0.6
        column = middle * np.exp(step) if factor else middle + spread * step
        column[draw.random(count) < UNKNOWN] = np.nan
        columns[key] = column
    for key, low, high in (
        ("savings_rate", -0.5, 0.9),
        ("risk_score", 0, 100),
        ("small_cap_share", 0, 1),
        ("volatility_held", 0.05, 0.8),
        ("falls_net_buying", -1, 1),
        ("sip_share", 0, 1),
        ("effective_holdings", 1, 60),
    ):
        columns[key] = np.clip(columns[key], low, high)
    columns["portfolio_value"] = np.nan_to_num(columns["portfolio_value"])
    columns["invested"] = columns["portfolio_value"] * draw.uniform(0.7, 1.1, count)
    columns["total_return"] = draw.normal(0.15, 0.25, count)
    columns["return_1y"] = draw.normal(0.08, 0.15, count)
    columns["sector_mask"] = draw.integers(0, 2**22, count) & draw.integers(0, 2**22, count)
    return columns
