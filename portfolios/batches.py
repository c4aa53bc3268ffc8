"""Reads for valuing all portfolios: batches of positions, and the prices they meet."""

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
from django.db import connection

from market.queries import instruments, latest_quotes, market_status, price_panel
from portfolios.domain.entries import INCOMING, OUTGOING
from portfolios.models import Portfolio, Transaction
from portfolios.splits import known_splits
from portfolios.walking import apart, walked

BATCH = 4_000
SHARE = 1e-6


@dataclass(frozen=True, eq=False)
class PriceBoard:
    """Prices of every instrument at three moments, by place; NaN unknown."""

    place: dict[str, int]
    latest: np.ndarray
    previous: np.ndarray
    year_ago: np.ndarray
    session: date
    year_ago_day: date

    def places(self, symbols):
        """Place of each symbol; one that is no instrument any more has the last, unpriced one."""
        return np.array([self.place.get(s, len(self.latest) - 1) for s in symbols], np.int64)


def price_board() -> PriceBoard:
    """The latest prices, the closes before them, and the closes a year back."""
    symbols = [facts.symbol for facts in instruments()]
    quotes = latest_quotes(symbols)
    session = market_status().session_date
    then = session - timedelta(days=365)
    nan = float("nan")
    column = price_panel(column="close", symbols=symbols, start=then - timedelta(days=20), end=then)
    known = [quotes.get(symbol) for symbol in symbols]
    return PriceBoard(
        place={symbol: i for i, symbol in enumerate(symbols)},
        latest=np.array([q.price if q else nan for q in known] + [nan]),
        previous=np.array([q.previous_close if q else nan for q in known] + [nan]),
        year_ago=np.append(column.last_known(), nan),
        session=session,
        year_ago_day=then,
    )


@dataclass(frozen=True, eq=False)
class PositionBatch:
    """Open positions of some portfolios in columns; `owner` counts along `keys`."""

    keys: list
    numbers: np.ndarray
    versions: list[int]
    owner: np.ndarray
    symbol: np.ndarray
    symbols: tuple[str, ...]
    quantity: np.ndarray
    cost: np.ndarray
    realised: np.ndarray
    money_in: np.ndarray


def position_batches(numbers=None, *, size=BATCH):
    """Every portfolio, some thousand at a time, in the order of their keys."""
    collection = connection.get_collection(Portfolio._meta.db_table)
    match = {} if numbers is None else {"investor_number": {"$in": [int(n) for n in numbers]}}
    project = {
        "n": "$investor_number",
        "v": "$ledger_version",
        "s": "$positions.symbol",
        "q": "$positions.quantity",
        "c": {"$map": {"input": "$positions.cost", "in": {"$toDouble": "$$this"}}},
        "r": {"$toDouble": "$realised_profit"},
        "i": {"$toDouble": "$money_in"},
    }
    last = None
    while True:
        # Pages by key rather than one cursor: a cursor left idle by a slow write would time out.
        page = [{"$match": match if last is None else {**match, "_id": {"$gt": last}}}]
        page += [{"$sort": {"_id": 1}}, {"$limit": size}, {"$project": project}]
        rows = list(collection.aggregate(page))
        if not rows:
            return
        last = rows[-1]["_id"]
        yield _batch(rows)


def _batch(rows):
    codes: dict[str, int] = defaultdict(lambda: len(codes))
    held = [row.get("s") or [] for row in rows]
    return PositionBatch(
        keys=[row["_id"] for row in rows],
        numbers=np.array([row["n"] for row in rows], np.int64),
        versions=[row["v"] for row in rows],
        owner=np.repeat(np.arange(len(rows)), [len(symbols) for symbols in held]),
        symbol=np.array([codes[s] for symbols in held for s in symbols], np.int64),
        symbols=tuple(codes),
        quantity=np.array([q for row in rows for q in row.get("q") or []], float),
        cost=np.array([c for row in rows for c in row.get("c") or []], float),
        realised=np.array([row["r"] for row in rows], float),
        money_in=np.array([row["i"] for row in rows], float),
    )


def day_flow(batch, prices):
    """Trades of the session under way: owner, place of the symbol, net shares, rupees in, out."""
    return _flows(batch, prices, prices.session)


@dataclass(frozen=True, eq=False)
class YearAgo:
    """What each owner held a year ago, and moved since; the value NaN where it is not known."""

    value: np.ndarray
    money_in: np.ndarray
    money_out: np.ndarray


def year_ago(batch, prices) -> YearAgo:
    """Holdings a year back: today's less what was bought since, at the closes of that day."""
    n = len(batch.keys)
    owner, symbol, net, paid, received = _flows(
        batch, prices, prices.year_ago_day + timedelta(days=1)
    )
    now = prices.places(batch.symbols)[batch.symbol]
    width = len(prices.year_ago)
    keys, row = np.unique(
        np.concatenate([batch.owner, owner]) * width + np.concatenate([now, symbol]),
        return_inverse=True,
    )
    shares = np.bincount(row, np.concatenate([batch.quantity, -net]), len(keys))
    of, name = np.divmod(keys, width)
    # Less than one share is what a split's fraction leaves of the difference. A holding that has
    # no price that day leaves the whole unknown: at zero it would count as gained since.
    worth = np.where(shares > 1 - SHARE, shares * prices.year_ago[name], 0.0)
    return YearAgo(
        np.bincount(of, worth, n), np.bincount(owner, paid, n), np.bincount(owner, received, n)
    )


_GROSS = {"$multiply": ["$quantity", {"$toDouble": "$price"}]}
_FEES = {"$toDouble": "$charges"}
_WORTH = {
    "$multiply": [
        "$quantity",
        {"$toDouble": {"$cond": [{"$gt": ["$fair", 0]}, "$fair", "$price"]}},
    ]
}
# `portfolios.domain.flows.plain_flow`, as expressions.
_SHARES = {
    "$switch": {
        "branches": [
            {"case": {"$in": ["$kind", list(INCOMING)]}, "then": "$quantity"},
            {
                "case": {"$in": ["$kind", list(OUTGOING)]},
                "then": {"$multiply": ["$quantity", -1.0]},
            },
            # What prices are adjusted for moves nothing in today's shares.
            {"case": {"$gt": ["$action", ""]}, "then": 0.0},
        ],
        "default": {"$toDouble": "$shares"},
    }
}
_PAID_IN = {
    "$switch": {
        "branches": [
            {"case": {"$in": ["$kind", ["buy", "rights"]]}, "then": {"$add": [_GROSS, _FEES]}},
            {"case": {"$eq": ["$kind", "transfer_in"]}, "then": _WORTH},
            {
                "case": {"$eq": ["$kind", "fee"]},
                "then": {"$add": [{"$toDouble": "$cash"}, _FEES]},
            },
        ],
        "default": 0.0,
    }
}
_TAKEN_OUT = {
    "$switch": {
        "branches": [
            {"case": {"$eq": ["$kind", "sell"]}, "then": {"$subtract": [_GROSS, _FEES]}},
            {"case": {"$eq": ["$kind", "transfer_out"]}, "then": _WORTH},
        ],
        "default": {"$toDouble": "$paid"},
    }
}


def _flows(batch, prices, since):
    """Owner, place of the symbol, net shares, rupees in and out, of trades since a day."""
    collection = connection.get_collection(Transaction._meta.db_table)
    walking = apart(since=since, portfolio_id__in=batch.keys)
    chosen = {
        "portfolio_id": {"$in": [key for key in batch.keys if key not in walking]},
        "trade_date": {"$gte": datetime.combine(since, time())},
    }
    moved = {
        "_id": {"p": "$portfolio_id", "s": "$symbol"},
        "n": {"$sum": {"$multiply": [_SHARES, _split_factor(since, "$symbol")]}},
        "i": {"$sum": _PAID_IN},
        "o": {"$sum": _TAKEN_OUT},
    }
    rows = list(collection.aggregate([{"$match": chosen}, {"$group": moved}]))
    # The other company of a merger, in a second pass: hardly any entry has one.
    moved = {
        "_id": {"p": "$portfolio_id", "s": "$into"},
        "n": {
            "$sum": {"$multiply": [{"$toDouble": "$into_shares"}, _split_factor(since, "$into")]}
        },
        "i": {"$sum": 0.0},
        "o": {"$sum": 0.0},
    }
    chosen["into"] = {"$gt": ""}
    rows += collection.aggregate([{"$match": chosen}, {"$group": moved}])
    rows += _walked_flows(walking, since)
    owner_of = {key: i for i, key in enumerate(batch.keys)}
    return (
        np.array([owner_of[row["_id"]["p"]] for row in rows], np.int64),
        prices.places([row["_id"]["s"] for row in rows]),
        np.array([row["n"] for row in rows], float),
        np.array([row["i"] for row in rows], float),
        np.array([row["o"] for row in rows], float),
    )


def _walked_flows(keys, since):
    """The same of ledgers whose splits are not those of the prices, a row for each flow."""
    return [
        {
            "_id": {"p": key, "s": flow.symbol},
            "n": flow.shares,
            "i": flow.money_in,
            "o": flow.money_out,
        }
        for key, _, flows in (walked(keys) if keys else ())
        for flow in flows
        if flow.day >= since
    ]


def _split_factor(since, symbol_field):
    """Today's shares for one share that came or went since a day, as an expression."""
    counted = {"$max": ["$trade_date", "$counted_on"]}
    branches = []
    for symbol, splits in known_splits().items():
        later = [split for split in splits if split.ex_date > since]
        for i, split in enumerate(later):
            before = {"$lt": [counted, datetime.combine(split.ex_date, time())]}
            ratio = math.prod(float(s.ratio) for s in later[i:])
            case = {"$and": [{"$eq": [symbol_field, symbol]}, before]}
            branches.append({"case": case, "then": ratio})
    return {"$switch": {"branches": branches, "default": 1.0}} if branches else 1.0
