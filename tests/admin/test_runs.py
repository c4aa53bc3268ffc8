"""Retraining with progress, publishing and restoring, and who may."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Permission
from django.utils import timezone
from kombu.exceptions import OperationalError

from finseg import jobs
from finseg.models import JobRun, JobState
from finseg.staff import segments
from segmentation.models import RunStatus, SegmentationRun
from segmentation.services.publication import CannotPublish
from tests.admin.conftest import sign_in

LIST = "/admin/segmentation/segmentationrun/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue(monkeypatch):
    """What was sent to the broker, instead of the broker."""
    sent = []

    def send_task(self, name, kwargs=None, task_id=None, **_):
        sent.append((name, kwargs))

    monkeypatch.setattr("celery.Celery.send_task", send_task)
    return sent


def progress(client, job):
    return client.get(f"{LIST}progress/{job}/").content.decode()


def test_retraining_is_queued_shown_and_on_record(client, staff, run, queue):
    sign_in(client, staff)
    page = client.post(f"{LIST}retrain/", {"k": "5"}, follow=True).content.decode()
    asked = {"k": 5, "requested_by": str(staff.pk), "publish": False}
    assert queue == [("segmentation.tasks.retrain_segments", asked)]
    job = JobRun.objects.get()
    assert f"{LIST}progress/{job.task_id}/" in page  # The page asks on.
    assert "waiting for a worker" in progress(client, job.task_id)
    entry = LogEntry.objects.get(object_pk=str(job.pk))
    assert (entry.actor, entry.object_repr) == (staff, "Retrain segments")
    assert entry.changes == {"segments": ["", "k = 5"]}

    working = SegmentationRun.objects.create(
        number=2, job=job.task_id, stage="Comparing 5 segments", progress=0.4
    )
    shown = progress(client, job.task_id)
    assert "Comparing 5 segments, 40%" in shown
    assert 'hx-trigger="every 1s"' in shown

    SegmentationRun.objects.filter(pk=working.pk).update(
        status=RunStatus.READY, k=5, customers=2, progress=1.0
    )
    shown = progress(client, job.task_id)
    assert "5 segments of 2 customers" in shown
    assert "hx-trigger" not in shown  # Ready: nothing is asked any more.


def test_what_stands_in_the_way_of_retraining_is_said(client, staff, run, queue, monkeypatch):
    sign_in(client, staff)
    page = client.post(f"{LIST}retrain/", {"k": "99"}, follow=True).content.decode()
    assert "less than or equal to 10. Nothing was started." in page
    assert queue == []

    def no_broker(**_):
        raise OperationalError("connection refused")

    monkeypatch.setattr(jobs, "enqueue", no_broker)
    page = client.post(f"{LIST}retrain/", {}, follow=True).content.decode()
    assert "does not answer. Nothing was started." in page

    now = timezone.now()
    JobRun.objects.create(
        task_id="refused",
        name=segments.RETRAIN_TASK,
        state=JobState.SUCCEEDED,
        summary="refused: Run 2, 40% done, is being built. Nothing was started.",
        changed_at=now,
        expires_at=now + timedelta(days=1),
    )
    assert "is being built. Nothing was started." in progress(client, "refused")


def test_publishing_calls_the_service_and_says_what_came_of_it(client, staff, run, monkeypatch):
    sign_in(client, staff)
    second = SegmentationRun.objects.create(number=2, status=RunStatus.READY, k=3)
    page = client.get(f"{LIST}{second.pk}/change/").content.decode()
    assert "Approve and publish Run 2" in page
    assert "ublish Run 1" not in client.get(f"{LIST}{run.pk}/change/").content.decode()
    published = []
    monkeypatch.setattr(segments, "publish_run", lambda **given: published.append(given))
    note = {"note": "Three tiers were asked for."}
    page = client.post(f"{LIST}{second.pk}/publish/", note, follow=True).content.decode()
    assert published == [{"run": second, "by": staff, **note}]
    assert "Run 2 is published" in page

    def refuse(**_):
        raise CannotPublish("Another publication came first. Nothing was changed.")

    monkeypatch.setattr(segments, "publish_run", refuse)
    page = client.post(f"{LIST}{second.pk}/publish/", follow=True).content.decode()
    assert "Another publication came first. Nothing was changed." in page
    SegmentationRun.objects.filter(pk=second.pk).update(published_at=timezone.now())
    assert "Restore Run 2" in client.get(f"{LIST}{second.pk}/change/").content.decode()


def test_acting_takes_a_permission_and_a_post(client, newcomer, run, queue):
    newcomer.user_permissions.add(Permission.objects.get(codename="view_segmentationrun"))
    sign_in(client, newcomer)
    assert client.get(LIST).status_code == 200
    assert client.post(f"{LIST}retrain/").status_code == 403
    assert client.post(f"{LIST}{run.pk}/publish/").status_code == 403
    assert client.get(f"{LIST}retrain/").status_code == 405
    assert client.get(f"{LIST}{run.pk}/publish/").status_code == 405
    assert queue == []


def test_acting_takes_the_token_of_the_page(staff, run, queue):
    from django.test import Client

    strict = sign_in(Client(enforce_csrf_checks=True), staff)
    assert strict.post(f"{LIST}retrain/").status_code == 403
    assert strict.post(f"{LIST}{run.pk}/publish/").status_code == 403
    assert queue == []


def test_a_run_shows_its_comparison_sizes_and_quality(client, staff, run):
    sign_in(client, staff)
    page = client.get(f"{LIST}{run.pk}/change/").content.decode()
    for shown in (
        "0.412",
        "1,234",
        "50.0%",
        "0.98",
        "Holds.",
        "largest number that still",
        "the system",
        "Affluent holders",
        "₹24,76,953",
    ):
        assert shown in page, shown
