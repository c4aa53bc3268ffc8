"""Whether whoever opened a WebSocket is still signed in: the handshake asks only once."""

import asyncio
import contextlib
import logging
from importlib import import_module

from channels.auth import get_user
from django.conf import settings
from django.db import DatabaseError
from pymongo.errors import PyMongoError

logger = logging.getLogger(__name__)

NOT_LOGGED_IN = 4401
CHECK_SECONDS = 60.0


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
        while True:
            await asyncio.sleep(seconds)
            try:
                signed_in = await still_signed_in(consumer.scope)
            except (DatabaseError, PyMongoError):
                logger.warning("A session could not be checked; trying again later", exc_info=True)
                continue
            if not signed_in:
                with contextlib.suppress(RuntimeError):  # the client has just left
                    await consumer.close(code=NOT_LOGGED_IN)
                return
