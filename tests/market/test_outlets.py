"""The real ASGI application on a real Daphne: frames as a browser's socket gets them."""

import asyncio
import functools
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime

import orjson
import pytest
import websockets
from asgiref.sync import sync_to_async
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from accounts.presence import Visit
from market import livestore, services
from market.domain.instruments import InstrumentFacts
from market.domain.quotes import Quote
from market.domain.wire import quote_fields, quotes_frame
from market.outlets import bound_messages, direct_outlet, text_frame

AT = datetime(2025, 1, 2, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size", "head"),
    [
        # RFC 6455, 5.2: up to 125 in one byte, then 126 and two bytes, then 127 and eight.
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_frame_headers(size, head):
    frame = text_frame(b"x" * size)
    assert frame[: len(head)] == head
    assert frame[len(head) :] == b"x" * size


def test_another_server_has_no_direct_outlet():
    async def send(message):
        return None

    assert direct_outlet(send) is None


@pytest.fixture
def log(tmp_path):
    return tmp_path / "daphne.log"


@pytest.fixture
def daphne(transactional_db, log):
    """Daphne on the test's own database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "MONGODB_NAME": settings.DATABASES["default"]["NAME"],
        "DJANGO_SETTINGS_MODULE": "finseg.settings",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "daphne", "-p", str(port), "finseg.asgi:application"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=log.open("wb"),
    )
    yield f"ws://127.0.0.1:{port}/ws/quotes/"
    process.terminate()
    process.wait(20)


async def connect(address, **options):
    """Connect as soon as the server listens."""
    for _ in range(300):
        try:
            return await websockets.connect(address, open_timeout=20, **options)
        except ConnectionRefusedError:
            await asyncio.sleep(0.2)
    raise AssertionError("Daphne did not start")


async def frame_of(client, kind):
    while True:
        frame = orjson.loads(await asyncio.wait_for(client.recv(), 10))
        if frame["type"] == kind:
            return frame


def prepare():
    livestore.client().flushdb()
    services.store_instruments(
        instruments=[InstrumentFacts("TCS", "TCS", sector="IT", cap_class="Large")]
    )
    services.switch_source(feed="simulated", source="simulated")
    livestore.write_quotes("simulated", [quote(100.0)])
    client = Client()
    client.force_login(
        get_user_model().objects.create_user(email="a@example.com", password=None),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    name = settings.SESSION_COOKIE_NAME
    return {"Cookie": f"{name}={client.cookies[name].value}"}


def quote(price):
    return Quote("TCS", price, 99.0, 99.0, 120.0, 98.0, 5, AT, "simulated")


@pytest.mark.django_db(transaction=True)
async def test_frames_arrive_whole_and_in_order(daphne):
    headers = await sync_to_async(prepare)()
    origin = "http://127.0.0.1"
    with pytest.raises(websockets.InvalidStatus) as refused:
        await connect(daphne, origin=origin)
    assert refused.value.response.status_code == 403
    with pytest.raises(websockets.InvalidStatus):
        await connect(daphne, origin="http://elsewhere.example", additional_headers=headers)

    async with await connect(daphne, origin=origin, additional_headers=headers) as client:
        await client.send('{"type": "subscribe"}')
        assert (await frame_of(client, "snapshot"))["quotes"][0]["price"] == 100.0
        for price in range(101, 121):
            frame = quotes_frame(
                "quotes", [quote_fields(quote(float(price)))], source="simulated", clock=AT
            )
            await sync_to_async(livestore.publish)(frame)
        seen = []
        while not seen or seen[-1] < 120.0:
            seen.append((await frame_of(client, "quotes"))["quotes"][0]["price"])
        assert seen == sorted(seen)
        await client.send("x" * 40_000)
        assert (await frame_of(client, "error"))["code"] == "too_large"
        with pytest.raises(websockets.ConnectionClosed):
            await client.send("x" * 2_000_000)
            await frame_of(client, "never")


@pytest.mark.django_db(transaction=True)
async def test_clients_who_leave_in_the_middle_leave_no_traceback(daphne, log):
    headers = await sync_to_async(prepare)()
    for _ in range(10):
        client = await connect(
            daphne, origin="http://127.0.0.1", additional_headers=headers, close_timeout=0
        )
        await client.send('{"type": "subscribe"}')
        for price in (101.0, 102.0):
            fields = [quote_fields(quote(price))]
            frame = quotes_frame("quotes", fields, source="simulated", clock=AT)
            await sync_to_async(livestore.publish)(frame)
        client.transport.abort()
    async with await connect(
        daphne, origin="http://127.0.0.1", additional_headers=headers
    ) as client:
        await client.send('{"type": "subscribe"}')
        await frame_of(client, "snapshot")
    assert "Traceback" not in log.read_text()


def test_the_connection_of_daphne_is_found_behind_what_wraps_its_send():
    found = WebSocketProtocol.__new__(WebSocketProtocol)
    send = functools.partial(lambda protocol, message: None, found)
    bound_messages(Visit(None, send).send, 4_096)
    assert found.maxMessagePayloadSize == found.maxFramePayloadSize == 4_096
