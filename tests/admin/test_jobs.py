"""Every run of a task leaves a record, written by Celery's own signals."""

from datetime import timedelta

import pytest
from celery import Celery
from django.db import connection

from finseg import jobs
from finseg.celery import app as celery
from finseg.jobs import did_something, enqueue, summarise
from finseg.models import JobRun, JobState
from finseg.pipeline import nightly_chain
from finseg.schedule import SCHEDULE
from finseg.staff.jobs import COUNTED, TITLES, done_by, title_of

pytestmark = pytest.mark.django_db

APPS = ("accounts", "finseg", "market", "portfolios", "recommendations", "segmentation", "sip")

app = Celery("jobs under test", broker="memory://", backend="cache+memory://", set_as_current=False)


@app.task(name="tests.sums")
def sums(a, b):
    return {"rows_read": a + b}


@app.task(name="tests.fails")
def fails():
    raise ValueError("The file has no column 'close'.")


@app.task(name="tests.flaky", bind=True, max_retries=2)
def flaky(self):
    if self.request.retries < 1:
        raise self.retry(exc=ConnectionError("Yahoo did not answer."), countdown=0)
    return "second time lucky"


@app.task(name="tests.flaky_count", bind=True, max_retries=2)
def flaky_count(self):
    if self.request.retries < 1:
        raise self.retry(exc=ConnectionError("MongoDB did not answer."), countdown=0)
    return 7


@app.task(name="tests.routine")
def routine(found):
    if found is None:
        raise RuntimeError("MongoDB went away.")
    return found


def test_a_run_is_recorded_with_its_duration_and_what_it_did():
    sums.apply(args=(2, 3), task_id="run-1")
    job = JobRun.objects.get(task_id="run-1")
    assert (job.name, job.state, job.summary) == ("tests.sums", JobState.SUCCEEDED, "rows read: 5")
    took = (job.finished_at - job.started_at).total_seconds()
    assert job.seconds == pytest.approx(took, abs=0.002)  # MongoDB keeps milliseconds.
    assert job.expires_at - job.changed_at == timedelta(days=30)


def test_a_failure_keeps_its_sentence_and_its_place_and_is_kept_longer():
    fails.apply(task_id="run-2")
    job = JobRun.objects.get(task_id="run-2")
    assert job.state == JobState.FAILED
    assert job.error.splitlines()[0] == "ValueError: The file has no column 'close'."
    assert "test_jobs.py" in job.error
    assert job.expires_at - job.changed_at == timedelta(days=90)


def test_a_retry_is_the_same_record_and_counts():
    flaky.apply(task_id="run-3")
    job = JobRun.objects.get(task_id="run-3")
    assert (job.state, job.retries, job.summary) == (JobState.SUCCEEDED, 1, "second time lucky")
    assert job.error == ""


def test_a_routine_task_has_one_record_a_day_of_what_it_did_and_one_of_each_failure(monkeypatch):
    monkeypatch.setattr(jobs, "ROUTINE", frozenset({"tests.routine"}))
    monkeypatch.setitem(COUNTED, "tests.routine", "customer")
    routine.apply(args=(0,))
    assert JobRun.objects.count() == 0
    for found in (3, 0, 1, 1_500):
        routine.apply(args=(found,))
    day = JobRun.objects.get()
    assert (day.state, day.runs, day.counted) == (JobState.SUCCEEDED, 3, 1_504)
    assert done_by(day) == "1,504 customers in 3 runs of the day"
    assert day.started_at <= day.finished_at == day.changed_at and day.seconds > 0
    JobRun.objects.update(task_id="tests.routine:2025-01-01")  # the day before
    routine.apply(args=(2,))
    routine.apply(args=(None,))
    assert sorted(JobRun.objects.values_list("state", "runs", "counted")) == [
        (JobState.FAILED, 1, None),
        (JobState.SUCCEEDED, 1, 2),
        (JobState.SUCCEEDED, 3, 1_504),
    ]


def test_a_routine_task_that_was_tried_again_is_not_left_waiting(monkeypatch):
    monkeypatch.setattr(jobs, "ROUTINE", frozenset({"tests.flaky_count"}))
    flaky_count.apply(task_id="run-4")
    assert set(JobRun.objects.values_list("state", "counted")) == {
        (JobState.SUCCEEDED, None),
        (JobState.SUCCEEDED, 7),
    }


def test_what_is_queued_by_hand_is_on_record_before_a_worker_takes_it(
    monkeypatch, django_user_model
):
    asked = []
    monkeypatch.setattr(Celery, "send_task", lambda self, name, **how: asked.append((name, how)))
    staff = django_user_model.objects.create_user("ops@bank.example", role="staff")
    job = enqueue(name="portfolios.tasks.value_portfolios", requested_by=staff)
    assert (job.state, job.requested_by) == (JobState.QUEUED, staff)
    assert asked == [("portfolios.tasks.value_portfolios", {"kwargs": {}, "task_id": job.task_id})]


def test_a_job_that_cannot_be_queued_is_on_record_as_failed(monkeypatch):
    def refuse(self, name, **how):
        raise ConnectionError("no broker")

    monkeypatch.setattr(Celery, "send_task", refuse)
    with pytest.raises(ConnectionError):
        enqueue(name="portfolios.tasks.value_portfolios")
    assert JobRun.objects.get().error == "It could not be queued: no broker"


def test_every_task_on_the_schedule_and_in_the_chain_has_a_plain_name():
    celery.loader.import_default_modules()
    ours = {name for name in celery.tasks if name.split(".")[0] in APPS}
    scheduled = {entry["task"] for entry in SCHEDULE.values()}
    assert scheduled <= ours and {link.task for link in nightly_chain().tasks} <= ours
    for name in ours | {"portfolios.tasks.value_portfolios"}:
        title = title_of(name)
        assert title != name and "." not in title and "_" not in title, name
    assert set(TITLES) == ours  # a name of a task that is gone would be a filter that finds nothing


def test_a_bare_number_is_shown_with_what_it_counts():
    assert set(COUNTED) <= set(TITLES)
    moved = "segmentation.tasks.refresh_changed_segments"
    assert done_by(JobRun(name=moved, summary="1")) == "1 customer"
    assert done_by(JobRun(name=moved, summary="12")) == "12 customers"
    assert done_by(JobRun(name="market.tasks.refresh_quotes", summary="9 quotes")) == "9 quotes"


def test_mongodb_removes_records_when_they_expire():
    indexes = connection.database["finseg_jobrun"].index_information()
    assert indexes["finseg_jobrun_expires"]["expireAfterSeconds"] == 0


def test_results_in_words():
    for result, found, text in [
        (None, False, ""),
        (0, False, "0"),
        (7, True, "7"),
        ({}, False, ""),
        ({"stored": 0, "failed": 0}, False, "stored: 0, failed: 0"),
        ({"stored": 2, "error": ""}, True, "stored: 2"),
    ]:
        assert (did_something(result), summarise(result)) == (found, text)
