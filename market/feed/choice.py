"""Which provider a deployment's feed uses, and how it is built."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from market import queries
from market.domain.calendar import nse_calendar
from market.domain.instruments import DEFAULT_BENCHMARK
from market.domain.reference import equities, index_constituents
from market.domain.simulation import DEFAULT_SEED, SimulatedMarket
from market.domain.tape import Tape, tape_from_bars
from market.models import Source
from market.providers.base import DebtProvider, History, ProviderError
from market.providers.replay import ReplayProvider, read_tape_file
from market.providers.simulated import SimulatedProvider
from market.providers.yahoo import YahooProvider
from market.providers.yahoo_debts import YahooDebts

PROBE_SECONDS = 5.0


class NothingToReplay(RuntimeError):
    """There is no stored history to replay; load some with `manage.py load_prices FILE`."""


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """What the environment says about the feed.

    Parameters
    ----------
    feed : str
        "auto", "yahoo", "replay" or "simulated".
    demo : bool
        Only a demo may fall back to the simulated market by itself.
    seed : int
    replay_start : date, optional
        First session to replay; the last stored one when omitted.
    replay_speed : float
    replay_file : Path, optional
        Tick or one-minute file to replay instead of stored history.
    """

    feed: str = "auto"
    demo: bool = False
    seed: int = DEFAULT_SEED
    replay_start: date | None = None
    replay_speed: float = 1.0
    replay_file: Path | None = None


def choose_feed(
    options: FeedOptions, *, probe: Callable[[], bool], say: Callable[[str], object]
) -> str:
    """Name of the provider to use.

    "auto" keeps what an earlier start chose, so that a restart never flips the source; the first
    time it asks Yahoo. Outside a demo it never simulates.
    """
    if options.feed != "auto":
        return options.feed
    if not options.demo:
        return "yahoo"
    state = queries.feed_state()
    if state is not None and state.feed in ("yahoo", "simulated"):
        return state.feed
    if probe():
        say("Yahoo Finance answers: using its prices.")
        return "yahoo"
    say(f"Yahoo Finance gave no price within {PROBE_SECONDS:.0f} s: simulating the market.")
    return "simulated"


def yahoo_answers(session=None, *, seconds: float = PROBE_SECONDS) -> bool:
    """True when Yahoo gives the NIFTY 50 within `seconds`."""
    found = threading.Event()

    def ask():
        try:
            provider = YahooProvider(session, timeout=seconds, attempts=1)
            if provider.quotes([DEFAULT_BENCHMARK]).quotes:
                found.set()
        except ProviderError:
            return

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return found.is_set()


def simulated_provider(options: FeedOptions) -> SimulatedProvider:
    """The simulated market of this deployment's seed."""
    return SimulatedProvider(SimulatedMarket(equities(), index_constituents(), seed=options.seed))


def debt_provider(source: str, *, seed: int) -> DebtProvider | None:
    """Who tells what companies owe beside prices of a source; None for imported prices, whose
    debts come from a file too.
    """
    if source == Source.YAHOO:
        return YahooDebts()
    return simulated_provider(FeedOptions(seed=seed)) if source == Source.SIMULATED else None


def replay_provider(options: FeedOptions) -> ReplayProvider:
    """Replay of a tick file, or of stored history from a session on.

    Raises
    ------
    NothingToReplay
        If no history is stored in or after the session asked for.
    BadAnswer
        If the tick file cannot be read.
    """
    if options.replay_file is not None:
        tape = read_tape_file(options.replay_file)
        return ReplayProvider(
            [tape.session_date],
            lambda day: with_previous_closes(tape),
            stored_history,
            speed=options.replay_speed,
        )
    panel = queries.stored_panel(source="file")
    days = panel.dates[1:]
    first = np.datetime64(options.replay_start, "D") if options.replay_start else None
    chosen = days[days >= first] if first is not None else days[-1:]
    if not len(chosen):
        raise NothingToReplay(
            "There is no imported history to replay"
            + (f" from {options.replay_start} on" if options.replay_start else "")
            + ": load some with manage.py load_prices FILE."
        )
    return ReplayProvider(chosen.tolist(), stored_tape, stored_history, speed=options.replay_speed)


def stored_tape(day: date) -> Tape:
    """Tape woven from the imported bars of one day."""
    panels = {
        name: queries.stored_panel(column=name, source="file")
        for name in ("open", "high", "low", "close", "volume")
    }
    close = panels["close"]
    row = int(np.searchsorted(close.dates, np.datetime64(day, "D")))
    before = close.between(end=close.dates[row] - 1).last_known()
    bars = {}
    for i, symbol in enumerate(close.symbols):
        opened, high, low, last = (
            float(panels[name].values[row, i]) for name in ("open", "high", "low", "close")
        )
        if last == last:
            volume = panels["volume"].values[row, i]
            bars[symbol] = (opened, high, low, last, float(before[i]), int(volume))
    return tape_from_bars(day, bars)


def with_previous_closes(tape: Tape) -> Tape:
    """A file's tape with the closes before it, where imported history has them."""
    eve = nse_calendar().previous_session(tape.session_date)
    panel = queries.stored_panel(source="file").between(end=eve).select(tape.symbols)
    return Tape(
        tape.session_date,
        tape.symbols,
        panel.last_known(),
        tape.at,
        tape.symbol,
        tape.price,
        tape.volume,
    )


def stored_history(symbols: Sequence[str], start: date, end: date) -> History:
    """Imported bars of some symbols, as a provider would answer."""
    bars = {s: queries.bars_of(s, start=start, end=end, source="file") for s in symbols}
    return History(bars={symbol: found for symbol, found in bars.items() if len(found)})
