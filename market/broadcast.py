"""Live quotes inside one server process: one Redis subscription, however many listeners.

A group message per client costs a channel-layer hop each; here a frame is read and encoded once
and handed to every client. Other apps listen too::

    async with quote_hub().listen({"TCS", "INFY"}) as updates:
        async for quotes in updates:      # dict of symbol to quote fields, the first one complete
            ...

A listener that is slow gets fewer and larger updates, never a backlog.
"""

import asyncio
import logging
import random
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

import orjson
import redis.asyncio
from asgiref.sync import sync_to_async
from django.conf import settings
from redis.exceptions import RedisError

from market import queries
from market.domain.wire import quote_fields, quotes_frame, status_fields
from market.livestore import QUOTES_CHANNEL
from market.outlets import DirectOutlet, text_frame

logger = logging.getLogger(__name__)

STATUS_SECONDS = 5.0
_BACKOFF = (0.2, 5.0)

_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, QuoteHub]" = WeakKeyDictionary()


def quote_hub() -> "QuoteHub":
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = QuoteHub()
    return _hubs[loop]


class Subscriber:
    """One receiver of quotes: what it wants, and what it has not been given yet.

    Parameters
    ----------
    symbols : frozenset of str, optional
        None: all.
    direct : DirectOutlet, optional
        The client's socket, where frames may be written without waking its consumer.
    """

    __slots__ = ("_missed", "_text", "direct", "restart", "status", "symbols", "wake")

    def __init__(
        self, symbols: frozenset[str] | None = None, *, direct: DirectOutlet | None = None
    ):
        self.symbols = symbols
        self.direct = direct
        self.status: str | None = None
        self.restart = True
        self.wake = asyncio.Event()
        self._text: str | None = None
        self._missed: set[str] | None = None

    def offer(self, text: str, changed: set[str]) -> None:
        """Take a ready frame; while the one before is unsent, remember only what changed."""
        if self._text is None and self._missed is None:
            self._text = text
        else:
            self.miss(changed)
        self.wake.set()

    def miss(self, changed: set[str]) -> None:
        """Remember what changed without saying so yet."""
        self._missed = changed if self._missed is None else self._missed | changed

    def offer_changes(self, changed: set[str]) -> None:
        """Remember symbols that changed, for receivers that want values, not frames."""
        self.miss(changed)
        self.wake.set()

    def start_over(self) -> None:
        """Make the next frame a complete one."""
        self._text, self._missed, self.restart = None, None, True
        self.wake.set()

    def take(self) -> tuple[str | None, set[str] | None, bool]:
        """Everything outstanding: ready frame, further changes, whether all must be sent."""
        taken = self._text, self._missed, self.restart
        self._text, self._missed, self.restart = None, None, False
        self.wake.clear()
        return taken

    @property
    def pending(self) -> bool:
        return self.restart or self._text is not None or self._missed is not None


class Frame:
    """One frame in the forms clients take it in; the bytes for a socket are made at most once."""

    __slots__ = ("_wire", "changed", "text")

    def __init__(self, text: str, changed: set[str]):
        self.text, self.changed = text, changed
        self._wire: bytes | None = None

    @property
    def wire(self) -> bytes:
        if self._wire is None:
            self._wire = text_frame(self.text.encode())
        return self._wire


class QuoteHub:
    """Keeps the latest quotes of a server process and tells its subscribers what changed."""

    def __init__(self):
        self.book: dict[str, dict] = {}
        self.source = ""
        self.status: str = ""
        self._clients: set[Subscriber] = set()
        self._listeners: set[Subscriber] = set()
        self._task: asyncio.Task | None = None
        self._ready = asyncio.Event()

    async def join(self, client: Subscriber) -> None:
        """Send frames to a client from now on; returns once the latest quotes are known."""
        self._clients.add(client)
        await self._ensure_running()

    async def leave(self, client: Subscriber) -> None:
        """Forget a client or listener; with the last one the Redis subscription ends."""
        self._clients.discard(client)
        self._listeners.discard(client)
        if not self._clients and not self._listeners and self._task is not None:
            task, self._task = self._task, None
            self._ready.clear()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @asynccontextmanager
    async def listen(self, symbols=None):
        """Iterate over changes of `symbols` (None: all) as dicts of symbol to quote fields.

        Yields
        ------
        async iterator of dict
            The first dict holds every known symbol; later ones what changed since the last one
            taken. Fields are those of `market.domain.wire.quote_fields`; do not change them.
        """
        listener = Subscriber(None if symbols is None else frozenset(symbols))
        self._listeners.add(listener)
        try:
            await self._ensure_running()
            yield self._updates(listener)
        finally:
            await self.leave(listener)

    def snapshot(self, symbols: frozenset[str] | None) -> str:
        """Complete frame for a set of symbols."""
        return self._encode("snapshot", self.book.keys() if symbols is None else symbols)

    def changes(self, symbols) -> str:
        """Frame with the latest quotes of some symbols."""
        return self._encode("quotes", symbols)

    async def _updates(self, listener: Subscriber):
        while True:
            await listener.wake.wait() if not listener.pending else None
            _, missed, everything = listener.take()
            names = (listener.symbols or self.book.keys()) if everything else missed
            if names:
                yield {name: self.book[name] for name in tuple(names) if name in self.book}

    def _encode(self, kind: str, symbols) -> str:
        quotes = [self.book[s] for s in symbols if s in self.book]
        clock = datetime.now(UTC)
        return quotes_frame(kind, quotes, source=self.source, clock=clock).decode()

    async def _ensure_running(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="quote hub")
        await self._ready.wait()

    async def _run(self) -> None:
        """Read frames until cancelled; a lost Redis is waited for, and what was missed re-read."""
        ticker = asyncio.create_task(self._tell_status())
        delay = _BACKOFF[0]
        try:
            while True:
                connection = redis.asyncio.Redis.from_url(
                    settings.REDIS_URL, socket_connect_timeout=3
                )
                try:
                    async with connection.pubsub() as channel:
                        await channel.subscribe(QUOTES_CHANNEL)
                        await self._reload()
                        delay = _BACKOFF[0]
                        async for message in channel.listen():
                            if message["type"] == "message":
                                await self.receive(message["data"])
                except (RedisError, OSError) as error:
                    logger.warning("quotes: Redis is gone (%s), trying again", error)
                    if not self._ready.is_set():
                        await self._reload()
                finally:
                    await connection.aclose()
                await asyncio.sleep(delay * random.uniform(0.7, 1.3))
                delay = min(delay * 2, _BACKOFF[1])
        finally:
            ticker.cancel()

    async def receive(self, data: bytes) -> None:
        """Take in one published frame and hand it on."""
        frame = orjson.loads(data)
        if frame["source"] != self.source or frame["type"] == "session":
            await self._reload()
            return
        changed = {fields["symbol"] for fields in frame["quotes"]}
        self.book.update((fields["symbol"], fields) for fields in frame["quotes"])
        whole = Frame(data.decode(), changed)
        parts: dict[frozenset[str], Frame | None] = {}
        for client in self._clients:
            wanted = client.symbols
            if wanted is None:
                _hand(client, whole)
                continue
            if wanted not in parts:
                some = wanted & changed
                parts[wanted] = Frame(self.changes(some), some) if some else None
            part = parts[wanted]
            if part is not None:
                _hand(client, part)
        for listener in self._listeners:
            some = changed if listener.symbols is None else listener.symbols & changed
            if some:
                listener.offer_changes(set(some))

    async def _reload(self) -> None:
        """Read all latest quotes anew: after a start, a gap, a new source or session."""
        try:
            source, quotes = await sync_to_async(_read_book)()
        except Exception:
            logger.exception("quotes: the latest quotes cannot be read, keeping the last ones")
        else:
            self.source = source
            self.book = {symbol: quote_fields(quote) for symbol, quote in quotes.items()}
        self._ready.set()
        for subscriber in (*self._clients, *self._listeners):
            subscriber.start_over()

    async def _tell_status(self) -> None:
        while True:
            try:
                status = await sync_to_async(queries.market_status)()
                self.status = orjson.dumps({"type": "status", **status_fields(status)}).decode()
                frame = Frame(self.status, set())
                for client in self._clients:
                    direct = client.direct
                    if direct is None or client.pending or not direct.write(frame.wire):
                        client.status = self.status
                        client.wake.set()
            except Exception:
                logger.exception("quotes: the market status cannot be read")
            await asyncio.sleep(STATUS_SECONDS)


def _hand(client: Subscriber, frame: Frame) -> None:
    """Give a frame to a client by the shortest way that keeps its frames in order."""
    direct = client.direct
    if direct is None:
        client.offer(frame.text, frame.changed)
    elif not client.pending and direct.write(frame.wire):
        return
    elif direct.idle:
        client.offer(frame.text, frame.changed)
    else:
        # The client has not read what it was sent: it gets one larger frame once it has.
        client.miss(frame.changed)


def _read_book():
    return queries.active_source(), queries.latest_quotes()
