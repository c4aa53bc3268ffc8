"""The audit trail: what staff change about people, by whom, and nothing secret."""

import pytest
from auditlog.context import set_actor
from auditlog.models import LogEntry
from django.http import HttpResponse

from accounts import services
from finseg.security import ActorMiddleware

pytestmark = pytest.mark.django_db


def test_what_staff_change_about_a_customer_is_on_record(investor, staff):
    with set_actor(staff, remote_addr="203.0.113.9"):
        services.change_role(user=investor, role="staff")
        services.withdraw_consent(user=investor)
    changed = LogEntry.objects.get_for_object(investor).filter(action=LogEntry.Action.UPDATE)
    fields = {}
    for entry in changed:
        assert entry.actor == staff
        assert entry.remote_addr == "203.0.113.9"
        fields |= entry.changes_dict
    assert fields["role"] == ["investor", "staff"]
    assert fields["is_staff"] == ["False", "True"]
    consent = LogEntry.objects.get_for_object(investor.consent_events.get()).get()
    assert consent.actor == staff
    assert consent.changes_dict["granted"] == ["None", "False"]


def test_customers_own_changes_and_the_systems_are_not_in_the_staff_trail(investor):
    LogEntry.objects.all().delete()
    with set_actor(investor):
        services.give_consent(user=investor)
        services.submit_questionnaire(user=investor, answers=[0] * 10)
    services.withdraw_consent(user=investor)
    assert not LogEntry.objects.exists()


def test_no_password_and_no_full_address_reaches_the_trail(investor, staff):
    LogEntry.objects.all().delete()
    with set_actor(staff):
        investor.set_password("another river 1950 stone")
        investor.email = "asha.new@example.org"
        investor.save()
    entry = LogEntry.objects.get_for_object(investor).get()
    assert list(entry.changes_dict) == ["email"]
    assert "asha.new@example.org" not in str(entry.changes)
    assert entry.object_repr == investor.customer_number


def test_a_request_names_its_actor_by_an_address_that_cannot_be_forged(rf, staff, investor):
    def view(request):
        services.change_role(user=investor, role="staff")
        return HttpResponse()

    request = rf.post("/", headers={"x-forwarded-for": "198.51.100.7"}, REMOTE_ADDR="203.0.113.9")
    request.user = staff
    ActorMiddleware(view)(request)
    entry = LogEntry.objects.get_for_object(investor).order_by("-timestamp").first()
    assert entry.actor == staff
    assert entry.remote_addr == "203.0.113.9"
