"""Quotes as JSON: one spelling for Redis, the WebSocket and the page's first data."""

from collections.abc import Iterable
from datetime import UTC, datetime

import orjson

from market.domain.quotes import MarketStatus, Quote


def milliseconds(instant: datetime) -> int:
    """Instant as milliseconds since the Unix epoch, the unit JavaScript's Date takes."""
    return round(instant.timestamp() * 1000)


def quote_fields(quote: Quote) -> dict:
    """Quote as a JSON-ready dict; NaN becomes null when encoded by orjson.

    Keys: symbol, price, previous_close, open, high, low, volume, at (epoch milliseconds).
    """
    return {
        "symbol": quote.symbol,
        "price": quote.price,
        "previous_close": quote.previous_close,
        "open": quote.open,
        "high": quote.high,
        "low": quote.low,
        "volume": quote.volume,
        "at": milliseconds(quote.at),
    }


def quote_from_fields(fields: dict, source: str) -> Quote:
    """Inverse of `quote_fields`: null becomes NaN."""

    def number(name: str) -> float:
        value = fields.get(name)
        return float("nan") if value is None else float(value)

    return Quote(
        symbol=fields["symbol"],
        price=number("price"),
        previous_close=number("previous_close"),
        open=number("open"),
        high=number("high"),
        low=number("low"),
        volume=int(fields.get("volume") or 0),
        at=datetime.fromtimestamp(fields["at"] / 1000, UTC),
        source=source,
    )


def quotes_frame(kind: str, quotes: Iterable[dict], *, source: str, clock: datetime) -> bytes:
    """One frame of quotes.

    Parameters
    ----------
    kind : str
        "snapshot", "quotes", or "session" when another session has begun.
    quotes : iterable of dict
        As made by `quote_fields`.
    source : str
    clock : datetime
        The market's clock when the frame was made.

    Returns
    -------
    bytes
        UTF-8 JSON ``{"type", "source", "clock", "quotes": [...]}``.
    """
    return orjson.dumps(
        {"type": kind, "source": source, "clock": milliseconds(clock), "quotes": list(quotes)}
    )


def status_fields(status: MarketStatus) -> dict:
    """Market status as a JSON-ready dict; `clock` in epoch milliseconds."""
    return {
        "state": status.state,
        "label": status.label,
        "session_date": status.session_date.isoformat(),
        "clock": milliseconds(status.clock),
        "source": status.source,
        "simulated": status.simulated,
        "replaying": status.replaying,
        "age_seconds": status.age_seconds,
        "loading": status.loading,
    }
