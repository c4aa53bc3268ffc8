"""Pages of no single app: they open, and they fall back honestly."""

import json

import pytest
from django.test import RequestFactory, override_settings
from django.urls import reverse

from accounts.models import User
from finseg import views

pytestmark = pytest.mark.django_db


def test_home_offers_sign_up_and_opens_without_any_price(client):
    page = client.get("/").content.decode()
    assert 'action="/accounts/signup/"' in page
    assert "Know what you own, and why it moved" in page
    assert "data-index" not in page


def test_a_new_investor_is_told_what_to_do_first(client):
    client.force_login(User.objects.create_user(email="new@example.in", password="x" * 14))
    page = client.get("/dashboard/").content.decode()
    assert "Record your first trade" in page
    for address in ("/market/", "/portfolio/", "/segments/", "/recommendations/", "/sip/"):
        assert f'class="tool" href="{address}"' in page
    # 5,000 a month at 9 % for 10 years, first deposit at once:
    # 5000 * (1.0075**120 - 1) / 0.0075 * 1.0075 = 9,74,828.
    assert "₹9.75 lakh" in page
    assert client.get("/").headers["Location"] == reverse("dashboard")


def test_staff_see_no_portfolio_of_their_own(client):
    boss = User.objects.create_user(email="s@example.in", password="x" * 14, role="staff")
    client.force_login(boss)
    page = client.get("/dashboard/").content.decode()
    assert "No segments are published yet" in page
    assert "Record your first trade" not in page


def test_dashboard_is_for_those_signed_in(client):
    answer = client.get("/dashboard/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_an_unknown_address_says_that_nothing_changed(client):
    answer = client.get("/no-such-page/")
    assert answer.status_code == 404
    assert "Nothing of yours has changed" in answer.content.decode()


def test_finseg_can_be_installed_and_has_an_offline_page(client):
    manifest = json.loads(client.get("/manifest.webmanifest").content)
    assert manifest["start_url"] == "/dashboard/"
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512", "any"}
    worker = client.get("/service-worker.js")
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert '"/offline/"' in worker.content.decode()
    assert "not kept on this device" in client.get("/offline/").content.decode()


@override_settings(DEBUG=False)
def test_a_form_without_its_token_says_that_nothing_was_saved():
    request = RequestFactory().post("/")
    answer = views.csrf_failure(request, reason="no cookie")
    assert answer.status_code == 403
    assert "nothing was saved" in answer.content.decode()


def test_staff_are_not_led_to_pages_that_refuse_them(client):
    boss = User.objects.create_user(
        email="b@example.in", password="x" * 14, role="staff", is_staff=True
    )
    client.force_login(boss)
    rail = client.get("/dashboard/").content.decode().split('class="rail"')[1].split("</nav>")[0]
    assert 'href="/admin/"' in rail
    assert 'href="/recommendations/"' not in rail
    assert 'href="/accounts/profile/"' not in rail
