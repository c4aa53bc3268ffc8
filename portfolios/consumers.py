"""`/ws/portfolio/`: the investor's own portfolio, valued as prices move."""

import asyncio
import contextlib
import logging
import time
from urllib.parse import parse_qs

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from accounts.presence import NOT_LOGGED_IN, SessionWatch
from market.broadcast import quote_hub
from market.domain.instruments import DEFAULT_BENCHMARK
from market.domain.wire import quote_from_fields
from market.outlets import bound_messages
from portfolios.broadcast import group_of
from portfolios.domain.valuation import value_portfolio
from portfolios.domain.wire import valuation_fields
from portfolios.queries import own_portfolio, portfolio_of, session_holdings

logger = logging.getLogger(__name__)

SECONDS_BETWEEN = 0.5
"""Shortest time between two frames: faster figures than these nobody can read."""
SESSION_SECONDS = 300.0
MAX_MESSAGE = 1_024
LARGEST_MESSAGE = 65_536
"""Bytes; up to here a message that is too large gets an answer, beyond it the connection ends."""
TOO_MANY_MESSAGES = 4429
MOST_MESSAGES = 60


class PortfolioConsumer(AsyncWebsocketConsumer):
    """Streams valuations to one logged-in investor.

    Sends ``{"type": "valuation", ...}`` (see `portfolios.domain.wire`) on connection and then
    whenever a price of a holding changes, and ``{"type": "ledger.changed"}`` when a trade was
    booked. The one message it takes is ``{"type": "refresh"}``; anything else is answered by
    ``{"type": "error", "code", "detail"}`` and changes nothing.

    Valued is the portfolio that the page shows, whose key stands in the address as ``portfolio``:
    a choice made in another window does not reach this one. Without a key it is the oldest.
    """

    async def connect(self):
        self._stream = self._group = self._watch = None
        self._messages = 0
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self.close(code=NOT_LOGGED_IN)
            return
        self._user = user
        asked = parse_qs(self.scope.get("query_string", b"").decode("ascii", "replace"))
        self._key = asked.get("portfolio", [""])[0]
        self._group = group_of(user.number)
        await self.channel_layer.group_add(self._group, self.channel_name)
        bound_messages(self.base_send, LARGEST_MESSAGE)
        await self.accept()
        self._watch = SessionWatch(self)
        self._restart()

    async def disconnect(self, code):
        if self._group is not None:
            await self.channel_layer.group_discard(self._group, self.channel_name)
        if self._watch is not None:
            await self._watch.stop()
        await self._stop()

    async def receive(self, text_data=None, bytes_data=None):
        self._messages += 1
        if self._messages > MOST_MESSAGES:
            await self._error("too_many", "Too many messages: the connection is closed.")
            await self.close(code=TOO_MANY_MESSAGES)
        elif text_data is None or len(text_data) > MAX_MESSAGE:
            await self._error(
                "too_large", f"A message is text of at most {MAX_MESSAGE} characters."
            )
        elif _type_of(text_data) != "refresh":
            await self._error("unknown_type", 'The only message is {"type": "refresh"}.')
        else:
            await self._stop()
            self._restart()

    async def portfolio_changed(self, event):
        """The ledger has changed: tell the page, and value what is held now."""
        await self.send(text_data='{"type":"ledger.changed"}')
        await self._stop()
        self._restart()

    def _restart(self):
        self._stream = asyncio.create_task(self._follow(), name="portfolio stream")

    async def _stop(self):
        if self._stream is not None:
            self._stream.cancel()
            await asyncio.gather(self._stream, return_exceptions=True)
            self._stream = None

    async def _follow(self):
        """Value the portfolio with every change of a price it holds."""
        try:
            while await self._follow_session():
                pass  # a new trading day may have begun: which trades are today's is read again
        except Exception:
            logger.exception("The stream of a portfolio has ended")
            with contextlib.suppress(Exception):
                await self._error("interrupted", "Live values have stopped. Reload the page.")

    async def _follow_session(self):
        """Push valuations for `SESSION_SECONDS`; False if nothing is held that could move."""
        held, account, flows = await database_sync_to_async(_holdings_of)(self._user, self._key)
        symbols = {p.symbol for p in held} | set(flows)
        if not symbols:
            await self._push(value_portfolio(held, {}, account=account, flows=flows), {})
            return False
        quotes, until = {}, time.monotonic() + SESSION_SECONDS
        async with quote_hub().listen(symbols | {DEFAULT_BENCHMARK}) as updates:
            async for changed in updates:
                source = quote_hub().source
                quotes |= {name: quote_from_fields(f, source) for name, f in changed.items()}
                valuation = value_portfolio(held, quotes, account=account, flows=flows)
                await self._push(valuation, quotes)
                if time.monotonic() > until:
                    break
                await asyncio.sleep(SECONDS_BETWEEN)
        return True

    async def _push(self, valuation, quotes):
        fields = valuation_fields(valuation, quotes.get(DEFAULT_BENCHMARK))
        await self.send(text_data=orjson.dumps(fields).decode())

    async def _error(self, code, detail):
        frame = orjson.dumps({"type": "error", "code": code, "detail": detail})
        await self.send(text_data=frame.decode())


def _holdings_of(user, key):
    return session_holdings(own_portfolio(user, key) if key else portfolio_of(user))


def _type_of(text):
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return message.get("type") if isinstance(message, dict) else None
