"""`/ws/quotes/`: live quotes as JSON for one browser."""

import asyncio
import contextlib
import time

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer

from accounts.presence import NOT_LOGGED_IN, SessionWatch
from market.broadcast import Subscriber, quote_hub
from market.outlets import bound_messages, direct_outlet

MAX_MESSAGE = 32_768
LARGEST_MESSAGE = 1_048_576
"""Bytes; up to here a message that is too large gets an answer, beyond it the connection ends."""
MAX_SYMBOLS = 1_000
MAX_SYMBOL_LENGTH = 30
MESSAGES_PER_WINDOW, WINDOW_SECONDS = 40, 10.0
TOO_MANY_MESSAGES = 4429
CHECK_SECONDS = 300.0
"""Prices tell nothing about anybody, and clients are many: sessions are checked less often."""


class RequestError(ValueError):
    """A client's message that cannot be followed; `code` is for programs, the text for people."""

    def __init__(self, code: str, detail: str):
        super().__init__(detail)
        self.code = code


def parse_subscribe(text: str | None) -> frozenset[str] | None:
    """Symbols a client asks for.

    Parameters
    ----------
    text : str or None
        The message as it came; None for a binary one.

    Returns
    -------
    frozenset of str or None
        None: all symbols, as is meant by a missing, null or empty list.

    Raises
    ------
    RequestError
        With code "malformed", "too_large", "unknown_type" or "bad_symbols".
    """
    if text is None:
        raise RequestError("malformed", "Messages are JSON text, not binary.")
    if len(text) > MAX_MESSAGE:
        raise RequestError("too_large", f"A message has at most {MAX_MESSAGE} characters.")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise RequestError("malformed", "The message is not JSON.") from None
    if not isinstance(message, dict):
        raise RequestError("malformed", "The message is not a JSON object.")
    if message.get("type") != "subscribe":
        raise RequestError("unknown_type", 'The only message is {"type": "subscribe"}.')
    symbols = message.get("symbols")
    if symbols is None:
        return None
    if (
        not isinstance(symbols, list)
        or len(symbols) > MAX_SYMBOLS
        or not all(isinstance(s, str) and 0 < len(s) <= MAX_SYMBOL_LENGTH for s in symbols)
    ):
        raise RequestError("bad_symbols", f"symbols is a list of at most {MAX_SYMBOLS} symbols.")
    return frozenset(symbol.upper() for symbol in symbols) or None


class QuotesConsumer(AsyncWebsocketConsumer):
    """Streams what changed to one logged-in client.

    The client sends ``{"type": "subscribe", "symbols": [...]}`` (none: all) and gets a
    `snapshot`, then `quotes` frames; `status` frames tell the market's state every five seconds.
    A message that cannot be followed is answered by ``{"type": "error", "code", "detail"}`` and
    changes nothing.
    """

    # Frames come from the hub: a channel of the layer per client would be a subscription each.
    channel_layer_alias = "none"

    async def connect(self):
        self._writer: asyncio.Task | None = None
        self._watch: SessionWatch | None = None
        self._client: Subscriber | None = None
        self._window, self._messages = time.monotonic(), 0
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self.close(code=NOT_LOGGED_IN)
            return
        bound_messages(self.base_send, LARGEST_MESSAGE)
        await self.accept()
        self._watch = SessionWatch(self, seconds=CHECK_SECONDS)

    async def receive(self, text_data=None, bytes_data=None):
        if self._too_many():
            await self._error("too_many", "Too many messages: the connection is closed.")
            await self.close(code=TOO_MANY_MESSAGES)
            return
        try:
            symbols = parse_subscribe(text_data)
        except RequestError as error:
            await self._error(error.code, str(error))
            return
        if self._client is None:
            self._client = Subscriber(symbols, direct=direct_outlet(self.base_send))
            await quote_hub().join(self._client)
            self._client.status = quote_hub().status or None
            self._writer = asyncio.create_task(self._write(self._client))
        else:
            self._client.symbols = symbols
            self._client.start_over()

    async def disconnect(self, code):
        if self._watch is not None:
            await self._watch.stop()
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        if self._client is not None:
            await quote_hub().leave(self._client)

    async def _write(self, client: Subscriber):
        """Send whatever is outstanding, one frame at a time, so that a slow client waits alone."""
        hub, send = quote_hub(), self.base_send
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                if not client.pending and client.status is None:
                    await client.wake.wait()
                text, missed, everything = client.take()
                if everything:
                    text, missed = hub.snapshot(client.symbols), None
                if text is not None:
                    await send({"type": "websocket.send", "text": text})
                if missed:
                    await send({"type": "websocket.send", "text": hub.changes(missed)})
                if client.status is not None:
                    status, client.status = client.status, None
                    await send({"type": "websocket.send", "text": status})

    async def _error(self, code: str, detail: str):
        frame = orjson.dumps({"type": "error", "code": code, "detail": detail})
        await self.send(text_data=frame.decode())

    def _too_many(self) -> bool:
        now = time.monotonic()
        if now - self._window > WINDOW_SECONDS:
            self._window, self._messages = now, 0
        self._messages += 1
        return self._messages > MESSAGES_PER_WINDOW
