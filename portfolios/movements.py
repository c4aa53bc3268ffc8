"""What many ledgers moved, day by day, as columns in today's shares."""

import numpy as np
import pyarrow as pa
from django.db import connection
from pymongoarrow.api import Schema
from pymongoarrow.types import ObjectIdType

from accounts.columns import aggregate_columns
from portfolios.blocks import Ordered, at_midnight, keys_in, object_ids
from portfolios.census import day_number
from portfolios.domain.entries import CASH, INCOMING, OUTGOING, RATIO
from portfolios.domain.series import Movements
from portfolios.domain.splits import factors
from portfolios.models import Transaction
from portfolios.splits import known_splits
from portfolios.walking import apart, walked

# What the columns below cannot say: shares that follow from what was held and that prices do not
# know of, fractions that were paid out, and shares that left at their cost.
_BY_HAND = {
    "$or": [
        {"kind": {"$in": list(RATIO)}, "action": ""},
        {"kind": {"$in": list(RATIO)}, "paid": {"$gt": 0}},
        {"kind": "transfer_out", "fair": {"$lte": 0}},
    ]
}
_FEES = {"$toDouble": "$charges"}
_FAIR = {"$toDouble": "$fair"}
_GROSS = {"$multiply": ["$quantity", {"$toDouble": "$price"}]}
_WORTH = {
    "$cond": [{"$gt": [_FAIR, 0]}, {"$multiply": ["$quantity", _FAIR]}, {"$add": [_GROSS, _FEES]}]
}


def _by_kind(branches, default):
    cases = [{"case": {"$eq": ["$kind", kind]}, "then": then} for kind, then in branches.items()]
    return {"$switch": {"branches": cases, "default": default}}


# `portfolios.domain.flows.plain_flow`, as expressions.
_COLUMNS = {
    "_id": 0,
    "key": "$portfolio_id",
    "symbol": 1,
    "sequence": 1,
    "day": {"$toInt": day_number("$trade_date")},
    "counted": {"$toInt": day_number({"$max": ["$trade_date", "$counted_on"]})},
    "shares": {
        "$switch": {
            "branches": [
                {"case": {"$in": ["$kind", list(INCOMING)]}, "then": {"$toDouble": "$quantity"}},
                {
                    "case": {"$in": ["$kind", list(OUTGOING)]},
                    "then": {"$multiply": ["$quantity", -1.0]},
                },
            ],
            "default": 0.0,
        }
    },
    "paid": _by_kind(
        {
            "buy": {"$add": [_GROSS, _FEES]},
            "rights": {"$add": [_GROSS, _FEES]},
            "transfer_in": _WORTH,
            "fee": {"$add": [{"$toDouble": "$cash"}, _FEES]},
        },
        0.0,
    ),
    "taken": _by_kind(
        {
            "sell": {"$subtract": [_GROSS, _FEES]},
            "transfer_out": _WORTH,
            "dividend": {"$toDouble": "$paid"},
        },
        0.0,
    ),
    "price": {
        "$cond": [
            {"$in": ["$kind", ["transfer_in", "transfer_out"]]},
            _FAIR,
            {"$toDouble": "$price"},
        ]
    },
}
_SCHEMA = Schema(
    {
        "key": ObjectIdType(),
        "symbol": pa.string(),
        "sequence": pa.int64(),
        "day": pa.int32(),
        "counted": pa.int32(),
        "shares": pa.float64(),
        "paid": pa.float64(),
        "taken": pa.float64(),
        "price": pa.float64(),
    }
)


def movements(keys, symbols, sessions) -> Movements:
    """Flows of portfolios up to the last session, oldest first.

    Parameters
    ----------
    keys : ndarray of S12
        Their places are the owners.
    symbols : sequence of str
    sessions : ndarray of datetime64[D]
        A flow on a day without session counts on the next one.
    """
    last = at_midnight(sessions[-1].astype(object))
    ids = object_ids(keys)
    by_hand = by_hand_of(ids)
    chosen = {
        "portfolio_id": {"$in": [each for each in ids if each not in by_hand]},
        "trade_date": {"$lte": last},
        "kind": {"$in": [*INCOMING, *OUTGOING, *CASH]},
    }
    table = aggregate_columns(
        connection.get_collection(Transaction._meta.db_table),
        [{"$match": chosen}, {"$project": _COLUMNS}],
        schema=_SCHEMA,
    )
    plain = _scaled(table, Ordered.of(keys), symbols)
    place = {key: i for i, key in enumerate(ids)}
    rows = [*_flows_by_hand(by_hand, place, last)]
    code = {symbol: i for i, symbol in enumerate(symbols)}
    if rows:
        listed = [np.array(column) for column in zip(*rows, strict=True)]
        listed[1] = np.array([code.get(s, len(symbols) if s else -1) for s in listed[1].tolist()])
        plain = [np.concatenate([a, b]) for a, b in zip(plain, listed, strict=True)]
    owner, symbol, day, shares, paid, taken, price, sequence = plain
    order = np.lexsort((sequence, shares < 0, day))  # as a day is booked
    columns = [c[order] for c in (owner, symbol, np.searchsorted(sessions, day), shares, paid,
                                  taken, price)]  # fmt: skip
    return Movements(*columns)


def by_hand_of(ids) -> set:
    """Portfolios whose ledgers have to be walked entry by entry."""
    ledger = connection.get_collection(Transaction._meta.db_table)
    unusual = set(ledger.distinct("portfolio_id", {"portfolio_id": {"$in": ids}, **_BY_HAND}))
    return unusual | apart(portfolio_id__in=ids)


def _scaled(table, ordered, symbols):
    """Columns of the table in today's shares; a stock that is none any more is the last one."""
    names = table["symbol"].combine_chunks().dictionary_encode()
    own = tuple(names.dictionary.to_pylist())
    codes = names.indices.to_numpy().astype(np.int64)
    place = {symbol: i for i, symbol in enumerate(symbols)}
    known = np.array([place.get(s, len(symbols) if s else -1) for s in own], np.int64)
    shares, price = table["shares"].to_numpy(), table["price"].to_numpy()
    splits = known_splits()
    if splits and len(codes):
        counted = table["counted"].to_numpy().astype("datetime64[D]")
        scale = factors(codes, own, counted, splits)
        shares, price = shares * scale, price / scale
    return [
        ordered.places(keys_in(table["key"])),
        known[codes] if len(codes) else codes,
        table["day"].to_numpy().astype("datetime64[D]"),
        shares,
        table["paid"].to_numpy(),
        table["taken"].to_numpy(),
        np.where(price > 0, price, np.nan),
        table["sequence"].to_numpy(),
    ]


def _flows_by_hand(by_hand, place, last):
    """Flows of ledgers whose entries follow from one another, one after the other."""
    for key, _, flows in walked(by_hand):
        for at, flow in enumerate(flows):
            day = np.datetime64(flow.day, "D")
            if flow.day <= last.date():
                yield (place[key], flow.symbol, day, flow.shares, flow.money_in, flow.money_out,
                       flow.price, at)  # fmt: skip
