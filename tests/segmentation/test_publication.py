"""What a publication does to customers, and what it may leave out."""

from unittest.mock import patch

import pytest

from accounts.models import InvestorProfile
from accounts.services import give_consent, withdraw_consent
from segmentation import queries
from segmentation.models import Customer, Publication, SegmentationRun
from segmentation.services import (
    assignment,
    publish_run,
    reassign_changed,
    refresh_features,
    train_run,
)
from tests.segmentation.test_services import cubes_equal


def marks_hold(run):
    """Whether every customer is marked with the segment that the members of a run say."""
    members = dict(
        zip(*(column.tolist() for column in queries.membership_columns(run)), strict=True)
    )
    return members == dict(Customer.objects.values_list("number", "segment_key"))


def test_where_nobody_changed_a_publication_repeats_the_members_alone(customers, monkeypatch):
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


def raise_income(user):
    profile = InvestorProfile.objects.get(investor_number=user.number)
    profile.annual_income *= 40
    profile.save()


def cut_short(step, share):
    if share == 1.0:  # stored, and not yet said so
        raise ConnectionError
