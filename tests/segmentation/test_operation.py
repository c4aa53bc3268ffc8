"""Gates and approval, restoring, and drift, on a real MongoDB."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from accounts.models import InvestorProfile
from segmentation import queries, tasks
from segmentation.domain.drift import LARGE
from segmentation.judgement import gates_of, waiting_run
from segmentation.models import (
    Customer,
    DriftReading,
    Publication,
    RunReason,
    RunStatus,
    SegmentationRun,
    TrainedPlace,
)
from segmentation.services import NeedsApproval, publish_run, reassign_changed, train_run
from segmentation.services.drift import AT_MOST_EVERY, read_drift
from tests.segmentation.conftest import add_customers, kind_of


def notes():
    entries = LogEntry.objects.order_by("timestamp")
    return [entry.additional_data["note"] for entry in entries if entry.additional_data]


def test_the_schedule_publishes_what_passes_and_leaves_the_rest_to_a_person(customers, staff):
    # The first run has nothing to be compared with.
    first = tasks.retrain_segments(k=3)
    run = SegmentationRun.objects.get()
    assert run.reason == RunReason.FIRST and "is the first" in first["gates"]
    assert queries.published_run() == run and run.approved_by is None

    again = tasks.retrain_segments(k=3, publish=True, reason="schedule")
    assert again["gates"] == "Run 2 passes all 8 gates."
    assert queries.published_run().number == 2 and waiting_run() is None
    assert SegmentationRun.objects.first().reason == RunReason.SCHEDULE

    # Two segments instead of three: a third of the customers would move.
    held = tasks.retrain_segments(k=2, publish=True, reason="schedule")
    third = SegmentationRun.objects.first()
    assert held["status"] == RunStatus.READY and "waits for approval" in held["gates"]
    assert queries.published_run().number == 2 and waiting_run() == third
    assert notes()[-1] == held["gates"]
    failed = [gate.key for gate in gates_of(third) if not gate.passed]
    assert "agreement" in failed and "segments" not in failed  # staff pinned the number

    # A person needs a reason, and both are kept.
    with pytest.raises(NeedsApproval, match=r"Say in a note why run 3 .* Nothing was changed"):
        publish_run(run=third, by=staff)
    with pytest.raises(NeedsApproval, match="waits for approval"):
        publish_run(run=third)
    publish_run(run=third, by=staff, note="  Two tiers were asked for. ")
    third.refresh_from_db()
    assert (third.approved_by, third.approval_note) == (staff, "Two tiers were asked for.")
    assert third.approved_at == third.published_at and waiting_run() is None
    entry = LogEntry.objects.get_for_object(third).get(actor=staff)
    assert entry.changes["note"] == ["", "Two tiers were asked for."]
    assert "ARI" in entry.changes["gates not passed"][1]

    # A former run comes back in one step, with customers who changed since.
    moved = next(user for user in customers if kind_of(user.number) == 1)
    InvestorProfile.objects.filter(user=moved).update(profiling_consent=False)
    InvestorProfile.objects.get(user=moved).save()
    reassign_changed()
    publish_run(run=run, by=staff)
    members = dict(zip(*(each.tolist() for each in queries.membership_columns(run)), strict=True))
    assert moved.number not in members and len(members) == 86
    assert members == dict(Customer.objects.values_list("number", "segment_key"))
    assert notes()[-1] == "Restored run 1"
    run.refresh_from_db()
    assert run.approved_by is None  # it was never approved by a person, only brought back


def test_drift_is_measured_kept_and_asks_for_one_retrain(stocks, monkeypatch):
    assert tasks.watch_drift() == {}  # nothing is published
    asked = []
    monkeypatch.setattr(tasks.retrain_segments, "delay", lambda **kwargs: asked.append(kwargs))
    add_customers(60)
    run = train_run(k=3)
    publish_run(run=run)
    run.refresh_from_db()
    assert (run.baseline["customers"], run.baseline["measured"]) == (60, 60)
    assert run.baseline["distance"] > 0
    assert TrainedPlace.objects.filter(run=run).count() == 60
    calm = tasks.watch_drift()
    assert calm == {"level": "stable", "findings": "", "retrain": False} and asked == []
    shares = {each["key"]: each["value"] for each in DriftReading.objects.get().measures}
    assert (shares["moved"], shares["new"]) == (0.0, 0.0)
    assert shares["distance"] == pytest.approx(0.0) and shares["annual_income"] < 0.1

    # Everyone declares twenty times the income.
    for profile in InvestorProfile.objects.all():
        profile.annual_income *= 20
        profile.save()
    reassign_changed()
    found = tasks.watch_drift()
    assert (found["level"], found["retrain"]) == (LARGE, True)
    assert "Annual income PSI" in found["findings"]
    assert asked == [{"publish": True, "reason": "drift"}]
    newest = DriftReading.objects.first()
    assert newest.asked and newest.run == run and newest.sampled == 60
    assert notes()[-1] == "A retrain was asked for by drift"

    # Once a day, not beside a training, not while a run waits for a person.
    state = Publication.objects.filter(name=Publication.CURRENT)
    assert tasks.watch_drift()["retrain"] is False
    yesterday = timezone.now() - AT_MOST_EVERY - timedelta(minutes=1)
    state.update(
        drift_asked_at=yesterday, training=9, training_until=timezone.now() + AT_MOST_EVERY
    )
    assert tasks.watch_drift()["retrain"] is False
    state.update(training=None, training_until=None)
    waiting = SegmentationRun.objects.create(number=9, status=RunStatus.READY, k=3)
    assert tasks.watch_drift()["retrain"] is False
    waiting.delete()
    assert tasks.watch_drift()["retrain"] is True and len(asked) == 2

    # A queue that does not take the job leaves the right to ask.
    def refuse(**_):
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.retrain_segments, "delay", refuse)
    state.update(drift_asked_at=yesterday)
    with pytest.raises(ConnectionError):
        tasks.watch_drift.run()
    assert state.get().drift_asked_at is None and not DriftReading.objects.first().asked


def test_customers_who_move_join_and_leave_are_told_apart(stocks, monkeypatch):
    users = add_customers(60)
    run = train_run(k=3)
    publish_run(run=run)
    Customer.objects.filter(number__lte=20_006).update(segment_key="s9")
    InvestorProfile.objects.filter(investor_number=users[-1].number).delete()
    Customer.objects.filter(number=users[-1].number).delete()
    shares = {each["key"]: each["value"] for each in read_drift().measures}
    # 6 of the 59 who are still there; 59 of 60 are left, nobody came.
    assert shares["moved"] == pytest.approx(6 / 59) and shares["new"] == pytest.approx(0.0)
    TrainedPlace.objects.filter(number__gt=20_030).delete()
    then = {"customers": 30, "measured": 30, "distance": 1.0}
    SegmentationRun.objects.filter(pk=run.pk).update(baseline=then)
    shares = {each["key"]: each["value"] for each in read_drift().measures}
    assert shares["new"] == pytest.approx(29 / 59)
    monkeypatch.setattr("segmentation.services.drift.KEPT_READINGS", 3)
    for _ in range(4):
        last = read_drift()
    assert DriftReading.objects.count() == 3 and DriftReading.objects.first() == last
