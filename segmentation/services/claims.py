"""One worker at a time: claims on the publication document, each a conditional update."""

import time
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Max, Q
from django.utils import timezone

from segmentation.models import (
    Publication,
    RunStatus,
    Segment,
    SegmentationRun,
    TrainedPlace,
)
from segmentation.queries import collection_of
from segmentation.services.members import drop_members

TRAINING_SILENCE = timedelta(minutes=5)
ASSIGNING_SILENCE = timedelta(minutes=3)


class AlreadyTraining(Exception):
    """Another run is being trained; nothing was started."""


class Busy(Exception):
    """Customers are being assigned by another worker; nothing was changed."""


def publication() -> Publication:
    """The one pointer document, made if missing."""
    return Publication.objects.get_or_create(name=Publication.CURRENT)[0]


def claim_training(job: str) -> int:
    """Claim the right to train and return the number of the new run.

    Raises
    ------
    AlreadyTraining
        With a sentence that says which run is in the way.
    """
    state = publication()
    fail_dead_runs()
    if job:
        # The broker hands out a job again when its worker died: its former run ends here.
        _fail(SegmentationRun.objects.filter(job=job), "Its worker died; the job started anew.")
    # A worker that was taken for dead may have written on until it noticed.
    clear_away(SegmentationRun.objects.filter(status=RunStatus.FAILED))
    number = (SegmentationRun.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    now = timezone.now()
    free = Q(training=None) | Q(training_until__lt=now)
    claimed = Publication.objects.filter(free, pk=state.pk).update(
        training=number, training_until=now + TRAINING_SILENCE
    )
    if not claimed:
        running = SegmentationRun.objects.filter(status=RunStatus.RUNNING).first()
        which = f"Run {running.number}, {running.progress:.0%} done," if running else "Another run"
        raise AlreadyTraining(
            f"{which} is being built. Nothing was started; try again when it has finished."
        )
    return number


def beat_training(number: int) -> bool:
    """Say that a training is alive; False where the claim was lost to another."""
    until = timezone.now() + TRAINING_SILENCE
    mine = Publication.objects.filter(name=Publication.CURRENT, training=number)
    return mine.update(training_until=until) == 1


def release_training(number: int) -> None:
    """Give the right to train back."""
    mine = Publication.objects.filter(name=Publication.CURRENT, training=number)
    mine.update(training=None, training_until=None)


def fail_dead_runs() -> int:
    """Mark running runs whose heart stopped as failed, and free their claim."""
    silent = timezone.now() - TRAINING_SILENCE
    dead = SegmentationRun.objects.filter(status=RunStatus.RUNNING, heartbeat_at__lt=silent)
    return _fail(dead, "Its worker stopped without a word. Nothing of it was published.")


def drop_finished_claim(state) -> None:
    """Free the claim of a run that is over: its worker died right after its last word."""
    if state.training is None:
        return
    run = SegmentationRun.objects.filter(number=state.training).only("status").first()
    if run is not None and run.status != RunStatus.RUNNING:
        release_training(state.training)


def _fail(rows, error: str) -> int:
    numbers = list(rows.filter(status=RunStatus.RUNNING).values_list("number", flat=True))
    for number in numbers:
        mine = SegmentationRun.objects.filter(number=number)
        mine.filter(status=RunStatus.RUNNING).update(
            status=RunStatus.FAILED, error=error, finished_at=timezone.now()
        )
        clear_away(mine.filter(status=RunStatus.FAILED))
        release_training(number)
    return len(numbers)


def clear_away(runs) -> None:
    """Delete members and segments of runs that came to nothing; the runs themselves tell why."""
    these = list(runs.values_list("pk", flat=True))
    drop_members(these)
    for model in (TrainedPlace, Segment):
        collection_of(model).delete_many({"run_id": {"$in": these}})


@contextmanager
def assigning(*, wait=0.0):
    """Hold the right to write features and memberships.

    Parameters
    ----------
    wait : float
        Seconds to wait for another holder; a dead one's claim runs out after three minutes.

    Yields
    ------
    callable
        Renews the claim; long work calls it between its steps. Raises `Busy` where the claim ran
        out and another worker took it.

    Raises
    ------
    Busy
        If the right is not to be had in that time.
    """
    document = Publication.objects.filter(pk=publication().pk)
    patience = time.monotonic() + wait
    held = _claim(document)
    while held is None:
        if time.monotonic() >= patience:
            raise Busy("Customers are being assigned just now. Nothing was changed; try again.")
        time.sleep(0.1)
        held = _claim(document)

    def renew():
        nonlocal held
        later = _until()
        if not document.filter(assigning_until=held).update(assigning_until=later):
            raise Busy("Another worker took over, since this one was silent for too long.")
        held = later

    try:
        yield renew
    finally:
        document.filter(assigning_until=held).update(assigning_until=None)


def _claim(document):
    """Take the right if nobody holds it; until when, or None."""
    free = Q(assigning_until=None) | Q(assigning_until__lt=timezone.now())
    until = _until()
    return until if document.filter(free).update(assigning_until=until) else None


def _until():
    # MongoDB keeps milliseconds: a finer instant would not be found again.
    later = timezone.now() + ASSIGNING_SILENCE
    return later.replace(microsecond=later.microsecond // 1000 * 1000)
