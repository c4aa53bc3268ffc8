"""Reads of market data: documents in, domain values out.

Every read of prices uses the active source and no other, so that prices of two sources never mix.
"""

import threading
from collections import OrderedDict
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.conf import settings

from market import livestore
from market.barstore import read_bars, read_last_bars, read_panel, read_stored_quotes
from market.domain.bars import Bars
from market.domain.calendar import IST, nse_calendar
from market.domain.instruments import KINDS, InstrumentFacts
from market.domain.panel import PricePanel
from market.domain.quotes import MarketStatus, Quote
from market.domain.search import search
from market.domain.statistics import TRADING_DAYS, simple_returns
from market.models import CorporateAction, FeedState, Instrument, Source

SOURCE_OF_FEED = {
    "yahoo": Source.YAHOO.value,
    "replay": Source.FILE.value,
    "simulated": Source.SIMULATED.value,
}
_CACHED_PANELS = 5

_lock = threading.RLock()
_panels: OrderedDict[tuple, PricePanel] = OrderedDict()
_loads: dict[tuple, Future] = {}
_facts: dict[tuple, tuple[InstrumentFacts, ...]] = {}
_bars_as_quotes: dict[tuple, dict[str, Quote]] = {}


_seen: ContextVar[dict[str, Any] | None] = ContextVar("what a page has read", default=None)


@contextmanager
def one_market():
    """Within it state and status are read once: all of a page is of one session and its prices.

    For reads alone; it may be used as a decorator.
    """
    token = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(token)


def feed_state() -> FeedState | None:
    """The one document about the feed; None before the first feed or load."""
    return _once("state", lambda: FeedState.objects.filter(name=FeedState.CURRENT).first())


def _once(what, read):
    """What `read` gives, within `one_market` what it gave the first time."""
    seen = _seen.get()
    if seen is None:
        return read()
    if what not in seen:
        seen[what] = read()
    return seen[what]


def active_source() -> str:
    """Source all prices come from: "yahoo", "simulated" or "file"."""
    return _source_of(feed_state())


def _source_of(state: FeedState | None) -> str:
    return state.source if state is not None else default_source()


def default_source() -> str:
    """Source of a deployment whose feed has not run yet, from its MARKET_FEED."""
    return SOURCE_OF_FEED.get(settings.MARKET_FEED, Source.SIMULATED.value)


def instruments(kind: str | None = "equity") -> tuple[InstrumentFacts, ...]:
    """Active instruments of a kind in order of symbol; all kinds when `kind` is None.

    Cached per process until the price version changes.
    """
    return _instruments(kind, feed_state())


def _instruments(kind: str | None, state: FeedState | None) -> tuple[InstrumentFacts, ...]:
    key = (state.pk, state.price_version, kind) if state else None
    if key in _facts:
        return _facts[key]
    rows = Instrument.objects.filter(is_active=True).order_by("symbol")
    if kind is not None:
        rows = rows.filter(kind=kind)
    facts = tuple(
        InstrumentFacts(
            symbol=row.symbol,
            name=row.name,
            isin=row.isin,
            sector=row.sector,
            cap_class=row.cap_class,
            kind=row.kind,
            aliases=tuple(row.aliases or ()),
        )
        for row in rows
    )
    if key is not None:
        with _lock:
            if len(_facts) > 16:
                _facts.clear()
            _facts[key] = facts
    return facts


def search_instruments(text: str, limit: int = 20) -> list[InstrumentFacts]:
    """Instruments that fit what was typed, best first (see `market.domain.search`)."""
    return search(text, instruments(kind=None), limit=limit)


def price_panel(
    *,
    column: str = "close",
    symbols=None,
    start=None,
    end=None,
    kind: str = "equity",
    source: str | None = None,
) -> PricePanel:
    """Daily prices as one rectangle.

    Parameters
    ----------
    column : str
        "open", "high", "low", "close" (split-adjusted), "adj_close" or "volume".
    symbols : iterable of str, optional
        Columns wanted, in that order, of any kind; an unknown one is all NaN. None: every
        active instrument of `kind` in order of symbol.
    start, end : date-like, optional
        First and last day, both included.
    kind : str
        "equity" or "index"; used when `symbols` is None.
    source : str, optional
        The active source when omitted.

    Returns
    -------
    PricePanel
        Cached per process by source and price version; treat its arrays as read-only. While
        stored history is replayed it ends on the session before the replayed one.
    """
    state = feed_state()
    source = source or _source_of(state)
    panel = _whole_panel(column, source, state)
    replayed = _replayed(state)
    if replayed is not None:
        eve = replayed - timedelta(days=1)
        end = eve if end is None else min(np.datetime64(end, "D"), np.datetime64(eve, "D"))
    panel = panel.between(start, end)
    if symbols is not None:
        return panel.select(symbols)
    names = tuple(facts.symbol for facts in _instruments(kind, state))
    return _side_by_side(panel, names) or panel.select(names)


def year_of_returns(symbols) -> np.ndarray:
    """Daily returns over the last 252 sessions of stocks, by which a stock's volatility goes.

    Returns
    -------
    ndarray of shape (n_days, n_symbols)
        Newest last; sessions on which only an index has a bar do not count.
    """
    recent = slice(-2 * TRADING_DAYS, None)
    stocks = price_panel(column="adj_close").values[recent]
    traded = np.isfinite(stocks).any(axis=1)
    closes = price_panel(column="adj_close", symbols=symbols).values[recent]
    return simple_returns(closes[traded][-TRADING_DAYS - 1 :])


def stored_panel(*, column: str = "close", source: str) -> PricePanel:
    """Every symbol and day stored of a source, whatever is active or replayed."""
    return _whole_panel(column, source, feed_state())


def _side_by_side(panel: PricePanel, names: tuple[str, ...]) -> PricePanel | None:
    """Columns `names` without copying, which their order in a whole panel usually allows."""
    if not names or names[0] not in panel:
        return None
    first = panel.index_of(names[0])
    last = first + len(names)
    if panel.symbols[first:last] != names:
        return None
    return PricePanel(panel.dates, names, panel.values[:, first:last])


def _whole_panel(column: str, source: str, state: FeedState | None) -> PricePanel:
    """Every symbol of a source, from the cache where the price version allows it.

    Of threads that want the same panel one reads it, and the others get what became of that: a
    MongoDB that hangs fails all of them at once instead of one after another.
    """
    if state is None:
        return _read_whole(column, source, state)
    key = (state.pk, state.price_version, source, column)
    with _lock:
        if key in _panels:
            _panels.move_to_end(key)
            return _panels[key]
        load = _loads.get(key)
        first = load is None
        if load is None:
            load = _loads[key] = Future()
    if not first:
        return load.result()
    try:
        panel = _read_whole(column, source, state)
        with _lock:
            _keep_panel(key, panel)
        load.set_result(panel)
    except BaseException as error:
        load.set_exception(error)
        raise
    finally:
        with _lock:
            del _loads[key]
    return panel


def _read_whole(column: str, source: str, state: FeedState | None) -> PricePanel:
    order = [facts.symbol for kind in KINDS for facts in _instruments(kind, state)]
    return read_panel(column, source, order)


def _keep_panel(key: tuple, panel: PricePanel) -> None:
    for old in [k for k in _panels if k[:2] != key[:2]]:
        del _panels[old]
    _panels[key] = panel
    while len(_panels) > _CACHED_PANELS:
        _panels.popitem(last=False)


def bars_of(symbol: str, *, start=None, end=None, source: str | None = None) -> Bars:
    """All columns of one symbol's daily bars, oldest first; possibly empty."""
    state = feed_state()
    source = source or _source_of(state)
    bars = read_bars(symbol, source)
    chosen = np.ones(len(bars), bool)
    if start is not None:
        chosen &= bars.dates >= np.datetime64(start, "D")
    if end is not None:
        chosen &= bars.dates <= np.datetime64(end, "D")
    replayed = _replayed(state)
    if replayed is not None:
        chosen &= bars.dates < np.datetime64(replayed, "D")
    return bars.take(chosen)


def latest_quotes(symbols=None) -> dict[str, Quote]:
    """Latest quote by symbol, of the active source.

    Parameters
    ----------
    symbols : iterable of str, optional
        None: every active instrument, indices included.

    Returns
    -------
    dict of str to Quote
        From Redis; what it lacks from MongoDB: the quote last written there, or the last daily
        bar where that is of a later day. A symbol without any price is left out. A quote from
        before the session under way has not moved in it: its previous close is its price.
    """
    state = feed_state()
    source = _source_of(state)
    names = (
        [facts.symbol for facts in _instruments(None, state)] if symbols is None else list(symbols)
    )
    live = livestore.read_quotes(source, None if symbols is None else names)
    quotes = live or {}
    missing = [name for name in names if name not in quotes]
    if missing:
        # In a replay MongoDB's quotes may be of a later moment than the one replayed.
        usable = live is None or _replayed(state) is None
        stored = read_stored_quotes(source, missing) if usable else {}
        quotes = _fresher(stored, _last_bars(source, state)) | quotes
    found = {name: quotes[name] for name in names if name in quotes}
    session = state.session_date if state is not None else None
    if session is None:
        return found
    return {name: quote.in_session(session) for name, quote in found.items()}


def _fresher(stored: dict[str, Quote], bars: dict[str, Quote]) -> dict[str, Quote]:
    """Stored quotes, and the last bar where it is of a later day: a feed may have been down."""
    older = {name for name, quote in stored.items() if name in bars and bars[name].day > quote.day}
    return bars | {name: quote for name, quote in stored.items() if name not in older}


def _last_bars(source: str, state: FeedState | None) -> dict[str, Quote]:
    """Last bar of every symbol as a quote, cached like panels."""
    before = _replayed(state)
    key = (state.pk, state.price_version, source, before) if state else None
    if key is not None and key in _bars_as_quotes:
        return _bars_as_quotes[key]
    quotes = read_last_bars(source, before)
    if key is not None:
        with _lock:
            _bars_as_quotes.clear()
            _bars_as_quotes[key] = quotes
    return quotes


def _replayed(state: FeedState | None) -> date | None:
    """Session being replayed; what is stored of it and later days is not to be seen yet."""
    return state.session_date if state is not None and state.feed == "replay" else None


def market_status() -> MarketStatus:
    """State of the market for the top bar; never raises because Redis is gone."""
    return _once(
        "status", lambda: status_at(datetime.now(UTC), feed_state(), livestore.read_status())
    )


def status_at(now: datetime, state: FeedState | None, feed: dict | None) -> MarketStatus:
    """Market status at an instant, from the stored state and the feed's own words."""
    source = _source_of(state)
    simulated = source == Source.SIMULATED
    replaying = bool(state and state.feed == "replay" and feed and feed.get("clock"))
    clock = datetime.fromtimestamp(feed["clock"] / 1000, UTC) if replaying and feed else now
    calendar = nse_calendar()
    label = "Simulated session" if simulated else calendar.label_at(clock)
    if replaying:
        label = f"Replay of {clock.astimezone(IST):%d %b %Y}"
    session = state.session_date if state else None
    updated = feed.get("updated") if feed else None
    if session is None:
        session = (
            calendar.session_on_or_before(clock.astimezone(IST).date())
            if simulated
            else calendar.session_at(clock)
        )
    return MarketStatus(
        state="open" if simulated else calendar.state_at(clock),
        label=label,
        session_date=session,
        clock=clock.astimezone(IST),
        source=source,
        simulated=simulated,
        age_seconds=max(0.0, now.timestamp() - updated) if updated else None,
        loading=(state.loading or None) if state else None,
        replaying=replaying,
    )


def corporate_actions(symbols=None, *, source: str | None = None) -> list[CorporateAction]:
    """Splits, bonuses and dividends, oldest first."""
    rows = CorporateAction.objects.filter(source=source or active_source()).order_by("ex_date")
    if symbols is not None:
        rows = rows.filter(symbol__in=list(symbols))
    return list(rows)


def price_version() -> int:
    """Number that changes whenever stored prices or instruments change."""
    state = feed_state()
    return state.price_version if state else 0
