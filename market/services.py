"""Writes of market data: instruments, daily bars, quotes, corporate actions, the active source."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from django.db import DatabaseError, connection
from pymongo import ReturnDocument, UpdateOne

from market.barstore import bars_from, columns_of
from market.domain.bars import Bars
from market.domain.instruments import InstrumentFacts
from market.domain.quotes import Quote
from market.models import CorporateAction, FeedState, Instrument, LatestQuote, PriceYear
from market.queries import default_source

BATCH = 500
WRITE_ATTEMPTS = 20
VERSIONS = ("price_version", "debt_version")


@dataclass(frozen=True, slots=True)
class Stored:
    """What a write did: bars that were new or changed, and bars that were there already."""

    stored: int = 0
    unchanged: int = 0


def store_instruments(*, instruments: Iterable[InstrumentFacts]) -> int:
    """Insert or update instruments by symbol; returns how many were new or changed."""
    operations = [
        UpdateOne(
            {"symbol": facts.symbol},
            {
                "$set": {
                    "name": facts.name,
                    "isin": facts.isin,
                    "kind": facts.kind,
                    "sector": facts.sector,
                    "cap_class": facts.cap_class,
                    "aliases": list(facts.aliases),
                },
                "$setOnInsert": {"yahoo_symbol": "", "is_active": True},
            },
            upsert=True,
        )
        for facts in instruments
    ]
    if not operations:
        return 0
    result = _collection(Instrument).bulk_write(operations, ordered=False)
    changed = result.upserted_count + result.modified_count
    if changed:
        bump_price_version()
    return changed


def store_bars(
    *,
    source: str,
    bars: Mapping[str, Bars],
    progress: Callable[[int], object] | None = None,
) -> Stored:
    """Merge daily bars into the stored symbol-years of a source.

    Parameters
    ----------
    source : str
        "yahoo", "file" or "simulated".
    bars : mapping of str to Bars
        By symbol, dates increasing and unique. A stored bar of the same day is replaced; days
        that are not given stay.
    progress : callable, optional
        Called with the number of bars dealt with since the last call.

    Returns
    -------
    Stored
        Storing the same bars again changes nothing and leaves the price version alone.
    """
    stored = unchanged = 0
    pending: list[tuple[str, int, Bars]] = []
    for symbol, series in bars.items():
        years = series.dates.astype("datetime64[Y]").astype(np.int64) + 1970
        for year in np.unique(years).tolist():
            pending.append((symbol, year, series.take(years == year)))
    for first in range(0, len(pending), BATCH):
        batch = pending[first : first + BATCH]
        changed = _write_years(source, batch)
        total = sum(len(series) for _, _, series in batch)
        stored += changed
        unchanged += total - changed
        if progress is not None:
            progress(total)
    if stored:
        bump_price_version()
    return Stored(stored, unchanged)


def _write_years(source: str, batch: list[tuple[str, int, Bars]]) -> int:
    """Write a batch of symbol-years; returns the number of bars that are new or differ.

    A symbol-year that another writer changed after it was read here is read and merged again.
    """
    counts: dict[tuple[str, int], int] = {}
    for _ in range(WRITE_ATTEMPTS):
        if _merge_years(source, batch, counts):
            return sum(counts.values())
    raise DatabaseError("Other writers kept changing the same prices. Not all of them were saved.")


def _merge_years(source: str, batch, counts: dict[tuple[str, int], int]) -> bool:
    """Merge a batch into what is stored now; False if not all of it was still as read."""
    collection = _collection(PriceYear)
    existing = {
        (doc["symbol"], doc["year"]): doc
        for doc in collection.find(
            {
                "source": source,
                "symbol": {"$in": sorted({symbol for symbol, _, _ in batch})},
                "year": {"$in": sorted({year for _, year, _ in batch})},
            }
        )
    }
    operations, created = [], 0
    for symbol, year, series in batch:
        key = {"source": source, "symbol": symbol, "year": year}
        old = existing.get((symbol, year))
        if old is None:
            counts[symbol, year] = len(series)
            created += 1
            fields = {**columns_of(series), "revision": 1, "updated_at": datetime.now(UTC)}
            operations.append(UpdateOne(key, {"$setOnInsert": fields}, upsert=True))
            continue
        before = bars_from(old)
        after = before.merged(series)
        if after.equals(before):
            continue
        counts[symbol, year] = after.changes_from(before)
        fields = {**columns_of(after), "updated_at": datetime.now(UTC)}
        unchanged = {**key, "revision": old.get("revision")}
        operations.append(UpdateOne(unchanged, {"$set": fields, "$inc": {"revision": 1}}))
    if not operations:
        return True
    done = collection.bulk_write(operations, ordered=False)
    return done.upserted_count == created and done.matched_count == len(operations) - created


def store_quotes(*, source: str, quotes: Iterable[Quote]) -> int:
    """Keep the latest quote of each instrument; returns how many were written."""
    operations = []
    for quote in quotes:
        fields = {
            name: None if math.isnan(value) else value
            for name in ("price", "previous_close", "open", "high", "low")
            for value in (getattr(quote, name),)
        }
        operations.append(
            UpdateOne(
                {"source": source, "symbol": quote.symbol},
                {"$set": {**fields, "volume": quote.volume, "at": quote.at}},
                upsert=True,
            )
        )
    if not operations:
        return 0
    _collection(LatestQuote).bulk_write(operations, ordered=False)
    return len(operations)


def store_corporate_actions(*, source: str, actions: Iterable[tuple[str, date, str, float]]) -> int:
    """Insert or update corporate actions given as (symbol, ex_date, action, value).

    Returns how many were new or changed.
    """
    operations = [
        UpdateOne(
            {
                "source": source,
                "symbol": symbol,
                "ex_date": datetime(ex_date.year, ex_date.month, ex_date.day),
                "action": action,
            },
            {"$set": {"value": value}},
            upsert=True,
        )
        for symbol, ex_date, action, value in actions
    ]
    if not operations:
        return 0
    result = _collection(CorporateAction).bulk_write(operations, ordered=False)
    changed = result.upserted_count + result.modified_count
    if changed:
        bump_price_version()
    return changed


def store_end_of_day_bars(*, source: str, session_date: date, quotes: Iterable[Quote]) -> Stored:
    """Turn the session's last quotes into daily bars.

    A quote without a known open, high or low takes its price for them. `adj_close` equals the
    close: dividends paid later change it when the source's history is loaded again.
    """
    day = np.array([session_date], "datetime64[D]")
    bars = {}
    for quote in quotes:
        if not quote.price > 0:
            continue
        known = [
            quote.price if math.isnan(value) else value
            for value in (quote.open, quote.high, quote.low)
        ]
        opened, high, low = (np.array([value], float) for value in known)
        close = np.array([quote.price], float)
        volume = np.array([quote.volume], np.int64)
        bars[quote.symbol] = Bars(day, opened, high, low, close, close, volume)
    return store_bars(source=source, bars=bars)


def switch_source(*, feed: str, source: str, session_date: date | None = None) -> None:
    """Make `source` the active one, fed by `feed` ("yahoo", "replay" or "simulated")."""
    _set_state(feed=feed, source=source, session_date=session_date)


def set_session(*, session_date: date) -> None:
    """Say which session the quotes now belong to."""
    _set_state(session_date=session_date)


def set_loading(*, text: str) -> None:
    """Say how far a background load has come; empty when nothing is loading."""
    _set_state(loading=text[:200])


def bump_price_version() -> int:
    """Tell every process that stored prices or instruments changed; returns the new version."""
    return _bump("price_version")


def bump_debt_version() -> int:
    """Tell every process that what companies owe changed; returns the new version."""
    return _bump("debt_version")


def _bump(version: str) -> int:
    document = _collection(FeedState).find_one_and_update(
        {"name": FeedState.CURRENT},
        {
            "$inc": dict.fromkeys(VERSIONS, 0) | {version: 1},
            "$set": {"changed_at": datetime.now(UTC)},
            "$setOnInsert": _first_state(),
        },
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return document[version]


def _set_state(**fields) -> None:
    """Change the feed's one document in a single atomic step, creating it the first time."""
    day = fields.get("session_date")
    if day is not None:
        fields["session_date"] = datetime(day.year, day.month, day.day)
    first = {k: v for k, v in _first_state().items() if k not in fields}
    _collection(FeedState).update_one(
        {"name": FeedState.CURRENT},
        {
            "$set": {**fields, "changed_at": datetime.now(UTC)},
            "$inc": dict.fromkeys(VERSIONS, 0)
            | {"price_version": 1 if {"source", "session_date"} & fields.keys() else 0},
            "$setOnInsert": first,
        },
        upsert=True,
    )


def _first_state() -> dict:
    return {"feed": "", "source": default_source(), "session_date": None, "loading": ""}


def _collection(model):
    """The model's own collection, for bulk writes the ORM has no words for."""
    return connection.get_collection(model._meta.db_table)
