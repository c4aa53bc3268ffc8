"""Pages of the market: the live list, one stock, the search."""

import numpy as np
from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from market import queries
from market.domain.instruments import CAP_CLASSES, DEFAULT_BENCHMARK, LEADING_INDICES
from market.domain.statistics import (
    YEAR_RETURNS,
    annualised_volatility,
    beta,
    period_return,
)
from market.domain.wire import quote_fields, status_fields

SPARK_DAYS = 30
CHART_COLUMNS = ("open", "high", "low", "close", "volume")
PERIODS = (("1 month", 30), ("3 months", 91), ("1 year", 365), ("3 years", 1096))
SEARCH_LIMIT = 20
QUERY_LENGTH = 80


@login_required
@require_GET
def market_list(request):
    """The live market page: every stock with its quote, and what the page's script needs.

    Context: `rows` and `indices` (dicts of `_row`), `sectors`, `cap_classes`, `headline`,
    `status`, and `market_data` for json_script.
    """
    facts = queries.instruments(kind=None)
    quotes = queries.latest_quotes()
    status = queries.market_status()
    rows = [_row(f, quotes[f.symbol]) for f in facts if f.kind == "equity" and f.symbol in quotes]
    rows.sort(key=lambda row: -row["turnover"])
    indices = [_row(f, quotes[f.symbol]) for f in facts if f.kind == "index" and f.symbol in quotes]
    order = {symbol: place for place, symbol in enumerate(LEADING_INDICES)}
    indices.sort(key=lambda row: order.get(row["symbol"], len(order)))
    return render(
        request,
        "market/list.html",
        {
            "rows": rows,
            "indices": indices,
            "sectors": sorted({f.sector for f in facts if f.kind == "equity" and f.sector}),
            "cap_classes": CAP_CLASSES,
            "headline": _headline(rows, indices),
            "status": status,
            "market_data": {
                "status": status_fields(status),
                "rows": [_json_safe(row) for row in rows],
                "indices": [_json_safe(row) for row in indices],
                "sparks": _sparks([row["symbol"] for row in rows]),
            },
        },
    )


@login_required
@require_GET
def stock(request, symbol):
    """One stock: chart, key figures, corporate actions.

    Context: `row` (dict of `_row`, None without any price), `facts`, `figures`, `actions`,
    `peers`, `status`, and `stock_data` for json_script.
    """
    known = {facts.symbol: facts for facts in queries.instruments(kind=None)}
    facts = known.get(symbol.upper())
    if facts is None:
        raise Http404("No instrument has this symbol.")
    bars = queries.bars_of(facts.symbol)
    status = queries.market_status()
    peers = [f for f in known.values() if f.sector == facts.sector and f.kind == facts.kind]
    quotes = queries.latest_quotes([f.symbol for f in peers])
    rows = [_row(f, quotes[f.symbol]) for f in peers if f.symbol in quotes]
    row = next((r for r in rows if r["symbol"] == facts.symbol), None)
    rows = sorted((r for r in rows if r is not row), key=lambda r: -r["turnover"])
    actions = queries.corporate_actions([facts.symbol])
    return render(
        request,
        "market/stock.html",
        {
            "facts": facts,
            "row": row,
            "figures": _figures(facts.symbol, bars),
            "actions": actions[::-1],
            "peers": rows[:8],
            "status": status,
            "stock_data": {
                "symbol": facts.symbol,
                "status": status_fields(status),
                "quote": _json_safe(row) if row else None,
                "bars": {
                    "dates": bars.dates.astype(str).tolist(),
                    **{name: _series(getattr(bars, name)) for name in CHART_COLUMNS},
                },
                "actions": [
                    {"date": a.ex_date.isoformat(), "action": a.action, "value": a.value}
                    for a in actions
                ],
            },
        },
    )


@login_required
@require_GET
def search(request):
    """Instruments that fit `q`, as JSON under "results"."""
    text = request.GET.get("q", "")[:QUERY_LENGTH]
    found = queries.search_instruments(text, limit=SEARCH_LIMIT)
    keys = ("symbol", "name", "isin", "sector", "cap_class", "kind")
    return JsonResponse({"results": [{key: getattr(f, key) for key in keys} for f in found]})


def _row(facts, quote) -> dict:
    """An instrument and its quote, flat; figures that are not known are None."""
    fields = {
        **quote_fields(quote),
        "name": facts.name,
        "sector": facts.sector,
        "cap_class": facts.cap_class,
        "change": quote.change,
        "change_fraction": quote.change_fraction,
        "turnover": quote.turnover,
        "source": quote.source,
        "traded_at": quote.at,
    }
    return {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in fields.items()}


def _json_safe(row: dict) -> dict:
    return {key: value for key, value in row.items() if key != "traded_at"}


def _series(values: np.ndarray) -> list:
    return [None if np.isnan(v) else round(v, 2) for v in values.astype(float).tolist()]


def _headline(rows: list[dict], indices: list[dict]) -> dict:
    """What the page's first sentence says: counts of rising and falling, best, worst, benchmark."""
    moved = [row for row in rows if row["change_fraction"] is not None]
    moved.sort(key=lambda row: row["change_fraction"])
    return {
        "total": len(rows),
        "rising": sum(row["change_fraction"] > 0 for row in moved),
        "falling": sum(row["change_fraction"] < 0 for row in moved),
        "leader": moved[-1] if moved else None,
        "trailer": moved[0] if moved else None,
        "benchmark": next((row for row in indices if row["symbol"] == DEFAULT_BENCHMARK), None),
    }


def _sparks(symbols: list[str]) -> dict[str, list]:
    """Closes of the last `SPARK_DAYS` sessions by symbol, unknown days left out."""
    panel = queries.price_panel(column="close", symbols=symbols)
    tail = panel.values[-SPARK_DAYS:]
    return {
        symbol: [round(v, 2) for v in tail[:, i].tolist() if v == v]
        for i, symbol in enumerate(panel.symbols)
    }


def _figures(symbol: str, bars) -> dict:
    """Key figures of a stock from its daily bars; None where there is too little history."""
    if not len(bars):
        return {}
    year = bars.take(bars.dates > bars.dates[-1] - np.timedelta64(365, "D"))
    own, benchmark = queries.year_of_returns([symbol, DEFAULT_BENCHMARK]).T
    figures = {
        "high_52_weeks": _last(np.nanmax, year.high),
        "low_52_weeks": _last(np.nanmin, year.low),
        "median_volume": float(np.median(year.volume[-20:])),
        "volatility": annualised_volatility(own, fewest=YEAR_RETURNS),
        "beta": beta(own, benchmark, fewest=YEAR_RETURNS),
        "first_date": bars.dates[0].astype(object),
        "last_date": bars.dates[-1].astype(object),
        "returns": [
            (label, _known(period_return(bars.dates, bars.adj_close, bars.dates[-1] - days)))
            for label, days in PERIODS
        ],
    }
    return {k: _known(v) if isinstance(v, float) else v for k, v in figures.items()}


def _last(reduce, values: np.ndarray) -> float:
    return float(reduce(values)) if (~np.isnan(values)).any() else float("nan")


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
