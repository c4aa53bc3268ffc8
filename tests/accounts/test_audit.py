"""The audit trail: what staff change about people, by whom, and nothing secret."""

import pytest
from auditlog.context import set_actor
from auditlog.models import LogEntry

from accounts import services

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
    with set_actor(investor):
        services.give_consent(user=investor)
        services.submit_questionnaire(user=investor, answers=[0] * 10)
    services.withdraw_consent(user=investor)
    assert not LogEntry.objects.exists()


def test_no_password_and_no_full_address_reaches_the_trail(investor, staff):
    with set_actor(staff):
        investor.set_password("another river 1950 stone")
        investor.email = "asha.new@example.org"
        investor.save()
    entry = LogEntry.objects.get_for_object(investor).get()
    assert list(entry.changes_dict) == ["email"]
    assert "asha.new@example.org" not in str(entry.changes)
    assert entry.object_repr == investor.customer_number


def test_the_middleware_names_the_member_of_staff_who_is_signed_in(client, staff, investor):
    client.force_login(staff)
    client.post("/accounts/password/change/", {})
    client.post("/accounts/email/", {"email": "desk.new@example.org"})
    LogEntry.objects.all().delete()
    client.get("/admin/")
    assert not LogEntry.objects.exists()
