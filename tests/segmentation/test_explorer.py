"""The explorer's page, its bytes, its saved filters and its flows: who gets what, and the trail."""

import gzip
import json

import numpy as np
import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.services import STAFF_GROUP, register_staff
from segmentation import explorer
from segmentation.domain.measures import draw_of
from segmentation.models import Customer, Publication, SavedFilter
from segmentation.queries import collection_of, segments_of
from segmentation.services import publish_run, train_run
from tests.segmentation.crowd import crowd

COLUMNS = reverse("segmentation:explorer_columns")
DOCUMENT = {"risks": ["high"], "ranges": {"portfolio_value": [100000, None]}}


@pytest.fixture
def published(customers):
    return publish_run(run=train_run(k=3)).run


@pytest.fixture
def colleague(staff):
    return register_staff(email="other@example.org", password="quiet river 1947 stone")


def unpacked(response):
    raw = gzip.decompress(response.content)
    size = int.from_bytes(raw[:4], "little")
    header = json.loads(raw[4 : 4 + size])
    columns = {}
    for entry in header["columns"]:
        kind = np.dtype(entry["type"]).newbyteorder("<")
        start = 4 + size + entry["offset"]
        columns[entry["name"]] = np.frombuffer(raw, kind, entry["length"], start)
    return header, columns


def test_staff_get_every_customer_as_columns_and_the_look_is_put_on_record(
    client, published, staff
):
    client.force_login(staff)
    page = client.get(reverse("segmentation:explorer")).content.decode()
    assert COLUMNS in page and "Profiles of segments" in page and "None yet" in page
    response = client.get(COLUMNS)
    assert response["Content-Encoding"] == "gzip"
    assert response["Cache-Control"] == "private, no-store"
    header, columns = unpacked(response)
    assert header["customers"] == header["everyone"] == 87
    stored = {row.number: row for row in Customer.objects.all()}
    names = {view.key: view.name for view in segments_of(published)}
    assert sorted(columns["number"].tolist()) == sorted(stored)
    for place, number in enumerate(columns["number"].tolist()):
        row = stored[number]
        segment = header["segments"][columns["segment"][place]]
        assert (segment["key"], segment["name"]) == (row.segment_key, names[row.segment_key])
        assert ("low", "medium", "high", "")[columns["risk"][place]] == row.risk_class
        assert columns["sectors"][place] == row.sector_mask
        assert columns["portfolio_value"][place] == np.float32(row.portfolio_value)
    looks = LogEntry.objects.filter(actor=staff, action=LogEntry.Action.ACCESS)
    assert looks.count() == 1
    assert looks[0].additional_data["note"] == (
        f"Opened the explorer of run {published.number}: the figures of 87 customers"
    )
    assert looks[0].object_repr == "explorer of customers"


def test_an_unchanged_picture_is_not_sent_again_and_a_changed_one_is(client, published, staff):
    client.force_login(staff)
    etag = client.get(COLUMNS)["ETag"]
    again = client.get(COLUMNS, headers={"If-None-Match": etag})
    assert again.status_code == 304 and not again.content
    first = collection_of(Customer).find_one({})
    collection_of(Customer).update_one({"_id": first["_id"]}, {"$set": {"turnover": 77.0}})
    # The publication says when customers changed; until then the picture is the former.
    assert client.get(COLUMNS, headers={"If-None-Match": etag}).status_code == 304
    state = Publication.objects.get()
    Publication.objects.filter(pk=state.pk).update(version=state.version + 1)
    changed = client.get(COLUMNS, headers={"If-None-Match": etag})
    assert changed.status_code == 200 and changed["ETag"] != etag
    assert 77.0 in unpacked(changed)[1]["turnover"]


def test_of_more_customers_an_even_sample_is_read(db):
    rows = crowd(400)
    collection_of(Customer).insert_many(rows)
    placed = [row["number"] for row in rows if row["segment_key"]]
    sample = explorer.sampled_columns(most=100)["number"].tolist()
    assert sample == sorted(placed, key=draw_of)[:100]
    assert explorer.sampled_columns(most=100)["number"].tolist() == sample


def test_investors_and_staff_without_the_permission_get_no_customers(
    client, published, customers, staff
):
    client.force_login(customers[0])
    names = ("explorer", "explorer_columns", "explorer_flows")
    for name in names:
        assert client.get(reverse(f"segmentation:{name}")).status_code == 403
    assert client.post(reverse("segmentation:save_filter")).status_code == 403
    staff.groups.remove(Group.objects.get(name=STAFF_GROUP))
    client.force_login(staff)
    page = client.get(reverse("segmentation:explorer")).content.decode()
    assert "Single customers are not shown" in page and COLUMNS not in page
    assert "Profiles of segments" in page
    assert client.get(COLUMNS).status_code == 403
    address = reverse("segmentation:explorer_customer", args=[customers[0].number])
    assert client.get(address).status_code == 403


def test_a_dot_leads_to_the_customers_page(client, published, customers, staff):
    client.force_login(staff)
    number = customers[0].number
    found = client.get(reverse("segmentation:explorer_customer", args=[number]))
    row = Customer.objects.get(number=number)
    assert found.url == reverse("admin:segmentation_customer_change", args=[row.pk])
    unknown = reverse("segmentation:explorer_customer", args=[1])
    assert client.get(unknown).status_code == 404


def save(client, **fields):
    fields = {"name": "Bold and rich", "document": json.dumps(DOCUMENT), **fields}
    return client.post(reverse("segmentation:save_filter"), fields)


def test_a_filter_is_saved_shared_renamed_and_deleted_with_a_trail(
    client, published, staff, colleague
):
    client.force_login(staff)
    assert "“Bold and rich” is saved." in save(client).content.decode()
    saved = SavedFilter.objects.get()
    assert saved.document == {"risks": ["high"], "ranges": {"portfolio_value": [100000.0, None]}}
    taken = save(client)
    assert taken.status_code == 422
    assert "a filter named “Bold and rich” already. Nothing was saved." in taken.content.decode()

    client.force_login(colleague)
    page = reverse("segmentation:explorer")
    assert "Bold and rich" not in client.get(page).content.decode()
    change = reverse("segmentation:change_filter", args=[saved.pk])
    delete = reverse("segmentation:delete_filter", args=[saved.pk])
    assert client.post(change, {"name": "Mine now"}).status_code == 404
    assert client.post(delete).status_code == 404
    client.force_login(staff)
    assert client.post(change, {"name": "Rich", "shared": "on"}).status_code == 200
    client.force_login(colleague)
    seen = client.get(page).content.decode()
    assert "Rich" in seen and "From desk@example.org" in seen and delete not in seen
    assert client.post(delete).status_code == 404

    client.force_login(staff)
    assert "“Rich” is deleted." in client.post(delete).content.decode()
    assert not SavedFilter.objects.exists()
    trail = LogEntry.objects.filter(actor=staff, object_pk=str(saved.pk)).order_by("timestamp")
    assert [entry.action for entry in trail] == [
        LogEntry.Action.CREATE,
        LogEntry.Action.UPDATE,
        LogEntry.Action.DELETE,
    ]
    assert trail[1].changes == {"name": ["Bold and rich", "Rich"], "shared": ["False", "True"]}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "A filter needs a name. Nothing was saved."),
        ({"name": "x" * 81}, "A name has at most 80 characters. Nothing was saved."),
        ({"document": ""}, "There is no filter to save. Nothing was saved."),
        ({"document": "{"}, "The filter is not JSON. Nothing was saved."),
        ({"document": "[" * 5_000}, "The filter is not JSON. Nothing was saved."),
        ({"document": '{"tiers": ["best"]}'}, "“best” is no tier. Nothing was saved."),
        ({"document": "[" + " " * 8_000 + "]"}, "larger than any that can be saved. Nothing"),
        ({"document": '{"ranges": {"turnover": [NaN, 1]}}'}, "within ±10¹⁵. Nothing was saved."),
    ],
)
def test_bad_filters_are_refused_in_a_sentence(client, staff, fields, said):
    client.force_login(staff)
    refused = save(client, **fields)
    assert refused.status_code == 422 and said in refused.content.decode()
    assert not SavedFilter.objects.exists()


def test_an_unknown_filter_is_not_found(client, staff):
    client.force_login(staff)
    for pk in ("x", "0" * 24):
        assert client.post(reverse("segmentation:delete_filter", args=[pk])).status_code == 404


def test_flows_between_the_published_run_and_the_one_before(
    client, published, staff, colleague, monkeypatch
):
    client.force_login(staff)
    address = reverse("segmentation:explorer_flows")
    assert "There is one run only" in client.get(address).content.decode()
    publish_run(run=train_run(k=2), by=staff, note="Two were asked for.")
    page = client.get(address).content.decode()
    assert "87 customers are in both runs" in page and page.count('class="xband ') >= 2
    same = client.get(address, {"former": 1, "later": 1}).content.decode()
    assert "Choose two different runs" in same
    assert client.get(address, {"former": "x"}).status_code == 400
    # A group of a few is told apart only to who may see single customers.
    monkeypatch.setattr("segmentation.domain.overview.SMALLEST_SHOWN", 30)  # each kind is 29
    assert client.get(address).content.decode() == page
    colleague.groups.remove(Group.objects.get(name=STAFF_GROUP))
    client.force_login(colleague)
    few = client.get(address).content.decode()
    assert "fewer than ten are left out" in few and 'class="xband ' not in few
    assert few.count("<rect") == 1 and page.count("<rect") == 5  # 58 of 87 are in one


def test_before_the_first_run_the_page_says_what_to_do(client, staff):
    client.force_login(staff)
    page = client.get(reverse("segmentation:explorer")).content.decode()
    assert "Build segments from all customers" in page
    assert client.get(COLUMNS).status_code == 404
