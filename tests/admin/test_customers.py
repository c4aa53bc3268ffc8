"""Customers and portfolios: lists, filters, search, the page behind, and its entry in the trail."""

import pytest
from auditlog.models import LogEntry
from bson import ObjectId
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Look
from finseg.staff.paginator import EstimatingPaginator
from finseg.staff.traits import in_unit
from segmentation.models import Customer
from tests.admin.conftest import sign_in

LIST = "/admin/segmentation/customer/"

pytestmark = pytest.mark.django_db


def listed(client, query=""):
    answer = client.get(LIST + query)
    assert answer.status_code == 200
    return [row.number for row in answer.context["cl"].result_list]


def test_list_filters_search_and_order(client, staff, customers):
    sign_in(client, staff)
    asha, ravi = (each.number for each in customers)
    page = client.get(LIST).content.decode()
    for shown in ("Affluent holders", "₹24,76,953", "+27.46%", "−32.25%", "2\n  customers"):
        assert shown in page, shown
    assert "asha@example.org" not in page  # Who a customer is stands behind a permission.
    assert listed(client) == [asha, ravi]
    assert listed(client, "?segment=S2") == [ravi]
    assert listed(client, "?tier=high") == [asha]
    assert listed(client, "?risk=high") == [ravi]
    assert listed(client, "?risk=nonsense") == [asha, ravi]
    assert listed(client, "?mismatch=yes") == [asha]
    assert listed(client, "?ranking=worst") == [ravi, asha]
    assert listed(client, f"?q=C-{ravi}") == [ravi]
    assert listed(client, "?q=asha@") == [asha]
    assert listed(client, "?q=nobody") == []
    assert listed(client, "?o=7") == [ravi, asha]  # Portfolio value, ascending.


def test_the_page_shows_the_customer_and_records_the_look(client, staff, customers):
    sign_in(client, staff)
    asha = customers[0]
    page = client.get(f"{LIST}{asha.pk}/change/").content.decode()
    for shown in ("Typical here", "asha@example.org", "States medium risk, reveals low"):
        assert shown in page, shown
    entry = LogEntry.objects.get(action=LogEntry.Action.ACCESS)
    assert (entry.actor, entry.actor_email, entry.object_pk) == (
        staff,
        "desk@bank.example",
        str(asha.pk),
    )
    portfolio = asha.user.portfolios.get()
    page = client.get(f"/admin/portfolios/portfolio/{portfolio.pk}/change/").content.decode()
    assert "INFY" in page
    trail = client.get(f"/admin/auditlog/logentry/?q=C-{asha.number}&action__exact=3")
    looked_at = [entry.object_pk for entry in trail.context["cl"].result_list]
    assert looked_at == [str(portfolio.pk), str(asha.pk)]
    # The entry leads to what was looked at.
    assert f"{LIST}{asha.pk}/change/" in trail.content.decode()


def test_two_searches_within_a_minute_are_a_look_at_each_customer(client, staff, customers):
    sign_in(client, staff)
    asha, ravi = (each.number for each in customers)
    for number in (asha, ravi, ravi):
        client.get(f"{LIST}?q=C-{number}")
    # The trail leaves out what was searched for; the customers tell the two apart.
    assert sorted(Look.objects.values_list("number", flat=True)) == sorted((asha, ravi))
    trail = LogEntry.objects.filter(action=LogEntry.Action.ACCESS)
    assert {entry.additional_data["note"] for entry in trail} == {"Looked at the list of customers"}
    assert trail.count() == 2
    # An auditor reads in the list itself which page it was.
    listed = client.get("/admin/auditlog/logentry/?action__exact=3").content.decode()
    assert "Looked at the list of customers" in listed and "list of customers" in listed


def test_without_permission_for_personal_data_no_customer_is_shown(client, newcomer, customers):
    newcomer.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_customer", "view_portfolio", "change_user"])
    )
    sign_in(client, newcomer)
    asha = customers[0]
    portfolio = asha.user.portfolios.get()
    for path in (
        LIST,
        f"{LIST}?q=asha@",
        f"{LIST}{asha.pk}/change/",
        "/admin/portfolios/portfolio/",
        f"/admin/portfolios/portfolio/{portfolio.pk}/change/",
        "/admin/accounts/user/",
        f"/admin/accounts/user/{asha.user_id}/change/",  # Who may change may not see by that.
    ):
        assert client.get(path).status_code == 403, path
    assert not LogEntry.objects.filter(action=LogEntry.Action.ACCESS).exists()


def test_nothing_about_a_customer_can_be_changed_or_invented(client, root, customers):
    sign_in(client, root)
    asha = customers[0]
    address = f"{LIST}{asha.pk}/change/"
    assert client.post(address, {"number": 1, "segment_key": "S2"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{asha.pk}/delete/").status_code == 403
    assert Customer.objects.get(pk=asha.pk).segment_key == "S1"
    for nobody in (ObjectId(), "1", "not-an-id"):
        assert client.get(f"{LIST}{nobody}/change/").status_code == 302


def test_a_list_asks_mongodb_the_same_few_things_whatever_the_number_of_customers(
    client, root, customers, run
):
    sign_in(client, root)

    def commands():
        client.get(LIST)  # Warms what is cached for good, such as content types.
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(LIST)
        return [query["sql"] for query in asked.captured_queries]

    few = commands()
    template = Customer.objects.get(number=customers[0].number)
    Customer.objects.bulk_create(
        Customer(
            user_id=ObjectId(),
            number=50_000 + i,
            email=f"c{i}@example.org",
            portfolio_value=float(i),
            segment_key=template.segment_key,
        )
        for i in range(120)
    )
    many = commands()
    assert len(many) == len(few) <= 9  # one asks whether this look is on record already
    about = [each for each in many if "segmentation_customer" in each]
    assert not any("$lookup" in each or "$count" in each or "$group" in each for each in about)


def test_a_filtered_count_stops_where_nobody_pages(customers, monkeypatch):
    monkeypatch.setattr(EstimatingPaginator, "MOST", 1)
    everyone = EstimatingPaginator(Customer.objects.order_by("number"), 50)
    assert (everyone.count, everyone.count_in_words) == (2, "2")
    filtered = EstimatingPaginator(Customer.objects.filter(number__gt=0).order_by("number"), 50)
    assert (filtered.count, filtered.count_in_words) == (2, "over 1")


def test_features_are_written_in_their_units():
    assert in_unit(2_476_953.0, "rupees") == "₹24,76,953"
    assert in_unit(0.444, "share") == "44.4%"
    assert in_unit(850.0, "days") == "850 days"
    assert in_unit(0.054, "times_a_year") == "0.05 times a year"
    assert in_unit(None, "per_month") == "—"
