"""Whether whoever opened a WebSocket is still there, and still signed in."""

import asyncio
import logging
from importlib import import_module

from channels.auth import get_user
from django.conf import settings

logger = logging.getLogger(__name__)

NOT_LOGGED_IN = 4401
CHECK_SECONDS = 60.0


LEFT = {"Disconnected", "ConnectionClosed", "ConnectionClosedOK", "ConnectionClosedError"}
"""What autobahn, which Daphne stands on, and websockets call it; others raise an OSError."""
AFTER_CLOSE = "Unexpected ASGI message"
"""How uvicorn and Hypercorn begin what they say of a message after the end."""


class Visit:
    """One WebSocket connection: once its client has left, what is still sent goes nowhere.

    Somebody who leaves while a frame is on its way is no error of ours, and no server tells it
    before the frame is handed over.
    """

    def __init__(self, receive, send):
        self.real_receive, self.real_send = receive, send
        self.left = False

    async def receive(self):
        message = await self.real_receive()
        self.left = self.left or message["type"] == "websocket.disconnect"
        return message

    async def send(self, message):
        if self.left:
            return
        try:
            await self.real_send(message)
        except Exception as error:
            if not _tells_of_leaving(error):
                raise
            self.left = True
            logger.debug("A client left while %s was on its way", message["type"])


def _tells_of_leaving(error) -> bool:
    known = isinstance(error, OSError) or type(error).__name__ in LEFT
    return known or AFTER_CLOSE in str(error)


def while_there(application):
    """Wrap the WebSocket side of an ASGI application: each connection is a `Visit`."""

    async def visited(scope, receive, send):
        visit = Visit(receive, send)
        await application(scope, visit.receive, visit.send)

    return visited


async def still_signed_in(scope) -> bool:
    """Whether the session still exists and its user is active, with an unchanged password.

    The session is read anew: the one of the handshake knows nothing of a logout since.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore
    session = store(session_key=scope["session"].session_key)
    return (await get_user({"session": session})).is_authenticated


class SessionWatch:
    """Closes a consumer's connection with 4401 soon after its session has ended."""

    def __init__(self, consumer, *, seconds: float | None = None):
        watch = self._watch(consumer, seconds or CHECK_SECONDS)
        self._task = asyncio.create_task(watch, name="session watch")

    async def stop(self):
        """End the watch; for a consumer's `disconnect`."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self, consumer, seconds):
        failed = False
        while True:
            await asyncio.sleep(seconds)
            try:
                signed_in = await still_signed_in(consumer.scope)
            except Exception:
                # Whatever failed, Redis, MongoDB or anything else: a watch that ended here would
                # leave the connection open after a sign-out, and nobody would know.
                if not failed:
                    logger.warning("A session could not be checked; trying again", exc_info=True)
                failed = True
                continue
            failed = False
            if not signed_in:
                await consumer.close(code=NOT_LOGGED_IN)
                return
