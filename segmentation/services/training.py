"""Train a run: claim, read, compare, fit, store; ready at the very end or failed."""

import logging

import numpy as np
from django.utils import timezone

from accounts.domain.sectors import SECTORS
from segmentation.domain import alternatives
from segmentation.domain.division import CannotSegment
from segmentation.domain.features import main_features
from segmentation.domain.flows import Places
from segmentation.domain.identity import drift, match_keys
from segmentation.domain.model import FittedModel, train
from segmentation.domain.names import Former, segment_names
from segmentation.domain.naming import describe
from segmentation.domain.profile import group_means, group_medians, tiers
from segmentation.domain.risk import risk_class
from segmentation.domain.standing import quantile_table
from segmentation.models import RunReason, RunStatus, Segment, SegmentationRun
from segmentation.queries import (
    FEATURE_KEYS,
    collection_of,
    customer_columns,
    customer_numbers,
    feature_matrix,
    membership_columns,
    publication_state,
)
from segmentation.services import assignment as members
from segmentation.services.claims import (
    assigning,
    beat_training,
    claim_training,
    clear_away,
    release_training,
)
from segmentation.services.freshness import refresh_everyone
from segmentation.services.members import forget_members, store_range

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
    except CannotSegment as refusal:
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
    refresh_everyone(on_step=lambda words, share: tell(words, 0.2 * share))
    tell("Reading features", 0.2)
    columns = customer_columns()
    values = feature_matrix(columns)
    model, candidates = train(
        values,
        SECTORS,
        k=k,
        random_state=RANDOM_STATE,
        on_stage=lambda stage, share: tell(stage, 0.25 + 0.55 * share),
    )
    SegmentationRun.objects.filter(pk=run.pk).update(
        alternatives=alternatives.measure_all(
            model,
            values,
            columns,
            random_state=RANDOM_STATE,
            on_measured=lambda name, share: tell(f"Compared with {name}", 0.8 + 0.015 * share),
        )
    )
    tell("Matching segments with the published run", 0.82)
    model, moved = _keep_identity(model, values, columns["number"])
    tell("Storing members", 0.85)
    placed = model.assign(values)
    store_range(run.pk, Places(columns["number"], placed.labels, model.keys))
    if (stay := _still_there(columns["number"])) is not None:
        columns, values = {name: each[stay] for name, each in columns.items()}, values[stay]
        placed = model.assign(values)
    tell("Storing segments", 0.95)
    _store_segments(run, model, values, columns, placed)
    cube, density = members.cube_of(model, columns, placed), members.density_of(model, placed)
    members.store_picture(run, model, cube, density)
    members.store_holdings(run, columns["number"], np.array(model.keys)[placed.labels])
    chosen = next(each for each in candidates if each.k == len(model.keys))
    ready = SegmentationRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING).update(
        status=RunStatus.READY,
        stage="Ready",
        progress=1.0,
        finished_at=timezone.now(),
        features_as_of=timezone.localdate(),
        k=len(model.keys),
        customers=len(values),
        comparison=[_storable(each.to_document()) for each in candidates],
        quality=_storable(chosen.to_document()),
        drift=moved,
        model=model.to_document(),
    )
    if not ready:
        raise LostClaim(f"run {run.number} was taken for dead")


def _still_there(numbers):
    """Take out members who withdrew while the run was fitted; None where nobody did.

    A withdrawal deletes from all runs what is there: one before this is found here, one after it
    finds the members stored.
    """
    with assigning(wait=200):
        gone = np.setdiff1d(numbers, customer_numbers())
        forget_members(gone)
    return ~np.isin(numbers, gone) if len(gone) else None


def _storable(document) -> dict:
    return {
        name: None if isinstance(value, float) and not np.isfinite(value) else value
        for name, value in document.items()
    }


def _keep_identity(model, values, numbers):
    """Give segments the keys of the published run's, and measure how far they moved."""
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
    model = FittedModel(**{**vars(model), "keys": tuple(keys)})
    if published is None:
        return model, {}
    placed = np.array(keys)[model.assign(values).labels]
    return model, {
        "run": published.number,
        **drift(numbers, placed, *membership_columns(published)),
    }


def _store_segments(run, model, values, columns, placed) -> None:
    features, main = model.features, main_features()
    n_segments = len(model.keys)
    means = group_means(placed.scores, placed.labels, n_segments)
    clipped = model.yardstick.scores(model.middles)
    # Sectors can name a segment too; their deviations come with the centroids.
    profiles = np.hstack([means, clipped[:, len(main) :]])
    typical = group_medians(values[:, : len(main)], placed.labels, n_segments)
    overall = group_medians(values[:, : len(main)], np.zeros(len(values), np.int64), 1)[0]
    names = segment_names(profiles, features, _former_names(model.keys))
    SegmentationRun.objects.filter(pk=run.pk).update(
        picture={
            "typical": dict(zip(FEATURE_KEYS, members.finite_or_none(overall), strict=True)),
            "quantiles": quantile_table(values[:, : len(main)]),
        }
    )
    average = group_means(
        np.nan_to_num(columns["portfolio_value"])[:, None], placed.labels, n_segments
    )[:, 0]
    risk = [
        np.nanmean(mine) if np.isfinite(mine).any() else np.nan
        for mine in (columns["revealed_risk"][placed.labels == i] for i in range(n_segments))
    ]
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
                "typical": dict(zip(FEATURE_KEYS, members.finite_or_none(typical[i]), strict=True)),
                "sectors": clipped[i, len(main) :].round(4).tolist(),
                "revealed_risk": members.finite_or_none([risk[i]])[0],
                "quantiles": quantile_table(values[placed.labels == i, : len(main)]),
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
