"""Refused and failed requests: a page with a sentence and a way back, JSON to the API."""

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import SuspiciousOperation
from django.test import RequestFactory

from accounts import services
from finseg import errors

PASSWORD = "quiet river 1947 stone"
BROWSER = {"accept": "text/html,application/xhtml+xml"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer():
    """Bank staff without any permission."""
    user = services.register_staff(email="new@bank.example", password=PASSWORD)
    user.groups.clear()
    return user


def test_staff_are_told_which_permission_they_lack(client, newcomer):
    client.force_login(newcomer)
    refused = client.get("/portfolio/customers/")
    page = refused.content.decode()
    assert refused.status_code == 403 and "lacks permissions" in page
    assert "Can view portfolio" in page and "portfolios.view_portfolio" in page
    assert "accounts.view_personal_data" in page and "the group Bank staff" in page
    assert "Staff pages need a staff account" not in page
    # What is there already is not asked for again.
    newcomer.user_permissions.add(
        Permission.objects.get(content_type__app_label="portfolios", codename="view_portfolio")
    )
    page = client.get("/portfolio/customers/").content.decode()
    assert "portfolios.view_portfolio" not in page and "accounts.view_personal_data" in page


def test_pages_of_the_admin_name_what_they_need_too(client, newcomer):
    client.force_login(newcomer)
    page = client.get("/admin/market/instrument/").content.decode()
    assert "market.view_instrument" in page and "personal_data" not in page
    page = client.get("/admin/segmentation/customer/").content.decode()
    assert "segmentation.view_customer" in page and "accounts.view_personal_data" in page


def test_investors_are_told_that_staff_pages_need_a_staff_account(client):
    client.force_login(services.register(email="asha@example.org", password=None))
    page = client.get("/portfolio/customers/periods/").content.decode()
    assert "Staff pages need a staff account" in page and "view_portfolio" not in page


def test_staff_on_an_investors_page_are_told_whose_it_is(client, newcomer):
    client.force_login(newcomer)
    page = client.get("/accounts/profile/").content.decode()
    assert "belongs to an investor&#x27;s own account" in page and "lacks" not in page


def test_a_bare_answer_becomes_a_page_for_who_looks_at_one(client, newcomer):
    client.force_login(newcomer)
    address = "/segments/ranking/?by=nobody"
    said = "Segments are not ranked that way: the choice is unknown."
    page = client.get(address, headers=BROWSER)
    assert page.status_code == 400
    assert said in page.content.decode() and 'href="/dashboard/"' in page.content.decode()
    assert client.get(address).content.decode() == said  # a script reads the sentence alone
    part = client.get(address, headers={**BROWSER, "HX-Request": "true"})
    assert part.content.decode() == said
    wrong = client.post("/segments/build/", headers=BROWSER)
    assert wrong.status_code == 405 and wrong["Allow"] == "GET"
    assert "shows nothing" in wrong.content.decode()
    assert "Content-Security-Policy" in wrong


def test_the_api_is_answered_in_json(client):
    absent = client.get("/api/v1/nothing/here", headers=BROWSER)
    assert (absent.status_code, absent["Content-Type"]) == (404, "application/json")
    assert absent.json() == {"error": errors.SENTENCES[404]}
    wrong = client.delete("/api/v1/portfolios", headers=BROWSER)
    assert wrong.status_code == 405 and wrong.json() == {"error": errors.SENTENCES[405]}


def test_what_cannot_be_meant_and_what_failed_have_their_pages(client):
    request = RequestFactory().get("/")
    page = errors.bad_request(request, SuspiciousOperation("/etc/passwd"))
    assert page.status_code == 400 and b"could not be understood" in page.content
    assert b"/etc/passwd" not in page.content
    assert b"written to our log" in errors.server_error(request).content
    failed = errors.server_error(RequestFactory().get("/api/v1/portfolios"))
    assert (failed.status_code, failed["Content-Type"]) == (500, "application/json")


def test_too_many_requests_are_told_when_to_come_back(client, monkeypatch):
    monkeypatch.setattr("finseg.security.WRITES_PER_MINUTE", 0)
    page = client.post("/accounts/login/", headers=BROWSER)
    assert page.status_code == 429 and "Try again in 60 seconds" in page.content.decode()
    assert client.post("/api/v1/portfolios").json() == {"error": errors.SENTENCES[429]}


def test_the_icon_is_found_where_browsers_look_for_it(client):
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302 and "img/icon-192" in answer["Location"]
