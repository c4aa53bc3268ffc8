"""A connection that outlives its session is closed, through Redis and MongoDB."""

import asyncio
import logging
from importlib import import_module

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client
from redis.exceptions import ConnectionError, RedisError

from accounts import presence, services
from market import consumers as market
from portfolios import consumers as portfolios
from segmentation import consumers as segmentation

SOCKETS = {
    "portfolio": portfolios.PortfolioConsumer,
    "segments": segmentation.SegmentsConsumer,
    "quotes": market.QuotesConsumer,
}


@pytest.fixture
def signed_in(transactional_db, settings, monkeypatch):
    """A client with a session, and its user."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = services.register(email="asha@example.org", password="quiet river 1947 stone")
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client, user


def scope_of(client, user):
    store = import_module(settings.SESSION_ENGINE).SessionStore
    return {"session": store(session_key=client.session.session_key), "user": user}


class Disconnected(RuntimeError):
    """As autobahn names what it raises."""


@pytest.mark.parametrize(
    "error",
    [
        Disconnected("Attempt to send on a closed protocol"),
        ConnectionResetError("gone"),
        RuntimeError("Unexpected ASGI message 'websocket.send', after sending 'websocket.close'."),
    ],
)
async def test_a_client_who_leaves_is_no_error_and_is_sent_nothing_more(error, caplog):
    tried, heard = [], []

    async def consumer(scope, receive, send):
        for number in range(3):
            await send({"type": "websocket.send", "text": str(number)})
        heard.append((await receive())["type"])

    async def send(message):
        tried.append(message["text"])
        raise error

    async def receive():
        return {"type": "websocket.disconnect", "code": 1001}

    await presence.while_there(consumer)({}, receive, send)
    assert tried == ["0"] and heard == ["websocket.disconnect"]
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


async def test_after_the_disconnect_nothing_is_sent_and_other_errors_are_told():
    sent = []

    async def send(message):
        sent.append(message)
        raise ValueError("Socket has not been accepted, so cannot send over it")

    async def receive():
        return {"type": "websocket.disconnect", "code": 1001}

    visit = presence.Visit(receive, send)
    with pytest.raises(ValueError, match="not been accepted"):
        await visit.send({"type": "websocket.send", "text": "x"})
    await visit.receive()
    await visit.send({"type": "websocket.send", "text": "y"})
    assert len(sent) == 1


async def test_a_watch_outlives_checks_that_fail_and_says_so_once(monkeypatch, caplog):
    answers = [ConnectionError("Redis is gone"), RedisError("still"), True, ValueError("?"), False]
    closed = asyncio.Event()

    async def check(scope):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    class Consumer:
        scope = {}

        async def close(self, code):
            assert code == presence.NOT_LOGGED_IN
            closed.set()

    monkeypatch.setattr(presence, "still_signed_in", check)
    watch = presence.SessionWatch(Consumer(), seconds=0.001)
    await asyncio.wait_for(closed.wait(), 30)
    await watch.stop()
    assert answers == []
    # Once for each time it begins to fail.
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]


def log_out(client, user):
    client.logout()


def deactivate(client, user):
    type(user).objects.filter(pk=user.pk).update(is_active=False)


def change_password(client, user):
    user.set_password("another river 1947 stone")
    user.save()


@pytest.mark.parametrize("end", [log_out, deactivate, change_password])
async def test_a_session_counts_only_while_it_and_its_user_do(signed_in, end):
    scope = await sync_to_async(scope_of)(*signed_in)
    assert await presence.still_signed_in(scope)
    await sync_to_async(end)(*signed_in)
    assert not await presence.still_signed_in(scope)


@pytest.mark.parametrize("name", SOCKETS)
async def test_every_socket_closes_once_its_user_has_logged_out(signed_in, name, monkeypatch):
    for module in (market, segmentation):
        monkeypatch.setattr(module, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(presence, "CHECK_SECONDS", 0.1)
    socket = WebsocketCommunicator(SOCKETS[name].as_asgi(), f"/ws/{name}/")
    socket.scope.update(await sync_to_async(scope_of)(*signed_in))
    connected, _ = await socket.connect()
    assert connected
    await database_sync_to_async(signed_in[0].logout)()
    while (message := await socket.receive_output(timeout=5))["type"] != "websocket.close":
        pass
    assert message["code"] == 4401
    await socket.disconnect()
