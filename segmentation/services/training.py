"""Train a run: claim, read, compare, fit, store; ready at the very end or failed."""

import logging
import math
from functools import partial

import numpy as np
from django.utils import timezone

from accounts.domain.sectors import SECTORS
from segmentation.domain import alternatives
from segmentation.domain.division import CannotSegment
from segmentation.domain.features import feature_dictionary, main_features
from segmentation.domain.identity import match_keys
from segmentation.domain.model import FittedModel, train
from segmentation.domain.names import Former, segment_names
from segmentation.domain.naming import describe
from segmentation.domain.profile import group_medians, tiers
from segmentation.domain.risk import risk_class
from segmentation.domain.scaling import transformed
from segmentation.domain.standing import quantile_table
from segmentation.engines.base import EngineError
from segmentation.engines.chosen import chosen_engine
from segmentation.models import RunReason, RunStatus, Segment, SegmentationRun
from segmentation.queries import (
    FEATURE_KEYS,
    SAMPLE,
    collection_of,
    customer_columns,
    customer_parts,
    feature_matrix,
    part_columns,
    publication_state,
    still_customers,
)
from segmentation.services import assignment as members
from segmentation.services.claims import (
    beat_training,
    claim_training,
    clear_away,
    publication,
    release_training,
)
from segmentation.services.drift import store_baseline
from segmentation.services.freshness import refresh_everyone

RANDOM_STATE = 20_250_331
KEPT_RUNS = 12

log = logging.getLogger(__name__)


class LostClaim(RuntimeError):
    """The run was taken for dead and another one started."""


def train_run(
    *, k=None, requested_by=None, progress=None, job="", reason=RunReason.STAFF
) -> SegmentationRun:
    """Train a new run over all consenting customers; nothing is published.

    Parameters
    ----------
    k : int, optional
        Number of segments pinned by staff; chosen by quality where None.
    requested_by : User, optional
    progress : callable, optional
        Called with the stage in words and the share done, 0 to 1.
    job : str
        Id of the background job; a job handed out again ends its former run.
    reason : RunReason
        Why it is built; the first of all is FIRST, whoever asked.

    Returns
    -------
    SegmentationRun
        READY; or FAILED with a sentence where customers cannot be segmented.

    Raises
    ------
    AlreadyTraining
        If another run is being trained. Nothing is stored.
    """
    number = claim_training(job)
    run = None
    try:
        run = SegmentationRun.objects.create(
            number=number,
            requested_by=requested_by,
            pinned_k=k,
            job=job,
            reason=reason if _anything_published() else RunReason.FIRST,
            random_state=RANDOM_STATE,
            heartbeat_at=timezone.now(),
        )
        _train(run, k, _teller(run, progress))
    except (CannotSegment, EngineError) as refusal:
        _fail(run, str(refusal))
    except BaseException as error:
        if run is not None:
            _fail(run, f"It stopped with an error ({type(error).__name__}). Nothing was published.")
        raise
    finally:
        release_training(number)
    _forget_old_runs()
    return SegmentationRun.objects.get(number=number)


def _anything_published() -> bool:
    state = publication_state()
    return state is not None and state.run_id is not None


def _published_k() -> int | None:
    """Number of segments of the published run."""
    state = publication_state()
    if state is None or state.run_id is None:
        return None
    return SegmentationRun.objects.values_list("k", flat=True).filter(pk=state.run_id).first()


def _teller(run, progress):
    def tell(stage, share):
        if not beat_training(run.number):
            raise LostClaim(f"run {run.number} was taken for dead")
        SegmentationRun.objects.filter(pk=run.pk).update(
            stage=stage, progress=share, heartbeat_at=timezone.now()
        )
        if progress is not None:
            progress(stage, share)

    return tell


def _fail(run, error) -> None:
    SegmentationRun.objects.filter(pk=run.pk).update(
        status=RunStatus.FAILED, error=error, finished_at=timezone.now()
    )
    clear_away(SegmentationRun.objects.filter(pk=run.pk))


def _train(run, k, tell) -> None:
    chosen_engine()  # what it needs is missed before anything is done
    refresh_everyone(on_step=lambda words, share: tell(words, 0.2 * share))
    tell("Reading features", 0.2)
    build(run, k, tell)


def build(run, k, tell) -> None:
    """Everything of a training once features are fresh: sample, fit, place everyone, store."""
    # Everyone is gone over twice, for the fit and to be placed: read once where an engine can.
    with chosen_engine().reader(part_columns) as read:
        _build(run, k, tell, read)


def _build(run, k, tell, read) -> None:
    features_state, parts = publication().features_known, customer_parts(members.PART)
    columns = customer_columns(sample=SAMPLE)
    values = feature_matrix(columns)
    model, candidates = train(
        values,
        SECTORS,
        k=k,
        former_k=_published_k(),
        random_state=RANDOM_STATE,
        on_stage=lambda stage, share: tell(stage, 0.25 + 0.35 * share),
        refine=_refine(read, parts, tell) if len(values) == SAMPLE else None,
    )
    SegmentationRun.objects.filter(pk=run.pk).update(
        alternatives=alternatives.measure_all(
            model,
            values,
            columns,
            random_state=RANDOM_STATE,
            on_measured=lambda name, share: tell(f"Compared with {name}", 0.65 + 0.015 * share),
        )
    )
    tell("Matching segments with the published run", 0.67)
    model, published = _keep_identity(model)
    placed = model.assign(values)
    tally = members.place_everyone(
        run.pk,
        model,
        members.grid_of(model, placed),
        parts=parts,
        read=read,
        former=published and (published.pk, published.picture.get("keys", ())),
        on_part=lambda share: tell("Storing members", 0.68 + 0.26 * share),
    )
    tell("Storing segments", 0.95)
    there = still_customers(columns["number"])
    _store_segments(run, model, values[there], placed.labels[there], tally)
    members.store_picture(run, model, tally.cube, tally.density)
    members.store_holdings(run, model, tally)
    chosen = next(each for each in candidates if each.k == len(model.keys))
    ready = SegmentationRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING).update(
        status=RunStatus.READY,
        stage="Ready",
        progress=1.0,
        finished_at=timezone.now(),
        features_as_of=timezone.localdate(),
        features_state=features_state,
        k=len(model.keys),
        customers=int(tally.cube.customers.sum()),
        comparison=[_storable(each.to_document()) for each in candidates],
        quality=_storable(chosen.to_document()),
        drift=_drift(published, tally.flows),
        baseline=store_baseline(run, model, measured=int(there.sum())),
        model=model.to_document(),
    )
    if not ready:
        raise LostClaim(f"run {run.number} was taken for dead")


def _refine(read, parts, tell):
    """Fits the centroids of the sample on everyone, wherever the engine works."""

    def refine(scaler, centroids):
        return chosen_engine().fit(
            partial(scaled_part, read=read, scaler=scaler),
            parts,
            centroids,
            on_step=lambda words, share: tell(words, 0.6 + 0.05 * share),
        )

    return refine


def scaled_part(part, *, read, scaler) -> np.ndarray:
    """The scaled features of a part's customers: float32 of shape (n, d)."""
    values = feature_matrix(read(part))
    return scaler.scale(transformed(values, feature_dictionary(SECTORS))).astype(np.float32)


def _storable(document) -> dict:
    return {
        name: None if isinstance(value, float) and not np.isfinite(value) else value
        for name, value in document.items()
    }


def _keep_identity(model):
    """Give segments the keys of the published run's; returns model and that run, or None."""
    state = publication_state()
    published = None
    if state is not None and state.run_id is not None:
        published = SegmentationRun.objects.filter(pk=state.run_id).first()
    used = collection_of(Segment).distinct("key")
    if published is None:
        former, former_keys = np.zeros((0, model.centroids.shape[1])), ()
    else:
        earlier = FittedModel.from_document(published.model)
        former = model.former_centroids(earlier)
        former_keys = earlier.keys[: len(former)]
    keys = match_keys(model.centroids, former, former_keys, used_keys=used)
    return FittedModel(**{**vars(model), "keys": tuple(keys)}), published


def _drift(published, flows) -> dict:
    """How far a run departs from the published one."""
    if published is None:
        return {}
    return {
        "run": published.number,
        "common": flows.common,
        "ari": flows.ari,
        "movers": flows.movers,
        "joined": int(flows.joined.sum()),
        "left": int(flows.left.sum()),
    }


def _store_segments(run, model, values, labels, tally) -> None:
    """Store segments: sums of everyone; medians and quantiles of the sample in `values`."""
    features, main = model.features, main_features()
    n_segments = len(model.keys)
    means = tally.mean_scores
    clipped = model.yardstick.scores(model.middles)
    # Sectors can name a segment too; their deviations come with the centroids.
    profiles = np.hstack([means, clipped[:, len(main) :]])
    typical = group_medians(values[:, : len(main)], labels, n_segments)
    overall = group_medians(values[:, : len(main)], np.zeros(len(values), np.int64), 1)[0]
    names = segment_names(profiles, features, _former_names(model.keys))
    SegmentationRun.objects.filter(pk=run.pk).update(
        picture={
            "typical": dict(zip(FEATURE_KEYS, finite_or_none(overall), strict=True)),
            "quantiles": quantile_table(values[:, : len(main)]),
        }
    )
    average, risk = tally.mean_values, tally.mean_risk
    Segment.objects.bulk_create(
        Segment(
            run=run,
            key=key,
            name=names[i].text,
            description=describe(means[i], typical[i], overall, main),
            tier=tier,
            risk_class=risk_class(risk[i]),
            average_value=float(average[i]),
            profile={
                "named": names[i].to_document(),
                "scores": dict(zip(FEATURE_KEYS, means[i].round(4).tolist(), strict=True)),
                "typical": dict(zip(FEATURE_KEYS, finite_or_none(typical[i]), strict=True)),
                "sectors": clipped[i, len(main) :].round(4).tolist(),
                "revealed_risk": finite_or_none([risk[i]])[0],
                "quantiles": quantile_table(values[labels == i, : len(main)]),
            },
        )
        for i, (key, tier) in enumerate(zip(model.keys, tiers(average), strict=True))
    )


def _former_names(keys) -> dict:
    """Names and profiles of the published run's segments that this run's continue."""
    state = publication_state()
    if state is None or state.run_id is None:
        return {}
    rows = Segment.objects.filter(run_id=state.run_id, key__in=keys).only("key", "profile")
    former = {row.key: row.profile for row in rows}
    return {
        index: Former(former[key].get("named", {}), former[key].get("scores", {}))
        for index, key in enumerate(keys)
        if key in former
    }


def _forget_old_runs() -> None:
    """Drop the oldest runs beyond `KEPT_RUNS`; never the published one."""
    state = publication_state()
    keep = state.run_id if state else None
    for run in SegmentationRun.objects.only("pk", "number")[KEPT_RUNS:]:
        if run.pk != keep:
            clear_away(SegmentationRun.objects.filter(pk=run.pk))
            SegmentationRun.objects.filter(pk=run.pk).delete()


def finite_or_none(values) -> list:
    """Numbers ready to be stored: the unknown is null."""
    return [float(value) if math.isfinite(value) else None for value in values]
