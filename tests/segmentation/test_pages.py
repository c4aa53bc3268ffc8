"""What investors and staff see, and what they must not."""

import json
import re

import pytest
from auditlog.models import LogEntry
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import InvestorProfile
from finseg import formatting
from segmentation import people, queries
from segmentation.broadcast import announce_change
from segmentation.consumers import SegmentsConsumer
from segmentation.domain import explanation
from segmentation.domain.features import main_features
from segmentation.domain.model import FittedModel
from segmentation.models import Segment, SegmentationRun
from segmentation.services import publish_run, reassign_changed, train_run
from segmentation.services.publication import settle


@pytest.fixture
def published(customers):
    return publish_run(run=train_run(k=3)).run


def data_of(response):
    found = re.search(r'id="segments-data"[^>]*>(.*?)</script>', response.content.decode(), re.S)
    return json.loads(found[1])


def test_an_investor_sees_their_segment_and_nobody_elses_data(client, published, customers):
    me = customers[0]  # 20,001, a wealthy holder
    client.force_login(me)
    response = client.get(reverse("segmentation:segments"))
    # One's own address and number stand in the top bar.
    page = response.content.decode().replace(me.email, "").replace("C-20001", "")
    assert "You invest like 28 others" in page
    assert not re.search(r"C-\d{5}|\b200\d\d\b|@example\.org", page)
    assert "data-members" not in page and "Rebuild" not in page
    assert "by other methods" not in page  # how models compare is for staff
    data = data_of(response)
    assert data["aggregate"] and data["own"]["key"]
    # Marks of the map are counts of ten or more, never single customers.
    assert all(count >= 10 for cells in data["places"] for _, _, count in cells)
    shown = [n for segment in data["counts"] for risk in segment for n in risk]
    assert all(n == 0 or n >= 10 for n in shown)
    assert client.get(reverse("segmentation:picture")).json() == data
    for name in ("members", "build"):
        assert client.get(reverse(f"segmentation:{name}")).status_code == 403
    assert client.post(reverse("segmentation:rebuild")).status_code == 403
    assert client.post(reverse("segmentation:publish", args=[1])).status_code == 403


def test_one_who_does_not_consent_is_in_no_segment_and_told_so(client, published, customers):
    client.force_login(customers[-1])
    page = client.get(reverse("segmentation:segments")).content.decode()
    assert "You are in no segment" in page and reverse("accounts:consent") in page


def test_staff_see_members_by_the_page_and_each_look_is_put_on_record(
    client, published, customers, staff
):
    client.force_login(staff)
    page = client.get(reverse("segmentation:segments"))
    assert "Rebuild" in page.content.decode()
    assert "by other methods" in page.content.decode()
    data = data_of(page)
    assert not data["aggregate"]
    points = [place for places in data["places"] for place in places]
    assert len(points) == 87 and all(len(place) == 4 for place in points)

    high = client.get(reverse("segmentation:members"), {"tier": "high", "sort": "-income"})
    text = high.content.decode()
    assert len(re.findall(r"C-\d{5}", text)) == 25 and 'data-page="2"' in text
    second = client.get(reverse("segmentation:members"), {"tier": "high", "page": 2})
    assert len(re.findall(r"C-\d{5}", second.content.decode())) == 4  # 29 in all
    # Sector "Power" is preferred by all, "Realty" by those of even numbers: 14 of the 29.
    realty = client.get(reverse("segmentation:members"), {"tier": "high", "sector": 17})
    assert len(re.findall(r"C-\d{5}", realty.content.decode())) in (14, 15)
    # The table refreshes itself: the same look again is one look.
    client.get(reverse("segmentation:members"), {"tier": "high", "sector": 17})
    for wrong in ({"sort": "email"}, {"segment": "x"}, {"page": 0}, {"sector": 99}):
        assert client.get(reverse("segmentation:members"), wrong).status_code == 400
    looks = LogEntry.objects.filter(actor=staff, action=LogEntry.Action.ACCESS)
    assert looks.count() == 3
    assert looks.latest("timestamp").additional_data["note"].startswith("Looked at members (tier")
    assert {look.object_repr for look in looks} == {"members of segments, run 1"}


def test_staff_compare_and_publish_from_the_page(client, published, staff, customers):
    run = train_run(k=2)
    client.force_login(staff)
    page = client.get(reverse("segmentation:build")).content.decode()
    assert "Run 2 waits for approval, beside the published run 1" in page
    # Two segments instead of three: most gates do not pass, and staff have to say why.
    assert "Run 2 waits for approval" in page and "Approve and publish run 2" in page
    address = reverse("segmentation:publish", args=[run.number])
    refused = client.post(address, follow=True).content.decode()
    assert "Say in a note why run 2 is to be published" in refused
    assert queries.published_run().number == 1
    answer = client.post(address, {"note": "Asked for by the desk."}, follow=True)
    assert "Run 2 is published" in answer.content.decode()
    assert "Restore" in client.get(reverse("segmentation:build")).content.decode()
    refused = client.post(reverse("segmentation:rebuild"), {"k": "77"}, follow=True)
    assert "Nothing was started" in refused.content.decode()
    SegmentationRun.objects.create(number=3, stage="Compared 4 segments", progress=0.42)
    page = client.get(reverse("segmentation:build")).content.decode()
    assert "Run 3: Compared 4 segments" in page and "42%" in page
    busy = client.post(reverse("segmentation:rebuild"), follow=True)
    assert "Run 3 is being built already" in busy.content.decode()


def test_before_the_first_run_the_page_says_what_to_do(client, customers, staff):
    client.force_login(customers[0])
    assert "has not published segments yet" in client.get("/segments/").content.decode()
    assert client.get("/segments/picture/").status_code == 404
    client.force_login(staff)
    assert "Build segments from all customers" in client.get("/segments/").content.decode()
    client.logout()
    assert client.get("/segments/").status_code == 302


def test_a_segment_of_fewer_than_ten_is_not_shown_to_investors(client, published, customers):
    numbers, keys = queries.membership_columns(published)
    few = keys[2]  # of 20,003, a trader of small caps; five of them stay
    members = numbers[keys == few].tolist()
    leaving, staying = members[5:], members[:5]
    InvestorProfile.objects.filter(investor_number__in=leaving).update(
        profiling_consent=False, changed_at=timezone.now()
    )
    reassign_changed()
    settle()
    name = next(each.name for each in queries.segments_of(published) if each.key == few)
    row = Segment.objects.get(run_id=published.pk, key=few)
    assert row.customers == 5
    total = formatting.headline_rupees(row.total_value)
    for user in customers:
        if user.number not in (20_001, 20_002, staying[0]):  # one of each kind
            continue
        client.force_login(user)
        response = client.get("/segments/")
        page, data = response.content.decode(), data_of(response)
        assert client.get("/segments/picture/").json() == data
        assert few not in json.dumps(data["segments"]) and few not in json.dumps(data["everyone"])
        assert "1 segment of fewer than ten customers is not shown" in page
        # The sums of all cards are those of the segments that are shown, so no difference is left.
        tiers = data["everyone"]["tiers"].values()
        assert sum(each["customers"] for each in tiers) == sum(
            n for segment in data["counts"] for n, *_ in segment
        )
        assert total not in page
        own = user.number in staying
        # Nobody else is even told its name; its own members are told that and no more.
        assert (name in page) == own
        assert ("Fewer than ten customers are in this segment now" in page) == own
        assert ("Why this segment, and what would change it" in page) != own
        assert row.description not in page


def test_the_page_says_what_would_move_one_and_doing_it_does(client, published, customers):
    me = next(user for user in customers if user.number == 20_002)  # a starter on a plan
    client.force_login(me)
    page = client.get("/segments/").content.decode()
    customer = queries.customer_of(me.number)
    found = people.explanation_of(customer, staff=False)
    model = FittedModel.from_document(SegmentationRun.objects.get(pk=published.pk).model)
    if found["crossing"] is None:
        assert "you are clearly in yours" in page
        return
    assert f"the segment most like you is <b>{found['other'].name}</b>" in page
    assert "you would be counted there if you " in page
    for change in found["crossing"].changes:
        setattr(customer, change.feature.key, change.after)
    label = model.assign(people.raw_values(customer)[None]).labels[0]
    assert model.keys[label] == found["other"].key != found["own"].key


def test_one_between_two_segments_is_told_so(client, published, customers, monkeypatch):
    client.force_login(customers[0])
    own = people.explanation_of(queries.customer_of(customers[0].number), staff=False)
    fit = own["explained"].fit
    page = client.get("/segments/").content.decode()
    assert f"others: {escape(own['own'].name)}" in page and "A close call" not in page
    monkeypatch.setattr(explanation, "CLOSE", fit + 0.01)
    page = client.get("/segments/").content.decode()
    names = f"{escape(own['own'].name)}, and {escape(own['other'].name)}"
    assert f"You stand between two segments: {names}" in page
    assert f"your fit is {formatting.share(fit, 0)} of 100%" in page
    assert "clearly in yours" not in page


def test_the_page_explains_every_feature_in_words(client, published, customers, staff):
    client.force_login(customers[0])
    page = client.get("/segments/").content.decode()
    for feature in main_features():
        for words in (feature.label, feature.why, feature.unit_in_words, feature.missing):
            assert escape(words) in page or escape(words.capitalize()) in page, words
        assert escape(feature.transform_in_words) in page
    client.force_login(staff)
    customer = queries.customer_of(customers[0].number)
    page = client.get(f"/admin/segmentation/customer/{customer.pk}/change/").content.decode()
    for feature in main_features():
        assert escape(feature.why) in page and escape(feature.missing) in page


def socket(user):
    communicator = WebsocketCommunicator(SegmentsConsumer.as_asgi(), "/ws/segments/")
    communicator.scope["user"] = user
    return communicator


class SignedIn:
    is_authenticated = True


async def test_open_pages_are_told_and_strangers_are_not(transactional_db):
    stranger = socket(AnonymousUser())
    connected, code = await stranger.connect()
    assert (connected, code) == (False, 4401)

    page = socket(SignedIn())
    assert (await page.connect())[0]
    for sent, code in (
        ("no json", "malformed"),
        ('{"type": "subscribe"}', "unknown_type"),
        ('"ping"', "unknown_type"),
        ("x" * 2_000, "too_large"),
    ):
        await page.send_to(text_data=sent)
        answer = await page.receive_json_from()
        assert answer["type"] == "error" and answer["code"] == code and answer["detail"]
    await page.send_to(bytes_data=b"\x00")
    assert (await page.receive_json_from())["code"] == "malformed"
    await page.send_to(text_data='{"type": "ping"}')
    assert await page.receive_json_from() == {"type": "pong"}

    from asgiref.sync import sync_to_async

    await sync_to_async(announce_change)(run_number=7, version=3)
    told = await page.receive_json_from()
    assert told == {"type": "segments.changed", "run": 7, "version": 3}
    await page.disconnect()


def test_announcing_without_a_broker_only_warns(settings, caplog):
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]},
        }
    }
    from channels.layers import channel_layers

    channel_layers.backends.clear()
    try:
        announce_change(run_number=1, version=1)
    finally:
        channel_layers.backends.clear()
    assert "could not be told" in caplog.text
