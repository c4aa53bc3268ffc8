"""Measure the segments of the published run, and find the high-value customers who went quiet.

It reads every ledger, so it runs each night after publication and once after a publication by
hand; pages read what it stored.
"""

import math
from datetime import datetime

import numpy as np
from django.conf import settings
from django.utils import timezone
from pymongo import UpdateOne

from accounts.domain.consent import OFFERS
from accounts.queries import consenting_numbers
from market.domain.instruments import DEFAULT_BENCHMARK
from market.queries import instruments, latest_quotes, price_panel
from portfolios.queries import REACH, ledger_columns
from segmentation.domain.brokerage import brokerage, dated_rates
from segmentation.domain.contents import segment_contents
from segmentation.domain.growth import (
    HORIZONS,
    growth_columns,
    holdings_at,
    owners,
    segment_growth,
)
from segmentation.domain.profile import group_medians
from segmentation.domain.quiet import DAYS as QUIET_DAYS
from segmentation.domain.quiet import high_value_from, quiet_customers, trading_habits
from segmentation.domain.ranking import SegmentFacts
from segmentation.domain.risk import UNKNOWN_RISK, risk_class_codes
from segmentation.models import (
    Customer,
    QuietCustomer,
    Segment,
    SegmentationRun,
    SegmentRanking,
)
from segmentation.queries import FEATURE_KEYS, collection_of, customer_columns, published_run
from segmentation.services.features import market_columns

YEAR = 365
_WRITE_AT_ONCE = 5_000


def rank_published(*, only_if_missing=False) -> int:
    """Measure the segments of the published run and store what was found; safe to repeat.

    Parameters
    ----------
    only_if_missing : bool
        Leave a published run alone that was measured since it was published.

    Returns
    -------
    int
        Customers measured; 0 where there was nothing to do.
    """
    run = published_run()
    if run is None or (only_if_missing and _is_ranked(run)):
        return 0
    started = timezone.now()
    columns = customer_columns()
    placed = columns["segment_key"] != ""
    columns = {name: column[placed] for name, column in columns.items()}
    keys = sorted(Segment.objects.filter(run_id=run.pk).values_list("key", flat=True))
    known = np.isin(columns["segment_key"], keys)
    columns = {name: column[known] for name, column in columns.items()}
    labels = np.searchsorted(keys, columns["segment_key"].astype(str)).astype(np.int64)
    numbers = columns["number"]
    ledger = ledger_columns()
    market, as_of = market_columns(ledger.symbols)
    owner = owners(numbers, ledger)
    growth = growth_columns(
        numbers,
        ledger,
        prices_now=market.last_price,
        prices_then={days: closes_ago(ledger.symbols, as_of, days) for days in HORIZONS},
        as_of=as_of,
    )
    habits, quiet = _quiet(owner, ledger, growth[QUIET_DAYS], as_of)
    rates = dated_rates(settings.BROKERAGE_RATES)
    facts = _facts(keys, labels, columns, ledger, owner, market, as_of, growth, quiet, rates)
    former = _former_run(run)
    sizes = dict(former.segments.values_list("key", "customers")) if former else {}
    SegmentRanking.objects.update_or_create(
        run=run,
        defaults={
            "as_of": as_of.astype(object),
            "computed_at": started,
            "former_run": former.number if former else None,
            "benchmark_1y": _known(benchmark_change(as_of)),
            "high_value_from": _known(high_value_from(growth[QUIET_DAYS].before)),
            "rates": [[each.since.isoformat(), each.rate] for each in rates],
            "facts": [
                SegmentFacts(customers_before=sizes.get(each["key"]), **each).to_document()
                for each in facts
            ],
        },
    )
    _store_quiet(columns, growth[QUIET_DAYS], habits, quiet, started)
    return len(numbers)


def _is_ranked(run) -> bool:
    """Whether a run was measured since it was last published."""
    known = SegmentRanking.objects.filter(run_id=run.pk)
    return known.filter(computed_at__gte=run.published_at or run.started_at).exists()


def closes_ago(symbols, as_of, days):
    """Closes of a day some days back, or the last before it within `REACH`; NaN unknown."""
    then = as_of - np.timedelta64(days, "D")
    start = then - np.timedelta64(REACH.days, "D")
    return price_panel(column="close", symbols=symbols, start=start, end=then).last_known()


def benchmark_change(as_of) -> float:
    """What the benchmark's price did over the last year; NaN unknown."""
    (then,) = closes_ago((DEFAULT_BENCHMARK,), as_of, YEAR)
    quote = latest_quotes([DEFAULT_BENCHMARK]).get(DEFAULT_BENCHMARK)
    return quote.price / then - 1 if quote is not None and then > 0 else math.nan


def _former_run(run):
    """The run that was published before this one, if it is still kept."""
    published = SegmentationRun.objects.filter(published_at__lt=run.published_at or timezone.now())
    return published.exclude(pk=run.pk).only("number").order_by("-published_at").first()


def _quiet(owner, ledger, growth, as_of):
    mine = (owner >= 0) & (ledger.day <= as_of) & ledger.is_trade
    day = ledger.day[mine].astype("datetime64[D]").astype(np.int64)
    habits = trading_habits(owner[mine], day, len(growth.before))
    return habits, quiet_customers(growth, habits, as_of=int(as_of.astype(np.int64)))


def _facts(keys, labels, columns, ledger, owner, market, as_of, growth, quiet, rates):
    """Everything of `SegmentFacts` but the former run, a dict a segment."""
    k = len(keys)

    def count(mask):
        return np.bincount(labels[mask], minlength=k).tolist()

    since = as_of - np.timedelta64(YEAR, "D")
    lately = (owner >= 0) & (ledger.day > since) & (ledger.day <= as_of) & ledger.is_trade
    amount = np.abs(ledger.quantity * ledger.price)[lately]
    of_segment = labels[owner[lately]]
    earned = brokerage(amount, ledger.day[lately], rates)
    features = ("return_1y", "total_return", *FEATURE_KEYS)
    medians = group_medians(np.column_stack([columns[key] for key in features]), labels, k)
    stated, revealed = (risk_class_codes(columns[key]) for key in ("risk_score", "revealed_risk"))
    both = np.maximum(stated, revealed) < UNKNOWN_RISK
    listed = instruments()
    contents = segment_contents(
        holdings_at(owner, ledger, as_of, len(labels)),
        market.last_price,
        labels,
        k,
        symbols=ledger.symbols,
        sector_of={each.symbol: each.sector for each in listed},
        cap_of={each.symbol: each.cap_class for each in listed},
    )
    sums = {
        "customers": np.bincount(labels, minlength=k).tolist(),
        "traded_1y": np.bincount(of_segment, amount, minlength=k).tolist(),
        "brokerage_1y": np.bincount(of_segment, earned, minlength=k).tolist(),
        "disagree": count(both & (stated != revealed)),
        "states_risk": count(both),
        "open_to_offers": count(np.isin(columns["number"], consenting_numbers(OFFERS))),
        "high_value": count(quiet.high),
        "withdrew": count(quiet.withdrew),
        "stopped": count(quiet.stopped),
        "quiet": count(quiet.any),
    }
    grown = {days: segment_growth(each, labels, k) for days, each in growth.items()}
    return [
        {
            "key": key,
            "growth": {days: each[i] for days, each in grown.items()},
            "return_1y": float(medians[i, 0]),
            "total_return": float(medians[i, 1]),
            "medians": dict(zip(FEATURE_KEYS, medians[i, 2:].tolist(), strict=True)),
            "contents": contents[i],
            **{name: column[i] for name, column in sums.items()},
        }
        for i, key in enumerate(keys)
    ]


def _store_quiet(columns, growth, habits, quiet, now) -> None:
    """Replace the quiet customers by those found now."""
    kinds = quiet.kinds()
    rows = np.flatnonzero(quiet.any)
    for start in range(0, len(rows), _WRITE_AT_ONCE):
        collection_of(QuietCustomer).bulk_write(
            [
                UpdateOne(
                    {"number": int(columns["number"][row])},
                    {
                        "$set": {
                            "segment_key": str(columns["segment_key"][row]),
                            "kind": str(kinds[row]),
                            "before": float(growth.before[row]),
                            "now": _known(growth.now[row]),
                            "net_money": float(growth.net_money[row]),
                            "last_trade": _midnight(habits.last[row]),
                            "gap": _known(habits.gap[row]),
                            "computed_at": now,
                        }
                    },
                    upsert=True,
                )
                for row in rows[start : start + _WRITE_AT_ONCE].tolist()
            ],
            ordered=False,
        )
    collection_of(QuietCustomer).delete_many({"computed_at": {"$lt": _to_milliseconds(now)}})
    # One who withdrew consent while this ran has left the read model meanwhile.
    numbers = columns["number"][rows].tolist()
    for start in range(0, len(numbers), _WRITE_AT_ONCE):
        part = numbers[start : start + _WRITE_AT_ONCE]
        there = set(collection_of(Customer).distinct("number", {"number": {"$in": part}}))
        if gone := [number for number in part if number not in there]:
            collection_of(QuietCustomer).delete_many({"number": {"$in": gone}})


def _to_milliseconds(moment):
    """An instant as MongoDB keeps it, so that one's own rows are not older than it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _midnight(day):
    """A day since 1970-01-01 as the database keeps dates; None for none."""
    if day < 0:
        return None
    date = np.datetime64(int(day), "D").astype(object)
    return datetime(date.year, date.month, date.day)


def _known(value):
    return float(value) if math.isfinite(value) else None
