"""What a publication does to customers, and what it may leave out."""

from unittest.mock import patch

import pytest

from accounts.models import InvestorProfile
from accounts.services import give_consent, withdraw_consent
from portfolios.models import Portfolio
from segmentation import queries
from segmentation.domain.model import FittedModel
from segmentation.models import Customer, Publication, SegmentationRun
from segmentation.services import (
    assignment,
    features,
    publish_run,
    reassign_changed,
    refresh_features,
    train_run,
    training,
)
from segmentation.services.claims import Busy, publication
from tests.segmentation.test_services import cubes_equal


def marks_hold(run):
    """Whether every customer is marked with the segment that the members of a run say."""
    members = dict(
        zip(*(column.tolist() for column in queries.membership_columns(run)), strict=True)
    )
    return members == dict(Customer.objects.values_list("number", "segment_key"))


@pytest.mark.parametrize("few", [1, 1_000])  # from which on the index is built anew
def test_where_nobody_changed_a_publication_repeats_the_members_alone(customers, monkeypatch, few):
    monkeypatch.setattr(assignment, "_WORTH_AN_INDEX", few)
    monkeypatch.setattr(assignment, "PART", 20)
    run = train_run(k=3)
    # Looked at again, as everybody of the last seconds is, and found as they were.
    refresh_features([user.number for user in customers])
    picture = SegmentationRun.objects.get(pk=run.pk).picture
    with patch.object(assignment, "place_part", side_effect=AssertionError("placed anew")):
        publish_run(run=run)
    assert SegmentationRun.objects.get(pk=run.pk).picture == picture
    assert marks_hold(run) and cubes_equal(run)
    # One who left a mark behind, as of a publication that was cut short, gets the right one.
    Customer.objects.filter(number=customers[0].number).update(segment_key="elsewhere")
    Publication.objects.update(settled=False)
    reassign_changed()
    assert marks_hold(run)


@pytest.mark.parametrize("what", ["changed", "left", "deleted", "came", "cut short"])
def test_whoever_changed_since_a_run_was_built_is_placed_by_its_publication(customers, what):
    first, last = customers[0], customers[-1]
    if what == "came":
        withdraw_consent(user=last)
    publish_run(run=train_run(k=3))
    run = train_run(k=3)
    if what == "changed":
        raise_income(first)
        refresh_features([first.number])
    elif what == "left":
        withdraw_consent(user=first)
        refresh_features([first.number])
    elif what == "came":
        give_consent(user=last)
        refresh_features([last.number])
    elif what == "deleted":
        Customer.objects.filter(number=first.number).delete()
    else:
        raise_income(first)
        with pytest.raises(ConnectionError):
            refresh_features([first.number], on_step=cut_short)
    with patch.object(assignment, "place_part", wraps=assignment.place_part) as placed:
        publish_run(run=run)
    assert placed.called and marks_hold(run) and cubes_equal(queries.published_run())


def test_whoever_changes_between_being_read_and_being_placed_is_placed_by_the_publication(
    customers, monkeypatch
):
    monkeypatch.setattr(assignment, "PART", 20)
    monkeypatch.setattr(training, "SAMPLE", 60)  # the rest is read for the fit, and once
    measure = training.alternatives.measure_all

    def meanwhile(*args, **kwargs):
        raise_income(customers[0])
        refresh_features([customers[0].number])
        return measure(*args, **kwargs)

    monkeypatch.setattr(training.alternatives, "measure_all", meanwhile)
    run = train_run(k=3)
    with patch.object(assignment, "place_part", wraps=assignment.place_part) as placed:
        publish_run(run=run)
    assert placed.called and marks_hold(run) and cubes_equal(queries.published_run())
    now = Customer.objects.get(number=customers[0].number)
    model = FittedModel.from_document(SegmentationRun.objects.get(pk=run.pk).model)
    columns = queries.customer_columns([now.number])
    label = model.assign(queries.feature_matrix(columns)).labels[0]
    assert model.keys[label] == now.segment_key


def test_what_is_too_great_to_store_is_no_change_at_every_refresh(customers):
    number = customers[0].number
    Portfolio.objects.update_or_create(
        investor_number=number, defaults={"total_return": float("inf")}
    )
    refresh_features([number])
    state = publication().features_state
    refresh_features([number])
    assert publication().features_state == state


def test_a_run_and_features_without_a_name_are_never_taken_for_one_another(customers):
    run = train_run(k=3)
    SegmentationRun.objects.filter(pk=run.pk).update(features_state="")
    Publication.objects.update(features_state="")
    assert not assignment.holds(SegmentationRun.objects.get(pk=run.pk))
    reassign_changed()
    train_run(k=3)  # names them, though nobody changed
    assert publication().features_known


def test_a_writer_who_was_taken_for_dead_writes_and_names_nothing_more(customers, monkeypatch):
    monkeypatch.setattr(features, "_WRITE_AT_ONCE", 1)
    refresh_features()
    for user in customers[:2]:
        raise_income(user)

    def overtaken(step, share):
        if share == 0.75:  # of two who changed one is written
            Publication.objects.update(features_state="another's")

    with pytest.raises(Busy):
        refresh_features([user.number for user in customers[:2]], on_step=overtaken)
    assert publication().features_state == "another's"
    written = [Customer.objects.get(number=user.number).annual_income for user in customers[:2]]
    given = [
        float(InvestorProfile.objects.get(investor_number=user.number).annual_income)
        for user in customers[:2]
    ]
    assert written[0] == given[0] and written[1] == given[1] / 40


def raise_income(user):
    profile = InvestorProfile.objects.get(investor_number=user.number)
    profile.annual_income *= 40
    profile.save()


def cut_short(step, share):
    if share == 1.0:  # stored, and not yet said so
        raise ConnectionError
