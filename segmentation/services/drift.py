"""Measure how far customers have drifted from the published run, and ask for a retrain."""

from datetime import timedelta

import numpy as np
from django.db.models import Q
from django.utils import timezone

from accounts.audit import record
from accounts.domain.sectors import SECTORS
from segmentation.domain import drift
from segmentation.domain.features import main_features
from segmentation.domain.model import FittedModel
from segmentation.judgement import waiting_run
from segmentation.models import Customer, DriftReading, Publication, SegmentationRun, TrainedPlace
from segmentation.queries import (
    collection_of,
    customer_columns,
    feature_matrix,
    publication_state,
    still_customers,
)

SAMPLE = 10_000
"""Customers looked at: the index then varies by under 0.01 by chance, at any number of them."""
KEPT_READINGS = 400
AT_MOST_EVERY = timedelta(days=1)


def store_baseline(run, model, *, measured) -> dict:
    """Keep what drift is measured from: where a sample was put, and how near its centroids.

    Parameters
    ----------
    measured : int
        Customers the run's quantiles are of.

    Returns
    -------
    dict
        `customers` the run placed, `measured`, and mean `distance`, for the run's document.
    """
    columns = customer_columns(sample=SAMPLE)
    if not len(columns["number"]):
        return {"customers": 0, "measured": measured, "distance": None}
    values = feature_matrix(columns)
    labels = model.assign(values).labels
    keys = np.array(model.keys)[labels].tolist()
    collection_of(TrainedPlace).delete_many({"run_id": run.pk})
    collection_of(TrainedPlace).insert_many(
        [
            {"run_id": run.pk, "number": number, "segment_key": key}
            for number, key in zip(columns["number"].tolist(), keys, strict=True)
        ],
        ordered=False,
    )
    # One who withdrew consent meanwhile has left the read model and stays out of this too.
    gone = columns["number"][~still_customers(columns["number"])].tolist()
    collection_of(TrainedPlace).delete_many({"run_id": run.pk, "number": {"$in": gone}})
    return {
        "customers": collection_of(Customer).estimated_document_count(),
        "measured": measured,
        "distance": model.mean_distance(values, labels),
    }


def read_drift() -> DriftReading | None:
    """Measure once and keep it.

    None without a published run, while one is being settled, and for one that was built on other
    features than are measured now.
    """
    state = publication_state()
    if state is None or state.run_id is None or not state.settled:
        return None
    run = SegmentationRun.objects.get(pk=state.run_id)
    model = FittedModel.from_document(run.model)
    if not model.fits(SECTORS):
        return None
    columns = customer_columns(sample=SAMPLE)
    measures = _measures(run, model, columns)
    reading = DriftReading.objects.create(
        at=timezone.now(),
        run=run,
        customers=collection_of(Customer).estimated_document_count(),
        sampled=len(columns["number"]),
        measures=[each.to_document() for each in measures],
        level=drift.level_of(measures),
    )
    kept = DriftReading.objects.values_list("at", flat=True)[KEPT_READINGS - 1 : KEPT_READINGS]
    for oldest in kept:
        DriftReading.objects.filter(at__lt=oldest).delete()
    return reading


def _measures(run, model, columns) -> list:
    baseline, quantiles = run.baseline or {}, run.picture.get("quantiles") or {}
    values, features = feature_matrix(columns), main_features()
    trained, measured = baseline.get("customers") or 0, baseline.get("measured") or 0
    measures = [
        drift.feature_measure(
            feature.key,
            feature.label,
            quantiles["at"][place] if quantiles else [],
            quantiles["known"][place] if quantiles else 0,
            measured if quantiles else 0,
            values[:, place],
        )
        for place, feature in enumerate(features)
    ]
    distance = None
    if len(values):
        distance = model.mean_distance(values, model.assign(values).labels)
    moved, stayed = _moved(run)
    today = collection_of(Customer).estimated_document_count()
    fresh = max(0.0, 1.0 - stayed * trained / today) if trained and today else None
    return measures + drift.share_measures(
        moved=moved, distance=distance, distance_then=baseline.get("distance"), fresh=fresh
    )


def _moved(run) -> tuple[float | None, float]:
    """Share of the sample in another segment than at training, and share still customers."""
    then = {
        row["number"]: row["segment_key"]
        for row in collection_of(TrainedPlace).find(
            {"run_id": run.pk}, {"number": 1, "segment_key": 1}
        )
    }
    now = {
        row["number"]: row["segment_key"]
        for row in collection_of(Customer).find(
            {"number": {"$in": list(then)}, "segment_key": {"$gt": ""}},
            {"_id": 0, "number": 1, "segment_key": 1},
        )
    }
    if not now:
        return None, 0.0
    return sum(then[number] != key for number, key in now.items()) / len(now), len(now) / len(then)


def claim_retrain(reading) -> bool:
    """Claim the right to ask for a retrain because of drift; it is granted once a day.

    Not while a run is being trained, nor while one waits for a person: that is the remedy already.
    """
    if reading.level != drift.LARGE or waiting_run() is not None:
        return False
    now = timezone.now()
    free = Q(training=None) | Q(training_until__lt=now)
    due = Q(drift_asked_at=None) | Q(drift_asked_at__lt=now - AT_MOST_EVERY)
    current = Publication.objects.filter(free, due, name=Publication.CURRENT, run_id=reading.run_id)
    if not current.update(drift_asked_at=now):
        return False
    DriftReading.objects.filter(pk=reading.pk).update(asked=True)
    record(
        actor=None,
        about=reading.run,
        changes={"drift": ["", findings_of(reading)]},
        note="A retrain was asked for by drift",
    )
    return True


def release_retrain(reading) -> None:
    """Give the claim back: the queue did not take the job."""
    Publication.objects.filter(name=Publication.CURRENT).update(drift_asked_at=None)
    DriftReading.objects.filter(pk=reading.pk).update(asked=False)


def findings_of(reading) -> str:
    """Which measures of a stored reading passed a bound, in words."""
    return drift.findings([drift.Measure(**each) for each in reading.measures])
