"""Run the feed of live prices; one at a time, others wait for its lease."""

import logging
import os
import signal
import socket
import threading
from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from market import livestore, queries, services
from market.domain.calendar import nse_calendar
from market.domain.reference import equities, indices
from market.feed.choice import (
    FeedOptions,
    NothingToReplay,
    choose_feed,
    replay_provider,
    simulated_provider,
    yahoo_answers,
)
from market.feed.engine import LEASE_SECONDS, STORE_ERRORS, Feed
from market.feed.history import FIRST_YAHOO_DAY, load_history, prepare_simulated
from market.providers.base import ProviderError
from market.providers.yahoo import YahooProvider

WAIT_SECONDS = 2.0
RETRY_SECONDS = 10.0


class Command(BaseCommand):
    help = "Run the feed of live prices chosen by MARKET_FEED until told to stop."

    def add_arguments(self, parser):
        parser.add_argument("--feed", choices=["auto", "yahoo", "replay", "simulated"])
        parser.add_argument("--start", type=date.fromisoformat, help="first session to replay")
        parser.add_argument("--speed", type=float, help="market seconds a second in a replay")
        parser.add_argument("--file", type=Path, help="tick or one-minute file to replay")

    def handle(self, *args, **options):
        logging.getLogger("yfinance").setLevel(logging.CRITICAL)
        self.stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self.stop.set())
        self.owner = f"{socket.gethostname()}:{os.getpid()}"
        chosen = FeedOptions(
            feed=options["feed"] or settings.MARKET_FEED,
            demo=settings.DEMO,
            seed=settings.MARKET_SEED,
            replay_start=options["start"] or settings.REPLAY_START,
            replay_speed=options["speed"] or settings.REPLAY_SPEED,
            replay_file=options["file"] or settings.REPLAY_FILE,
        )
        if chosen.feed not in ("auto", "yahoo", "replay", "simulated"):
            raise CommandError(
                f"MARKET_FEED is {chosen.feed!r}: use auto, yahoo, replay, simulated."
            )
        try:
            while not self.stop.is_set():
                if self._wait_for_lease():
                    self._feed(chosen)
        finally:
            self._release()

    def _wait_for_lease(self) -> bool:
        """True once this process may feed; says once that it waits."""
        said = ""
        while not self.stop.is_set():
            try:
                if livestore.take_lease(self.owner, LEASE_SECONDS):
                    return True
                sentence = f"Feed {livestore.lease_owner()} is running; waiting for it to end."
            except RedisError as error:
                sentence = f"Redis does not answer ({error}); waiting for it."
            if sentence != said:
                self.say(sentence)
                said = sentence
            self.stop.wait(WAIT_SECONDS)
        return False

    def _feed(self, options: FeedOptions) -> None:
        """Build the provider and run it; what is missing is said and tried again."""
        with self._keeping_lease():
            try:
                services.store_instruments(instruments=(*equities(), *indices()))
                name = choose_feed(options, probe=yahoo_answers, say=self.say)
                provider = self._provider(name, options)
                symbols = [facts.symbol for facts in queries.instruments(kind=None)]
            except (NothingToReplay, ProviderError, *STORE_ERRORS) as problem:
                self.say(f"{problem} Trying again in {RETRY_SECONDS:.0f} s.")
                self.stop.wait(RETRY_SECONDS)
                return
        self.say(
            f"Feeding {len(symbols)} instruments from {name}, session {provider.session_date}."
        )
        if name == "yahoo":
            threading.Thread(
                target=self._load_history, args=(provider, symbols), daemon=True
            ).start()
        Feed(provider, symbols, owner=self.owner, stop=self.stop, say=self.say).run()

    def _provider(self, name: str, options: FeedOptions):
        """The provider with its source made active and the history it needs in place."""
        if name == "replay":
            provider = replay_provider(options)
            livestore.forget_quotes(provider.source)
        elif name == "simulated":
            provider = simulated_provider(options)
            services.set_loading(text="Simulating the price history")
            prepare_simulated(provider, self.say)
        else:
            provider = YahooProvider()
        services.switch_source(
            feed=name, source=provider.source, session_date=provider.session_date
        )
        services.set_loading(text="")
        return provider

    def _load_history(self, provider: YahooProvider, symbols: list[str]) -> None:
        """Load Yahoo's history behind the running feed, telling pages how far it is."""

        def tell(done: int, total: int) -> None:
            text = f"Loading price history: {done} of {total} instruments"
            services.set_loading(text=text if done < total else "")

        while not self.stop.is_set():
            try:
                tell(0, len(symbols))
                problems = load_history(
                    provider,
                    symbols,
                    start=FIRST_YAHOO_DAY,
                    end=nse_calendar().last_finished_session(provider.clock()),
                    stop=self.stop,
                    progress=tell,
                )
                services.set_loading(text="")
                break
            except STORE_ERRORS as error:
                self.say(
                    f"The price history is not complete: {error}. "
                    f"Going on with it in {RETRY_SECONDS:.0f} s."
                )
                self.stop.wait(RETRY_SECONDS)
        else:
            return
        if problems:
            self.say(
                f"Yahoo gave no history of {len(problems)} instruments, such as {problems[0]}."
            )

    def _keeping_lease(self):
        return LeaseKeeper(self.owner)

    def _release(self) -> None:
        try:
            livestore.release_lease(self.owner)
        except RedisError:
            return

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


class LeaseKeeper:
    """Renews the lease, and gives signs of life, while history is prepared."""

    def __init__(self, owner: str):
        self._owner, self._done = owner, threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._done.set()
        self._thread.join()

    def _renew(self):
        while not self._done.wait(WAIT_SECONDS):
            try:
                livestore.take_lease(self._owner, LEASE_SECONDS)
                livestore.beat({"message": "Preparing the price history."})
            except RedisError:
                continue
