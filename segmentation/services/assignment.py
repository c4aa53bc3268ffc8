"""Put customers into the segments of a run, and keep the run's aggregates true."""

import math

import numpy as np
from django.utils import timezone
from pymongo import UpdateOne

from accounts.domain.sectors import multi_hot
from portfolios.queries import position_columns
from segmentation.domain.cube import Cube
from segmentation.domain.density import Density
from segmentation.domain.flows import Places
from segmentation.domain.risk import risk_class_codes
from segmentation.models import Customer, Segment, SegmentationRun
from segmentation.queries import collection_of, feature_matrix
from segmentation.services.members import store_range

_WRITE_AT_ONCE = 20_000
_PEER_SYMBOLS = 500


def cube_of(model, columns, assignment, labels=None) -> Cube:
    """Aggregate customers; `labels` stand in for the assignment's where given."""
    return Cube.build(
        labels=assignment.labels if labels is None else labels,
        risk=risk_class_codes(columns["revealed_risk"]),
        stated=risk_class_codes(columns["risk_score"]),
        sectors=multi_hot(columns["sector_mask"]),
        values=np.nan_to_num(columns["portfolio_value"]),
        scores=assignment.scores,
        k=len(model.keys),
    )


def density_of(model, assignment) -> Density:
    """The map of customers just assigned."""
    return Density.build(assignment.places, assignment.labels, len(model.keys))


def store_picture(run, model, cube, density=None) -> None:
    """Store aggregates on the run and its segments; the map stays as it is where None."""
    fields = {
        "picture.cube": cube.to_document(),
        "picture.keys": list(model.keys),
        "customers": int(cube.customers.sum()),
    }
    if density is not None:
        fields["picture.density"] = density.shown()
        fields["picture.grid"] = density.to_document()
        fields["picture.axes"] = model.axis_labels()
        fields["picture.explained"] = model.projection.explained
    collection_of(SegmentationRun).update_one({"_id": run.pk}, {"$set": fields})
    totals, sizes = cube.total_values.tolist(), cube.customers.tolist()
    collection_of(Segment).bulk_write(
        [
            UpdateOne(
                {"run_id": run.pk, "key": key},
                {
                    "$set": {
                        "customers": size,
                        "total_value": total,
                        "average_value": total / size if size else None,
                    }
                },
            )
            for key, total, size in zip(model.keys, totals, sizes, strict=True)
        ]
    )


def mark_customers(numbers, keys) -> None:
    """Repeat the membership in the published run on customers' read-model documents."""
    now = timezone.now()
    for key in np.unique(keys).tolist():
        chosen = numbers[keys == key].tolist()
        for start in range(0, len(chosen), _WRITE_AT_ONCE):
            some = chosen[start : start + _WRITE_AT_ONCE]
            collection_of(Customer).update_many(
                {"number": {"$in": some}, "segment_key": {"$ne": key}},
                {"$set": {"segment_key": key, "assigned_at": now}},
            )


def assign_everyone(run, model, columns) -> None:
    """Put every customer into a stored run anew and rebuild its picture."""
    assignment = model.assign(feature_matrix(columns))
    store_range(run.pk, Places(columns["number"], assignment.labels, model.keys))
    keys = np.array(model.keys)[assignment.labels]
    mark_customers(columns["number"], keys)
    cube = cube_of(model, columns, assignment)
    store_picture(run, model, cube, density_of(model, assignment))
    store_holdings(run, columns["number"], keys)


def store_holdings(run, numbers, keys) -> None:
    """Store on each segment which stocks its members hold, and what share of them does."""
    positions = position_columns()
    owner = np.minimum(np.searchsorted(numbers, positions.number), max(len(numbers) - 1, 0))
    known = numbers[owner] == positions.number if len(numbers) else np.zeros(0, bool)
    owner, symbol = owner[known], positions.symbol[known]
    for key in np.unique(keys):
        mine = keys == key
        # A customer with two portfolios may hold one stock twice, and counts once.
        pairs = np.unique(
            np.column_stack([owner[mine[owner]], symbol[mine[owner]]]).reshape(-1, 2), axis=0
        )
        counts = np.bincount(pairs[:, 1], minlength=len(positions.symbols))
        order = np.argsort(-counts, kind="stable")[:_PEER_SYMBOLS]
        shares = [
            [positions.symbols[index], float(counts[index] / mine.sum())]
            for index in order
            if counts[index] > 0
        ]
        Segment.objects.filter(run_id=run.pk, key=str(key)).update(holdings=shares)


def finite_or_none(values) -> list:
    """Numbers ready to be stored: the unknown is null."""
    return [float(value) if math.isfinite(value) else None for value in values]
