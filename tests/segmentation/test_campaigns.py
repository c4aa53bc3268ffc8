"""Lists for campaigns: who is left out, what is on record, and who may take one."""

import asyncio
import csv
import hashlib
import io
import json

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import RequestFactory

from accounts.models import InvestorProfile, Look, User
from accounts.services import give_consent, withdraw_consent
from segmentation.campaigns import audience
from segmentation.domain.campaigns import PURPOSES
from segmentation.domain.filters import CustomerFilter
from segmentation.forms import CampaignForm
from segmentation.models import Campaign, Customer
from segmentation.services import publish_run, train_run
from segmentation.services.campaigns import CampaignRefused, begin_campaign, campaign_file
from segmentation.views import campaigns as pages

EVERYONE = CustomerFilter()
OFFER = PURPOSES["offer"]
NEW, EXPORT = "/segments/campaigns/new/", "/segments/campaigns/export/"


@pytest.fixture
def desk(customers, staff):
    """A published run, thirty of whose 87 customers may be written to, and who may do it."""
    cache.clear()
    publish_run(run=train_run(k=3))
    numbers = list(range(20_001, 20_031))
    InvestorProfile.objects.filter(investor_number__in=numbers).update(offers_consent=True)
    # One who may be written to but is not profiled is in no segment, and in no list.
    InvestorProfile.objects.filter(investor_number=20_090).update(offers_consent=True)
    staff.user_permissions.add(Permission.objects.get(codename="export_campaign"))
    return User.objects.get(pk=staff.pk)


def read(answer):
    body = b"".join(answer.streaming_content)
    return body, list(csv.reader(io.StringIO(body.decode())))


def test_only_those_who_consent_to_the_purpose_are_listed(desk):
    found = audience(EVERYONE, OFFER)
    assert (found.matched, found.listed, found.left_out) == (87, 30, 57)
    assert found.numbers.tolist() == list(range(20_001, 20_031))
    # A call about their own portfolio needs no more than profiling.
    assert audience(EVERYONE, PURPOSES["care"]).listed == 87
    holders = CustomerFilter.from_document({"ranges": {"annual_income": [3_000_000, None]}})
    wealthy = [n for n in range(20_001, 20_088) if n % 3 == 0]
    assert audience(holders, OFFER).matched == len(wealthy) == 29
    assert audience(holders, OFFER).numbers.tolist() == [n for n in wealthy if n <= 20_030]


def test_a_withdrawal_counts_for_the_next_list(desk):
    user = User.objects.get(number=20_005)
    withdraw_consent(user=user, purpose="offers")
    assert (
        20_005 not in audience(EVERYONE, OFFER).numbers and audience(EVERYONE, OFFER).listed == 29
    )
    give_consent(user=user, wording_version="offers-2026-11")
    assert 20_005 in audience(EVERYONE, OFFER).numbers
    # Not to be profiled any more counts at once too, whatever the read model still holds.
    withdraw_consent(user=user)
    assert Customer.objects.filter(number=20_005).exists()
    assert 20_005 not in audience(EVERYONE, PURPOSES["care"]).numbers
    assert 20_005 not in audience(EVERYONE, OFFER).numbers  # who is chosen by profile alone


def test_a_list_is_previewed_exported_and_on_record(client, desk):
    client.force_login(desk)
    chosen = {"purpose": "offer", "note": "Diwali", "columns": ["email", "segment_name"]}
    page = client.post(NEW, chosen).content.decode()
    assert "30 of 87 customers can be listed" in page and "Export 30 customers" in page
    assert "@example.org" not in page.replace(desk.email, "")
    assert Campaign.objects.count() == 0 and Look.objects.count() == 0

    answer = client.post(EXPORT, chosen, headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "identity"  # a browser reads the first gzip piece alone
    body, rows = read(answer)
    campaign = Campaign.objects.get()
    assert answer["Content-Disposition"] == f'attachment; filename="{campaign.file_name}"'
    assert (
        campaign.file_name.startswith("finseg-offer-20") and answer["Cache-Control"] == "no-store"
    )
    assert rows[0] == ["Customer number", "E-mail", "Segment"]
    assert [row[0] for row in rows[1:]] == [f"C-{n}" for n in range(20_001, 20_031)]
    assert rows[1][1] == "c20001@example.org" and rows[1][2]
    assert (campaign.by, campaign.purpose, campaign.note) == (desk, "offer", "Diwali")
    assert (campaign.matched, campaign.left_out, campaign.listed) == (87, 57, 30)
    assert campaign.digest == hashlib.sha256(body).hexdigest() and campaign.state == "done"
    assert campaign.document == {} and campaign.fields == ["email", "segment_name"]
    # Nothing of the list is kept, but each customer on it can read that they were.
    assert Look.objects.count() == 30
    assert Look.objects.get(number=20_007).what == "A list of customers for an offer"
    assert not Look.objects.filter(number=20_050).exists()
    entries = LogEntry.objects.get_for_object(campaign)
    assert {(each.actor, each.action) for each in entries} == {
        (desk, LogEntry.Action.ACCESS),
        (desk, LogEntry.Action.CREATE),
    }
    written = entries.get(action=LogEntry.Action.CREATE)
    assert written.changes_dict["sha256"][1] == campaign.digest
    assert written.changes_dict["rows"][1] == "30"

    page = client.get("/segments/campaigns/").content.decode()
    assert "Diwali" in page and campaign.digest[:12] in page
    page = client.get(f"{NEW}?repeat={campaign.pk}").content.decode()
    assert 'value="segment_name" checked' in page and 'value="offer" checked' in page
    assert "Diwali" in page
    # The same list again is another export, and another look at each customer.
    read(client.post(EXPORT, chosen))
    assert Campaign.objects.count() == 2 and Look.objects.count() == 60


def test_a_choice_that_cannot_be_is_refused_and_nothing_leaves(client, desk):
    client.force_login(desk)
    for wrong, said in (
        ({}, "Say what the list is for."),
        ({"purpose": "spam"}, "Nothing was exported."),
        ({"purpose": "offer", "segments": ["s999"]}, "Nothing was exported."),
        ({"purpose": "offer", "columns": ["password"]}, "Nothing was exported."),
        ({"purpose": "offer", "low0": "3"}, "Choose the measure this range is of."),
        (
            {"purpose": "offer", "measure0": "savings_rate", "low0": "3", "high0": "1"},
            "the lowest value is above the highest",
        ),
        (
            {"purpose": "offer", "measure0": "annual_income", "low0": "1e14"},
            "nobody consents to this purpose",
        ),
    ):
        answer = client.post(EXPORT, wrong)
        assert answer.status_code == 422, wrong
        assert said in answer.content.decode(), wrong
    assert Campaign.objects.count() == 0 and Look.objects.count() == 0
    with pytest.raises(CampaignRefused, match="no column"):
        begin_campaign(by=desk, chosen=EVERYONE, purpose="offer", columns=["password"])


def test_a_link_brings_its_filter_along(client, desk):
    client.force_login(desk)
    page = client.get(NEW, {"filter": '{"tiers": ["high"], "ranges": {"turnover": [null, 0.5]}}'})
    text = page.content.decode()
    assert 'value="high" checked' in text and '<option value="turnover" selected>' in text
    for broken in ("[", '{"tiers": ["best"]}', "[" * 5_000):
        assert client.get(NEW, {"filter": broken}).status_code == 200
    assert client.get(NEW, {"repeat": "nonsense"}).status_code == 200


def test_shares_are_typed_in_per_cent_and_stored_as_before(client, desk):
    """A filter of before, in a link or a list that is repeated, means what it meant."""
    stored = {"ranges": {"savings_rate": [0.07, 0.125], "annual_income": [3_000_000, None]}}
    form = CampaignForm(initial=CampaignForm.initial_of(stored))
    shown = {name: form[name].value() for row in range(2) for name in _range_names(row)}
    # 0.07 * 100 is 7.000000000000001 in floating point.
    assert [shown[name] for name in _range_names(0)] == ["savings_rate", "7", "12.5"]
    assert [shown[name] for name in _range_names(1)] == ["annual_income", "3000000", None]
    typed = {name: value for name, value in shown.items() if value is not None}
    again = CampaignForm({**typed, "purpose": "offer"})
    assert again.is_valid()
    assert (
        again.cleaned_data["filter"].to_document()
        == CustomerFilter.from_document(stored).to_document()
    )
    client.force_login(desk)
    page = client.get(NEW, {"filter": json.dumps(stored)})
    # In the order of the measures, whatever that of the link.
    assert [page.context["form"][name].value() for name in _range_names(1)] == [
        "savings_rate",
        "7",
        "12.5",
    ]
    text = page.content.decode()
    assert '<option value="savings_rate" selected>Savings rate (%)</option>' in text
    assert "(fraction)" not in text


def _range_names(place):
    return [f"{name}{place}" for name in ("measure", "low", "high")]


def test_it_takes_both_permissions(client, desk):
    addresses = (NEW, "/segments/campaigns/")
    client.force_login(User.objects.get(number=20_001))
    assert {client.get(address).status_code for address in addresses} == {403}
    # Being bank staff is not enough: the permission to export is given to single people.
    plain = User.objects.get(pk=desk.pk)
    plain.user_permissions.clear()
    client.force_login(plain)
    assert {client.get(address).status_code for address in addresses} == {403}
    assert client.post(EXPORT, {"purpose": "offer"}).status_code == 403
    plain.user_permissions.add(Permission.objects.get(codename="export_campaign"))
    assert {client.get(address).status_code for address in addresses} == {200}
    plain.groups.clear()  # and with it the permission for personal data
    assert client.post(EXPORT, {"purpose": "offer"}).status_code == 403
    assert Campaign.objects.count() == 0


def test_a_list_that_is_cut_short_says_how_far_it_came(desk, monkeypatch):
    monkeypatch.setattr("segmentation.campaigns.AT_ONCE", 12)
    campaign, reached = begin_campaign(by=desk, chosen=EVERYONE, purpose="offer", columns=[])
    pieces = campaign_file(campaign, reached)
    sent = next(pieces) + next(pieces)
    pieces.close()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.listed) == ("cut", 12)
    assert campaign.digest == hashlib.sha256(sent).hexdigest()


def test_a_server_that_speaks_asgi_sends_piece_by_piece(desk, monkeypatch):
    monkeypatch.setattr("segmentation.campaigns.AT_ONCE", 12)
    request = RequestFactory().post(EXPORT, {"purpose": "offer"})
    request.user, request.scope = desk, {}
    answer = pages.export(request)
    assert answer.is_async

    async def gather():
        return [piece async for piece in answer]

    pieces = asyncio.run(gather())
    assert [piece.count(b"\r\n") for piece in pieces] == [1, 12, 12, 6]
    assert Campaign.objects.get().state == "done"
