"""History for a feed: what must be there before it ticks, and what may load behind it."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np

from market import queries, services
from market.barstore import read_stored_quotes
from market.debtloads import refresh_debts
from market.domain.calendar import nse_calendar
from market.domain.simulation import FIRST_SESSION
from market.feed.engine import quotes_of_session
from market.providers.base import PriceProvider, ProviderError
from market.providers.simulated import SimulatedProvider

logger = logging.getLogger(__name__)

FIRST_YAHOO_DAY = date(2015, 1, 1)
CHUNK = 20
OVERLAP = timedelta(days=7)
FIRST_WAIT = 5.0
LONGEST_WAIT = 600.0


def prepare_simulated(provider: SimulatedProvider, say: Callable[[str], object]) -> None:
    """Bring the simulated history up to the eve of today's session and open the session.

    A session that was running when the feed last stopped is closed with its last quotes; days
    that passed meanwhile continue from there. What its companies owe is told anew.
    """
    calendar = nse_calendar()
    session = provider.session_date
    eve = calendar.previous_session(session)
    state = queries.feed_state()
    known = read_stored_quotes("simulated")
    running = state.session_date if state and state.feed == "simulated" else None
    if known and running and running < session:
        services.store_end_of_day_bars(
            source="simulated",
            session_date=running,
            quotes=quotes_of_session(known.values(), running, "simulated"),
        )
    last_day, closes = last_closes("simulated")
    wanted = (*provider.market.symbols, *provider.market.members)
    start = FIRST_SESSION if last_day is None else last_day + timedelta(days=1)
    if start <= eve:
        began = time.monotonic()
        made = provider.history(wanted, start, eve, closes=closes or None)
        if made.bars:
            stored = services.store_bars(source="simulated", bars=made.bars)
            say(
                f"Simulated {stored.stored:,} bars of {len(made.bars)} instruments up to {eve} "
                f"in {time.monotonic() - began:.0f} s."
            )
        _, closes = last_closes("simulated")
    refresh_debts(provider, provider.market.symbols)
    resume = known if known and running == session else None
    provider.start_session(closes, quotes=resume)


def last_closes(source: str) -> tuple[date | None, dict[str, float]]:
    """Last stored day of a source and the last known close of each symbol."""
    panel = queries.stored_panel(source=source)
    if not len(panel.dates):
        return None, {}
    values = panel.last_known()
    closes = {s: float(v) for s, v in zip(panel.symbols, values, strict=True) if v == v}
    return panel.dates[-1].astype(date), closes


def load_history(
    provider: PriceProvider,
    symbols: Sequence[str],
    *,
    start: date,
    end: date,
    stop: threading.Event | None = None,
    attempts: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> list:
    """Load what is missing of each symbol's daily bars up to `end`, a few symbols at a time.

    A symbol with a split or dividend in the new days is loaded whole, because such an event
    changes the adjusted prices before it.

    Parameters
    ----------
    attempts : int, optional
        After so many failures in a row the provider's own is raised; what came before is stored,
        and the next call goes on from there. None: try until `stop` is set.

    Returns
    -------
    list of Problem
        Symbols that could not be had; what is stored of them stays.

    Raises
    ------
    ProviderError
    """
    stop = stop or threading.Event()
    panel = queries.stored_panel(source=provider.source)
    last = _last_days(panel)
    pending = [s for s in symbols if last.get(s, date.min) < end]
    # Symbols that need the same days are asked for together, those without any history first.
    pending.sort(key=lambda s: last.get(s, date.min))
    problems: list = []
    done = len(symbols) - len(pending)
    wait, failures = FIRST_WAIT, 0
    while pending and not stop.is_set():
        chunk = pending[:CHUNK]
        known_to = min(last.get(s, start) for s in chunk)
        since = max(start, known_to - OVERLAP)
        try:
            answer = provider.history(chunk, since, end)
            changed = sorted({a.symbol for a in answer.actions if a.ex_date > since})
            if since > start and changed:
                whole = provider.history(changed, start, end)
                answer.bars.update(whole.bars)
        except ProviderError as error:
            failures += 1
            if attempts is not None and failures >= attempts:
                raise
            logger.warning("history: %s; next try in %.0f s", error, wait)
            stop.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            continue
        wait, failures = FIRST_WAIT, 0
        services.store_bars(source=provider.source, bars=answer.bars)
        services.store_corporate_actions(
            source=provider.source,
            actions=[(a.symbol, a.ex_date, a.action, a.value) for a in answer.actions],
        )
        problems += answer.problems
        pending = pending[CHUNK:]
        done += len(chunk)
        if progress is not None:
            progress(done, len(symbols))
    return problems


def _last_days(panel) -> dict[str, date]:
    """Last day with a close by symbol."""
    days = {}
    for position, symbol in enumerate(panel.symbols):
        known = np.flatnonzero(~np.isnan(panel.values[:, position]))
        if len(known):
            days[symbol] = panel.dates[known[-1]].astype(date)
    return days
