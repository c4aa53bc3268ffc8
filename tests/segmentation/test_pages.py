"""What investors and staff see, and what they must not."""

import json
import re

import pytest
from auditlog.models import LogEntry
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from segmentation import queries
from segmentation.broadcast import announce_change
from segmentation.consumers import SegmentsConsumer
from segmentation.models import SegmentationRun
from segmentation.services import publish_run, train_run


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


def test_staff_compare_and_publish_from_the_page(client, published, staff, customers):
    run = train_run(k=2)
    client.force_login(staff)
    page = client.get(reverse("segmentation:build")).content.decode()
    assert "Run 2 is ready, beside the published run 1" in page
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
    from segmentation.services.publication import settle

    numbers, keys = queries.membership_columns(published)
    few = next(key for key in keys if key != keys[0])
    from accounts.models import InvestorProfile
    from segmentation.services import reassign_changed

    leaving = numbers[keys == few].tolist()[5:]
    for profile in InvestorProfile.objects.filter(investor_number__in=leaving):
        profile.profiling_consent = False
        profile.save()
    reassign_changed()
    settle()
    client.force_login(next(u for u in customers if u.number not in leaving))
    response = client.get("/segments/")
    name = next(s["name"] for s in data_of(response)["segments"] if s["key"] == few)
    assert "1 segment of fewer than ten customers is not shown" in response.content.decode()
    assert f'<th scope="col">{name}</th>' not in response.content.decode()


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
