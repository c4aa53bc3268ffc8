"""Reads of ledgers: one portfolio's as values, all customers' as columns past the ORM."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
from django.db import connection
from pymongoarrow.api import Schema, aggregate_arrow_all

from portfolios.domain.columns import LedgerColumns, PositionColumns
from portfolios.domain.entries import INCOMING, OUTGOING, RATIO, TRADES, Entry
from portfolios.domain.flows import Flow, flows_of, plain_flow
from portfolios.domain.holdings import DayFlow
from portfolios.domain.imports.ledger_file import Line
from portfolios.domain.ledger import PAISA, Book, Effect, book_of
from portfolios.domain.splits import factors
from portfolios.models import Portfolio, Position, Transaction
from portfolios.splits import known_splits, with_splits

ENTRY_FIELDS = (
    "kind", "symbol", "quantity", "price", "trade_date", "charges", "sequence", "counted_on",
    "cash", "ratio", "into", "cost_share", "acquired", "fair", "time", "action",
)  # fmt: skip


def entry_of(kind, symbol, quantity, price, *rest) -> Entry:
    """An entry from the values of a transaction's `ENTRY_FIELDS`."""
    *middle, ratio, into, cost_share, acquired, fair, time, action = rest
    return Entry(
        kind, symbol, Decimal(quantity), price, *middle,
        Fraction(ratio) if ratio else None, into, cost_share, acquired, fair, time, action,
    )  # fmt: skip


def stored_entries(portfolio, *, since=None) -> list[Entry]:
    """Entries as they are stored, oldest first."""
    rows = Transaction.objects.filter(portfolio_id=portfolio.pk)
    if since is not None:
        rows = rows.filter(trade_date__gte=since)
    rows = rows.order_by("trade_date", "sequence").values_list(*ENTRY_FIELDS)
    return [entry_of(*row) for row in rows]


def ledger_lines(portfolio) -> list[Line]:
    """Stored entries with what stands beside them, in the order they were entered."""
    rows = Transaction.objects.filter(portfolio_id=portfolio.pk).order_by("sequence")
    return [
        Line(entry_of(*rest), key or "", note, is_sip)
        for key, note, is_sip, *rest in rows.values_list(
            "idempotency_key", "note", "is_sip", *ENTRY_FIELDS
        )
    ]


def entries_of(portfolio) -> list[Entry]:
    """The whole ledger, with splits of the active source that are not booked yet."""
    return with_splits(stored_entries(portfolio), portfolio.dismissed)


def flows_for(portfolio) -> list[Flow]:
    """What the ledger moved, in today's shares, oldest first: the input of analyses."""
    return flows_of(book_of(entries_of(portfolio)), known_splits())


def flows_since(portfolio, day) -> dict[str, DayFlow]:
    """What was bought and sold, by symbol, on `day` and after."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for flow in _flows_from(portfolio, day):
        of = sums[flow.symbol]
        of[0 if flow.shares > 0 else 1] += abs(flow.shares)
        of[2] += flow.money_in
        of[3] += flow.money_out
    return {symbol: DayFlow(*amounts) for symbol, amounts in sums.items()}


def _flows_from(portfolio, day) -> list[Flow]:
    splits = known_splits()
    later = [s for of in splits.values() for s in of if s.ex_date >= day]
    if not later:
        entries = stored_entries(portfolio, since=day)
        # Shares of these kinds stand in the entry; others need all that came before.
        if all(e.kind in INCOMING or e.kind == "sell" for e in entries):
            return [plain_flow(Effect(entry), splits) for entry in entries]
    return [flow for flow in flows_for(portfolio) if flow.day >= day]


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
        "dividends": book.dividends.quantize(PAISA),
        "fees": book.fees.quantize(PAISA),
        "invested": float(book.cost),
    }


def effect_fields(effect: Effect) -> dict:
    """What a transaction stores of what its entry moved."""
    return {
        "shares": effect.shares if effect.entry.kind in RATIO else Decimal(0),
        "into_shares": effect.into_shares,
        "moved": effect.moved.quantize(PAISA),
        "paid": effect.cash.quantize(PAISA),
    }


def differences(portfolio, derived=None):
    """Stored against rebuilt, by field, where they differ."""
    if derived is None:
        derived = derived_from(book_of(entries_of(portfolio)))
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

    Every entry that moves shares has a row, and a merger two; what prices are adjusted for has
    none. Dividends and fees are left out.

    Parameters
    ----------
    numbers : iterable of int, optional
        Customer numbers; None reads every ledger.
    """
    splits = known_splits()
    sign = {"$cond": [{"$in": ["$kind", list(OUTGOING)]}, -1.0, 1.0]}
    moving = {"kind": {"$in": [*INCOMING, *OUTGOING]}}
    stated = _ledger_rows(
        numbers,
        [{"$match": moving}],
        {
            "symbol": 1,
            "quantity": {"$multiply": ["$quantity", sign]},
            "price": {"$toDouble": "$price"},
            "is_trade": {"$in": ["$kind", list(TRADES)]},
        },
    )
    following = _ledger_rows(numbers, *_LEGS)
    table = pa.concat_tables([stated, following]).combine_chunks()
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


def _ledger_rows(numbers, stages, shown):
    fields = {
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
    project = {
        "_id": 0,
        "number": "$investor_number",
        "day": {"$toInt": _day_number("$trade_date")},
        "counted": {"$toInt": _day_number({"$max": ["$trade_date", "$counted_on"]})},
        "charges": {"$toDouble": "$charges"},
        "is_sip": {"$ifNull": ["$is_sip", False]},
        **shown,
    }
    return _columns(Transaction, [*_only(numbers), *stages, {"$project": project}], fields)


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
