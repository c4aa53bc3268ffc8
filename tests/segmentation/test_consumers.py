"""The segments socket's bounds; what it pushes is tested with the services."""

import orjson
import pytest
from channels.testing import WebsocketCommunicator

from segmentation.consumers import SegmentsConsumer


class LoggedIn:
    is_authenticated = True


@pytest.mark.django_db(transaction=True)  # channels closes old connections after an event
async def test_messages_are_bounded_in_size_and_number(monkeypatch):
    told = []
    monkeypatch.setattr(
        "segmentation.consumers.bound_messages", lambda send, size: told.append(size)
    )
    socket = WebsocketCommunicator(SegmentsConsumer.as_asgi(), "/ws/segments/")
    socket.scope["user"] = LoggedIn()
    connected, _ = await socket.connect()
    assert connected
    assert told == [65_536]
    for _ in range(40):
        await socket.send_to(text_data='{"type": "ping"}')
        assert orjson.loads(await socket.receive_from(timeout=5)) == {"type": "pong"}
    await socket.send_to(text_data='{"type": "ping"}')
    assert orjson.loads(await socket.receive_from(timeout=5))["code"] == "too_many"
    assert (await socket.receive_output(timeout=5))["code"] == 4429
    await socket.disconnect()
