"""Train, publish, keep fresh and restore, on a real MongoDB."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import numpy as np
import pytest
from auditlog.models import LogEntry
from django.utils import timezone
from sklearn.metrics import adjusted_rand_score

from accounts.models import InvestorProfile
from accounts.services import withdraw_consent
from segmentation import queries, tasks
from segmentation.domain.density import Density
from segmentation.domain.model import train
from segmentation.models import (
    Customer,
    MembershipBlock,
    Publication,
    RunStatus,
    Segment,
    SegmentationRun,
    TrainedPlace,
)
from segmentation.services import (
    AlreadyTraining,
    Busy,
    CannotPublish,
    assignment,
    freshness,
    publication,
    publish_run,
    reassign_changed,
    refresh_features,
    train_run,
    training,
)
from segmentation.services.claims import TRAINING_SILENCE, assigning, claim_training
from segmentation.services.drift import read_drift
from segmentation.services.members import forget_members
from tests.segmentation.conftest import add_customers, kind_of


def sizes(run):
    return {each.key: each.customers for each in queries.segments_of(run)}


def cubes_equal(run):
    """Whether stored aggregates equal those counted from the members themselves."""
    cube, keys = queries.cube_of_run(run)
    stored = dict(zip(keys, cube.customers.tolist(), strict=True))
    counted = dict.fromkeys(keys, 0) | Counter(queries.membership_columns(run)[1].tolist())
    return stored == counted == sizes(run)


def test_a_run_from_ledger_to_page_and_back(customers, staff):
    progress = []
    run = train_run(k=3, requested_by=staff, progress=lambda stage, share: progress.append(share))
    assert run.status == RunStatus.READY and run.customers == 87
    assert progress == sorted(progress) and progress[0] == 0 and progress[-1] > 0.9
    assert [row["k"] for row in run.comparison] == list(range(2, 11))
    methods = {method["key"]: method for method in run.alternatives["methods"]}
    assert run.alternatives["k"] == 3 and run.alternatives["sample"] == 87
    assert methods["ward"]["agreement"] == methods["kmeans"]["agreement"] == 1

    # Only consenting customers are in it, and K-Means found the three kinds they are of.
    numbers, keys = queries.membership_columns(run)
    assert numbers.tolist() == list(range(20_001, 20_088))
    assert adjusted_rand_score([kind_of(n) for n in numbers], keys) == 1
    assert queries.published_run() is None and queries.segment_of(customers[0]) is None

    publish_run(run=run, by=staff)
    assert queries.published_run().number == run.number
    entry = LogEntry.objects.filter(actor=staff).latest("timestamp")
    assert entry.changes["published run"] == ["none", "1"]
    wealthy = queries.segment_of(next(u for u in customers if kind_of(u.number) == 0))
    assert (wealthy.tier, wealthy.customers, wealthy.run_number) == ("high", 29, 1)
    assert {each.tier for each in queries.segments_of(run)} == {"high", "medium", "low"}
    # Everyone of that kind holds each of the four large caps, and nothing else.
    assert queries.peer_holdings(wealthy.key) == dict.fromkeys(
        ("TCS", "ITC", "HDFCBANK", "INFY"), 1.0
    )
    richest = queries.members(segment=wealthy.key, sort="-value")
    values = [row.portfolio_value for row in richest]
    assert len(richest) == 26 and values == sorted(values, reverse=True)

    # A profile and a ledger change: the customer moves, and the aggregates with them.
    moved = next(u for u in customers if kind_of(u.number) == 1)
    before = queries.segment_of(moved)
    profile = InvestorProfile.objects.get(user=moved)
    profile.annual_income, profile.monthly_spending = Decimal(4_000_000), Decimal(200_000)
    profile.risk_score = 40
    profile.save()
    lender = next(u for u in customers if kind_of(u.number) == 0)
    type(lender.portfolios.first().transactions.first()).objects.filter(
        investor_number=moved.number
    ).delete()
    for row in lender.portfolios.first().transactions.all():
        row.pk, row.portfolio, row.investor_number = None, moved.portfolios.first(), moved.number
        row.save(force_insert=True)
    assert reassign_changed() >= 1
    after = queries.segment_of(moved)
    assert (before.key, after.key) != (after.key, before.key) and after.key == wealthy.key
    assert after.customers == 30 and after.tier == "high"
    assert cubes_equal(queries.published_run())

    # Incremental aggregates equal aggregates built anew.
    incremental, _ = queries.cube_of_run(queries.published_run())
    moved_map = Density.from_document(queries.published_run().picture["grid"])
    Publication.objects.update(settled=False)
    reassign_changed()
    rebuilt, _ = queries.cube_of_run(queries.published_run())
    np.testing.assert_array_equal(incremental.counts, rebuilt.counts)
    np.testing.assert_allclose(incremental.values, rebuilt.values, atol=0.05)
    np.testing.assert_allclose(incremental.scores, rebuilt.scores, atol=0.001)
    rebuilt_map = Density.from_document(queries.published_run().picture["grid"])
    # The grid is laid anew; how many stand on it is the same.
    on_map = [each.counts.sum(axis=(1, 2)).tolist() for each in (moved_map, rebuilt_map)]
    assert on_map[0] == on_map[1] == rebuilt.customers.tolist()

    # Consent withdrawn: gone from features, members and aggregates.
    withdraw_consent(user=moved)
    reassign_changed()
    assert queries.segment_of(moved) is None
    assert not Customer.objects.filter(number=moved.number).exists()
    assert queries.membership_of(moved.number, run) is None
    assert sum(sizes(queries.published_run()).values()) == 86
    assert cubes_equal(queries.published_run())

    # A run whose features are no longer those computed cannot come back.
    with (
        patch("segmentation.services.publication.SECTORS", ("Power",)),
        pytest.raises(CannotPublish, match="other features"),
    ):
        publish_run(run=run)

    # Published under a shorter name, no word of which is wrong.
    shorter = Segment.objects.get(run_id=run.pk, key=wealthy.key)
    shorter.profile["named"]["traits"] = shorter.profile["named"]["traits"][:1]
    shorter.save(update_fields=["profile"])
    noun = shorter.profile["named"]["noun"]

    # A second run keeps the keys; the first can be restored, and knows of the withdrawal.
    second = train_run(k=3)
    assert second.drift["run"] == 1 and second.drift["movers"] == 0
    assert set(sizes(second)) == set(sizes(run))
    # So are names: what the published one says is still true, so it is not said anew.
    names = {each.key: each.name for each in queries.segments_of(second)}
    assert names[wealthy.key] != wealthy.name and wealthy.name.count(",") == 1
    assert names[wealthy.key] == f"{wealthy.name.split(',')[0]} {noun}"
    flows = queries.flows_between(queries.published_run(), second)
    assert (flows.common, flows.movers, flows.ari) == (86, 0.0, 1.0)
    assert dict(zip(flows.keys, flows.counts.sum(axis=0), strict=True)) == sizes(second)
    publish_run(run=second)
    publish_run(run=run, by=staff)
    assert queries.published_run().number == 1 and cubes_equal(queries.published_run())
    assert len(queries.membership_columns(run)[0]) == 86


def test_an_update_that_measures_other_features_makes_room_for_a_new_run(customers):
    publish_run(run=train_run(k=3))
    run = SegmentationRun.objects.get()
    SegmentationRun.objects.update(model=run.model | {"sectors": run.model["sectors"][1:]})
    gone = customers[0]
    withdraw_consent(user=gone)
    for settled in (True, False):
        Publication.objects.update(settled=settled)
        InvestorProfile.objects.filter(user=customers[1]).update(changed_at=timezone.now())
        assert reassign_changed() >= 1
        assert Publication.objects.get().settled
    assert queries.memberships_of(gone.number) == {}
    assert queries.map_places(SegmentationRun.objects.get()) == {} and read_drift() is None
    second = train_run(k=3)
    assert (second.status, second.customers) == (RunStatus.READY, 86)


def test_who_withdraws_while_a_sample_is_kept_is_not_kept_with_it(customers, monkeypatch):
    gone = customers[0].number

    def sample(*args, **kwargs):
        columns = queries.customer_columns(*args, **kwargs)
        Customer.objects.filter(number=gone).delete()
        return columns

    monkeypatch.setattr("segmentation.services.drift.customer_columns", sample)
    train_run(k=3)
    kept = set(TrainedPlace.objects.values_list("number", flat=True))
    assert len(kept) == 86 and gone not in kept


def test_shares_are_as_large_as_nobody_has_to_wait_for():
    assert freshness.next_share(100, 0.7) == 100
    assert freshness.next_share(100, 0.1) == 200 and freshness.next_share(100, 0.0) == 200
    assert freshness.next_share(1_500, 0.1) == 2_000
    assert freshness.next_share(1_000, 1.0) == 700 and freshness.next_share(1_000, 60) == 500
    assert freshness.next_share(60, 60) == 50


def test_who_changes_or_withdraws_while_a_run_is_built_does_not_wait_for_it(customers, monkeypatch):
    publish_run(run=train_run(k=3))
    monkeypatch.setattr(freshness, "next_share", lambda size, seconds: 30)
    monkeypatch.setattr(freshness, "_FEWEST", 30)
    early, late, gone = customers[:3]
    measured = []

    def income_of(user):
        return Customer.objects.get(number=user.number).annual_income

    def change(user, income):
        InvestorProfile.objects.filter(user=user).update(
            annual_income=income, changed_at=timezone.now()
        )

    def progress(stage, share):
        if stage == "Measuring behaviour":
            measured.append(income_of(early))
            if len(measured) == 1:  # of three shares; this customer was in it
                change(early, Decimal(9_000_000))

    def fit(*args, **kwargs):
        change(late, Decimal(8_000_000))
        withdraw_consent(user=gone)
        assert reassign_changed() >= 2
        assert income_of(late) == 8_000_000
        assert queries.memberships_of(gone.number) == {}
        return train(*args, **kwargs)

    monkeypatch.setattr("segmentation.services.training.train", fit)
    run = train_run(k=3, progress=progress)
    # Two more shares, and a word after who changed in between.
    assert measured[0] < 9_000_000 and len(measured) > 2 and set(measured[1:]) == {9_000_000}
    # Who withdrew had been read before, and is in no run and in no sum.
    assert run.customers == 86 and queries.memberships_of(gone.number) == {}
    assert cubes_equal(run) and cubes_equal(queries.published_run())


def test_a_run_built_in_parts_of_a_sample_is_the_run_built_at_once(customers, monkeypatch):
    whole = train_run(k=3)
    publish_run(run=whole)
    monkeypatch.setattr(assignment, "PART", 20)
    assert len(queries.customer_parts(20)) == 5
    for sample in (queries.SAMPLE, 60):  # everyone, and fewer than there are
        monkeypatch.setattr(training, "SAMPLE", sample)
        parts = train_run(k=3)
        assert (parts.status, parts.customers) == (RunStatus.READY, 87)
        assert parts.drift == {
            "run": 1, "common": 87, "ari": 1.0, "movers": 0.0, "joined": 0, "left": 0
        }  # fmt: skip
        cube, keys = queries.cube_of_run(parts)
        first, first_keys = queries.cube_of_run(whole)
        same = [keys.index(key) for key in first_keys]
        np.testing.assert_array_equal(cube.counts[same], first.counts)
        np.testing.assert_allclose(cube.values[same], first.values, atol=0.02)
        assert cubes_equal(parts) and sum(map(np.sum, parts.picture["grid"]["counts"])) == 87
        for segment in parts.segments.all():
            before = whole.segments.get(key=segment.key)
            assert segment.holdings == before.holdings
            assert (segment.tier, segment.risk_class) == (before.tier, before.risk_class)
    publish_run(run=parts)
    assert cubes_equal(queries.published_run())
    assert set(Customer.objects.values_list("segment_key", flat=True)) == set(keys)


def test_two_builds_at_once_are_refused_and_a_dead_one_makes_room(stocks):
    number = claim_training("job-1")
    dead = SegmentationRun.objects.create(number=number, job="job-1")
    with pytest.raises(AlreadyTraining, match=r"Run 1, 0% done, is being built. Nothing was"):
        train_run()
    assert SegmentationRun.objects.count() == 1
    # The broker hands the job of a dead worker out again: its former run ends as failed.
    again = train_run(job="job-1")
    dead.refresh_from_db()
    assert dead.status == RunStatus.FAILED and again.number == 2
    # A worker that died without its job coming back is found by its silence.
    silent = SegmentationRun.objects.create(number=claim_training("job-3"), job="job-3")
    past = timezone.now() - TRAINING_SILENCE - timedelta(seconds=1)
    SegmentationRun.objects.filter(pk=silent.pk).update(heartbeat_at=past)
    reassign_changed()
    silent.refresh_from_db()
    assert silent.status == RunStatus.FAILED and "Nothing of it was published" in silent.error
    assert Publication.objects.get().training is None


def test_one_assigns_at_a_time_and_a_dead_holder_is_waited_out(stocks):
    with assigning() as renew:
        before = Publication.objects.get().assigning_until
        with pytest.raises(Busy, match="Nothing was changed"), assigning():
            pass
        Publication.objects.update(settled=False)
        assert reassign_changed() == 0  # there is work, but it is the holder's
        assert not Publication.objects.get().settled
        renew()
        assert Publication.objects.get().assigning_until > before
    with assigning() as renew:
        # Silent for too long, and another worker began: this one must not write on.
        Publication.objects.update(assigning_until=timezone.now() + timedelta(minutes=1))
        with pytest.raises(Busy, match="took over"):
            renew()
    Publication.objects.update(assigning_until=None)
    assert Publication.objects.get().assigning_until is None
    Publication.objects.update(assigning_until=timezone.now() + timedelta(seconds=0.3))
    with assigning(wait=5):
        assert Publication.objects.get().assigning_until > timezone.now()


def test_a_publication_that_has_to_wait_builds_no_second_run(customers, monkeypatch):
    told = []

    def publish(*, run):
        told.append(run.number)
        if len(told) == 1:
            raise Busy("Customers are being assigned just now.")
        return publish_run(run=run)

    monkeypatch.setattr(tasks, "publish_run", publish)
    result = tasks.retrain_segments.apply(kwargs={"k": 3, "publish": True})
    assert result.state == "SUCCESS" and told == [1, 1]
    assert SegmentationRun.objects.count() == 1 and queries.published_run().number == 1


def test_runs_that_cannot_be_end_in_a_sentence(stocks):
    empty = train_run()
    assert (empty.status, empty.error) == (
        RunStatus.FAILED,
        "No customer consents to profiling; segments need at least 20.",
    )
    with pytest.raises(CannotPublish, match=r"Run 1 is not ready. The published run stays"):
        publish_run(run=empty)
    add_customers(1)
    assert train_run().error.startswith("Only one customer consents")
    assert queries.published_run() is None and queries.members() == []


def test_a_run_that_dies_midway_is_failed_and_leaves_nothing(customers):
    with (
        patch("segmentation.services.training._store_segments", side_effect=MemoryError),
        pytest.raises(MemoryError),
    ):
        train_run(k=3)
    run = SegmentationRun.objects.get()
    assert run.status == RunStatus.FAILED and "Nothing was published" in run.error
    assert MembershipBlock.objects.count() == 0 and Publication.objects.get().training is None
    # The next one is not in its way.
    result = tasks.retrain_segments(k=3, publish=True)
    said = "Run 2 is the first: there is no published run to compare it with."
    assert result == {"run": 2, "status": RunStatus.READY, "error": "", "gates": said}
    assert queries.published_run().number == 2
    # A settling cut short is repeated by the refresh that comes next.
    forget_members(np.arange(20_001, 20_021))
    assert len(queries.membership_columns(queries.published_run())[0]) == 67
    Publication.objects.update(settled=False)
    tasks.refresh_changed_segments()
    assert len(queries.membership_columns(queries.published_run())[0]) == 87
    assert Publication.objects.get().settled


def test_features_stored_are_those_worked_out(customers):
    refresh_features([20_001])  # a wealthy holder: 20,001 = 3 x 6,667
    row = Customer.objects.get(number=20_001)
    assert Customer.objects.count() == 1 and row.email == "c20001@example.org"
    # Four purchases 400, 370, 340 and 310 days before the session; the look is on the day the
    # tests run or later, and the first month counts whole.
    today = timezone.localdate()
    assert row.savings_rate == pytest.approx(1 - 12 * 4e6 / 12 * 0.6 / row.annual_income)
    assert row.effective_holdings == pytest.approx(4, rel=0.1)
    assert (row.small_cap_share, row.turnover, row.sip_share) == (0, 0, 0)
    assert row.trades_per_month > 0 and row.features_at.date() <= today + timedelta(days=1)


def test_a_person_does_not_wait_for_a_banks_worth_of_customers(customers, monkeypatch, staff):
    """The pointer moves at once; members follow with the next refresh, which is due in seconds."""
    run = train_run(k=3)
    monkeypatch.setattr(publication, "_WHILE_ONE_WAITS", 10)
    state = publish_run(run=run, by=staff, note="The first of all.")
    assert state.run_id == run.pk
    assert not state.settled
    assert not Customer.objects.exclude(segment_key="").exists()
    reassign_changed()
    assert publication.publication().settled
    assert not Customer.objects.filter(segment_key="").exists()
