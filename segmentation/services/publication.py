"""Publish a run by moving one pointer; restoring a former run is the same move."""

import time

from django.db import DatabaseError, connections, router
from django.db.models import F
from django.utils import timezone
from django_mongodb_backend.transaction import atomic
from pymongo.errors import PyMongoError

from accounts.audit import record
from accounts.domain.sectors import SECTORS
from segmentation.broadcast import announce_change
from segmentation.domain.gates import verdict
from segmentation.domain.model import FittedModel
from segmentation.judgement import judge
from segmentation.models import Publication, RunStatus, SegmentationRun
from segmentation.queries import customer_count, published_run
from segmentation.services.assignment import assign_everyone
from segmentation.services.claims import assigning, publication

_ATTEMPTS = 5
# Customers who are put in their place while the person who publishes waits: a second or two.
_WHILE_ONE_WAITS = 50_000


class CannotPublish(Exception):
    """The run is not fit to be published; the published one stays."""


class NeedsApproval(CannotPublish):
    """A gate did not pass: the run waits for a person, who says why it is published anyway."""


def publish_run(*, run, by=None, note="") -> Publication:
    """Make a run the published one and bring its members up to date.

    The pointer moves in one conditional update; until then every page shows the former run,
    from then on the new one. Members who changed since the run was trained are put in their
    place right after. Should that be cut short, the next refresh repeats it; where a person waits
    for a bank's worth of customers, it is left to that refresh, two seconds later, from the start.

    Parameters
    ----------
    run : SegmentationRun
    by : User, optional
        None for the schedule, which publishes only what passes every gate. A run that was
        published before is restored without being judged again.
    note : str
        Why; needed of a person where a gate does not pass.

    Raises
    ------
    NeedsApproval
        If a gate does not pass and nobody, or nobody with a reason, approves.
    CannotPublish
        If the run is not ready, was built on other features than are computed now, or another
        publication came first.
    Busy
        If customers are being assigned for longer than 30 s.
    """
    run = SegmentationRun.objects.defer("model", "picture").get(pk=run.pk)
    if run.status != RunStatus.READY:
        raise CannotPublish(f"Run {run.number} is not ready. The published run stays as it is.")
    model = SegmentationRun.objects.values_list("model", flat=True).get(pk=run.pk)
    if not FittedModel.from_document(model).fits(SECTORS):
        raise CannotPublish(
            f"Run {run.number} was built on other features than are measured now. "
            "The published run stays as it is; build a new one."
        )
    note = note.strip()
    state = publication()
    gates = [] if run.published_at else judge(run)
    failed = [gate for gate in gates if not gate.passed]
    if failed and by is None:
        raise NeedsApproval(verdict(run.number, gates))
    if failed and not note:
        raise NeedsApproval(
            f"Say in a note why run {run.number} is to be published although "
            f"{len(failed)} of {len(gates)} gates did not pass. Nothing was changed."
        )
    with assigning(wait=30) as renew:
        _move(run, by, state, note=note, gates=gates)
        if by is None or customer_count() <= _WHILE_ONE_WAITS:
            renew()
            settle(renew)
    return publication()


def judge_run(run) -> str:
    """Judge a run against the published one, keep the gates with it, and say the verdict."""
    published = published_run()
    gates = judge(run, published)
    SegmentationRun.objects.filter(pk=run.pk).update(gates=_stored(gates, published))
    return verdict(run.number, gates)


def _stored(gates, published) -> dict:
    return {
        "against": published.number if published else None,
        "gates": [gate.to_document() for gate in gates],
    }


def _move(run, by, state, *, note, gates) -> None:
    """Move the pointer, stamp the run and write the trail: all three, or none of them."""
    former = SegmentationRun.objects.filter(pk=state.run_id).only("number").first()
    changes = {"published run": [str(former.number) if former else "none", str(run.number)]}
    if failed := [gate for gate in gates if not gate.passed]:
        changes["gates not passed"] = ["", ", ".join(gate.label for gate in failed)]
    if note:
        changes["note"] = ["", note]
    words = "Restored" if run.published_at else "Published"
    for attempt in range(_ATTEMPTS):
        now = timezone.now()
        try:
            with atomic():
                moved = Publication.objects.filter(pk=state.pk, run_id=state.run_id).update(
                    run_id=run.pk,
                    published_by_id=getattr(by, "pk", None),
                    published_at=now,
                    settled=False,
                    version=F("version") + 1,
                )
                if not moved:
                    raise CannotPublish("Another publication came first. Nothing was changed.")
                approved = {} if run.published_at else {"gates": _stored(gates, former)}
                if by is not None and not run.published_at:
                    approved |= {"approved_by": by, "approved_at": now, "approval_note": note}
                stamped = SegmentationRun.objects.filter(pk=run.pk)
                if not stamped.update(published_at=now, **approved):
                    raise CannotPublish(
                        f"Run {run.number} was just deleted as the oldest. Nothing was changed."
                    )
                record(actor=by, about=run, changes=changes, note=f"{words} run {run.number}")
            return
        except (DatabaseError, PyMongoError) as error:
            if isinstance(error, PyMongoError):
                _leave_failed_commit()
            # A training's heartbeat writes the same document: one of the two has to wait.
            if attempt + 1 == _ATTEMPTS:
                raise
            time.sleep(0.05 * 2**attempt)
        # A commit whose answer was lost may have gone through.
        if publication().run_id == run.pk != state.run_id:
            return


def _leave_failed_commit() -> None:
    """End the session of a commit that failed: no other transaction could begin in it."""
    connection = connections[router.db_for_write(Publication)]
    if connection.session is not None:
        connection.session.end_session()
        connection.session = None
    connection.run_on_commit = []


def settle(renew=lambda: None) -> None:
    """Assign every customer to the published run anew; the caller holds the claim.

    Parameters
    ----------
    renew : callable, optional
        Keeps the claim while the work lasts.
    """
    state = publication()
    pointer = Publication.objects.filter(pk=state.pk, run_id=state.run_id)
    run = SegmentationRun.objects.filter(pk=state.run_id).first()
    model = FittedModel.from_document(run.model) if run is not None else None
    # After an update that measures other features nobody can be placed until the next run.
    if model is None or not model.fits(SECTORS):
        pointer.update(settled=True)
        return
    assign_everyone(run, model, on_part=lambda share: renew())
    version = state.version + 1
    pointer.update(settled=True, version=version)
    announce_change(run_number=run.number, version=version)
