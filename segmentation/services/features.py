"""Compute customers' features from profiles and ledgers, and keep them in `Customer`."""

import math
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import numpy as np
from django.utils import timezone
from pymongo import UpdateOne

from accounts.models import User
from accounts.queries import profile_columns
from market.domain.instruments import DEFAULT_BENCHMARK
from market.queries import instruments, latest_quotes, market_status, price_panel
from portfolios.models import Portfolio
from portfolios.queries import ledger_columns
from segmentation.domain.behaviour import (
    SESSIONS_A_YEAR,
    MarketColumns,
    behaviour_columns,
    fall_months,
)
from segmentation.domain.declared import declared_columns
from segmentation.domain.disagreement import direction_names, mismatch
from segmentation.domain.measures import draw_of
from segmentation.domain.risk import RISK_CLASSES, revealed_risk, risk_class_codes
from segmentation.models import Customer, Publication, QuietCustomer, RiskCase, TrainedPlace
from segmentation.queries import FEATURE_KEYS, RESULT_KEYS, collection_of, customer_columns
from segmentation.services.claims import Busy, publication
from segmentation.services.members import forget_members

SMALL_CAPS = {"Small", "Micro"}
_WRITE_AT_ONCE = 10_000


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did: how many customers were written, and the numbers that left."""

    written: int
    left: set


def refresh_features(numbers=None, *, on_step=None) -> Refreshed:
    """Recompute features of all consenting customers, or of those numbered.

    Customers who do not consent (any more), or do not exist, leave the read model and every
    run's members. The caller sees to it that aggregates of the published run follow.

    Parameters
    ----------
    numbers : collection of int, optional
    on_step : callable, optional
        Called with each step in words and the share done, 0 to 1.
    """
    tell = on_step or (lambda step, share: None)
    tell("Reading profiles", 0.0)
    asked = None if numbers is None else sorted(int(number) for number in numbers)
    profile = profile_columns(asked)
    profile = {name: column[profile["consent"]] for name, column in profile.items()}
    present = profile["number"]
    left = _forget(_absent(asked, present))
    if len(present) == 0:
        return Refreshed(0, left)
    tell("Reading ledgers", 0.05)
    ledger = ledger_columns(None if asked is None else present.tolist())
    market, as_of = market_columns(ledger.symbols)
    tell("Measuring behaviour", 0.4)
    columns = {
        **declared_columns(
            annual_income=profile["annual_income"],
            monthly_spending=profile["monthly_spending"],
            risk_score=profile["risk_score"],
        ),
        **behaviour_columns(present, ledger, market, as_of=as_of),
    }
    columns["revealed_risk"] = revealed_risk(columns)
    tell("Storing features", 0.5)
    _write(
        present,
        profile["sector_mask"],
        columns,
        everyone=asked is None,
        on_stored=lambda share: tell("Storing features", 0.5 + 0.5 * share),
    )
    return Refreshed(len(present), left)


def market_columns(symbols) -> tuple[MarketColumns, np.datetime64]:
    """What the market knows of the ledger's symbols, and the day it is looked at.

    Holdings are valued at the latest quote (the last close where there is none), as on the
    portfolio page; volatility comes from adjusted closes of the last 252 sessions.
    """
    adjusted = price_panel(column="adj_close", symbols=symbols)
    benchmark = price_panel(symbols=(DEFAULT_BENCHMARK,))
    prices = adjusted.values[-(SESSIONS_A_YEAR + 1) :]
    quotes = latest_quotes(symbols)
    caps = {facts.symbol: facts.cap_class for facts in instruments()}
    last = [quotes[symbol].price if symbol in quotes else math.nan for symbol in symbols]
    days = [market_status().session_date, timezone.localdate()]
    as_of = np.datetime64(next(day for day in days if day is not None), "D")
    if len(adjusted.dates):
        as_of = max(as_of, adjusted.dates[-1])
    return (
        MarketColumns(
            last_price=np.array(last, float),
            is_small=np.array([caps.get(symbol) in SMALL_CAPS for symbol in symbols], bool),
            returns=prices[1:] / prices[:-1] - 1,
            fall_months=fall_months(benchmark.dates, benchmark.column(DEFAULT_BENCHMARK)),
        ),
        as_of,
    )


def _absent(asked, present) -> list[int]:
    known = set(present.tolist())
    if asked is not None:
        return [number for number in asked if number not in known]
    stored = collection_of(Customer).find({}, {"_id": 0, "number": 1})
    return [row["number"] for row in stored if row["number"] not in known]


def _forget(numbers) -> set:
    """Delete customers from the read model and from every run; returns those who were there."""
    there: set = set()
    for start in range(0, len(numbers), _WRITE_AT_ONCE):
        chosen = {"number": {"$in": numbers[start : start + _WRITE_AT_ONCE]}}
        there.update(collection_of(Customer).distinct("number", chosen))
        # First, since whoever stores one of the others looks afterwards who is still a customer.
        collection_of(Customer).delete_many(chosen)
        for model in (TrainedPlace, RiskCase, QuietCustomer):
            collection_of(model).delete_many(chosen)
    forget_members(numbers)
    return there


def _write(numbers, sector_masks, columns, *, everyone, on_stored) -> None:
    """Upsert in bulk those customers of whom anything changed."""
    asked = None if everyone else numbers.tolist()
    users, results = _identities(asked), _portfolio_results(asked)
    emails = [users.get(number, (None, None))[1] for number in numbers.tolist()]
    for place, name in enumerate(RESULT_KEYS):
        known = [results.get(number, _NO_RESULTS)[place] for number in numbers.tolist()]
        columns[name] = np.array(known, float)
    # Stored as unknown, so compared as unknown: it would be a change at every refresh.
    columns = {key: np.where(np.isfinite(each), each, np.nan) for key, each in columns.items()}
    changed = _changed(
        numbers, sector_masks, emails, columns, customer_columns(asked, text=("email",))
    )
    stated, revealed = (risk_class_codes(columns[key]) for key in ("risk_score", "revealed_risk"))
    names = (*RISK_CLASSES, "")
    weight, direction = mismatch(
        columns["risk_score"], columns["revealed_risk"], columns["portfolio_value"]
    )
    directions, weights = direction_names(direction), _plain(weight)
    plain = {key: _plain(columns[key]) for key in (*FEATURE_KEYS, "revealed_risk", *RESULT_KEYS)}
    now = timezone.now()

    def upsert(row):
        number = int(numbers[row])
        fields = {key: column[row] for key, column in plain.items()}
        fields.update(
            user_id=users[number][0],
            email=emails[row],
            sector_mask=int(sector_masks[row]),
            stated_class=names[stated[row]],
            risk_class=names[revealed[row]],
            disagrees=bool(stated[row] != revealed[row] and max(stated[row], revealed[row]) < 3),
            mismatch=weights[row],
            direction=directions[row],
            features_at=now,
        )
        return UpdateOne(
            {"number": number},
            {"$set": fields, "$setOnInsert": {**_NOT_ASSIGNED, "draw": draw_of(number)}},
            upsert=True,
        )

    there = np.isin(numbers, list(users))  # others were deleted between the two reads
    rows = np.flatnonzero(changed & there).tolist()
    if not rows:
        return
    with _new_state() as check:
        for start in range(0, len(rows), _WRITE_AT_ONCE):
            share = rows[start : start + _WRITE_AT_ONCE]
            check()
            collection_of(Customer).bulk_write([upsert(row) for row in share], ordered=False)
            on_stored((start + len(share)) / len(rows))


@contextmanager
def _new_state():
    """Name anew what features are, once they are written.

    Until then, or where writing is cut short, there is only the writer's own name: nobody may take
    features read meanwhile for those of before or after.

    Yields
    ------
    callable
        Raises `Busy` where another writer, or another name, came in between.
    """
    pointer = Publication.objects.filter(pk=publication().pk)
    own = f"{Publication.WRITING}{uuid4().hex[1:]}"
    pointer.update(features_state=own)
    mine = pointer.filter(features_state=own)

    def check():
        if not mine.exists():
            raise Busy("Another worker took over, since this one was silent for too long.")

    yield check
    mine.update(features_state=uuid4().hex)


def name_features() -> None:
    """Name what features are where they have no name; the caller has just refreshed everyone's."""
    state = publication()
    if not state.features_known:
        same = Publication.objects.filter(pk=state.pk, features_state=state.features_state)
        same.update(features_state=uuid4().hex)


def _changed(numbers, sector_masks, emails, columns, stored) -> np.ndarray:
    """Mark customers of whom anything differs from what is stored, or nothing is."""
    changed = np.ones(len(numbers), bool)
    _, here, there = np.intersect1d(
        numbers, stored["number"], assume_unique=True, return_indices=True
    )
    same = sector_masks[here] == stored["sector_mask"][there]
    same &= np.array(emails, object)[here] == stored["email"][there]
    for key in (*FEATURE_KEYS, "revealed_risk", *RESULT_KEYS):
        # Measured among others a sum comes out the last bit apart.
        same &= np.isclose(
            columns[key][here], stored[key][there], rtol=1e-9, atol=0.0, equal_nan=True
        )
    changed[here[same]] = False
    return changed


_NOT_ASSIGNED = {
    "segment_key": "",
    "case_state": "",
}
_NO_RESULTS = (None,) * len(RESULT_KEYS)


def _plain(column):
    return [value if math.isfinite(value) else None for value in column.tolist()]


def _identities(numbers) -> dict:
    chosen = {} if numbers is None else {"number": {"$in": numbers}}
    rows = collection_of(User).find(chosen, {"number": 1, "email": 1}, batch_size=_WRITE_AT_ONCE)
    return {row["number"]: (row["_id"], row["email"]) for row in rows}


def _portfolio_results(numbers) -> dict:
    """Invested sum and returns of each customer, as their portfolio was last valued."""
    chosen = {} if numbers is None else {"investor_number": {"$in": numbers}}
    shown = {"_id": 0, "investor_number": 1, **dict.fromkeys(RESULT_KEYS, 1)}
    rows = collection_of(Portfolio).find(chosen, shown, batch_size=_WRITE_AT_ONCE)
    return {row["investor_number"]: tuple(row.get(key) for key in RESULT_KEYS) for row in rows}
