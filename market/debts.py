"""Reads of what companies owe: the latest record of each, and who is to be asked again."""

import math
import threading
from datetime import date, datetime, timedelta

from django.db import connection

from market.domain.debts import Debt
from market.models import CompanyDebt, CorporateAction, DebtCheck, Instrument, Kind, Source
from market.queries import feed_state

GOES_WITH = {
    Source.YAHOO.value: (Source.YAHOO.value, Source.FILE.value),
    Source.FILE.value: (Source.YAHOO.value, Source.FILE.value),
    Source.SIMULATED.value: (Source.SIMULATED.value,),
}
"""Records that fit the prices of a source: a real debt against a simulated price is neither."""


_lock = threading.Lock()
_latest: dict[tuple, dict[str, Debt]] = {}


def latest_debts(symbols, *, source: str, on: date) -> dict[str, Debt]:
    """Latest record of each company, of balance sheets up to a day.

    Parameters
    ----------
    symbols : iterable of str
    source : str
        The active source of prices, which decides what records go with it.
    on : date
        Session the prices are of; later balance sheets were not known then.

    Returns
    -------
    dict of str to Debt
        A company without a record is left out. Of two records of one day the one from a file
        counts: somebody entered it on purpose. Cached per process until debts, prices or splits
        change.
    """
    state = feed_state()
    if state is None:
        found = _read_latest(source, on)
    else:
        key = (state.pk, state.debt_version, state.price_version, source, on)
        found = _latest.get(key)
        if found is None:
            found = _read_latest(source, on)
            with _lock:
                _latest.clear()
                _latest[key] = found
    return {symbol: found[symbol] for symbol in symbols if symbol in found}


def _read_latest(source: str, on: date) -> dict[str, Debt]:
    rows = connection.get_collection(CompanyDebt._meta.db_table).aggregate(
        [
            {
                "$match": {
                    "source": {"$in": list(GOES_WITH[source])},
                    "as_of": {"$lte": datetime(on.year, on.month, on.day)},
                }
            },
            {"$sort": {"symbol": 1, "as_of": -1, "source": 1}},
            {"$group": {"_id": "$symbol", "latest": {"$first": "$$ROOT"}}},
        ],
        allowDiskUse=True,
    )
    found = {row["_id"]: row["latest"] for row in rows}
    splits = _splits_since(source, {s: row["shares_as_of"] for s, row in found.items()}, on)
    return {
        symbol: Debt(
            symbol=symbol,
            as_of=row["as_of"].date(),
            total=row["total_debt"],
            shares=row["shares"],
            shares_as_of=row["shares_as_of"].date(),
            source=row["source"],
            origin=row["origin"],
            split=splits.get(symbol, 1.0),
        )
        for symbol, row in found.items()
    }


def _splits_since(source, days: dict[str, datetime], on: date) -> dict[str, float]:
    """New shares for each old one after each company's day: closes are adjusted for them."""
    if not days:
        return {}
    rows = CorporateAction.objects.filter(
        source=source,
        action="split",
        symbol__in=list(days),
        ex_date__gt=min(days.values()).date(),
        ex_date__lte=on,
    ).values_list("symbol", "ex_date", "value")
    factors: dict[str, float] = {}
    for symbol, ex_date, value in rows:
        if ex_date > days[symbol].date() and value > 0 and math.isfinite(value):
            factors[symbol] = factors.get(symbol, 1.0) * value
    return factors


def companies_due(source: str, *, now: datetime, every: timedelta) -> list[str]:
    """Companies whose debt was not asked for within `every`, those never asked first."""
    checked = dict(DebtCheck.objects.filter(source=source).values_list("symbol", "checked_at"))
    active = Instrument.objects.filter(is_active=True, kind=Kind.EQUITY).order_by("symbol")
    symbols = list(active.values_list("symbol", flat=True))
    due = [s for s in symbols if s not in checked or now - checked[s] >= every]
    return sorted(due, key=lambda s: checked[s].timestamp() if s in checked else 0.0)


def debt_coverage(source: str) -> dict:
    """How many companies have a record of a source, and why others have none, for staff."""
    known = CompanyDebt.objects.filter(source=source).order_by()
    problems = DebtCheck.objects.filter(source=source).exclude(problem="").order_by("symbol")
    last = DebtCheck.objects.filter(source=source).order_by("-checked_at").first()
    return {
        "companies": len(set(known.values_list("symbol", flat=True))),
        "checked_at": last.checked_at if last else None,
        "problems": list(problems.values_list("symbol", "problem")),
    }
