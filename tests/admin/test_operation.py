"""Runs compared, approved, started again and watched, as staff see it."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.utils import timezone

from finseg.schedule import next_due
from finseg.staff import operation, side_by_side
from segmentation.domain.flows import Flows, Places
from segmentation.models import DriftReading, RunStatus, Segment, SegmentationRun
from segmentation.services.members import store_range
from tests.admin.conftest import sign_in

LIST = "/admin/segmentation/segmentationrun/"
IST = ZoneInfo("Asia/Kolkata")

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(run):
    """A run of three segments that half of four customers would move in; it waits."""
    comparison = [{"k": k, "fit": True, "verdict": "Holds."} for k in (2, 3)]
    later = SegmentationRun.objects.create(
        number=2,
        status=RunStatus.READY,
        k=3,
        customers=4,
        comparison=comparison,
        quality={"silhouette": 0.40, "stability": 0.9, "smallest": 0.25},
        finished_at=timezone.now(),
    )
    for key, name in (("S1", "Affluent holders"), ("S2", "Bold traders"), ("S3", "SIP builders")):
        Segment.objects.create(run=later, key=key, name=name, tier="high", customers=1)
    numbers = np.arange(1, 5)
    store_range(run.pk, Places(numbers, np.array([0, 0, 1, 1]), ("S1", "S2")))
    store_range(later.pk, Places(numbers + 1, np.array([0, 2, 1, 0]), ("S1", "S2", "S3")))
    return later


def test_two_runs_are_compared_by_default_the_newest_with_the_published(client, staff, second):
    sign_in(client, staff)
    page = client.get(f"{LIST}compare/").content.decode()
    for shown in ("Run 1", "Run 2", "SIP builders", "new in Run 2", "2 → 3", "Not passed"):
        assert shown in page, shown
    # 2, 3 and 4 are in both; 2 stayed in S1, 3 went S1 to S3, 4 stayed in S2: one of three moves.
    assert "33.3%" in page and "of 3 in both runs" in page
    assert (
        "Compare with the published run"
        in client.get(f"{LIST}{second.pk}/change/").content.decode()
    )
    back = client.get(f"{LIST}compare/", {"a": "2", "b": "1"}).content.decode()
    assert "gone in Run 1" in back and "3 → 2" in back
    assert "choose another one" in client.get(f"{LIST}compare/?a=1&b=1").content.decode()
    assert "no such finished run" in client.get(f"{LIST}compare/?a=7&b=x").content.decode()


def test_with_one_run_there_is_nothing_to_compare_and_strangers_see_nothing(
    client, staff, run, newcomer
):
    sign_in(client, staff)
    assert "only one finished run" in client.get(f"{LIST}compare/").content.decode()
    sign_in(client, newcomer)
    assert client.get(f"{LIST}compare/").status_code == 403


def test_the_table_of_flows_adds_up():
    keys = ("s1", "s2")
    counts, left, joined = np.array([[3, 1], [0, 4]]), np.array([1, 0]), np.array([0, 2])
    views = {key: SimpleNamespace(name=key.upper()) for key in keys}
    flows = Flows(keys, keys, counts, left, joined)
    table = side_by_side.matrix(flows, views, views, everything=True)
    first = table["rows"][0]
    assert [cell["customers"] for cell in first["cells"]] == [3, 1, 1] and first["total"] == 5
    assert [cell["share"] for cell in first["cells"]] == [0.6, 0.2, 0.2]
    assert [cell["stayed"] for cell in first["cells"]] == [True, False, False]
    assert table["totals"] == [3, 7, 1] and table["rows"][-1]["total"] == 2
    # Groups under ten are single customers: their cells are hidden, an empty one is no secret.
    hidden = side_by_side.matrix(flows, views, views, everything=False)["rows"]
    assert [cell["customers"] for cell in hidden[0]["cells"]] == [None, None, None]
    assert [cell["customers"] for cell in hidden[1]["cells"]] == [0, None, 0]


def test_what_waits_is_said_everywhere_and_published_with_a_note(client, staff, second):
    sign_in(client, staff)
    said = "Run 2 waits for approval"
    for address in (LIST, f"{LIST}{second.pk}/change/", "/admin/"):
        assert said in client.get(address).content.decode(), address
    told = client.get("/healthz").json()["segments"]
    assert (told["published_run"], told["waiting_run"]) == (1, 2)
    page = client.post(f"{LIST}{second.pk}/publish/", {"note": "x" * 1001}, follow=True)
    assert "Nothing was changed." in page.content.decode()
    second.refresh_from_db()
    assert second.published_at is None


def test_a_run_has_one_state_on_every_page(client, staff, second):
    sign_in(client, staff)

    def states():
        rows = client.get(LIST).content.decode().split("<tbody", 1)[1]
        page = client.get(f"{LIST}{second.pk}/change/").content.decode()
        overview = client.get("/admin/").content.decode()
        return rows, page.split("fs-card-label", 1)[1][:120], overview

    for shown in states():
        assert "Waits for approval" in shown
    # Two runs alike: every gate passes, and the run waits for who asked for it.
    passed = [{"key": "a", "label": "A", "value": "1", "bound": "1", "passed": True,
               "sentence": ""}]  # fmt: skip
    gates = {"against": 1, "gates": passed}
    SegmentationRun.objects.filter(pk=second.pk).update(gates=gates)
    for shown in states():
        assert "Waits to be published" in shown and "Waits for approval" not in shown
    page = client.get(f"{LIST}{second.pk}/change/").content.decode()
    assert "Run 2 passes all 1 gates. It waits to be published." in page
    # A newer run takes its turn: the older one waits for nobody.
    third = SegmentationRun.objects.create(number=3, status=RunStatus.READY, k=2, gates=gates)
    page = client.get(f"{LIST}{second.pk}/change/").content.decode()
    assert "Not published" in page and "waits for nobody any more" in page
    # Published once and replaced since, it is neither new nor waiting.
    SegmentationRun.objects.filter(pk=third.pk).update(published_at=timezone.now())
    assert "Published before" in client.get(LIST).content.decode()
    assert "Published before" in client.get("/admin/").content.decode()


def test_a_failed_run_says_why_and_can_be_started_again(client, staff, run, monkeypatch):
    sent = []
    monkeypatch.setattr(
        "celery.Celery.send_task", lambda self, name, kwargs=None, **_: sent.append(kwargs)
    )
    failed = SegmentationRun.objects.create(
        number=2, status=RunStatus.FAILED, pinned_k=4, error="Its worker stopped without a word."
    )
    sign_in(client, staff)
    for address in (LIST, f"{LIST}{failed.pk}/change/"):
        page = client.get(address).content.decode()
        assert "Its worker stopped without a word." in page and "Start again" in page
        assert '<input type="hidden" name="k" value="4">' in page
    client.post(f"{LIST}retrain/", {"k": "4"})
    assert sent == [{"k": 4, "requested_by": str(staff.pk), "publish": False}]


def test_a_run_without_a_sign_of_life_is_shown_as_stuck(client, staff, run):
    stuck = SegmentationRun.objects.create(number=2, stage="Storing members")
    sign_in(client, staff)
    assert "is stuck" not in client.get(LIST).content.decode()
    SegmentationRun.objects.filter(pk=stuck.pk).update(
        heartbeat_at=timezone.now() - operation.QUIET - timedelta(minutes=1)
    )
    page = client.get(LIST).content.decode()
    assert "Run 2 is stuck" in page and "“Storing members”" in page
    assert "no sign of life for 3 minutes" in client.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2025-03-10T18:29:59", "2025-03-10T18:30:00"),
        ("2025-03-10T18:30:00", "2025-03-11T18:30:00"),
        ("2025-12-31T23:59:00", "2026-01-01T18:30:00"),
    ],
)
def test_the_next_nightly_chain_is_read_off_the_schedule(now, due):
    now, due = (datetime.fromisoformat(each).replace(tzinfo=IST) for each in (now, due))
    assert next_due("finseg.pipeline.run_nightly", now) == due
    assert next_due("finseg.pipeline.run_nightly", now.astimezone(ZoneInfo("UTC"))) == due
    assert next_due("nobody.knows", now) is None


def reading(run, at, psi, level):
    shares = [("moved", 0.03, 0.05, 0.15), ("distance", -0.01, 0.1, 0.25), ("new", None, 0.1, 0.2)]
    measures = [
        {"key": key, "label": key, "kind": "share", "value": value, "moderate": low, "large": high,
         "level": "stable"}
        for key, value, low, high in shares
    ]  # fmt: skip
    feature = {"key": "income", "label": "Annual income", "kind": "psi", "value": psi,
               "moderate": 0.1, "large": 0.25, "level": level}  # fmt: skip
    return DriftReading.objects.create(
        at=at, run=run, customers=90, sampled=90, measures=[feature, *measures], level=level
    )


def test_readings_of_drift_are_a_chart_and_a_table(client, staff, run):
    sign_in(client, staff)
    page = client.get(LIST).content.decode()
    due = next_due(operation.DRIFT_TASK, timezone.now())
    assert "Run 1 has no reading yet" in page and f"{due:%H:%M} IST" in page
    assert "Measure now" in page and 'value="segmentation.tasks.watch_drift"' in page
    now = timezone.now()
    former = SegmentationRun.objects.create(number=0, status=RunStatus.READY, k=2)
    reading(former, now - timedelta(days=1), 0.5, "large")
    # Of a run that is published no more: kept in the table, but it says nothing about this one.
    assert "Run 1 has no reading yet" in client.get(LIST).content.decode()
    assert "Customers have drifted" not in client.get("/admin/").content.decode()
    DriftReading.objects.all().delete()
    former.delete()
    reading(run, now - timedelta(hours=6), 0.05, "stable")
    assert 'id="drift-data"' not in client.get(LIST).content.decode()  # a point is no line
    reading(run, now, 0.5, "large")
    page = client.get(LIST).content.decode()
    assert 'id="drift-data"' in page and "PSI 0.50" in page and "Annual income" in page
    chart = operation.chart_of(operation.readings())
    lines = {each["label"]: each["values"] for each in chart["series"]}
    # 0.05 and 0.5 over the bound of 0.25; a shrinking distance is no drift; unknown is a gap.
    assert lines["Largest PSI of a feature"] == [0.2, 2.0] and lines["moved"] == [0.2, 0.2]
    assert (lines["distance"], lines["new"], lines["Bound"]) == ([0.0] * 2, [None] * 2, [1.0] * 2)
    assert "Customers have drifted" in client.get("/admin/").content.decode()
