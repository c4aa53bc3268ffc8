"""Who gets into the admin, and that every page of it opens for those who do."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts import services
from accounts.models import ConsentEvent
from finseg.models import JobRun, JobState
from finseg.staff.navigation import AREAS
from market.models import PriceLoad
from portfolios.models import Portfolio, Transaction
from recommendations.models import RecommendationSet
from segmentation.cases import recount
from segmentation.models import Customer
from sip.models import SipPlan
from tests.admin.conftest import sign_in

pytestmark = pytest.mark.django_db


def test_the_admin_has_no_door_of_its_own(client, staff, newcomer):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2F"
    investor = services.register(email="asha@example.org", password=None)
    sign_in(client, investor)
    assert client.get("/admin/", follow=True).status_code == 403
    sign_in(client, newcomer)
    overview = client.get("/admin/")
    assert overview.status_code == 200
    assert "Customers in segments" not in overview.content.decode()
    assert client.get("/admin/segmentation/customer/").status_code == 403
    assert client.get("/admin/market/priceload/health/").status_code == 403
    sign_in(client, staff)
    assert client.get("/admin/segmentation/customer/").status_code == 200
    assert client.get("/admin/market/priceload/health/").status_code == 200


def test_bank_staff_see_every_area_but_the_superusers(client, staff, newcomer, rf):
    from finseg.staff.navigation import sidebar

    def words(user):
        request = rf.get("/admin/market/priceload/health/")
        request.user = user
        return [item["title"] for area in sidebar(request) for item in area["items"]]

    everything = ["Overview", *(line[0] for _, *lines in AREAS for line in lines)]
    own = ("Groups", "Campaign lists")  # of superusers, and of who may export
    assert words(staff) == [title for title in everything if title not in own]
    assert words(newcomer) == ["Overview"]
    staff.user_permissions.add(Permission.objects.get(codename="export_campaign"))
    assert "Campaign lists" in words(type(staff).objects.get(pk=staff.pk))


def test_the_overview_leads_to_the_work_and_counts_it_as_the_queue_does(
    client, staff, newcomer, customers
):
    Customer.objects.filter(pk=customers[0].pk).update(direction="bolder", mismatch=9.0)
    Customer.objects.filter(pk=customers[1].pk).update(
        disagrees=True, direction="bolder", mismatch=3.0, case_state="done"
    )
    recount()
    staff.user_permissions.add(Permission.objects.get(codename="export_campaign"))
    sign_in(client, staff)
    page = client.get("/admin/").content.decode()
    card = page.split("Open risk cases", 1)[1]
    assert card.split("</strong>", 1)[0].endswith(">1")  # the case that is done is not open
    assert "1 open risk case:" in client.get("/segments/advisers/").content.decode()
    for address in ("/segments/advisers/", "/segments/ranking/", "/segments/campaigns/"):
        assert f'href="{address}"' in page and client.get(address).status_code == 200, address
    sign_in(client, newcomer)
    page = client.get("/admin/").content.decode()
    for address in ("/segments/advisers/", "/segments/ranking/", "/segments/campaigns/"):
        assert f'href="{address}"' not in page, address


def test_every_list_and_every_page_opens(client, root, customers):
    """Each registered model has a document here, so that each list has a row to draw."""
    asha = customers[0].user
    portfolio = Portfolio.objects.get(investor=asha)
    Transaction.objects.create(
        portfolio=portfolio,
        investor_number=asha.number,
        kind="buy",
        symbol="INFY",
        trade_date="2025-03-03",
        quantity=10,
        price="1500.00",
        sequence=1,
    )
    PriceLoad.objects.create(
        file_name="bars.csv",
        source="file",
        started_at=timezone.now(),
        rows=3,
        rejected=1,
        first_rejections=["line 3 (INFY): the low is above the high"],
    )
    JobRun.objects.create(
        task_id="a",
        name="market.tasks.refresh_history",
        state=JobState.FAILED,
        error="ConnectionError: Yahoo did not answer.\n\nTraceback ...",
        changed_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    ConsentEvent.objects.create(user=asha, granted=True, wording_version="2026-11")
    RecommendationSet.objects.create(
        investor=asha,
        investor_number=asha.number,
        source="file",
        as_of="2025-03-03",
        items=[],
        built_at=timezone.now(),
    )
    SipPlan.objects.create(
        investor=asha,
        name="House",
        amount="5000.00",
        annual_rate=0.09,
        years=10,
        start_date="2025-04-01",
    )
    AccessAttempt.objects.create(
        username="asha@example.org",
        ip_address="203.0.113.9",
        attempt_time=timezone.now(),
        failures_since_start=3,
    )
    services.change_role(user=customers[1].user, role="staff")
    sign_in(client, root)
    empty = []
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        listed = client.get(address)
        assert listed.status_code == 200, address
        row = model._default_manager.first()
        if row is None:
            empty.append(model._meta.model_name)
        elif admin.site._registry[model].list_display_links is not None:
            assert client.get(f"{address}{row.pk}/change/").status_code == 200, address
    assert empty == []
    overview = client.get("/admin/").content.decode()
    for shown in ("₹25.50 lakh", "Affluent holders", "Yahoo did not answer.", "1 job failed"):
        assert shown in overview, shown


def test_command_search_finds_customers_and_instruments(client, staff, newcomer, customers):
    sign_in(client, staff)

    def found(term):
        return client.get(f"/admin/search/?extended=1&s={term}").content.decode()

    number = customers[0].number
    assert f"/admin/segmentation/customer/{customers[0].pk}/change/" in found(f"C-{number}")
    assert f"C-{number}" in found("asha@exa")
    assert "Infosys Ltd." in found("infosys")
    sign_in(client, newcomer)
    assert "No results" in found(f"C-{number}")
