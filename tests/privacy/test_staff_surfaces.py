"""Staff see who a customer is, and any figure of one, only with permission; each look is kept."""

import re

import pytest
from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from accounts.models import Look, User
from accounts.services import register_staff
from finseg import formatting
from segmentation.models import Customer

NOBODY = "6541f0c0ffee000000000000"
KEEP_SIGNED_IN = ("logout", "login", "2fa", "reauthenticate")
PERSONAL_LISTS = (
    "/admin/segmentation/customer/",
    "/admin/portfolios/portfolio/",
    "/admin/portfolios/transaction/",
    "/admin/recommendations/recommendationset/",
    "/admin/sip/sipplan/",
    "/admin/accounts/user/",
    "/admin/accounts/consentevent/",
    "/admin/axes/accessattempt/",
    "/portfolio/customers/",
    "/portfolio/customers/periods/?period=all&minimum=0",
    "/portfolio/customers/exposure/?of=TCS",
    "/segments/members/",
    "/segments/advisers/",
)


@pytest.fixture
def clerk(me):
    """Staff who may do everything but see personal data."""
    user = register_staff(email="clerk@example.org", password="quiet river 1947 stone")
    user.groups.clear()
    user.user_permissions.set(Permission.objects.exclude(codename="view_personal_data"))
    return User.objects.get(pk=user.pk)


def addresses(patterns=None, before=""):
    """Every address of the product, with its parameters still in angle brackets."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield path
        else:
            yield from addresses(each.url_patterns, path)


def concrete(path, values):
    """An address with its parameters filled in; None for one that is no plain path."""
    known = re.sub(r"<(?:\w+:)?(\w+)>", lambda name: str(values.get(name[1], NOBODY)), path)
    known = known.lstrip("^").rstrip("$").replace(r"\Z", "")
    return None if set(known) & set("()[]\\?+*") else f"/{known}"


def pages_about(customer):
    """Addresses of everything, and of each document of the admin that is about a customer."""
    values = {"number": customer.number, "symbol": "TCS", "app_label": "segmentation"}
    paths = {concrete(path, values) for path in addresses()} - {None}
    paths |= {concrete(path, values | {"number": 1}) for path in addresses()} - {None}
    for model, site in admin.site._registry.items():
        root = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        paths |= {root, f"{root}?q={customer.number}", f"{root}?q={customer.email}"}
        rows = site.model._default_manager.order_by("pk")
        about = {field.name for field in model._meta.fields} & {"number", "investor_number"}
        own = [row for name in about for row in rows.filter(**{name: customer.number})[:5]]
        for row in [*own, *rows[:5]]:
            paths |= {f"{root}{row.pk}/change/", f"{root}{row.pk}/history/"}
    return sorted(path for path in paths if not any(word in path for word in KEEP_SIGNED_IN))


def test_without_the_permission_no_page_names_a_customer_or_a_figure(client, clerk, me):
    client.force_login(clerk)
    customer = Customer.objects.get(number=me.number)
    numbers = set(Customer.objects.values_list("number", flat=True))
    # The income is this customer's alone; others hold the same stock.
    figures = {formatting.rupees(customer.annual_income, 0), str(customer.annual_income)}
    opened, faults = 0, []
    for path in pages_about(customer):
        answer = client.get(path)
        assert answer.status_code < 500 or path == "/healthz", path
        if answer.status_code != 200 or answer.streaming:
            continue
        opened += 1
        text = answer.content.decode(errors="replace")
        named = {int(number) for number in re.findall(r"\bC-(\d+)", text)} & numbers
        # The trail says whom staff looked at by number alone: that is what it is for.
        if named and "/auditlog/" not in path and path != "/admin/":
            faults.append(f"{path} names C-{named}")
        faults += [f"{path} shows {found}" for found in figures if found in text]
        if re.search(r"c\d{5}@example\.org", text.replace(f"q={me.email}", "").replace(
            f'value="{me.email}"', ""
        )):  # fmt: skip
            faults.append(f"{path} shows an address")
    assert faults == []
    assert opened > 25  # the walk itself sees something
    assert not LogEntry.objects.filter(actor=clerk, action=LogEntry.Action.ACCESS).exists()
    for path in PERSONAL_LISTS:
        assert client.get(path).status_code == 403, path
    # The map is that of investors: counts of ten or more, nobody's own place.
    picture = client.get("/segments/picture/").json()
    assert picture["aggregate"] is True
    assert all(count >= 10 for places in picture["places"] for *_, count in places)
    assert client.get("/admin/search/?s=C-20003").content.decode().count("C-20003") <= 1


def test_the_walk_finds_what_those_with_the_permission_see(client, staff, me):
    client.force_login(staff)
    page = f"/admin/segmentation/customer/{Customer.objects.get(number=me.number).pk}/change/"
    assert page in pages_about(Customer.objects.get(number=me.number))
    text = client.get(page).content.decode()
    assert me.email in text and f"C-{me.number}" in text
    assert client.get("/segments/picture/").json()["aggregate"] is False


def test_every_list_with_customers_on_it_is_a_look_at_each_of_them(client, staff, me):
    from axes.models import AccessAttempt

    AccessAttempt.objects.create(
        username=me.email, ip_address="127.0.0.1", user_agent="x", failures_since_start=1,
        attempt_time=timezone.now(),
    )  # fmt: skip
    client.force_login(staff)
    staff.groups.clear()
    staff.user_permissions.set(Permission.objects.all())
    everyone = set(Customer.objects.values_list("number", flat=True))
    for path in PERSONAL_LISTS:
        Look.objects.all().delete()
        before = LogEntry.objects.filter(action=LogEntry.Action.ACCESS).count()
        usual = {} if "admin" in path or "?" in path else {"state": "taken", "by": "value"}
        answer = client.get(path, usual)
        assert answer.status_code == 200, path
        text = answer.content.decode()
        shown = {int(number) for number in re.findall(r"\bC-(\d+)", text)} & everyone
        if "accessattempt" in path:  # shows the address that was typed
            shown = {me.number}
        told = Look.objects.values_list("number", flat=True)
        assert shown and shown <= set(told) and len(told) == len(set(told)), path
        assert LogEntry.objects.filter(action=LogEntry.Action.ACCESS).count() == before + 1, path


def test_a_search_by_address_leaves_no_address_in_the_trail(client, staff, me):
    client.force_login(staff)
    found = client.get(f"/admin/segmentation/customer/?q={me.email}")
    assert f"C-{me.number}" in found.content.decode()
    entry = LogEntry.objects.filter(action=LogEntry.Action.ACCESS, actor=staff).latest("timestamp")
    assert me.email not in str(entry.additional_data) and "list of customers" in entry.object_repr
