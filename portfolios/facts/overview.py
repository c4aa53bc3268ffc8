"""What the overview page shows of a portfolio that has trades."""

import math
from dataclasses import dataclass
from textwrap import shorten

import numpy as np

from market.queries import instruments, price_panel
from portfolios.analysis import composition_of, correlation_of, risk_of, sectors_of
from portfolios.domain.holdings import Holding, Valuation
from portfolios.domain.moving_average import Averaged
from portfolios.domain.pictures import (
    calendar_of,
    curve,
    matrix_rows,
    return_charts,
    spark,
    trend_of,
    year_to_date,
)
from portfolios.facts.diversification import mix_today
from portfolios.queries import movers_today, valuation_of

COLOURS = 7
"""Slices with a colour of their own; smaller ones are put together."""
SPARK_DAYS = 30
LABEL = 24
"""Letters of a sector that fit beside the bars on a phone."""
CRORE = 1e7
"""From here on paise no longer fit the tile, nor matter."""
FEWEST_IN_CALENDAR = 10
MATRIX_SIZE = 20
"""Holdings shown in the correlation matrix, the largest: more cannot be read."""


@dataclass(frozen=True)
class Row:
    """A line of the holdings table, with what filters it.

    `averaged` is the stock at the moving average, as the ledger has it.
    """

    holding: Holding
    averaged: Averaged | None
    name: str = ""
    sector: str = ""
    size: str = ""


@dataclass(frozen=True)
class SliceRow:
    """A slice of a split with its colour; `names` are the labels it stands for."""

    name: str
    names: tuple[str, ...]
    share: float
    colour: int


def overview_facts(portfolio, ledger, quotes, performance, *, year=None):
    """Template context of the overview page.

    Parameters
    ----------
    portfolio : Portfolio
    ledger : Ledger
    quotes : dict of str to Quote
        The one set of prices behind every figure of the page.
    performance : Performance or None
        At these quotes.
    year : int, optional
        Year of the calendar of returns; the latest if it is not in the history.
    """
    valuation, flows = valuation_of(portfolio, quotes=quotes), ledger.flows
    composition = composition_of(valuation)
    facts = {f.symbol: f for f in instruments()}
    rows = [
        _row(holding, facts.get(holding.symbol), ledger.averages.get(holding.symbol))
        for holding in valuation.holdings
    ]
    sectors, sizes = coloured(composition.sectors), coloured(composition.sizes)
    risen, fallen = movers_today(valuation)
    return {
        "valuation": valuation,
        "rows": rows,
        "averaged_gains": sum(each.gains for each in ledger.averages.values()),
        "lot_gains": sum(position.gains for position in ledger.book.positions.values()),
        "composition": composition,
        "sectors": sectors,
        "sizes": sizes,
        "size_bar": _bar(sizes),
        "split_data": {"sector": _donut(sectors), "size": _donut(sizes)},
        "risen": risen,
        "fallen": fallen,
        "first_day": flows[0].day,
        "trade_count": sum(flow.is_trade for flow in flows),
        "purchases": sum(flow.is_trade and flow.kind != "sell" for flow in flows),
        "sales": sum(flow.kind == "sell" for flow in flows),
        "value_decimals": 2 if valuation.value.value < CRORE else 0,
        "performance": performance,
        **(_performance_facts(performance, year) if performance else {}),
        **_sector_facts(valuation),
        **_extremes(valuation),
        "risk": risk_of(valuation, performance),
        **_correlation_facts(valuation),
    }


def _row(holding, fact, averaged):
    if fact is None:
        return Row(holding, averaged)
    return Row(holding, averaged, fact.name, fact.sector, fact.cap_class)


def coloured(slices) -> list[SliceRow]:
    """Slices with a colour each, the smallest ones together as "Others"."""
    keep = slices if len(slices) <= COLOURS + 1 else slices[:COLOURS]
    rows = [SliceRow(s.name, (s.name,), s.share, i) for i, s in enumerate(keep, start=1)]
    rest = slices[len(keep) :]
    if rest:
        names = tuple(s.name for s in rest)
        share = sum(s.share for s in rest)
        rows.append(SliceRow(f"Others ({len(rest)})", names, share, 9))
    return rows


def _donut(rows):
    return {
        "labels": [row.name for row in rows],
        "values": [round(row.share, 6) for row in rows],
        "keys": [list(row.names) for row in rows],
        "colours": ["c-other" if row.colour == 9 else f"c{row.colour}" for row in rows],
        "unit": "share",
    }


def _bar(rows):
    """Rectangles of a bar of 100 units, a gap between them."""
    at, parts = 0.0, []
    for row in rows:
        width = row.share * 100
        parts.append(
            {"colour": row.colour, "x": round(at, 2), "width": round(max(width - 0.5, 0.3), 2)}
        )
        at += width
    return parts


def _performance_facts(performance, year):
    dates = performance.history.dates
    years, sessions = np.unique(
        dates.astype("datetime64[Y]").astype(int) + 1970, return_counts=True
    )
    if year not in years:
        filled = years[sessions >= FEWEST_IN_CALENDAR]
        year = int(filled[-1] if len(filled) else years[-1])
    mine, theirs = year_to_date(performance)
    same = performance.equivalent
    charts = return_charts(performance)
    return {
        "curve": curve(performance) if len(performance.history) > 1 else None,
        "charts": charts,
        "calendar": calendar_of(dates, performance.daily, year),
        "years": years[-6:].tolist(),
        "trend": trend_of(performance),
        "year_mine": mine,
        "year_theirs": theirs,
        "lead": performance.lead,
        "lead_size": abs(performance.lead),
        "same_value": float(same.values[-1]) if same else math.nan,
        "same_out": performance.benchmark_taken,
        "same_data": _equivalent_data(performance),
        "money_in": float(performance.history.money_in.sum()),
        "money_out": performance.taken,
    }


def _equivalent_data(performance):
    """What the page needs to keep the comparison with the benchmark going as prices move."""
    same = performance.equivalent
    if same is None or not performance.benchmark_level > 0:
        return None
    return {
        "units": float(same.values[-1]) / performance.benchmark_level,
        "taken": performance.taken - performance.benchmark_taken,
    }


def _sector_facts(valuation):
    rows = [r for r in sectors_of(valuation) if not math.isnan(r.yours + r.average)][:10]
    data = {
        "labels": [shorten(row.sector, LABEL, placeholder="…") for row in rows],
        "series": [
            {"label": "Yours", "values": [round(r.yours, 5) for r in rows], "colour": "c1"},
            {
                "label": "Sector average",
                "values": [round(r.average, 5) for r in rows],
                "colour": "c-other",
            },
        ],
        "unit": "percent",
    }
    return {"sector_rows": rows, "sector_data": data}


def _extremes(valuation: Valuation):
    """Best and worst holdings since they were bought, each with a month of prices."""
    ranked = sorted(
        (h for h in valuation.holdings if not math.isnan(h.profit_fraction)),
        key=lambda h: -h.profit_fraction,
    )
    best = ranked[: min(4, (len(ranked) + 1) // 2)]
    worst = ranked[len(best) :][-3:]
    symbols = tuple(h.symbol for h in (*best, *worst))
    panel = price_panel(column="adj_close", symbols=symbols)
    lines = {symbol: spark(panel.column(symbol)[-SPARK_DAYS:]) for symbol in symbols}
    return {
        "best": [(h, lines[h.symbol]) for h in best],
        "worst": [(h, lines[h.symbol]) for h in worst],
    }


def _correlation_facts(valuation):
    largest = [h for h in valuation.holdings if h.priced][:MATRIX_SIZE]
    correlation, mix = correlation_of(largest), mix_today(valuation)
    ratio = mix.diversification if mix else math.nan
    pairs = correlation.pairs()
    return {
        "correlation": correlation,
        "matrix": matrix_rows(correlation),
        "closest": pairs[:5],
        "least": pairs[-3:][::-1] if len(pairs) > 7 else [],
        "too_close": correlation.close_pairs(),
        "diversification": ratio,
        "calmer": 1 - 1 / ratio if not np.isnan(ratio) else math.nan,
        "not_shown": sum(h.priced for h in valuation.holdings) - len(largest),
    }
