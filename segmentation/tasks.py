"""Background work on segments; every task is safe to run twice."""

from celery import shared_task
from django.db import DatabaseError
from pymongo.errors import PyMongoError

from accounts.audit import record
from accounts.models import User
from segmentation.models import RunReason, RunStatus, SegmentationRun
from segmentation.services.cases import move_cases
from segmentation.services.claims import AlreadyTraining, Busy
from segmentation.services.drift import (
    claim_retrain,
    findings_of,
    read_drift,
    release_retrain,
)
from segmentation.services.freshness import reassign_changed
from segmentation.services.publication import NeedsApproval, judge_run, publish_run
from segmentation.services.ranking import rank_published
from segmentation.services.training import train_run

WAIT, WAITS = 120, 10
"""Seconds between, and number of, tries of the nightly chain while staff build or publish."""


@shared_task(
    bind=True, autoretry_for=(PyMongoError, DatabaseError), retry_backoff=10, max_retries=3
)
def retrain_segments(
    self, *, k=None, requested_by=None, publish=False, reason=RunReason.STAFF.value, built=None
):
    """Train a run, and publish it where asked.

    Parameters
    ----------
    k : int, optional
        Pinned number of segments.
    requested_by : str, optional
        Primary key of the user who asked.
    publish : bool
        The nightly chain publishes what passes the gates; staff compare first. The first run of
        all, which nothing can be compared with, is published either way.
    reason : str
        One of `RunReason`.
    built : int, optional
        Number of a run that is built already and waits for its turn to be published.

    Returns
    -------
    dict
        `run`, `status` and what the gates say; or `refused`, the sentence, where another run is
        being built.
    """

    def tell(stage, share):
        if self.request.id:
            self.update_state(state="PROGRESS", meta={"stage": stage, "progress": share})

    try:
        run = SegmentationRun.objects.filter(number=built).first() if built else None
        run = run or train_run(
            k=k,
            requested_by=_user(requested_by),
            progress=tell,
            job=self.request.id or "",
            reason=RunReason(reason),
        )
    except AlreadyTraining as refusal:
        if publish:  # the nightly chain waits for its turn
            raise self.retry(exc=refusal, countdown=WAIT, max_retries=WAITS) from refusal
        return {"refused": str(refusal)}
    result = {"run": run.number, "status": run.status, "error": run.error}
    if run.status != RunStatus.READY:
        return result
    result["gates"] = judge_run(run)
    if publish or run.reason == RunReason.FIRST:
        try:
            publish_run(run=run)
        except Busy as refusal:
            # Only the publication is tried again: the run is built.
            again = {
                **{"k": k, "requested_by": requested_by, "publish": publish, "reason": reason},
                "built": run.number,
            }
            raise self.retry(
                exc=refusal, kwargs=again, countdown=WAIT, max_retries=WAITS
            ) from refusal
        except NeedsApproval as wait:
            record(actor=None, about=run, changes={"gates": ["", str(wait)]}, note=str(wait))
    return result


def _user(pk):
    return User.objects.filter(pk=pk).first() if pk else None


@shared_task(ignore_result=True)
def refresh_changed_segments():
    """Reassign customers whose profile or ledger changed; cheap when none did."""
    return reassign_changed()


@shared_task(autoretry_for=(PyMongoError, DatabaseError), retry_backoff=10, max_retries=3)
def follow_up_cases():
    """Open cases whose follow-up has come, close those whose disagreement is gone."""
    return move_cases()


@shared_task(autoretry_for=(PyMongoError, DatabaseError), retry_backoff=10, max_retries=3)
def rank_segments(*, only_if_missing=False):
    """Measure the published run's segments and find quiet customers; returns how many looked at."""
    return rank_published(only_if_missing=only_if_missing)


@shared_task(autoretry_for=(PyMongoError, DatabaseError), retry_backoff=10, max_retries=3)
def watch_drift():
    """Measure how far customers are from the published run; a large distance asks for a retrain.

    Returns
    -------
    dict
        `level` and `findings` of the reading, and whether a retrain was asked for; empty without
        a published run.
    """
    reading = read_drift()
    if reading is None:
        return {}
    asked = claim_retrain(reading)
    if asked:
        try:
            retrain_segments.delay(publish=True, reason=RunReason.DRIFT.value)
        except Exception:
            release_retrain(reading)
            raise
    return {"level": reading.level, "findings": findings_of(reading), "retrain": asked}
