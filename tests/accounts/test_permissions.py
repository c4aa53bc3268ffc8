"""Who may do what, how often, and from where."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from accounts.permissions import (
    client_ip,
    login_name,
    may_see_personal_data,
    rate_limited,
    staff_required,
)


def request_of(rf, user, method="post", **extra):
    request = getattr(rf, method)("/", **extra)
    request.user = user
    request.session = {}
    return request


@pytest.mark.django_db
def test_staff_pages_refuse_investors_and_send_visitors_to_the_door(rf, investor, staff):
    page = staff_required(lambda request: HttpResponse("members"))
    assert page(request_of(rf, staff)).content == b"members"
    with pytest.raises(PermissionDenied):
        page(request_of(rf, investor))
    assert page(request_of(rf, AnonymousUser())).url.startswith("/accounts/login/")
    staff.is_active = False
    with pytest.raises(PermissionDenied):
        page(request_of(rf, staff))


@pytest.mark.django_db
def test_personal_data_needs_its_own_permission(investor, staff):
    assert may_see_personal_data(staff)
    assert not may_see_personal_data(investor)
    staff.groups.clear()
    assert not may_see_personal_data(type(staff).objects.get(pk=staff.pk))


@pytest.mark.django_db
def test_a_costly_view_is_limited_per_person(rf, investor, staff, monkeypatch):
    monkeypatch.setattr("accounts.permissions.time.time", lambda: 1_800_000_000)
    done = []
    costly = rate_limited("retrain", limit=2)(lambda request: done.append(1) or HttpResponse())
    answers = [costly(request_of(rf, investor)).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert len(done) == 2
    assert costly(request_of(rf, staff)).status_code == 200
    assert costly(request_of(rf, investor, "get")).status_code == 200
    monkeypatch.setattr("accounts.permissions.time.time", lambda: 1_800_000_060)
    assert costly(request_of(rf, investor)).status_code == 200


def test_only_a_trusted_proxy_names_the_client(rf, settings):
    forwarded = {"headers": {"x-forwarded-for": "198.51.100.7"}, "REMOTE_ADDR": "10.0.0.1"}
    assert client_ip(rf.get("/", **forwarded)) == "10.0.0.1"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert client_ip(rf.get("/", **forwarded)) == "198.51.100.7"
    # Whatever the client itself puts in front of what the proxy adds is not believed.
    forwarded["headers"] = {"x-forwarded-for": "192.0.2.1, 198.51.100.7"}
    assert client_ip(rf.get("/", **forwarded)) == "198.51.100.7"


def test_a_name_is_one_name_in_every_spelling(rf):
    assert login_name(rf.post("/", {"login": " Asha@Example.org "})) == "asha@example.org"
    assert login_name(rf.get("/"), {"email": "ASHA@example.org"}) == "asha@example.org"
    assert login_name(rf.get("/")) is None
