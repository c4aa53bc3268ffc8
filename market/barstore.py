"""Stored prices as domain values: symbol-years from raw documents into arrays, and quotes."""

import math
from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
from django.db import connection

from market.domain.bars import (
    PRICE_COLUMNS,
    Bars,
    decode_dates,
    decode_prices,
    decode_volumes,
    encode_dates,
    encode_prices,
    encode_volumes,
)
from market.domain.calendar import IST, nse_calendar
from market.domain.panel import PricePanel
from market.domain.quotes import Quote
from market.models import LatestQuote, PriceYear

COLUMNS = (*PRICE_COLUMNS, "volume")


def read_panel(column: str, source: str, order: Sequence[str]) -> PricePanel:
    """One column of everything stored of a source.

    Parameters
    ----------
    column : str
        One of `COLUMNS`.
    source : str
    order : sequence of str
        These symbols come first and in this order, with NaN where nothing is stored; further
        stored symbols follow.

    Returns
    -------
    PricePanel
        Read-only; empty when nothing is stored.
    """
    if column not in COLUMNS:
        raise ValueError(f"{column!r} is no column of a bar")
    decode = decode_volumes if column == "volume" else decode_prices
    chunks = [
        (document["symbol"], decode_dates(document["dates"]), decode(document[column]))
        for document in _documents({"source": source}, ("dates", column))
    ]
    if not chunks:
        return PricePanel.empty()
    stored = {symbol for symbol, _, _ in chunks}
    names = (*order, *sorted(stored.difference(order)))
    column_of = {name: position for position, name in enumerate(names)}
    dates = np.unique(np.concatenate([days for _, days, _ in chunks]))
    # A direct table from day to row is quicker than a binary search per chunk.
    origin = dates[0]
    row_of = np.zeros(int((dates[-1] - origin).astype(int)) + 1, np.int64)
    row_of[(dates - origin).astype(int)] = np.arange(len(dates))
    values = np.full((len(dates), len(names)), np.nan)
    for symbol, days, prices in chunks:
        values[row_of[(days - origin).astype(int)], column_of[symbol]] = prices
    values.flags.writeable = False
    return PricePanel(dates, names, values)


def read_bars(symbol: str, source: str) -> Bars:
    """All stored bars of one symbol, oldest first; possibly none."""
    years = sorted(
        _documents({"source": source, "symbol": symbol}, ("dates", *COLUMNS)),
        key=lambda document: document["year"],
    )
    if not years:
        empty = np.empty(0)
        return Bars(np.empty(0, "datetime64[D]"), *[empty] * 5, np.empty(0, np.int64))
    return Bars(
        np.concatenate([decode_dates(year["dates"]) for year in years]),
        *(_joined(years, name) for name in PRICE_COLUMNS),
        np.concatenate([decode_volumes(year["volume"]) for year in years]),
    )


def read_last_bars(source: str, before: date | None) -> dict[str, Quote]:
    """Last bar of every symbol (before a day) as a quote, stamped with its session's close.

    A symbol without a bar in the last two years stored has none.
    """
    newest = _collection().find_one({"source": source}, {"year": 1}, sort=[("year", -1)])
    if newest is None:
        return {}
    year = min(newest["year"], before.year) if before else newest["year"]
    condition = {"source": source, "year": {"$gte": year - 1, "$lte": year}}
    years: dict[str, list[dict]] = {}
    for document in _documents(condition, ("dates", *COLUMNS)):
        years.setdefault(document["symbol"], []).append(document)
    quotes = {}
    for symbol, documents in years.items():
        documents.sort(key=lambda document: document["year"])
        quote = _last_bar(symbol, documents, source, before)
        if quote is not None:
            quotes[symbol] = quote
    return quotes


def _last_bar(symbol, documents, source, before) -> Quote | None:
    days = np.concatenate([decode_dates(document["dates"]) for document in documents])
    end = len(days) if before is None else int(np.searchsorted(days, np.datetime64(before, "D")))
    if not end:
        return None
    close, day = _joined(documents, "close"), days[end - 1].astype(date)
    volumes = np.concatenate([decode_volumes(document["volume"]) for document in documents])
    return Quote(
        symbol=symbol,
        price=float(close[end - 1]),
        previous_close=float(close[end - 2]) if end > 1 else math.nan,
        open=float(_joined(documents, "open")[end - 1]),
        high=float(_joined(documents, "high")[end - 1]),
        low=float(_joined(documents, "low")[end - 1]),
        volume=int(volumes[end - 1]),
        at=nse_calendar().close_time(day) or datetime.combine(day, datetime.min.time(), IST),
        source=source,
    )


def read_stored_quotes(source: str, symbols=None) -> dict[str, Quote]:
    """Quotes as last written to MongoDB."""
    rows = LatestQuote.objects.filter(source=source)
    if symbols is not None:
        rows = rows.filter(symbol__in=list(symbols))
    return {
        row.symbol: Quote(
            symbol=row.symbol,
            price=row.price,
            previous_close=_number(row.previous_close),
            open=_number(row.open),
            high=_number(row.high),
            low=_number(row.low),
            volume=row.volume or 0,
            at=row.at,
            source=source,
        )
        for row in rows
    }


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def columns_of(bars: Bars) -> dict[str, bytes]:
    """Fields of a symbol-year's document that hold `bars`."""
    return {
        "dates": encode_dates(bars.dates),
        **{name: encode_prices(getattr(bars, name)) for name in PRICE_COLUMNS},
        "volume": encode_volumes(bars.volume),
    }


def bars_from(document: dict) -> Bars:
    """Inverse of `columns_of`."""
    return Bars(
        decode_dates(document["dates"]),
        *(decode_prices(document[name]) for name in PRICE_COLUMNS),
        decode_volumes(document["volume"]),
    )


def _joined(documents, name) -> np.ndarray:
    return np.concatenate([decode_prices(document[name]) for document in documents])


def _documents(condition: dict, fields):
    """Raw documents: the ORM would take several times as long to build objects."""
    chosen = {"_id": 0, "symbol": 1, "year": 1, **dict.fromkeys(fields, 1)}
    return _collection().find(condition, chosen, batch_size=1000)


def _collection():
    return connection.get_collection(PriceYear._meta.db_table)
