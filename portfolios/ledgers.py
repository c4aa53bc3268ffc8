"""Reads of ledgers: one portfolio's as values, all customers' as columns past the ORM."""

from collections import defaultdict
from decimal import Decimal

import numpy as np
import pyarrow as pa
from django.db import connection
from pymongoarrow.api import Schema, aggregate_arrow_all

from portfolios.domain.columns import LedgerColumns, PositionColumns
from portfolios.domain.holdings import DayFlow
from portfolios.domain.ledger import Book, Trade, book_of
from portfolios.domain.orders import PAISA
from portfolios.domain.splits import factors
from portfolios.models import Portfolio, Position, Transaction
from portfolios.splits import known_splits, scaled


def entered_trades(portfolio, *, since=None):
    """Trades as they were entered, oldest first; analytics take `trades_of`."""
    rows = Transaction.objects.filter(portfolio_id=portfolio.pk)
    if since is not None:
        rows = rows.filter(trade_date__gte=since)
    fields = (
        "side", "symbol", "quantity", "price", "trade_date", "charges", "sequence", "counted_on",
    )  # fmt: skip
    return [
        Trade(side, name, Decimal(quantity), *rest)
        for side, name, quantity, *rest in rows.order_by("trade_date", "sequence").values_list(
            *fields
        )
    ]


def trades_of(portfolio, *, since=None):
    """Trades of the ledger in today's shares, oldest first."""
    splits = known_splits()
    if since is not None and all(s[-1].ex_date <= since for s in splits.values()):
        return entered_trades(portfolio, since=since)
    trades = scaled(entered_trades(portfolio))
    trades.sort(key=lambda trade: (trade.day, trade.sequence))
    return [trade for trade in trades if since is None or trade.day >= since]


def flows_since(portfolio, day):
    """What was bought and sold, by symbol, on `day` and after."""
    sums = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for trade in trades_of(portfolio, since=day):
        side = 0 if trade.side == "buy" else 1
        sums[trade.symbol][side] += float(trade.quantity)
        sums[trade.symbol][2 + side] += float(trade.amount)
    return {symbol: DayFlow(*amounts) for symbol, amounts in sums.items()}


def derived_from(book: Book):
    """What a portfolio stores of its book, as values by field."""
    return {
        "positions": [
            Position(symbol=p.symbol, quantity=int(p.quantity), cost=p.cost.quantize(PAISA))
            for p in book.open
        ],
        "realised_profit": book.realised.quantize(PAISA),
        "money_in": book.money_in.quantize(PAISA),
        "money_out": book.money_out.quantize(PAISA),
        "invested": float(book.cost),
    }


def differences(portfolio, derived=None):
    """Stored against rebuilt, by field, where they differ."""
    if derived is None:
        derived = derived_from(book_of(trades_of(portfolio)))
    pairs = {
        field: (_comparable(getattr(portfolio, field)), _comparable(value))
        for field, value in derived.items()
    }
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}


def _comparable(value):
    if isinstance(value, float | Decimal):
        return Decimal(value).quantize(PAISA)
    return {p.symbol: (p.quantity, Decimal(p.cost).quantize(PAISA)) for p in value or ()}


def ledger_columns(numbers=None) -> LedgerColumns:
    """Ledgers of all investors, or of those numbered, as columns in today's shares.

    Parameters
    ----------
    numbers : iterable of int, optional
        Customer numbers; None reads every ledger.
    """
    sign = {"$cond": [{"$eq": ["$side", "sell"]}, -1.0, 1.0]}
    splits = known_splits()
    counted = {"$max": ["$trade_date", "$counted_on"]}
    table = _columns(
        Transaction,
        [
            *_only(numbers),
            {
                "$project": {
                    "_id": 0,
                    "number": "$investor_number",
                    "symbol": 1,
                    "day": {"$toInt": _day_number("$trade_date")},
                    **({"counted": {"$toInt": _day_number(counted)}} if splits else {}),
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
            **({"counted": pa.int32()} if splits else {}),
            "quantity": pa.float64(),
            "price": pa.float64(),
            "charges": pa.float64(),
            "is_sip": pa.bool_(),
        },
    )
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
    )


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


_EPOCH = np.datetime64("1970-01-01", "ms").astype(object)


def _day_number(instant):
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
    return aggregate_arrow_all(collection, pipeline, schema=Schema(fields)).combine_chunks()


def _codes(strings):
    encoded = strings.combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int32), tuple(encoded.dictionary.to_pylist())
