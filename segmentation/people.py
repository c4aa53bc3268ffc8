"""Reads about one customer: where they stand, what pulls them to their segment, what would move
them to the next."""

import numpy as np

from accounts.domain.sectors import SECTORS, multi_hot
from accounts.queries import rows_of
from segmentation.domain.counterfactual import nearest_crossing
from segmentation.domain.explanation import explain
from segmentation.domain.features import main_features
from segmentation.domain.model import FittedModel
from segmentation.domain.overview import may_show
from segmentation.domain.standing import PERCENTS, percentile
from segmentation.models import (
    Customer,
    QuietCustomer,
    RiskCase,
    Segment,
    SegmentationRun,
    TrainedPlace,
)
from segmentation.queries import (
    FEATURE_KEYS,
    customer_of,
    membership_of,
    memberships_of,
    published_run,
    segments_of,
)

PULLS_SHOWN = 8
_LOW, _HIGH = PERCENTS.index(5), PERCENTS.index(95)


def raw_values(customer) -> np.ndarray:
    """A customer's features as a model takes them: raw units, NaN unknown."""
    main = [getattr(customer, key) for key in FEATURE_KEYS]
    known = [np.nan if value is None else float(value) for value in main]
    return np.r_[known, multi_hot(np.array([customer.sector_mask]))[0]]


def map_place(number, run) -> dict | None:
    """Where one customer stands on a run's map: `key` of the segment, `x` and `y`."""
    key, customer = membership_of(number, run), customer_of(number)
    if key is None or customer is None:
        return None
    model = FittedModel.from_document(run.model)
    if not model.fits(SECTORS):
        return None
    placed = model.assign(raw_values(customer)[None])
    x, y = placed.places[0].round(4).tolist()
    return {"key": key, "x": x, "y": y}


def standing_of(customer, *, staff) -> list[dict]:
    """Each feature with its typical values and where the customer stands.

    Parameters
    ----------
    customer : Customer
    staff : bool
        Others learn nothing of a segment of fewer than ten.

    Returns
    -------
    list of dict
        `feature`, `own`, `segment` and `all` (medians), `in_segment` and `in_all` (share of
        customers below, 0.01 to 0.99); None where unknown or not shown.
    """
    run = published_run()
    if run is None:
        return []
    picture = SegmentationRun.objects.only("picture").get(pk=run.pk).picture
    row = Segment.objects.filter(run_id=run.pk, key=customer.segment_key).first()
    profile = row.profile if row is not None and (staff or may_show(row.customers)) else {}
    everyone, mine = (each.get("quantiles", {}).get("at") for each in (picture, profile))
    rows = []
    for index, feature in enumerate(main_features()):
        own = getattr(customer, feature.key)
        rows.append(
            {
                "feature": feature,
                "own": own,
                "segment": profile.get("typical", {}).get(feature.key),
                "all": picture.get("typical", {}).get(feature.key),
                "in_segment": percentile(own, mine[index]) if mine else None,
                "in_all": percentile(own, everyone[index]) if everyone else None,
            }
        )
    return rows


def explanation_of(customer, *, staff) -> dict | None:
    """Why a customer is in the segment, and the smallest change that would lead to the next.

    Parameters
    ----------
    customer : Customer
    staff : bool
        To others no segment of fewer than ten is named: its centre is those few.

    Returns
    -------
    dict or None
        `own` and `other` (SegmentView), `explained` (Explanation), `pulls` (the strongest),
        `crossing` (Crossing or None), `distances` (segment and distance, nearest first).
        None without a published run, a segment of one's own, or a second segment.
    """
    run = published_run()
    if run is None or not customer.segment_key:
        return None
    stored = SegmentationRun.objects.only("model", "picture").get(pk=run.pk)
    if not stored.model:
        return None
    model = FittedModel.from_document(stored.model)
    if not model.fits(SECTORS):
        return None
    values = raw_values(customer)
    views = {view.key: view for view in segments_of(run) if staff or may_show(view.customers)}
    explained = explain(model, values, own=customer.segment_key, among=set(views))
    if explained is None or not {explained.own, explained.other} <= set(views):
        return None
    quantiles = stored.picture.get("quantiles", {}).get("at") or []
    ends = {
        key: (at[_LOW], at[_HIGH]) for key, at in zip(FEATURE_KEYS, quantiles, strict=False) if at
    }
    near = sorted(explained.distances.items(), key=lambda each: each[1])
    return {
        "own": views[explained.own],
        "other": views[explained.other],
        "explained": explained,
        "pulls": explained.pulls[:PULLS_SHOWN],
        "rest": sum(pull.amount for pull in explained.pulls[PULLS_SHOWN:]),
        "crossing": nearest_crossing(
            model,
            values,
            lowest={key: low for key, (low, _) in ends.items()},
            highest={key: high for key, (_, high) in ends.items()},
            among=set(views),
        ),
        "distances": [(views[key], distance) for key, distance in near if key in views],
    }


def personal_data_of(user) -> dict[str, list[dict]]:
    """Everything this app keeps about a user, table by table, as plain values."""
    return {
        "features": rows_of(Customer.objects.filter(number=user.number)),
        "segments": [
            {"run": run, "segment_key": key} for run, key in memberships_of(user.number).items()
        ],
        "trained places": rows_of(TrainedPlace.objects.filter(number=user.number)),
        "quiet list": rows_of(QuietCustomer.objects.filter(number=user.number)),
        # Who of the staff it was is theirs; when and what is the customer's.
        "risk cases": [
            row | {"trail": [step | {"by": "bank staff"} for step in row["trail"] or ()]}
            for row in rows_of(RiskCase.objects.filter(number=user.number))
        ],
    }
