"""Records every run of a Celery task, from the signals that Celery sends around it.

A record that cannot be written never disturbs its job: Celery logs what a signal handler raises
and goes on.
"""

from datetime import timedelta

from celery import signals
from django.db.models import F
from django.utils import timezone

from finseg.models import JobRun, JobState

KEPT = timedelta(days=30)
KEPT_FAILURES = timedelta(days=90)
LONGEST_TEXT = 4000

ROUTINE = frozenset(
    {
        "segmentation.tasks.refresh_changed_segments",
        "segmentation.tasks.rank_segments",
        "finseg.privacy.finish_erasures",
    }
)
"""Tasks that mostly find nothing to do: one record a day of what they did, one of each failure."""


def enqueue(*, name, kwargs=None, requested_by=None):
    """Queue a task by name and record who asked for it.

    The record is written first: a worker may be done before this function returns.

    Returns
    -------
    JobRun
    """
    from celery.utils import uuid

    from finseg.celery import app

    task_id = uuid()
    job = _record(
        task_id,
        name=name,
        state=JobState.QUEUED,
        queued_at=timezone.now(),
        requested_by=requested_by,
    )
    try:
        app.send_task(name, kwargs=kwargs or {}, task_id=task_id)
    except Exception as error:
        _record(task_id, state=JobState.FAILED, error=f"It could not be queued: {error}")
        raise
    return job


def did_something(result):
    """Tell from a task's result whether it found work: a count, or a dict with some in it."""
    if isinstance(result, dict):
        return any(result.values())
    return bool(result)


def summarise(result):
    """Write a task's result for a list of jobs."""
    if result is None:
        return ""
    if isinstance(result, dict):
        said = [(key, value) for key, value in result.items() if value not in (None, "")]
        result = ", ".join(f"{key.replace('_', ' ')}: {value}" for key, value in said)
    return str(result)[:LONGEST_TEXT]


@signals.task_prerun.connect
def record_start(task_id, task, **_):
    task.request.recorded_start = timezone.now()
    if task.name not in ROUTINE:
        _record(
            task_id,
            name=task.name,
            state=JobState.RUNNING,
            started_at=task.request.recorded_start,
            finished_at=None,
            retries=task.request.retries,
            error="",
        )


@signals.task_success.connect
def record_success(sender, result, **_):
    if sender.name not in ROUTINE:
        _finish(sender, state=JobState.SUCCEEDED, summary=summarise(result))
        return
    # A try before this one may have left a record of its own.
    retried = JobRun.objects.filter(task_id=sender.request.id, state=JobState.RETRYING)
    now = timezone.now()
    retried.update(state=JobState.SUCCEEDED, finished_at=now, changed_at=now)
    if did_something(result):
        _add_to_day(sender, result)


@signals.task_failure.connect
def record_failure(sender, exception, einfo=None, **_):
    _finish(sender, state=JobState.FAILED, error=_describe(exception, einfo))


@signals.task_retry.connect
def record_retry(sender, reason, einfo=None, **_):
    _finish(sender, state=JobState.RETRYING, error=_describe(reason, einfo))


def _add_to_day(task, counted):
    """Add what a run of a routine task did to the record of its day."""
    now = timezone.now()
    started = getattr(task.request, "recorded_start", None) or now
    seconds = (now - started).total_seconds()
    key = f"{task.name}:{timezone.localdate(now)}"
    first = {"name": task.name, "state": JobState.SUCCEEDED, "started_at": started, "runs": 0,
             "counted": 0, "seconds": 0.0, "changed_at": now, "expires_at": now + KEPT}  # fmt: skip
    JobRun.objects.get_or_create(task_id=key, defaults=first)
    JobRun.objects.filter(task_id=key).update(
        runs=F("runs") + 1,
        counted=F("counted") + counted,
        seconds=F("seconds") + seconds,
        finished_at=now,
        changed_at=now,
        expires_at=now + KEPT,
    )


def _finish(task, **fields):
    now = timezone.now()
    started = getattr(task.request, "recorded_start", None)
    _record(
        task.request.id,
        name=task.name,
        started_at=started,
        finished_at=now,
        seconds=(now - started).total_seconds() if started else None,
        retries=task.request.retries,
        **fields,
    )


def _record(task_id, **fields):
    now = timezone.now()
    failed = fields.get("state") == JobState.FAILED
    fields |= {"changed_at": now, "expires_at": now + (KEPT_FAILURES if failed else KEPT)}
    return JobRun.objects.update_or_create(task_id=task_id, defaults=fields)[0]


def _describe(exception, einfo):
    """The failure in a sentence, and where it happened."""
    sentence = f"{type(exception).__name__}: {exception}"
    trace = getattr(einfo, "traceback", None) or ""
    # The end of a long trace names the line that failed.
    return f"{sentence}\n\n{trace[-(LONGEST_TEXT - len(sentence)) :]}"[:LONGEST_TEXT].strip()
