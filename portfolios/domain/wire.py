"""What a live valuation looks like on the wire; unknown numbers are null."""

from __future__ import annotations

import math
from typing import Any

from portfolios.domain.holdings import Holding, Quoted, Valuation


def valuation_fields(valuation: Valuation, benchmark: Quoted | None = None) -> dict[str, Any]:
    """A valuation as JSON-ready fields, with the benchmark at the same moment.

    Returns
    -------
    dict
        type "valuation"; rupees in value, invested, today, unrealised, realised, total;
        fractions in today_fraction, unrealised_fraction, total_fraction; oldest in
        milliseconds since 1970; holdings as a list, largest first; benchmark with price and
        change_fraction, or null.
    """
    figures = (
        "value", "invested", "today", "today_fraction", "unrealised", "unrealised_fraction",
        "realised", "total", "total_fraction",
    )  # fmt: skip
    oldest = valuation.oldest
    return {
        "type": "valuation",
        **{name: _number(getattr(valuation, name).value) for name in figures},
        "oldest": int(oldest.timestamp() * 1000) if oldest else None,
        "unpriced": [symbol for symbol, _ in valuation.unpriced],
        "benchmark": _benchmark_fields(benchmark),
        "holdings": [_holding_fields(holding) for holding in valuation.holdings],
    }


def _benchmark_fields(quote: Quoted | None) -> dict[str, Any] | None:
    if quote is None:
        return None
    before = quote.previous_close or math.nan
    return {
        "price": _number(quote.price),
        "change_fraction": _number(quote.price / before - 1.0),
    }


def _holding_fields(holding: Holding) -> dict[str, Any]:
    return {
        "symbol": holding.symbol,
        "price": _number(holding.price),
        "value": _number(holding.value),
        "weight": _number(holding.weight),
        "today": _number(holding.today),
        "today_fraction": _number(holding.today_fraction),
        "profit": _number(holding.profit),
        "profit_fraction": _number(holding.profit_fraction),
        "at": int(holding.at.timestamp() * 1000) if holding.at else None,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)
