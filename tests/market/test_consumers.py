"""The quotes socket, through the real hub and Redis."""

import asyncio
from datetime import UTC, date, datetime

import orjson
import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser

from market import livestore, services
from market.broadcast import quote_hub
from market.consumers import MAX_MESSAGE, QuotesConsumer, RequestError, parse_subscribe
from market.domain.instruments import InstrumentFacts
from market.domain.quotes import Quote
from market.domain.wire import quote_fields, quotes_frame

AT = datetime(2025, 1, 2, 5, 0, tzinfo=UTC)


class LoggedIn:
    is_authenticated = True


def quote(symbol, price):
    return Quote(symbol, price, 100.0, 101.0, 111.0, 99.0, 5, AT, "simulated")


def frame(*quotes):
    return quotes_frame("quotes", map(quote_fields, quotes), source="simulated", clock=AT)


def prepare():
    livestore.client().flushdb()
    services.store_instruments(
        instruments=[InstrumentFacts(s, s, sector="IT", cap_class="Large") for s in ("INFY", "TCS")]
    )
    services.switch_source(feed="simulated", source="simulated")
    livestore.write_quotes("simulated", [quote("TCS", 110.0), quote("INFY", 50.0)])


async def connect(user):
    socket = WebsocketCommunicator(QuotesConsumer.as_asgi(), "/ws/quotes/")
    socket.scope["user"] = user
    return socket, await socket.connect()


async def next_frame(socket, kind):
    """The next frame of a kind; status frames come when they like."""
    while True:
        message = orjson.loads(await socket.receive_from(timeout=5))
        if message["type"] == kind:
            return message


@pytest.mark.django_db(transaction=True)
async def test_snapshot_then_what_changed_for_each_clients_own_symbols():
    await sync_to_async(prepare)()
    everyone, (connected, _) = await connect(LoggedIn())
    assert connected
    await everyone.send_to(text_data='{"type": "subscribe"}')
    snapshot = await next_frame(everyone, "snapshot")
    assert {q["symbol"]: q["price"] for q in snapshot["quotes"]} == {"TCS": 110.0, "INFY": 50.0}
    assert snapshot["source"] == "simulated"

    one, _ = await connect(LoggedIn())
    await one.send_to(text_data='{"type": "subscribe", "symbols": ["infy"]}')
    assert [q["symbol"] for q in (await next_frame(one, "snapshot"))["quotes"]] == ["INFY"]

    await sync_to_async(livestore.publish)(frame(quote("TCS", 112.0), quote("INFY", 51.0)))
    both = await next_frame(everyone, "quotes")
    assert {q["symbol"]: q["price"] for q in both["quotes"]} == {"TCS": 112.0, "INFY": 51.0}
    only = await next_frame(one, "quotes")
    assert [(q["symbol"], q["price"]) for q in only["quotes"]] == [("INFY", 51.0)]

    await sync_to_async(livestore.publish)(frame(quote("TCS", 113.0)))
    assert (await next_frame(everyone, "quotes"))["quotes"][0]["price"] == 113.0
    await everyone.send_to(text_data="no json")
    assert (await next_frame(everyone, "error"))["code"] == "malformed"
    await everyone.disconnect()
    await one.disconnect()


@pytest.mark.django_db(transaction=True)
async def test_a_change_of_source_starts_over_with_a_snapshot():
    await sync_to_async(prepare)()
    socket, _ = await connect(LoggedIn())
    await socket.send_to(text_data='{"type": "subscribe"}')
    await next_frame(socket, "snapshot")
    at_yahoo = Quote("TCS", 7.0, 6.0, 6.0, 7.0, 6.0, 1, AT, "yahoo")

    def switch():
        services.switch_source(feed="yahoo", source="yahoo")
        livestore.write_quotes("yahoo", [at_yahoo])
        livestore.publish(
            quotes_frame("quotes", [quote_fields(at_yahoo)], source="yahoo", clock=AT)
        )

    await sync_to_async(switch)()
    again = await next_frame(socket, "snapshot")
    assert (again["source"], [q["price"] for q in again["quotes"]]) == ("yahoo", [7.0])
    await socket.disconnect()


async def test_anonymous_is_refused():
    _socket, (connected, code) = await connect(AnonymousUser())
    assert (connected, code) == (False, 4401)


@pytest.mark.django_db(transaction=True)
async def test_other_apps_listen_to_values():
    await sync_to_async(prepare)()
    async with quote_hub().listen({"TCS"}) as updates:
        first = await asyncio.wait_for(anext(updates), 5)
        assert {s: f["price"] for s, f in first.items()} == {"TCS": 110.0}
        publish = sync_to_async(livestore.publish)
        await publish(frame(quote("INFY", 60.0)))
        await publish(frame(quote("TCS", 111.0)))
        await publish(frame(quote("TCS", 112.0)))
        price = 0
        while price != 112.0:  # the two may arrive as one
            update = await asyncio.wait_for(anext(updates), 5)
            assert set(update) == {"TCS"}
            price = update["TCS"]["price"]
    assert quote_hub()._task is None


@pytest.mark.django_db(transaction=True)
async def test_another_session_is_read_anew():
    """Nothing has moved in a session that begins, whatever the last one's frames said."""
    await sync_to_async(prepare)()
    async with quote_hub().listen({"TCS"}) as updates:
        first = await asyncio.wait_for(anext(updates), 5)
        assert (first["TCS"]["price"], first["TCS"]["previous_close"]) == (110.0, 100.0)
        await sync_to_async(services.set_session)(session_date=date(2025, 1, 3))
        begun = quotes_frame("session", (), source="simulated", clock=AT)
        await sync_to_async(livestore.publish)(begun)
        update = await asyncio.wait_for(anext(updates), 5)
        assert (update["TCS"]["price"], update["TCS"]["previous_close"]) == (110.0, 110.0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "malformed"),
        ("{", "malformed"),
        ("[1]", "malformed"),
        ('{"type": "order"}', "unknown_type"),
        ('{"type": "subscribe", "symbols": "TCS"}', "bad_symbols"),
        ('{"type": "subscribe", "symbols": [1]}', "bad_symbols"),
        ('{"type": "subscribe", "symbols": [""]}', "bad_symbols"),
        (" " * (MAX_MESSAGE + 1), "too_large"),
    ],
)
def test_messages_that_cannot_be_followed(text, code):
    with pytest.raises(RequestError) as caught:
        parse_subscribe(text)
    assert caught.value.code == code


def test_subscription_without_symbols_means_all():
    assert parse_subscribe('{"type": "subscribe"}') is None
    assert parse_subscribe('{"type": "subscribe", "symbols": []}') is None
    assert parse_subscribe('{"type": "subscribe", "symbols": ["m&m"]}') == {"M&M"}
