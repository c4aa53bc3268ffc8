"""The portfolio socket, through the real hub, Redis and channel layer."""

from datetime import UTC, date, datetime

import orjson
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser

from market import livestore
from market.domain.wire import quote_fields, quotes_frame
from portfolios.consumers import MAX_MESSAGE, PortfolioConsumer
from portfolios.domain.wire import valuation_fields
from portfolios.queries import portfolio_of, valuation_of
from portfolios.services import create_portfolio, record_trade
from tests.portfolios.conftest import SOURCE, quote


async def connect(user, query=""):
    socket = WebsocketCommunicator(PortfolioConsumer.as_asgi(), f"/ws/portfolio/{query}")
    socket.scope["user"] = user
    return socket, await socket.connect()


async def next_frame(socket, kind):
    while True:
        message = orjson.loads(await socket.receive_from(timeout=5))
        if message["type"] == kind:
            return message


def book(user, quantity):
    portfolio = portfolio_of(user)
    record_trade(
        portfolio=portfolio, kind="buy", symbol="INFY", quantity=quantity, price=140,
        trade_date=date(2025, 1, 6),
    )  # fmt: skip


def publish(price):
    """As the feed does: the latest quote kept, and the change told."""
    now = quote("INFY", price)
    livestore.write_quotes(SOURCE, [now])
    fields = quote_fields(now)
    clock = datetime.now(UTC)
    livestore.publish(quotes_frame("quotes", [fields], source=SOURCE, clock=clock))


async def test_an_investor_gets_the_value_of_the_page_then_every_change(portfolio):
    user = portfolio.investor
    await sync_to_async(book)(user, 10)
    socket, (connected, _) = await connect(user)
    assert connected
    first = await next_frame(socket, "valuation")
    on_the_page = await sync_to_async(lambda: valuation_of(portfolio_of(user)))()
    assert first == valuation_fields(on_the_page, quote("NIFTY50", 22_000.0))
    assert first["benchmark"] == {"price": 22_000, "change_fraction": 0.004566}  # 100 / 21,900
    assert first["value"] == 1500

    await sync_to_async(publish)(155.0)
    moved = await next_frame(socket, "valuation")
    assert (moved["value"], moved["today"], moved["unrealised"]) == (1550, 70, 150)

    await sync_to_async(book)(user, 5)
    await next_frame(socket, "ledger.changed")
    after = await next_frame(socket, "valuation")
    assert after["value"] == 15 * 155
    await socket.disconnect()


async def test_values_are_of_the_portfolio_the_page_names(portfolio, staff):
    user = portfolio.investor
    await sync_to_async(book)(user, 10)
    second = await sync_to_async(create_portfolio)(investor=user, name="For school")
    for query, value in (("", 1500), (f"?portfolio={portfolio.pk}", 1500), ("?portfolio=x", 0)):
        socket, _ = await connect(user, query)
        assert (await next_frame(socket, "valuation"))["value"] == value
        await socket.disconnect()
    socket, _ = await connect(user, f"?portfolio={second.pk}")
    assert (await next_frame(socket, "valuation"))["value"] == 0
    await socket.disconnect()
    socket, _ = await connect(staff, f"?portfolio={portfolio.pk}")  # another's is nobody's
    assert (await next_frame(socket, "valuation"))["holdings"] == []
    await socket.disconnect()


async def test_a_message_that_is_not_understood_is_answered_and_changes_nothing(portfolio):
    socket, _ = await connect(portfolio.investor)
    assert (await next_frame(socket, "valuation"))["holdings"] == []
    for text, code in (
        ("not json", "unknown_type"),
        ('{"type": "sell everything"}', "unknown_type"),
        ("[1]", "unknown_type"),
        ("x" * (MAX_MESSAGE + 1), "too_large"),
    ):
        await socket.send_to(text_data=text)
        assert (await next_frame(socket, "error"))["code"] == code
    await socket.send_to(text_data='{"type": "refresh"}')
    assert (await next_frame(socket, "valuation"))["value"] == 0
    await socket.disconnect()


async def test_an_anonymous_client_is_refused():
    _, (connected, code) = await connect(AnonymousUser())
    assert not connected and code == 4401


async def test_the_server_is_told_how_large_a_message_may_be(portfolio, monkeypatch):
    told = []
    monkeypatch.setattr("portfolios.consumers.bound_messages", lambda send, size: told.append(size))
    socket, _ = await connect(portfolio.investor)
    assert told == [65_536]
    await socket.disconnect()
