"""The feed against the real MongoDB and Redis, with a provider that says what it is told to."""

import threading
from concurrent.futures import Future
from datetime import UTC, date, datetime

import numpy as np
import orjson
import pytest
from django.db import DatabaseError

from market import livestore, queries, services
from market.domain.bars import Bars
from market.domain.instruments import InstrumentFacts
from market.domain.quotes import Quote
from market.domain.reference import equities, index_constituents
from market.domain.simulation import SimulatedMarket
from market.feed.choice import FeedOptions, NothingToReplay, choose_feed, replay_provider
from market.feed.engine import Feed
from market.feed.history import load_history, prepare_simulated
from market.management.commands import feed as feed_command
from market.management.commands.feed import Command
from market.models import LatestQuote
from market.providers.base import Action, History, Problem, Quotes, RateLimited
from market.providers.simulated import SimulatedProvider

MONDAY, TUESDAY = date(2025, 6, 2), date(2025, 6, 3)


def quote(symbol, price, day=2, source="yahoo"):
    at = datetime(2025, 6, day, 5, 0, tzinfo=UTC)
    return Quote(symbol, price, 100.0, 101.0, price + 1, 99.0, 7, at, source)


class Scripted:
    name, source, pause = "yahoo", "yahoo", 0.0

    def __init__(self):
        self.session_date = MONDAY

    def clock(self):
        return datetime(2025, 6, 2, 5, 0, tzinfo=UTC)


def answered(value):
    future = Future()
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(Quotes({q.symbol: q for q in value}))
    return future


@pytest.fixture
def said():
    return []


@pytest.fixture
def feed(transactional_db, said):
    livestore.client().flushdb()
    services.store_instruments(
        instruments=[InstrumentFacts(s, s, sector="IT", cap_class="Large") for s in ("INFY", "TCS")]
    )
    services.switch_source(feed="yahoo", source="yahoo", session_date=MONDAY)
    return Feed(Scripted(), ["INFY", "TCS"], owner="me", stop=threading.Event(), say=said.append)


@pytest.mark.django_db
def test_many_answers_make_one_frame_and_both_stores_know_the_last(feed):
    channel = livestore.client().pubsub()
    channel.subscribe(livestore.QUOTES_CHANNEL)
    assert channel.get_message(timeout=2)["type"] == "subscribe"
    feed.take_answer(answered([quote("TCS", 110.0), quote("INFY", 50.0)]))
    feed.take_answer(answered([quote("TCS", 111.0)]))
    assert feed.publish()
    feed.store()
    frame = orjson.loads(channel.get_message(timeout=2)["data"])
    assert (frame["type"], frame["source"]) == ("quotes", "yahoo")
    assert {q["symbol"]: q["price"] for q in frame["quotes"]} == {"TCS": 111.0, "INFY": 50.0}
    assert channel.get_message(timeout=0.2) is None
    assert queries.latest_quotes()["TCS"].price == 111.0
    assert LatestQuote.objects.get(symbol="TCS").price == 111.0


@pytest.mark.django_db
def test_a_failing_source_keeps_the_last_prices_and_is_asked_less_often(feed, said):
    feed.take_answer(answered([quote("TCS", 110.0)]))
    updated = feed.updated
    feed.take_answer(answered(RateLimited("Yahoo asks for fewer requests; trying again later.")))
    feed.take_answer(answered(RateLimited("Yahoo asks for fewer requests; trying again later.")))
    assert feed.book["TCS"].price == 110.0
    assert feed.updated == updated
    assert len(said) == 1
    assert "The last prices stay" in said[0]
    assert feed.beat()
    assert "fewer requests" in livestore.read_status()["message"]


@pytest.mark.django_db
def test_a_new_session_turns_the_last_quotes_into_bars(feed):
    feed.take_answer(answered([quote("TCS", 110.0), quote("INFY", 50.0, day=1)]))
    feed.provider.session_date = TUESDAY
    feed.take_answer(answered([]))
    feed.save()
    bars = queries.bars_of("TCS")
    assert bars.dates.astype(str).tolist() == ["2025-06-02"]
    assert (bars.open[0], bars.high[0], bars.low[0], bars.close[0]) == (101, 111, 99, 110)
    # INFY did not trade on Monday: its quote is of the day before.
    assert len(queries.bars_of("INFY")) == 0
    assert queries.feed_state().session_date == TUESDAY


@pytest.mark.django_db
def test_a_frame_tells_what_the_page_tells(feed):
    """TCS traded in Monday's session; INFY was suspended on Sunday and has not moved since."""
    channel = livestore.client().pubsub()
    channel.subscribe(livestore.QUOTES_CHANNEL)
    assert channel.get_message(timeout=2)["type"] == "subscribe"
    feed.take_answer(answered([quote("TCS", 110.0), quote("INFY", 50.0, day=1)]))
    assert feed.publish()
    frame = orjson.loads(channel.get_message(timeout=2)["data"])
    told = {q["symbol"]: q["price"] - q["previous_close"] for q in frame["quotes"]}
    assert told == {"TCS": 10.0, "INFY": 0.0}
    assert {s: q.change for s, q in queries.latest_quotes().items()} == told

    # With Tuesday's session every page is told to read anew: nothing has moved in it yet.
    feed.provider.session_date = TUESDAY
    feed.take_answer(answered([]))
    feed.save()
    assert orjson.loads(channel.get_message(timeout=2)["data"])["type"] == "session"
    assert {q.change for q in queries.latest_quotes().values()} == {0.0}


@pytest.mark.django_db
def test_a_session_that_ends_while_mongodb_is_gone_is_stored_later(feed, said, monkeypatch):
    def gone(**kwargs):
        raise DatabaseError("127.0.0.1:1: connection refused")

    feed.take_answer(answered([quote("TCS", 110.0)]))
    feed.provider.session_date = TUESDAY
    with monkeypatch.context() as patch:
        patch.setattr(services, "store_end_of_day_bars", gone)
        patch.setattr(services, "set_session", gone)
        feed.take_answer(answered([quote("TCS", 120.0, day=3)]))
        feed.close_books()
    assert len(queries.bars_of("TCS")) == 0
    assert queries.feed_state().session_date == MONDAY
    assert len(said) == 2  # that a session begins, and once that MongoDB is gone

    feed.close_books()
    bars = queries.bars_of("TCS")
    assert bars.dates.astype(str).tolist() == ["2025-06-02"]
    assert bars.close.tolist() == [110.0]
    assert queries.feed_state().session_date == TUESDAY


@pytest.mark.django_db
def test_frames_and_the_lease_go_on_while_mongodb_hangs(feed, monkeypatch):
    hung, thawed, beats = threading.Event(), threading.Event(), []
    store = services.store_quotes

    def hang(**what):
        hung.set()
        assert thawed.wait(60)
        return store(**what)

    def beat():
        feed._due["beat"] = 0.0
        beats.append(hung.is_set())
        if beats.count(True) >= 5:  # as many times as it likes, with the write still waiting
            feed._stop.set()
            thawed.set()
        return True

    feed.provider.quotes = lambda symbols: Quotes({"TCS": quote("TCS", 110.0 + len(beats))})
    feed._due["store"] = 0.0
    monkeypatch.setattr(services, "store_quotes", hang)
    monkeypatch.setattr(feed, "beat", beat)
    running = threading.Thread(target=feed.run, daemon=True)
    running.start()
    running.join(60)
    assert not running.is_alive() and beats.count(True) == 5
    # What came while the write hung was kept, and written when the feed ended.
    assert LatestQuote.objects.get(symbol="TCS").price == feed.book["TCS"].price


@pytest.mark.django_db
def test_an_answer_without_any_price_is_no_update(feed):
    nothing = Future()
    problems = tuple(Problem(s, "unknown_symbol", "none") for s in ("INFY", "TCS"))
    nothing.set_result(Quotes({}, problems))
    feed.take_answer(nothing)
    assert feed.updated is None
    # One of two has a price, the same as before: the source answers.
    unchanged = Future()
    unchanged.set_result(Quotes({}, problems[:1]))
    feed.take_answer(unchanged)
    assert feed.updated is not None


@pytest.fixture
def command(said):
    """The management command without its loop, which stops at its first wait."""

    class Stop(threading.Event):
        waits = ()

        def wait(self, timeout=None):
            self.waits += (timeout,)
            return False

    command = Command()
    command.stop, command.owner, command.say = Stop(), "me", said.append
    return command


def test_a_feed_waits_for_a_mongodb_that_is_gone(command, said, monkeypatch):
    def gone(*args, **kwargs):
        raise DatabaseError("127.0.0.1:1: connection refused")

    monkeypatch.setattr(services, "store_instruments", lambda **kwargs: 0)
    monkeypatch.setattr(queries, "feed_state", gone)
    command._feed(FeedOptions(feed="auto", demo=True))
    assert said == ["127.0.0.1:1: connection refused Trying again in 10 s."]
    assert command.stop.waits == (10.0,)


@pytest.mark.django_db
def test_a_history_load_goes_on_after_mongodb_was_gone(feed, command, said, monkeypatch):
    outcomes = [DatabaseError("connection refused"), []]

    def load(*args, progress, **kwargs):
        progress(1, 2)
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(feed_command, "load_history", load)
    command._load_history(Scripted(), ["INFY", "TCS"])
    assert outcomes == []
    assert "not complete: connection refused" in said[0]
    assert queries.feed_state().loading == ""


@pytest.mark.django_db
def test_one_feed_at_a_time(feed):
    assert feed.beat()
    assert not livestore.take_lease("another", 10)
    assert livestore.lease_owner() == "me"
    livestore.release_lease("another")
    assert livestore.lease_owner() == "me"
    livestore.release_lease("me")
    assert livestore.take_lease("another", 10)
    assert not feed.beat()


@pytest.mark.django_db
def test_quotes_wait_while_redis_is_gone(feed, said, settings):
    url = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    feed.take_answer(answered([quote("TCS", 110.0)]))
    assert feed._with_redis(feed.publish)
    assert feed._with_redis(feed.beat)
    assert len(feed.conflator) == 1
    settings.REDIS_URL = url
    assert feed._with_redis(feed.beat)
    assert feed._with_redis(feed.publish)
    assert livestore.read_quotes("yahoo")["TCS"].price == 110.0
    assert said[-1] == "Redis is back."
    assert len(said) == 2


@pytest.mark.django_db
def test_auto_asks_once_and_remembers(transactional_db, said):
    auto = FeedOptions(feed="auto", demo=True)
    assert choose_feed(FeedOptions(feed="replay"), probe=pytest.fail, say=said.append) == "replay"
    production = FeedOptions(feed="auto", demo=False)
    assert choose_feed(production, probe=pytest.fail, say=said.append) == "yahoo"
    assert choose_feed(auto, probe=lambda: True, say=said.append) == "yahoo"
    assert choose_feed(auto, probe=lambda: False, say=said.append) == "simulated"
    services.switch_source(feed="simulated", source="simulated", session_date=MONDAY)
    assert choose_feed(auto, probe=pytest.fail, say=said.append) == "simulated"


@pytest.mark.django_db
def test_simulated_history_is_made_once_and_goes_on_after_a_pause(transactional_db, said):
    market = SimulatedMarket(equities(), index_constituents())
    services.store_instruments(instruments=equities())

    def start(day, hour=6):
        now = datetime(2021, 1, day, hour, 0, tzinfo=UTC)
        provider = SimulatedProvider(market, now=lambda: now)
        prepare_simulated(provider, said.append)
        services.switch_source(
            feed="simulated", source="simulated", session_date=provider.session_date
        )
        return provider

    first = start(7)
    bars = queries.bars_of("TCS")
    # Sessions before 7 January 2021: 1, 4, 5 and 6.
    assert bars.dates.astype(str).tolist() == [
        "2021-01-01",
        "2021-01-04",
        "2021-01-05",
        "2021-01-06",
    ]
    opened = first.quotes(["TCS"]).quotes["TCS"]
    assert opened.previous_close == bars.close[-1]
    services.store_quotes(source="simulated", quotes=[opened])

    again = start(7, hour=7)
    resumed = again.quotes(["TCS"]).quotes["TCS"]
    assert (resumed.open, resumed.previous_close) == (opened.open, opened.previous_close)
    assert queries.bars_of("TCS").equals(bars)

    # Four days later: the 7th is closed with its last quote, the 8th and 11th are made up for.
    later = start(12)
    bars = queries.bars_of("TCS")
    assert bars.dates[-3:].astype(str).tolist() == ["2021-01-07", "2021-01-08", "2021-01-11"]
    assert bars.close[-3] == opened.price
    assert later.quotes(["TCS"]).quotes["TCS"].previous_close == bars.close[-1]


def history_bars(days, close):
    close = np.full(len(days), close)
    volume = np.ones(len(days), np.int64)
    return Bars(np.array(days, "datetime64[D]"), close, close, close, close, close, volume)


@pytest.mark.django_db
def test_history_after_a_split_is_loaded_whole(feed):
    """TCS split 2:1 on Tuesday: its Monday, stored at 100, must become 50."""
    services.store_bars(source="yahoo", bars={"TCS": history_bars([MONDAY], 100.0)})
    asked = []

    class Vendor(Scripted):
        def history(self, symbols, start, end):
            asked.append((tuple(symbols), start))
            split = Action("TCS", TUESDAY, "split", 2.0)
            known = [s for s in symbols if s == "TCS"]
            return History(
                {s: history_bars([MONDAY, TUESDAY], 50.0) for s in known},
                (split,) if known else (),
                tuple(Problem(s, "timeout", "late") for s in symbols if s not in known),
            )

    problems = load_history(Vendor(), ["TCS", "INFY"], start=date(2025, 5, 1), end=TUESDAY)
    assert queries.bars_of("TCS").close.tolist() == [50.0, 50.0]
    assert [(a.symbol, a.action, a.value) for a in queries.corporate_actions()] == [
        ("TCS", "split", 2.0)
    ]
    assert [(p.symbol, p.kind) for p in problems] == [("INFY", "timeout")]
    # INFY has no history at all, so that both were asked from the first day on.
    assert asked == [(("INFY", "TCS"), date(2025, 5, 1))]

    asked.clear()
    load_history(Vendor(), ["TCS"], start=date(2025, 1, 1), end=date(2025, 6, 4))
    # The last week first; its split makes the whole history be asked for.
    assert asked == [(("TCS",), date(2025, 5, 27)), (("TCS",), date(2025, 1, 1))]


@pytest.mark.django_db
def test_a_replay_without_history_says_what_to_do(feed):
    with pytest.raises(NothingToReplay, match="load_prices"):
        replay_provider(FeedOptions(feed="replay"))


@pytest.mark.django_db
def test_stored_history_replays_from_the_session_asked_for(feed):
    days = ["2025-05-30", "2025-06-02", "2025-06-03"]
    services.store_bars(source="file", bars={"TCS": history_bars(days, 100.0)})
    last = replay_provider(FeedOptions(feed="replay"))
    assert last.session_date == TUESDAY
    chosen = replay_provider(FeedOptions(feed="replay", replay_start=MONDAY, replay_speed=1e6))
    assert chosen.session_date == MONDAY
    assert chosen.quotes(["TCS"]).quotes["TCS"].previous_close == 100.0
