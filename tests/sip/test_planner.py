"""The SIP calculator through its pages."""

import pytest
from django.urls import reverse

from accounts.models import User
from sip import queries
from sip.models import SipPlan

pytestmark = pytest.mark.django_db

REFERENCE = "₹9,74,828.17"


def test_a_visitor_sees_the_reference_plan_without_logging_in(client):
    page = client.get(reverse("sip:planner")).content.decode()
    assert REFERENCE in page
    assert "₹6,00,000" in page
    assert "₹9.75 lakh in 10 years" in page


def test_the_address_line_holds_the_whole_plan(client):
    # 1,000 x 12 at no return, stepped up by 10 %: 12,000 + 13,200 = 25,200
    query = {"amount": "1000", "rate": "0", "years": "2", "step_up": "10", "start": "2026-04-01"}
    page = client.get(reverse("sip:planner"), query).content.decode()
    assert "₹25,200.00" in page
    assert "31 Mar 2028" in page
    table = client.get(reverse("sip:years"), query)
    assert table.content.decode().splitlines()[1] == "1,2027-03-31,1000.00,12000.00,0.00,12000.00"


def test_a_change_gets_only_the_parts_that_depend_on_it(client):
    answer = client.get(
        reverse("sip:planner"), {"kind": "goal", "amount": "974828.17"}, HTTP_HX_REQUEST="true"
    )
    body = answer.content.decode()
    assert "<html" not in body
    assert "₹5,000.00 a month" in body
    assert "HX-Request" in answer.headers["Vary"]


def test_a_preset_sets_the_rate(client):
    page = client.get(reverse("sip:planner"), {"preset": "mid", "rate": "9"}).content.decode()
    assert "a month at 12%" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "abc"),
        ("amount", "-5"),
        ("amount", "1e400"),
        ("rate", "nan"),
        ("rate", "31"),
        ("years", "0"),
        ("years", "41"),
        ("years", "2.5"),
        ("start", "2026-02-30"),
        ("start", "0001-01-01"),
        ("kind", "swp"),
    ],
)
def test_an_impossible_value_is_named_and_nothing_is_computed(client, field, value):
    answer = client.get(reverse("sip:planner"), {field: value})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["projection"] is None
    assert client.get(reverse("sip:years"), {field: value}).status_code == 400


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("amount", "-5", "That is too little. The least is ₹100."),
        ("amount", "99999999999", "That is too much. The most is ₹100 crore."),
        ("rate", "31", "That is too much. The most is 30%."),
    ],
)
def test_what_is_wrong_stands_beside_the_field(client, field, value, said):
    page = client.get(reverse("sip:planner"), {field: value}).content.decode()
    assert page.split(f'id="error-{field}">')[1].startswith(said)


def test_plans_are_kept_opened_and_deleted_by_their_owner_alone(client):
    owner = User.objects.create_user(email="owner@example.com", password="x")
    other = User.objects.create_user(email="other@example.com", password="x")
    plan = {"name": "House", "amount": "5000", "rate": "9", "years": "10", "start": "2026-01-01"}
    assert client.post(reverse("sip:save"), plan).status_code == 302
    assert SipPlan.objects.count() == 0  # an anonymous visitor is sent to log in

    client.force_login(owner)
    assert queries.latest_plan(owner) is None
    refused = client.post(reverse("sip:save"), {**plan, "years": "99"})
    assert "Nothing was saved" in refused.content.decode()
    nameless = client.post(reverse("sip:save"), {**plan, "name": " "})
    assert "Give the plan a name." in nameless.content.decode()
    assert SipPlan.objects.count() == 0
    assert "amount=5000" in client.post(reverse("sip:save"), plan).url
    saved = queries.latest_plan(owner)
    assert round(saved.projection.final_value, 2) == 974_828.17
    assert "House" in client.get(reverse("sip:planner")).content.decode()

    client.force_login(other)
    assert "House" not in client.get(reverse("sip:planner")).content.decode()
    assert client.post(reverse("sip:delete", args=[saved.id])).status_code == 404
    assert client.post(reverse("sip:delete", args=["nonsense"])).status_code == 404
    client.force_login(owner)
    assert client.post(reverse("sip:delete", args=[saved.id])).status_code == 302
    assert queries.plans_of(owner) == []


def test_a_small_goal_says_what_the_least_plan_makes_of_it(client):
    """Not "₹26 a month": that is less than any plan here takes."""
    goal = {"kind": "goal", "amount": "1201", "rate": "0", "years": "10"}
    page = client.get(reverse("sip:planner"), goal).content.decode()
    # 1,201 over 120 months is 10.01 a month; deposits of 100 pass it with the thirteenth.
    assert "₹100 a month at 0% reaches ₹1,201 in 1 year and 1 month" in page
    assert "over 10 years ₹10.01 a month would do" in page
    assert "That is the least" not in client.get(reverse("sip:planner")).content.decode()


def test_each_kind_of_plan_begins_with_an_amount_of_its_own(client):
    page = client.get(reverse("sip:planner"), {"kind": "goal"})
    assert page.context["form"].data["amount"] == "1000000"
    assert "reaches ₹10.00 lakh in 10 years" in page.content.decode()
    # What is asked for stays, whatever the kind.
    asked = client.get(reverse("sip:planner"), {"kind": "goal", "amount": "5000"})
    assert asked.context["form"].data["amount"] == "5000"
