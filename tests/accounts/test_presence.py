"""A connection that outlives its session is closed, through Redis and MongoDB."""

from importlib import import_module

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

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
