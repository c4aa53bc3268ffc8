"""`/ws/segments/`: tells an open page that the picture changed; the page asks for it itself."""

import json

from channels.generic.websocket import AsyncWebsocketConsumer

from segmentation.broadcast import GROUP

NOT_LOGGED_IN = 4401
MAX_MESSAGE = 1_024


class SegmentsConsumer(AsyncWebsocketConsumer):
    """Sends ``{"type": "segments.changed", "run", "version"}`` to one logged-in client.

    The client may send ``{"type": "ping"}`` and gets ``{"type": "pong"}``; anything else is
    answered by ``{"type": "error", "code", "detail"}`` and changes nothing.
    """

    async def connect(self):
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self.close(code=NOT_LOGGED_IN)
            return
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data=json.dumps(_answer(text_data)))

    async def segments_changed(self, event):
        await self.send(text_data=json.dumps(event))


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
