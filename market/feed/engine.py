"""The one process that asks a provider for quotes and tells everyone else."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date

import pymongo
from django.db import DatabaseError
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from market import livestore, services
from market.domain.conflation import Conflator
from market.domain.quotes import Quote
from market.domain.wire import milliseconds, quote_fields, quotes_frame
from market.providers.base import PriceProvider, ProviderError

logger = logging.getLogger(__name__)

FRAME_SECONDS = 0.25
BEAT_SECONDS = 2.0
STORE_SECONDS = 5.0
WRITE_SECONDS = 20.0
"""Longest wait for one write to MongoDB; a thousand bars of an ended session are written in two."""
LEASE_SECONDS = 10.0
LONGEST_WAIT = 300.0
STORE_ERRORS = (PyMongoError, DatabaseError)
"""MongoDB fails as the first from its driver, and as the second through a model."""


class Feed:
    """Polls a provider and publishes what changed, until told to stop or its lease is lost.

    MongoDB is written in a thread of its own: one that hangs keeps back neither frames nor the
    lease.

    Parameters
    ----------
    provider : PriceProvider
    symbols : sequence of str
    owner : str
        Name under which this process holds the lease.
    stop : threading.Event
        Set by the signal handler.
    say : callable
        Takes one sentence for the log.
    """

    def __init__(
        self,
        provider: PriceProvider,
        symbols,
        *,
        owner: str,
        stop: threading.Event,
        say: Callable[[str], object] = logger.info,
    ):
        self.provider, self.symbols = provider, list(symbols)
        self.owner, self._stop, self._say = owner, stop, say
        self.session: date = provider.session_date
        self.book: dict[str, Quote] = {}
        self.conflator = Conflator()
        self.updated: float | None = None
        self.message = ""
        self._began = time.time()
        self._unsaved: dict[str, Quote] = {}
        self._ended: dict[date, list[Quote]] = {}
        self._handing_over = threading.Lock()
        self._told = self.session
        self._due = {"poll": 0.0, "frame": 0.0, "beat": 0.0, "store": STORE_SECONDS}
        self._failures = 0
        self._troubled: set[str] = set()

    def run(self) -> bool:
        """Feed until stopped (True) or until another process holds the lease (False)."""
        asking: Future | None = None
        saving: Future | None = None
        with (
            ThreadPoolExecutor(max_workers=1, thread_name_prefix="provider") as pool,
            ThreadPoolExecutor(max_workers=1, thread_name_prefix="store") as writer,
        ):
            while not self._stop.is_set():
                if asking is None and self._is_due("poll"):
                    asking = pool.submit(self.provider.quotes, self.symbols)
                if asking is not None and asking.done():
                    self.take_answer(asking)
                    asking = None
                if self._is_due("beat") and not self._with_redis(self.beat):
                    self._say("Another feed holds the lease now; waiting behind it.")
                    return False
                if len(self.conflator) and self._is_due("frame"):
                    self._with_redis(self.publish)
                    self._again("frame", FRAME_SECONDS)
                if saving is not None and saving.done():
                    saving.result()
                    saving = None
                if saving is None and self._is_due("store") and self._has_to_save():
                    saving = writer.submit(self.save)
                self._stop.wait(0.05)
        self.close_books()
        self.store()
        return True

    def take_answer(self, asking: Future) -> None:
        """Book a provider's answer, or its failure, and decide when to ask again."""
        try:
            answer = asking.result()
        except ProviderError as error:
            self._failures += 1
            wait = min(self.provider.pause * 2**self._failures, LONGEST_WAIT)
            if self.message != str(error):
                self._say(f"{error} The last prices stay; next try in {wait:.0f} s.")
            self.message = str(error)
            self._again("poll", wait)
            return
        self._failures, self.message = 0, ""
        if answer.quotes or len(answer.problems) < len(self.symbols):
            self.updated = time.time()
        self._roll_over()
        self.book |= answer.quotes
        with self._handing_over:
            self._unsaved |= answer.quotes
        self.conflator.add(answer.quotes.values())
        self._again("poll", self.provider.pause)

    def _roll_over(self) -> None:
        """Begin a session when the provider has, and set the one before aside to be stored."""
        session = self.provider.session_date
        if session == self.session:
            return
        self._say(f"The session of {self.session} is over, {session} begins.")
        ended, self.session = self.session, session
        if self.provider.name == "replay":
            self.book.clear()
            with self._handing_over:
                self._unsaved.clear()
            self._with_redis(lambda: livestore.forget_quotes(self.provider.source))
        else:
            last = quotes_of_session(self.book.values(), ended, self.provider.name)
            self._ended[ended] = last
        self._again("store", 0.0)

    def _has_to_save(self) -> bool:
        return bool(self._unsaved or self._ended or self._told != self.session)

    def save(self) -> None:
        """Store what changed since the last time."""
        self.close_books()
        if self._unsaved:
            self.store()

    def close_books(self) -> None:
        """Store the bars of ended sessions and say which one runs; again later where that fails."""
        for ended, last in list(self._ended.items()):
            stored = self._with_mongo(
                lambda ended=ended, last=last: services.store_end_of_day_bars(
                    source=self.provider.source, session_date=ended, quotes=last
                )
            )
            if not stored:
                self._again("store", STORE_SECONDS)
                return
            del self._ended[ended]
        if self._told == self.session:
            return
        session = self.session
        if self._with_mongo(lambda: services.set_session(session_date=session)):
            self._told = session
            # Every page reads anew what has not moved in the session that begins.
            frame = quotes_frame(
                "session", (), source=self.provider.source, clock=self.provider.clock()
            )
            self._with_redis(lambda: livestore.publish(frame))
        else:
            self._again("store", STORE_SECONDS)

    def publish(self) -> bool:
        """Send one conflated frame, and keep its quotes where new pages find them."""
        quotes = self.conflator.take()
        frame = quotes_frame(
            "quotes",
            (quote_fields(quote.in_session(self.session)) for quote in quotes),
            source=self.provider.source,
            clock=self.provider.clock(),
        )
        try:
            livestore.write_quotes(self.provider.source, quotes)
            livestore.publish(frame)
        except RedisError:
            self.conflator.put_back(quotes)
            raise
        return True

    def beat(self) -> bool:
        """Leave a sign of life; False when the lease belongs to another process."""
        self._again("beat", BEAT_SECONDS)
        if not livestore.take_lease(self.owner, LEASE_SECONDS):
            return False
        livestore.beat(
            {
                "feed": self.provider.name,
                "source": self.provider.source,
                "clock": milliseconds(self.provider.clock()),
                "session_date": self.session.isoformat(),
                "began": self._began,
                "updated": self.updated,
                "message": self.message,
            }
        )
        if "redis" in self._troubled:
            # Redis may have come back empty: everything is told anew.
            self._troubled.discard("redis")
            self._say("Redis is back.")
            self.conflator.put_back(self.book.values())
        return True

    def store(self) -> None:
        """Write the quotes that changed to MongoDB, where they survive a restart of Redis."""
        self._again("store", STORE_SECONDS)
        with self._handing_over:
            saving, self._unsaved = self._unsaved, {}
        stored = self._with_mongo(
            lambda: services.store_quotes(source=self.provider.source, quotes=saving.values())
        )
        if not stored:
            with self._handing_over:
                self._unsaved = saving | self._unsaved

    def _with_redis(self, write: Callable[[], object]) -> bool:
        """Do `write`; True also when Redis is gone, which is no reason to give up the feed."""
        try:
            return write() is not False
        except RedisError as error:
            if "redis" not in self._troubled:
                self._say(f"Redis does not answer ({error}); trying again.")
            self._troubled.add("redis")
            self._again("beat", 1.0)
            self._again("frame", 1.0)
            return True

    def _with_mongo(self, write: Callable[[], object]) -> bool:
        """Do `write`; False when MongoDB is gone, or does not answer in `WRITE_SECONDS`."""
        try:
            with pymongo.timeout(WRITE_SECONDS):
                write()
        except STORE_ERRORS as error:
            if "mongo" not in self._troubled:
                self._say(f"MongoDB does not answer ({error}); trying again.")
            self._troubled.add("mongo")
            return False
        if "mongo" in self._troubled:
            self._troubled.discard("mongo")
            self._say("MongoDB is back.")
        return True

    def _is_due(self, what: str) -> bool:
        return time.monotonic() >= self._due[what]

    def _again(self, what: str, seconds: float) -> None:
        self._due[what] = time.monotonic() + seconds


def quotes_of_session(quotes, session: date, provider: str) -> list[Quote]:
    """Quotes that were made in `session`: an old quote is no bar of a later day.

    The simulated session runs past its date's midnight at weekends, so there all of them count.
    """
    if provider == "simulated":
        return list(quotes)
    return [quote for quote in quotes if quote.day == session]
