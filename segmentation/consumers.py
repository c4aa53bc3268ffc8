"""`/ws/segments/`: tells an open page that the picture changed; the page asks for it itself."""

import json
import time

from channels.generic.websocket import AsyncWebsocketConsumer

from accounts.presence import NOT_LOGGED_IN, SessionWatch
from market.outlets import bound_messages
from segmentation.broadcast import GROUP

CHECK_SECONDS = 300.0
"""The frames tell nothing about anybody, so that a session is checked less often."""
MAX_MESSAGE = 1_024
LARGEST_MESSAGE = 65_536
"""Bytes; up to here a message that is too large gets an answer, beyond it the connection ends."""
MESSAGES_PER_WINDOW, WINDOW_SECONDS = 40, 10.0
TOO_MANY_MESSAGES = 4429


class SegmentsConsumer(AsyncWebsocketConsumer):
    """Sends ``{"type": "segments.changed", "run", "version"}`` to one logged-in client.

    The client may send ``{"type": "ping"}`` and gets ``{"type": "pong"}``; anything else is
    answered by ``{"type": "error", "code", "detail"}`` and changes nothing.
    """

    async def connect(self):
        self._watch = None
        self._window, self._messages = time.monotonic(), 0
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self.close(code=NOT_LOGGED_IN)
            return
        await self.channel_layer.group_add(GROUP, self.channel_name)
        bound_messages(self.base_send, LARGEST_MESSAGE)
        await self.accept()
        self._watch = SessionWatch(self, seconds=CHECK_SECONDS)

    async def disconnect(self, code):
        if self._watch is not None:
            await self._watch.stop()
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        if self._too_many():
            refusal = _error("too_many", "Too many messages: the connection is closed.")
            await self.send(text_data=json.dumps(refusal))
            await self.close(code=TOO_MANY_MESSAGES)
            return
        await self.send(text_data=json.dumps(_answer(text_data)))

    async def segments_changed(self, event):
        await self.send(text_data=json.dumps(event))

    def _too_many(self) -> bool:
        now = time.monotonic()
        if now - self._window > WINDOW_SECONDS:
            self._window, self._messages = now, 0
        self._messages += 1
        return self._messages > MESSAGES_PER_WINDOW


def _answer(text) -> dict:
    if text is None:
        return _error("malformed", "Messages are JSON text, not binary.")
    if len(text) > MAX_MESSAGE:
        return _error("too_large", f"A message has at most {MAX_MESSAGE} characters.")
    try:
        message = json.loads(text)
    except ValueError:
        return _error("malformed", "The message is not JSON.")
    if not isinstance(message, dict) or message.get("type") != "ping":
        return _error("unknown_type", 'The only message is {"type": "ping"}.')
    return {"type": "pong"}


def _error(code, detail) -> dict:
    return {"type": "error", "code": code, "detail": detail}
