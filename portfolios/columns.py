"""Columnar reads of all customers at once, past the ORM."""

import numpy as np
import pyarrow as pa
from django.db import connection
from pymongoarrow.api import Schema, aggregate_arrow_all

from portfolios.domain.columns import LedgerColumns, PositionColumns
from portfolios.models import Portfolio, Transaction


def ledger_columns(numbers=None) -> LedgerColumns:
    """Ledgers of all investors, or of those numbered, as columns.

    Parameters
    ----------
    numbers : iterable of int, optional
        Customer numbers; None reads every ledger.
    """
    day = {"$dateDiff": {"startDate": _EPOCH, "endDate": "$trade_date", "unit": "day"}}
    sign = {"$cond": [{"$eq": ["$side", "sell"]}, -1.0, 1.0]}
    table = _columns(
        Transaction,
        [
            *_only(numbers),
            {
                "$project": {
                    "_id": 0,
                    "number": "$investor_number",
                    "symbol": 1,
                    "day": {"$toInt": day},
                    "quantity": {"$multiply": ["$quantity", sign]},
                    "price": {"$toDouble": "$price"},
                    "charges": {"$toDouble": "$charges"},
                    "is_sip": {"$ifNull": ["$is_sip", False]},
                }
            },
        ],
        {
            "number": pa.int64(),
            "symbol": pa.string(),
            "day": pa.int32(),
            "quantity": pa.float64(),
            "price": pa.float64(),
            "charges": pa.float64(),
            "is_sip": pa.bool_(),
        },
    )
    codes, symbols = _codes(table["symbol"])
    return LedgerColumns(
        number=table["number"].to_numpy(),
        symbol=codes,
        symbols=symbols,
        day=table["day"].to_numpy().astype("datetime64[D]"),
        quantity=table["quantity"].to_numpy(),
        price=table["price"].to_numpy(),
        charges=table["charges"].to_numpy(),
        is_sip=table["is_sip"].to_numpy(),
    )


def position_columns(numbers=None) -> PositionColumns:
    """Open positions of all investors, or of those numbered, as columns."""
    table = _columns(
        Portfolio,
        [
            *_only(numbers),
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


_EPOCH = np.datetime64("1970-01-01", "ms").astype(object)


def _only(numbers):
    if numbers is None:
        return []
    return [{"$match": {"investor_number": {"$in": [int(n) for n in numbers]}}}]


def _columns(model, pipeline, fields):
    collection = connection.get_collection(model._meta.db_table)
    return aggregate_arrow_all(collection, pipeline, schema=Schema(fields)).combine_chunks()


def _codes(strings):
    encoded = strings.combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int32), tuple(encoded.dictionary.to_pylist())
