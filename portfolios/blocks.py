"""Stored columns of many portfolios: points in time, and what is held now."""

from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np
from bson import ObjectId
from django.db import connection

from portfolios.domain.series import Points
from portfolios.models import HoldingBlock, PeriodPoint, PeriodRoll

BLOCK = 16_384
"""Portfolios in a block of points: 192 kB a session, read whole."""
KEY = "S12"
"""A portfolio's key as numpy sorts and compares it."""
COLUMNS = ("level", "value", "gain")


def collection_of(model):
    """The collection behind a model."""
    return connection.get_collection(model._meta.db_table)


@dataclass(frozen=True, eq=False)
class Ordered:
    """Keys of portfolios, ready to be looked up."""

    keys: np.ndarray
    order: np.ndarray

    @classmethod
    def of(cls, keys):
        return cls(keys, np.argsort(keys))

    def places(self, wanted):
        """Place of each key; those that are not among them get -1."""
        if not len(self.keys):
            return np.full(len(wanted), -1)
        ranked = self.keys[self.order]
        at = np.minimum(np.searchsorted(ranked, wanted), len(ranked) - 1)
        return np.where(ranked[at] == wanted, self.order[at], -1)


def keys_in(column) -> np.ndarray:
    """A column of object ids as numpy keys."""
    column = column.combine_chunks()
    ids = getattr(column, "storage", column)
    return np.frombuffer(ids.buffers()[1], KEY)[ids.offset : ids.offset + len(ids)]


def object_ids(keys):
    """Numpy keys as the database has them."""
    return [ObjectId(key.ljust(12, b"\0")) for key in keys.tolist()]


@dataclass(frozen=True, eq=False)
class Roll:
    """Portfolios of a block in their places.

    Attributes
    ----------
    block : int
    keys : ndarray of shape (n,), S12
        Empty where the portfolio is gone.
    numbers : ndarray of shape (n,), int64
    waiting : ndarray of int32
    source : str
    built_at : datetime or None
    """

    block: int
    keys: np.ndarray
    numbers: np.ndarray
    waiting: np.ndarray
    source: str = ""
    built_at: datetime | None = None

    def __len__(self):
        return len(self.keys)

    @property
    def shown(self):
        """Which places may be read."""
        seen = self.keys != b""
        seen[self.waiting] = False
        return seen


def read_rolls() -> list[Roll]:
    """Every block's portfolios, in order."""
    found = collection_of(PeriodRoll).find().sort("block", 1)
    return [
        Roll(
            each["block"],
            np.frombuffer(each["keys"], KEY),
            np.frombuffer(each["numbers"], "<i8"),
            np.frombuffer(each["waiting"], "<i4"),
            each["source"],
            each["built_at"],
        )
        for each in found
    ]


def sessions_of(block) -> list[date]:
    """Sessions that a block has points of, oldest first."""
    rows = collection_of(PeriodPoint).find({"block": block}, {"_id": 0, "session": 1})
    return [each["session"].date() for each in rows.sort("session", 1)]


def common_sessions() -> list[date]:
    """Sessions that all blocks have points of, oldest first; blocks never worked out aside.

    While a run goes on the last session is that of the block it comes to last: nobody is left out
    of a ranking because the run has not reached them.
    """
    built = collection_of(PeriodRoll).distinct("block", {"built_at": {"$ne": None}})
    rows = collection_of(PeriodPoint).aggregate(
        [
            {"$match": {"block": {"$in": built}}},
            {"$group": {"_id": "$session", "blocks": {"$sum": 1}}},
            {"$match": {"blocks": len(built)}},
            {"$sort": {"_id": 1}},
        ]
    )
    return [each["_id"].date() for each in rows]


def at_midnight(day) -> datetime:
    """A day as it is stored."""
    return datetime.combine(day, time())


def read_points(rolls, session) -> Points:
    """All portfolios at the end of a session, in the order of the rolls, shape (n,).

    A block that has no points of that session is unknown.
    """
    rows = collection_of(PeriodPoint).find({"session": at_midnight(session)})
    stored = {each["block"]: each for each in rows}
    parts = [
        _filled(stored[roll.block], len(roll))
        if roll.block in stored
        else np.full((3, len(roll)), np.nan, np.float32)
        for roll in rolls
    ]
    return Points(*np.concatenate(parts, axis=1)) if parts else Points(*np.empty((3, 0)))


def _filled(stored, length):
    """Columns of a stored block, with nothing for portfolios that came later."""
    columns = np.full((3, length), np.nan, np.float32)
    for column, name in zip(columns, COLUMNS, strict=True):
        known = np.frombuffer(stored[name], "<f4")[:length]
        column[: len(known)] = known
    return columns


@dataclass(frozen=True, eq=False)
class Held:
    """What all portfolios held at the last valuation of all.

    Attributes
    ----------
    at : datetime
    numbers : ndarray of shape (n_portfolios,), int64
    owner, symbol : ndarray of shape (n,), int64
    quantity : ndarray of shape (n,), float64
    symbols : tuple of str
    """

    at: datetime
    numbers: np.ndarray
    owner: np.ndarray
    symbol: np.ndarray
    quantity: np.ndarray
    symbols: tuple[str, ...]


def read_held() -> Held | None:
    """Holdings of all portfolios; None before the first valuation of all."""
    blocks = collection_of(HoldingBlock)
    last = blocks.find_one({"is_last": True}, {"run": 1}, sort=[("run", -1)])
    if last is None:
        return None
    place: dict[str, int] = {}
    numbers, owners, symbols, quantities, seen = [], [], [], [], 0
    for each in blocks.find({"run": last["run"]}).sort("block", 1):
        codes = np.array([place.setdefault(s, len(place)) for s in each["symbols"]], np.int64)
        numbers.append(np.frombuffer(each["numbers"], "<i8"))
        owners.append(np.frombuffer(each["owner"], "<i4").astype(np.int64) + seen)
        symbols.append(codes[np.frombuffer(each["symbol"], "<i4")])
        quantities.append(np.frombuffer(each["quantity"], "<f8"))
        seen += len(numbers[-1])
    return Held(
        last["run"],
        np.concatenate(numbers),
        np.concatenate(owners),
        np.concatenate(symbols),
        np.concatenate(quantities),
        tuple(place),
    )
