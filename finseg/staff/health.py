"""Data health: what history each source holds, what is stale, and how the feed is doing."""

from dataclasses import dataclass

import numpy as np
from django.contrib.admin import site
from django.core.cache import cache
from django.db import connection
from django.shortcuts import render

from accounts.permissions import require
from market import livestore
from market.debts import debt_coverage
from market.domain.bars import decode_dates
from market.models import Instrument, PriceLoad, PriceYear, Source
from market.queries import active_source, feed_state, market_status, price_version

STALE_DAYS = 7
"""A symbol this many days behind the newest of its source has stopped; a week has holidays."""
KEPT_SECONDS = 3600


@dataclass(frozen=True)
class Coverage:
    """What one source holds; `stale` names a symbol and its last day, `missing` a symbol."""

    source: str
    label: str
    active: bool
    symbols: int
    instruments: int
    first_year: int | None
    last_day: str | None
    stale: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]


def coverage(source):
    """Coverage of one source, kept until its prices change."""
    key = f"staff:coverage:{source}:{price_version()}"
    found = cache.get(key)
    if found is None:
        found = _measure(source)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _measure(source):
    last = _last_days(source)
    active = set(
        Instrument.objects.filter(is_active=True).order_by().values_list("symbol", flat=True)
    )
    newest = max((day for day, _ in last.values()), default=None)
    stale = sorted(
        (symbol, str(day))
        for symbol, (day, _) in last.items()
        if symbol in active and (newest - day).astype(int) > STALE_DAYS
    )
    return Coverage(
        source=source,
        label=Source(source).label,
        active=source == active_source(),
        symbols=len(active & last.keys()),
        instruments=len(active),
        first_year=min((year for _, year in last.values()), default=None),
        last_day=str(newest) if newest is not None else None,
        stale=tuple(stale),
        missing=tuple(sorted(active - last.keys())) if last else (),
    )


def _last_days(source):
    """Last day and first year of every symbol of a source."""
    rows = connection.get_collection(PriceYear._meta.db_table).aggregate(
        [
            {"$match": {"source": source}},
            {
                "$group": {
                    "_id": "$symbol",
                    "last": {"$max": {"year": "$year", "dates": "$dates"}},
                    "first": {"$min": "$year"},
                }
            },
        ]
    )
    return {row["_id"]: (np.max(decode_dates(row["last"]["dates"])), row["first"]) for row in rows}


def health_view(request):
    """The page; staff who may see price loads may see it."""
    require(request.user, "market.view_priceload")
    context = {
        **site.each_context(request),
        "title": "Data health",
        "status": market_status(),
        "state": feed_state(),
        "feed": livestore.read_status(),
        "sources": [coverage(source) for source in Source.values],
        "stale_days": STALE_DAYS,
        "debts": [(Source(each).label, debt_coverage(each)) for each in Source.values],
        "loads": list(PriceLoad.objects.order_by("-started_at")[:5]),
    }
    return render(request, "admin/market/priceload/health.html", context)
