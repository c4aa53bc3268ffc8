"""All customers' ledgers and positions as columns, read past the ORM."""

from collections import defaultdict

import numpy as np
import pyarrow as pa
from django.db import connection
from pymongoarrow.api import Schema
from pymongoarrow.types import Decimal128Type

from accounts.columns import aggregate_columns, doubles, find_columns
from portfolios.domain.columns import LedgerColumns, PositionColumns
from portfolios.domain.entries import INCOMING, OUTGOING, RATIO, TRADES
from portfolios.domain.splits import factors
from portfolios.models import Portfolio, Transaction
from portfolios.splits import known_splits
from portfolios.walking import apart, walked


def ledger_columns(numbers=None) -> LedgerColumns:
    """Ledgers of all investors, or of those numbered, as columns in today's shares.

    Every entry that moves shares has a row, and a merger two; what prices are adjusted for has
    none. Dividends and fees are left out.

    Parameters
    ----------
    numbers : iterable of int, optional
        Customer numbers; None reads every ledger.
    """
    splits = known_splits()
    stated = _stated_rows(numbers)
    chosen = {} if numbers is None else {"investor_number__in": [int(n) for n in numbers]}
    walking = apart(**chosen)
    stages, shown = _LEGS
    others = [{"$match": {"portfolio_id": {"$nin": list(walking)}}}] if walking else []
    following = _ledger_rows(numbers, [*others, *stages], shown)
    tables = [stated, following, *_walked_legs(walking, stated.schema)]
    table = pa.concat_tables(tables).combine_chunks()
    codes, symbols = _codes(table["symbol"])
    quantity, price = table["quantity"].to_numpy(), table["price"].to_numpy()
    if splits:
        counted = table["counted"].to_numpy().astype("datetime64[D]")
        scale = factors(codes, symbols, counted, splits)
        quantity, price = quantity * scale, price / scale
    return LedgerColumns(
        number=table["number"].to_numpy(),
        symbol=codes,
        symbols=symbols,
        day=table["day"].to_numpy().astype("datetime64[D]"),
        quantity=quantity,
        price=price,
        charges=table["charges"].to_numpy(),
        is_sip=table["is_sip"].to_numpy(),
        is_trade=table["is_trade"].to_numpy(),
    )


_FIELDS = {
    "number": pa.int64(),
    "symbol": pa.string(),
    "day": pa.int32(),
    "counted": pa.int32(),
    "quantity": pa.float64(),
    "price": pa.float64(),
    "charges": pa.float64(),
    "is_sip": pa.bool_(),
    "is_trade": pa.bool_(),
}
_STORED = {
    "investor_number": pa.int64(),
    "symbol": pa.string(),
    "kind": pa.string(),
    "trade_date": pa.timestamp("ms"),
    "counted_on": pa.timestamp("ms"),
    "quantity": pa.int64(),
    "price": Decimal128Type(),
    "charges": Decimal128Type(),
    "is_sip": pa.bool_(),
}


def _stated_rows(numbers):
    """Entries that say how many shares moved, nearly all there are.

    Read as they are stored and converted here: the server takes four times as long over it.
    """
    query = {"kind": {"$in": [*INCOMING, *OUTGOING]}}
    for stage in _only(numbers):
        query |= stage["$match"]
    table = find_columns(
        connection.get_collection(Transaction._meta.db_table),
        query,
        schema=Schema(_STORED),
        projection={"_id": 0, **dict.fromkeys(_STORED, 1)},
    ).combine_chunks()
    kinds, known = _codes(table["kind"])
    sign = np.array([-1.0 if kind in OUTGOING else 1.0 for kind in known])
    trade = np.array([kind in TRADES for kind in known], bool)
    day, counted = (table[name].to_numpy() for name in ("trade_date", "counted_on"))
    return pa.table(
        {
            "number": table["investor_number"],
            "symbol": table["symbol"],
            "day": _day_numbers(day),
            "counted": _day_numbers(np.fmax(day, counted)),  # one that is not there is not later
            "quantity": table["quantity"].to_numpy() * sign[kinds],
            "price": doubles(table["price"]),
            "charges": doubles(table["charges"]),
            "is_sip": table["is_sip"].fill_null(False),
            "is_trade": trade[kinds],
        },
        schema=pa.schema(_FIELDS),
    )


def _day_numbers(instants):
    return instants.astype("datetime64[D]").astype(np.int32)


# Shares that follow from what was held, where no price is adjusted for them: each leg with its
# share of the cost that moved.
_LEGS = (
    [
        {"$match": {"kind": {"$in": list(RATIO)}, "action": ""}},
        {
            "$set": {
                "legs": [
                    {"symbol": "$symbol", "shares": {"$toDouble": "$shares"}},
                    {"symbol": "$into", "shares": {"$toDouble": "$into_shares"}},
                ]
            }
        },
        {"$unwind": "$legs"},
        {"$match": {"legs.shares": {"$ne": 0.0}}},
    ],
    {
        "symbol": "$legs.symbol",
        "quantity": "$legs.shares",
        "price": {"$abs": {"$divide": [{"$toDouble": "$moved"}, "$legs.shares"]}},
        "is_trade": {"$literal": False},
    },
)


def _walked_legs(keys, schema):
    """The same of ledgers whose splits are not those of the prices, in a table of their own."""
    if not keys:
        return
    owners = dict(Portfolio.objects.filter(pk__in=keys).values_list("pk", "investor_number"))
    keys = [key for key in keys if key in owners]  # others were erased between the two reads
    rows = []
    for key, book, flows in walked(keys):
        moved: dict = defaultdict(float)
        for effect in (each for each in book.effects if each.entry.kind in RATIO):
            for name in {effect.entry.symbol, effect.entry.into}:
                moved[name, effect.entry.day] += float(effect.moved)
        rows += [
            (owners[key], flow, moved[flow.symbol, flow.day] / abs(flow.shares))
            for flow in flows
            if flow.kind in RATIO and flow.shares
        ]
    days = np.array([flow.day for _, flow, _ in rows], "datetime64[D]").astype(np.int32)
    yield pa.table(
        {
            "number": [number for number, _, _ in rows],
            "symbol": [flow.symbol for _, flow, _ in rows],
            "day": days,
            "counted": np.full(len(rows), _TODAY, np.int32),
            "quantity": [flow.shares for _, flow, _ in rows],
            "price": [price for _, _, price in rows],
            "charges": np.zeros(len(rows)),
            "is_sip": np.zeros(len(rows), bool),
            "is_trade": np.zeros(len(rows), bool),
        },
        schema=schema,
    )


def _ledger_rows(numbers, stages, shown):
    project = {
        "_id": 0,
        "number": "$investor_number",
        "day": {"$toInt": day_number("$trade_date")},
        "counted": {"$toInt": day_number({"$max": ["$trade_date", "$counted_on"]})},
        "charges": {"$toDouble": "$charges"},
        "is_sip": {"$ifNull": ["$is_sip", False]},
        **shown,
    }
    return _columns(Transaction, [*_only(numbers), *stages, {"$project": project}], _FIELDS)


def position_columns(numbers=None, *, between=None) -> PositionColumns:
    """Open positions of all investors, or of some, as columns.

    Parameters
    ----------
    numbers : iterable of int, optional
        Only these customers.
    between : tuple of (int, int or None), optional
        Only customers numbered from the first up to, but not including, the second.
    """
    table = _columns(
        Portfolio,
        [
            *_only(numbers, between),
            {"$project": {"_id": 0, "number": "$investor_number", "p": "$positions"}},
            {"$unwind": "$p"},
            {
                "$project": {
                    "number": 1,
                    "symbol": "$p.symbol",
                    "quantity": {"$toDouble": "$p.quantity"},
                    "cost": {"$toDouble": "$p.cost"},
                }
            },
        ],
        {
            "number": pa.int64(),
            "symbol": pa.string(),
            "quantity": pa.float64(),
            "cost": pa.float64(),
        },
    )
    codes, symbols = _codes(table["symbol"])
    return PositionColumns(
        number=table["number"].to_numpy(),
        symbol=codes,
        symbols=symbols,
        quantity=table["quantity"].to_numpy(),
        cost=table["cost"].to_numpy(),
    )


_TODAY = np.iinfo(np.int32).max
"""Day on which shares are counted that are today's."""
_EPOCH = np.datetime64("1970-01-01", "ms").astype(object)


def day_number(instant):
    return {"$dateDiff": {"startDate": _EPOCH, "endDate": instant, "unit": "day"}}


def _only(numbers, between=None):
    if between is not None:
        first, end = between
        wanted = {"$gte": first} | ({} if end is None else {"$lt": end})
        return [{"$match": {"investor_number": wanted}}]
    if numbers is None:
        return []
    return [{"$match": {"investor_number": {"$in": [int(n) for n in numbers]}}}]


def _columns(model, pipeline, fields):
    collection = connection.get_collection(model._meta.db_table)
    return aggregate_columns(collection, pipeline, schema=Schema(fields)).combine_chunks()


def _codes(strings):
    encoded = strings.combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int32), tuple(encoded.dictionary.to_pylist())
