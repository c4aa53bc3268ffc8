"""Taking in a file of daily bars: read, check, store, and keep a record of what happened."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from django.utils import timezone

from market import queries, services
from market.domain.bars import (
    REASONS,
    STALE,
    UNREADABLE_NUMBER,
    Bars,
    reject_reasons,
    suspicious_jumps,
)
from market.domain.calendar import FIRST_DAY, IST, nse_calendar
from market.models import PriceLoad, Source
from market.providers.files import PriceTable, read_price_file

KEPT_REJECTIONS = 200
UNKNOWN_SYMBOL = "symbol is not a known instrument"
NO_SYMBOL = "symbol is missing"
ADJUSTED_STORED = "adjusted prices of this symbol are stored and stay; these are not adjusted"
SYMBOLS_AT_ONCE = 50


def import_prices(
    *,
    path: Path,
    source: str = Source.FILE.value,
    started: Callable[[int], object] | None = None,
    progress: Callable[[int], object] | None = None,
) -> PriceLoad:
    """Store a file's daily bars; bad rows are skipped and reported.

    Parameters
    ----------
    path : Path
        See `market.providers.files.read_price_file`.
    source : str
        Source the bars are stored under.
    started, progress : callable, optional
        Called with the number of good rows, and with how many more were dealt with.

    Returns
    -------
    PriceLoad
        Saved. `rejected` counts every bad row, `first_rejections` lists the first of them by
        line; `jumps` lists one-day moves above 45 %, which are stored as they are.

    Raises
    ------
    BadAnswer
        If the file cannot be read at all; nothing was stored.
    """
    began = timezone.now()
    table = _under_current_symbols(read_price_file(path))
    reasons, rejections = _check(table, source)
    good = np.flatnonzero(reasons < 0)
    if started is not None:
        started(len(good))
    stored = unchanged = 0
    jumps: list[dict] = []
    groups = list(_by_symbol(table, good))
    for first in range(0, len(groups), SYMBOLS_AT_ONCE):
        batch = dict(groups[first : first + SYMBOLS_AT_ONCE])
        done = services.store_bars(source=source, bars=batch, progress=progress)
        stored, unchanged = stored + done.stored, unchanged + done.unchanged
        for symbol, bars in batch.items():
            jumps += _jumps(symbol, bars)
    known = {facts.symbol for facts in queries.instruments(kind=None)}
    return PriceLoad.objects.create(
        file_name=path.name,
        source=source,
        started_at=began,
        finished_at=timezone.now(),
        rows=len(table) + len(table.broken),
        stored=stored,
        unchanged=unchanged,
        rejected=int((reasons >= 0).sum()) + len(table.broken),
        first_rejections=rejections,
        unknown_symbols=sorted(set(table.symbols) - known),
        jumps=jumps,
    )


def _under_current_symbols(table: PriceTable) -> PriceTable:
    """The table with former symbols of known instruments replaced by what they are called now."""
    facts = queries.instruments(kind=None)
    known = {f.symbol for f in facts}
    current = {alias.upper(): f.symbol for f in facts for alias in f.aliases}
    names = [s if s in known else current.get(s, s) for s in table.symbols]
    symbols = tuple(dict.fromkeys(names))
    place = {symbol: i for i, symbol in enumerate(symbols)}
    recode = np.array([*(place[name] for name in names), -1], np.int64)
    return replace(table, symbols=symbols, codes=recode[table.codes])


def _check(table: PriceTable, source: str) -> tuple[np.ndarray, list[dict]]:
    """Reason of each row (negative: good) and the first bad rows in words."""
    today = np.datetime64(datetime.now(UTC).astimezone(IST).date(), "D")
    bars, codes = table.bars, table.codes
    known = {facts.symbol: facts for facts in queries.instruments(kind=None)}
    listed = np.array([s in known for s in table.symbols] + [False])
    traded = np.array([s in known and known[s].kind == "equity" for s in table.symbols] + [False])
    words = (*REASONS, NO_SYMBOL, UNKNOWN_SYMBOL, ADJUSTED_STORED)
    stale = table.stale | (_on_holiday(bars) & (bars.volume == 0) & traded[codes])
    # Rows that fall away by themselves must not make a good row look repeated.
    unusable = table.unreadable | stale | (codes < 0)
    distinct = np.where(unusable, -2 - np.arange(len(table)), codes)
    reasons = reject_reasons(distinct, bars, today=today).astype(np.int64)
    reasons[table.unreadable] = UNREADABLE_NUMBER
    reasons[stale] = STALE
    reasons[(reasons < 0) & ~listed[codes]] = words.index(UNKNOWN_SYMBOL)
    reasons[codes < 0] = words.index(NO_SYMBOL)
    if not table.has_adjusted:
        kept = _adjusted_symbols(source)
        blocked = np.array([s in kept for s in table.symbols] + [False])
        reasons[(reasons < 0) & blocked[codes]] = words.index(ADJUSTED_STORED)
    # What concerns a whole symbol is told once, not row by row; unknown ones are listed apart.
    rowwise = (reasons >= 0) & (reasons < words.index(UNKNOWN_SYMBOL))
    whole = np.flatnonzero(reasons == words.index(ADJUSTED_STORED))
    _, first = np.unique(codes[whole], return_index=True)
    bad = np.sort(np.concatenate([np.flatnonzero(rowwise), whole[first]]))
    told = [
        {
            "line": int(table.lines[row]),
            "symbol": table.symbols[codes[row]] if codes[row] >= 0 else "",
            "reason": words[reasons[row]],
        }
        for row in bad[:KEPT_REJECTIONS]
    ]
    told += [{"line": line, "symbol": "", "reason": reason} for line, reason in table.broken]
    told.sort(key=lambda rejection: rejection["line"])
    return reasons, told[:KEPT_REJECTIONS]


def _adjusted_symbols(source: str) -> set[str]:
    """Symbols whose stored bars are adjusted for dividends.

    Unadjusted bars among them would make jumps at every split, so they are not let in.
    """
    close = queries.stored_panel(column="close", source=source)
    adjusted = queries.stored_panel(column="adj_close", source=source)
    differs = (np.abs(adjusted.values - close.values) > 0).any(axis=0)
    return {symbol for symbol, yes in zip(close.symbols, differs, strict=True) if yes}


def _on_holiday(bars: Bars) -> np.ndarray:
    """Rows dated on days that are known to be no session."""
    sessions = nse_calendar().sessions
    covered = (bars.dates >= np.datetime64(FIRST_DAY, "D")) & (bars.dates <= sessions[-1])
    return covered & ~np.isin(bars.dates, sessions)


def _by_symbol(table: PriceTable, good: np.ndarray):
    """Good rows as (symbol, Bars), days increasing."""
    order = good[np.lexsort((table.bars.dates[good].astype(np.int64), table.codes[good]))]
    codes = table.codes[order]
    edges = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1], True]) if len(codes) else []
    for first, last in pairwise(edges):
        yield table.symbols[codes[first]], table.bars.take(order[first:last])


def _jumps(symbol: str, bars: Bars) -> list[dict]:
    return [
        {
            "symbol": symbol,
            "date": str(bars.dates[row]),
            "move": round(float(bars.close[row] / bars.close[row - 1] - 1), 4),
        }
        for row in suspicious_jumps(bars.close).tolist()
    ]
