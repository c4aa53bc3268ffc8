"""Changed customers reach their segment within seconds, without a retrain."""

import time
from datetime import timedelta
from functools import partial

import numpy as np
from django.db.models import Q
from django.utils import timezone

import accounts.queries
import portfolios.queries
from accounts.domain.sectors import SECTORS
from segmentation.broadcast import announce_change
from segmentation.domain.cube import Cube
from segmentation.domain.density import Density
from segmentation.domain.model import FittedModel
from segmentation.models import Publication, SegmentationRun
from segmentation.queries import (
    FEATURE_KEYS,
    customer_columns,
    customer_numbers,
    feature_matrix,
    memberships_of,
)
from segmentation.services import assignment as members
from segmentation.services.cases import move_cases
from segmentation.services.claims import (
    Busy,
    assigning,
    drop_finished_claim,
    fail_dead_runs,
    publication,
)
from segmentation.services.features import name_features, refresh_features
from segmentation.services.members import move_members
from segmentation.services.publication import settle

# A write is stamped before it is seen, by a clock of its own: transactions are shorter and hosts'
# clocks closer than this.
_LOOK_BACK = timedelta(seconds=10)
# Customers brought up to date under one claim: as many as take about this long, so that who changes
# meanwhile need not wait, and as many as bear the cost of reading prices for each share.
_SHARE_SECONDS = 0.7
_FEWEST, _MOST = 50, 2_000


def reassign_changed(*, on_share=lambda: None) -> int:
    """Bring customers changed since the last call to their segments.

    Parameters
    ----------
    on_share : callable, optional
        Called after each share of them; what it raises ends the work.

    Returns
    -------
    int
        Customers looked at; 0 when nothing changed or another worker is at it.
    """
    state = publication()
    fail_dead_runs()
    drop_finished_claim(state)
    now = timezone.now()
    changed = _changed_since(state.watermark)
    if not changed and state.settled:
        Publication.objects.filter(pk=state.pk, settled=True).update(watermark=now)
        return 0
    try:
        numbers = sorted(changed)
        for start in range(0, max(len(numbers), 1), _MOST):
            share = numbers[start : start + _MOST]
            with assigning() as renew:
                _reassign(share, publication(), renew)
                move_cases(share)
            on_share()
    except Busy:
        return 0
    Publication.objects.filter(pk=state.pk).update(watermark=now)
    return len(changed)


def refresh_everyone(*, on_step) -> None:
    """Bring all customers up to date, a share at a time, and who changes meanwhile in between.

    The right to assign is held for one share only, and the published run's aggregates are true
    after each: nobody waits for a training.

    Parameters
    ----------
    on_step : callable
        Called with the step in words and the share done, 0 to 1.
    """
    started = timezone.now()
    on_step("Reading profiles", 0.0)
    # Before the first refresh of all everyone counts as changed: this one brings them in.
    first = publication().watermark is None
    # Those who are stored and have no profile any more leave.
    everyone = set(accounts.queries.profile_columns()["number"].tolist())
    numbers = sorted(everyone | set(customer_numbers().tolist()))
    done, size = 0, _FEWEST
    while done < len(numbers):
        with assigning(wait=200) as renew:
            began = time.monotonic()
            _reassign(numbers[done : done + size], publication(), renew)
            spent = time.monotonic() - began
        done += size
        size = next_share(size, spent)
        tell = partial(on_step, "Measuring behaviour", min(1.0, done / len(numbers)))
        tell()
        if not first:
            reassign_changed(on_share=tell)
    with assigning(wait=200):
        name_features()
    behind = Q(watermark=None) | Q(watermark__lt=started)
    Publication.objects.filter(behind, name=Publication.CURRENT).update(watermark=started)


def next_share(size, seconds) -> int:
    """How many customers to take next, if `size` of them took some seconds."""
    wanted = size * _SHARE_SECONDS / max(seconds, 0.001)
    return round(min(max(wanted, size / 2, _FEWEST), size * 2, _MOST))


def _changed_since(watermark) -> set:
    if watermark is None:  # nothing was ever refreshed: everyone is new
        return set(accounts.queries.profile_columns()["number"].tolist())
    since = watermark - _LOOK_BACK
    return accounts.queries.changed_since(since) | portfolios.queries.changed_since(since)


def _reassign(numbers, state, renew) -> None:
    pointer = Publication.objects.filter(pk=state.pk)
    if not state.settled:
        refresh_features(numbers, on_step=lambda step, share: renew())
        renew()
        settle(renew)
        return
    before = customer_columns(numbers)
    pointer.update(settled=False)
    refreshed = refresh_features(numbers)
    after = customer_columns(numbers)
    run = SegmentationRun.objects.filter(pk=state.run_id).first()
    model = FittedModel.from_document(run.model) if run is not None else None
    # After an update that measures other features nobody can be placed until the next run.
    if model is None or not model.fits(SECTORS):
        pointer.update(settled=True)
        return
    before, after = _only_changed(before, after)
    if not (len(before["number"]) or len(after["number"]) or refreshed.left):
        pointer.update(settled=True)
        return
    _move(run, model, before, after)
    version = state.version + 1
    pointer.update(settled=True, version=version)
    announce_change(run_number=run.number, version=version)


def _only_changed(before, after):
    """Leave out customers whose features came out as they were: looked at twice, or only saved."""
    _, here, there = np.intersect1d(
        before["number"], after["number"], assume_unique=True, return_indices=True
    )
    same = (before["segment_key"][here] != "") & (
        before["sector_mask"][here] == after["sector_mask"][there]
    )
    for key in FEATURE_KEYS:
        same &= np.isclose(before[key][here], after[key][there], rtol=1e-9, equal_nan=True)
    return _without(before, here[same]), _without(after, there[same])


def _without(columns, rows):
    return {name: np.delete(column, rows) for name, column in columns.items()}


def _move(run, model, before, after) -> None:
    """Take changed customers out of the aggregates as they were, put them in as they are."""
    index = {key: position for position, key in enumerate(model.keys)}
    counted = np.array([key in index for key in before["segment_key"]], bool)
    before = {name: column[counted] for name, column in before.items()}
    labels = np.array([index[key] for key in before["segment_key"]], np.int64)
    placed = model.assign(feature_matrix(after))
    if len(after["number"]):
        keys = np.array(model.keys)[placed.labels]
        move_members(run.pk, after["number"], keys)
        members.mark_singly(after["number"], keys, after["segment_key"])
    former = model.assign(feature_matrix(before))
    cube = Cube.from_document(run.picture["cube"]).changed(
        taken_out=members.cube_of(model, before, former, labels),
        put_in=members.cube_of(model, after, placed),
    )
    density = None
    if grid := run.picture.get("grid"):  # a run built before maps could move has none
        density = Density.from_document(grid).changed(
            taken_out=(former.places, labels), put_in=(placed.places, placed.labels)
        )
    members.store_picture(run, model, cube, density)


def erase_customer(*, user) -> dict[str, int]:
    """Take one customer out of features, every run, the aggregates and the advisers' queue.

    The profile no longer consents by now, so the usual way of a withdrawal does it.

    Raises
    ------
    Busy
        If customers are being assigned for longer than 10 s, or an assignment was cut short and
        has to be repeated for everyone first; try again.
    """
    there = len(memberships_of(user.number))
    with assigning(wait=10) as renew:
        state = publication()
        if not state.settled:
            raise Busy("Everyone is assigned anew just now. Nothing was changed; try again.")
        _reassign([user.number], state, renew)
    return {"segments": there}
