"""Keep where every portfolio stood at the end of each session, for questions about any period."""

from contextlib import suppress
from datetime import timedelta

import numpy as np
import pyarrow as pa
from django.utils import timezone
from pymongo import UpdateOne
from pymongoarrow.api import Schema
from pymongoarrow.types import ObjectIdType

from accounts.columns import aggregate_columns
from market.models import Instrument
from market.queries import active_source, price_panel
from portfolios.blocks import (
    BLOCK,
    COLUMNS,
    KEY,
    Ordered,
    Roll,
    at_midnight,
    collection_of,
    keys_in,
    object_ids,
    read_points,
    read_rolls,
    sessions_of,
)
from portfolios.domain.periods import kept
from portfolios.domain.series import Points, carried_on, points_of
from portfolios.models import PeriodPoint, PeriodRoll, Portfolio, Transaction
from portfolios.movements import movements

OVERLAP = timedelta(seconds=10)
"""How far behind the last run changes are looked for: a commit may take a while."""
AT_ONCE = 256
"""Portfolios worked out together from their first entry on: some 80 MB for ten years."""
_KEYS = Schema({"key": ObjectIdType(), "number": pa.int64()})
_POSITIONS = Schema({"key": ObjectIdType(), "symbol": pa.string(), "quantity": pa.float64()})


def store_points(*, anew=False, progress=None) -> int:
    """Bring the points of all portfolios up to the last session that has closes.

    A portfolio whose ledger has changed since the last run, or that is new, is worked out from
    its first entry on; the others are carried on from where they stood. May run twice, and what
    was cut short is finished by the next run.

    Parameters
    ----------
    anew : bool
        Work all of them out from their first entries, as after prices were corrected.
    progress : callable, optional
        Called with the number of portfolios after each block.

    Returns
    -------
    int
        Portfolios with points.
    """
    market = _Market.now()
    if not len(market.sessions):
        return 0
    total = 0
    for roll in _enrolled():
        began = timezone.now()
        _bring_up(roll, market, anew=anew or roll.source != market.source)
        _keep_waiting(roll, [], source=market.source, built_at=began)
        _thin_out(roll.block, market.sessions)
        total += len(roll)
        if progress is not None:
            progress(len(roll))
    return total


class _Market:
    """Closes of every instrument, carried forward, with an unknown one at the end."""

    def __init__(self, source, symbols, sessions, closes):
        self.source, self.symbols, self.sessions, self.closes = source, symbols, sessions, closes

    @classmethod
    def now(cls):
        names = Instrument.objects.exclude(kind="index").order_by("symbol")
        symbols = tuple(names.values_list("symbol", flat=True))
        panel = price_panel(column="close", symbols=symbols)
        unknown = np.full((len(panel.dates), 1), np.nan)
        closes = np.hstack([panel.carried_forward(), unknown])
        return cls(active_source(), symbols, panel.dates, closes)


def _enrolled() -> list[Roll]:
    """Every block with its portfolios; new ones get places, and those that are gone lose theirs."""
    while True:
        try:
            return _enrol()
        except _Changed:
            continue


def _enrol() -> list[Roll]:
    rows = aggregate_columns(
        collection_of(Portfolio),
        [
            {"$sort": {"_id": 1}},
            {"$project": {"_id": 0, "key": "$_id", "number": "$investor_number"}},
        ],
        schema=_KEYS,
    )
    keys, numbers = keys_in(rows["key"]), rows["number"].to_numpy()
    rolls = read_rolls()
    known = np.concatenate([np.zeros(0, KEY), *(roll.keys for roll in rolls)])
    fresh = ~np.isin(keys, known)
    keys_new, numbers_new = keys[fresh], numbers[fresh]
    done: list[Roll] = []
    for roll in rolls:
        gone = (roll.keys != b"") & ~np.isin(roll.keys, keys)
        room = BLOCK - len(roll) if roll is rolls[-1] else 0
        done.append(_grown(roll, gone, keys_new[:room], numbers_new[:room]))
        keys_new, numbers_new = keys_new[room:], numbers_new[room:]
    for at in range(0, len(keys_new), BLOCK):
        empty = Roll(len(done), np.zeros(0, KEY), np.zeros(0, np.int64), np.zeros(0, np.int32))
        mine = slice(at, at + BLOCK)
        done.append(_grown(empty, np.zeros(0, bool), keys_new[mine], numbers_new[mine]))
    return done


def _grown(roll, gone, keys, numbers) -> Roll:
    """A block without those that are gone, and with new ones, as it is stored from now on."""
    if not gone.any() and not len(keys):
        return roll
    stay = ~gone
    places = np.concatenate([roll.waiting, np.flatnonzero(gone), len(roll) + np.arange(len(keys))])
    grown = Roll(
        roll.block,
        np.concatenate([np.where(stay, roll.keys, b""), keys]).astype(KEY),
        np.concatenate([np.where(stay, roll.numbers, 0), numbers]),
        np.unique(places).astype(np.int32),
        roll.source,
        roll.built_at,
    )
    fields = {
        "keys": grown.keys.tobytes(),
        "numbers": grown.numbers.astype("<i8").tobytes(),
        "waiting": grown.waiting.astype("<i4").tobytes(),
    }
    rolls = collection_of(PeriodRoll)
    if len(roll):
        unchanged = {"block": roll.block, "keys": roll.keys.tobytes()}
        written = rolls.update_one(unchanged, {"$set": fields}).matched_count
    else:
        first = {**fields, "source": roll.source, "built_at": roll.built_at}
        new = {"block": roll.block}
        written = rolls.update_one(new, {"$setOnInsert": first}, upsert=True).upserted_id
    if not written:
        raise _Changed
    return grown


class _Changed(Exception):
    """Another write of the block came between: read it again."""


def _keep_waiting(roll, places, **fields) -> None:
    """Say which places may not be read. Who was erased since the roll was read stays among them,
    so that the next run takes their figures away.
    """
    rolls = collection_of(PeriodRoll)
    while True:
        stored = rolls.find_one({"block": roll.block}, {"keys": 1})
        keys = np.frombuffer(stored["keys"], KEY)[: len(roll)]
        waiting = np.union1d(places, np.flatnonzero(keys != roll.keys)).astype("<i4").tobytes()
        unchanged = {"block": roll.block, "keys": stored["keys"]}
        if rolls.update_one(unchanged, {"$set": {"waiting": waiting, **fields}}).matched_count:
            return


def _bring_up(roll, market, *, anew):
    sessions = np.array(sessions_of(roll.block), "datetime64[D]")
    sessions = sessions[sessions <= market.sessions[-1]]
    last = int(np.searchsorted(market.sessions, sessions[-1])) if len(sessions) else -1
    held = _positions(roll, market.symbols)
    whole = np.full(len(roll), anew or last < 0 or roll.built_at is None)
    if not whole.all():
        whole |= _moved(roll, market.sessions[last]) | _unpriced(held, market.closes[last], roll)
    whole[roll.waiting] = True
    _keep_waiting(roll, np.flatnonzero(whole))
    wanted = np.flatnonzero(kept(market.sessions))
    wanted = (
        wanted if whole.all() else np.union1d(wanted, np.arange(last + 1, len(market.sessions)))
    )
    if not whole.all() and last + 1 < len(market.sessions):
        _carry_on(roll, market, last, held)
    _work_out(roll, market, np.flatnonzero(whole), wanted)


def _positions(roll, symbols):
    """Owner, place of the symbol and shares of what the block's portfolios hold now."""
    ids = object_ids(roll.keys[roll.keys != b""])
    rows = aggregate_columns(
        collection_of(Portfolio),
        [
            {"$match": {"_id": {"$in": ids}}},
            {"$project": {"_id": 0, "key": "$_id", "p": "$positions"}},
            {"$unwind": "$p"},
            {
                "$project": {
                    "key": 1,
                    "symbol": "$p.symbol",
                    "quantity": {"$toDouble": "$p.quantity"},
                }
            },
        ],
        schema=_POSITIONS,
    )
    names = rows["symbol"].combine_chunks().dictionary_encode()
    place = {symbol: i for i, symbol in enumerate(symbols)}
    known = np.array([place.get(s, len(symbols)) for s in names.dictionary.to_pylist()], np.int64)
    codes = names.indices.to_numpy().astype(np.int64)
    owner = Ordered.of(roll.keys).places(keys_in(rows["key"]))
    return owner, known[codes] if len(codes) else codes, rows["quantity"].to_numpy()


def _moved(roll, session):
    """Whose ledger was written since the last run, or moves something after its last session."""
    since = roll.built_at - OVERLAP
    changed = {
        each["_id"]
        for each in collection_of(Portfolio).find({"changed_at": {"$gte": since}}, {"_id": 1})
    }
    later = {"trade_date": {"$gt": at_midnight(session.astype(object))}}
    changed |= set(collection_of(Transaction).distinct("portfolio_id", later))
    keys = np.array([each.binary for each in changed], KEY)
    return np.isin(roll.keys, keys)


def _unpriced(held, closes, roll):
    """Who holds a stock without a close: its value goes by the price of a trade."""
    owner, symbol, _ = held
    found = np.zeros(len(roll), bool)
    found[owner[np.isnan(closes[symbol])]] = True
    return found


def _carry_on(roll, market, last, held):
    before = read_points([roll], market.sessions[last].astype(object))
    rows = np.arange(last + 1, len(market.sessions))
    known = Points(*(getattr(before, name)[None].astype(float) for name in COLUMNS))
    points = carried_on(known, *held, market.closes[rows])
    _write(roll, market.sessions[rows], np.arange(len(roll)), points)


def _work_out(roll, market, owners, wanted):
    """Points of some owners from their first entries on, over those stored of them."""
    if not len(owners):
        return
    shape = (len(wanted), len(owners))
    found = Points(*(np.full(shape, np.nan, np.float32) for _ in COLUMNS))
    there = np.flatnonzero(roll.keys[owners] != b"")
    for at in range(0, len(there), AT_ONCE * 8):
        some = there[at : at + AT_ONCE * 8]
        moves = movements(roll.keys[owners[some]], market.symbols, market.sessions)
        by_owner = moves.of(np.argsort(moves.owner, kind="stable"))
        for first in range(0, len(some), AT_ONCE):
            n = min(AT_ONCE, len(some) - first)
            low, high = np.searchsorted(by_owner.owner, [first, first + n])
            mine = by_owner.of(slice(low, high), less=first)
            points = _from_first(mine, market.closes, n, wanted)
            for name in COLUMNS:
                getattr(found, name)[:, some[first : first + n]] = getattr(points, name)
    _write(roll, market.sessions[wanted], owners, found)


def _from_first(moves, closes, n, wanted) -> Points:
    """Points on the wanted sessions; those before the first flow of all are not worked out."""
    shape = (len(wanted), n)
    result = Points(*(np.full(shape, np.nan) for _ in COLUMNS))
    if not len(moves):
        return result
    first = int(moves.row.min())
    moves = type(moves)(*(getattr(moves, name) if name != "row" else moves.row - first
                          for name in moves.__slots__))  # fmt: skip
    points = points_of(moves, closes[first:], n)
    inside = wanted >= first
    for name in COLUMNS:
        getattr(result, name)[inside] = getattr(points, name)[wanted[inside] - first]
    return result


def _write(roll, sessions, owners, points):
    """Put columns of some owners into the points of sessions, those of others left as they are."""
    collection = collection_of(PeriodPoint)
    for row, session in enumerate(sessions):
        chosen = {"block": roll.block, "session": at_midnight(session.astype(object))}
        fields = {}
        whole = len(owners) == len(roll)
        stored = None if whole else collection.find_one(chosen)
        for name in COLUMNS:
            column = np.full(len(roll), np.nan, "<f4")
            if stored is not None:
                known = np.frombuffer(stored[name], "<f4")[: len(roll)]
                column[: len(known)] = known
            column[owners] = getattr(points, name)[row]
            fields[name] = column.tobytes()
        collection.bulk_write([UpdateOne(chosen, {"$set": fields}, upsert=True)])


def _thin_out(block, sessions):
    """Delete what is no longer kept, and sessions that the prices no longer have."""
    stays = [at_midnight(day.astype(object)) for day in sessions[kept(sessions)]]
    collection_of(PeriodPoint).delete_many({"block": block, "session": {"$nin": stays}})


def forget_points(number) -> None:
    """Take a customer out of the blocks; the figures go with the next run."""
    for block in range(len(read_rolls())):
        while (gone := (roll := read_rolls()[block]).numbers == number).any():
            with suppress(_Changed):
                _grown(roll, gone, np.zeros(0, KEY), np.zeros(0, np.int64))
