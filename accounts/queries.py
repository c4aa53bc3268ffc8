"""Reads of what investors declared: documents in, domain values and columns out."""

from collections.abc import Collection
from datetime import datetime

import numpy as np
import pyarrow as pa
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessLog
from django.db import connections, router
from django.db.models import Model, Q
from pymongoarrow.api import Schema

from accounts.columns import aggregate_columns
from accounts.domain.consent import OFFERS, PROFILING
from accounts.domain.profile import InvestorProfile as Profile
from accounts.models import (
    ApiToken,
    ConsentEvent,
    Erasure,
    FormerAddress,
    InvestorProfile,
    Look,
    RiskAssessment,
    User,
)
from accounts.sign_ins import records_of

# Beyond this many numbers a list in the query costs more than reading every row.
_MANY = 20_000

_SCHEMA = Schema(
    {
        "number": pa.int64(),
        "annual_income": pa.float64(),
        "monthly_spending": pa.float64(),
        "birth_year": pa.float64(),
        "horizon_years": pa.float64(),
        "risk_score": pa.float64(),
        "sector_mask": pa.int64(),
        "consent": pa.bool_(),
        "offers": pa.bool_(),
    }
)


def _double(field):
    nothing = float("nan")
    # A decimal can be larger than any double: unknown, rather than an end of every reading.
    return {
        "$convert": {"input": f"${field}", "to": "double", "onError": nothing, "onNull": nothing}
    }


_PROJECTION = {
    "_id": 0,
    "number": {"$toLong": "$investor_number"},
    **{
        field: _double(field)
        for field in (
            "annual_income",
            "monthly_spending",
            "birth_year",
            "horizon_years",
            "risk_score",
        )
    },
    "sector_mask": {"$toLong": "$sector_mask"},
    "consent": "$profiling_consent",
    "offers": {"$ifNull": ["$offers_consent", False]},
}


def profile_of(user) -> Profile | None:
    """The declared profile of a user; None where there is none (bank staff)."""
    row = InvestorProfile.objects.filter(user=user).first()
    if row is None:
        return None
    return Profile(
        number=row.investor_number,
        annual_income=row.annual_income,
        monthly_spending=row.monthly_spending,
        birth_year=row.birth_year,
        horizon_years=row.horizon_years,
        sectors=tuple(row.preferred_sectors),
        risk_score=row.risk_score,
        consent=row.profiling_consent,
        offers=row.offers_consent,
    )


def profile_count() -> int:
    """About how many investors there are, from the collection's own statistics."""
    return _collection().estimated_document_count()


def profile_columns(numbers: Collection[int] | None = None) -> dict[str, np.ndarray]:
    """Declared profiles as columns, for computing on many customers at once.

    Parameters
    ----------
    numbers : collection of int, optional
        Customer numbers to read; all investors when left out. Unknown numbers give no row.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        ``number`` and ``sector_mask`` int64, ``consent`` and ``offers`` bool; ``annual_income`` and
        ``monthly_spending`` (rupees), ``birth_year``, ``horizon_years`` and ``risk_score``
        float64 with NaN where not declared. Rows ascend by ``number``.
    """
    pipeline: list[dict] = [{"$project": _PROJECTION}]
    wanted = None if numbers is None else np.asarray(sorted(numbers), dtype=np.int64)
    if wanted is not None and len(wanted) <= _MANY:
        pipeline.insert(0, {"$match": {"investor_number": {"$in": wanted.tolist()}}})
    table = aggregate_columns(_collection(), pipeline, schema=_SCHEMA)
    columns = {name: table[name].to_numpy() for name in table.column_names}
    order = np.argsort(columns["number"])
    if wanted is not None:
        order = order[np.isin(columns["number"][order], wanted)]
    return {name: values[order] for name, values in columns.items()}


def changed_since(instant: datetime) -> set[int]:
    """Customer numbers whose profile, risk score or consent changed at or after an instant."""
    changed = InvestorProfile.objects.filter(changed_at__gte=instant)
    return set(changed.values_list("investor_number", flat=True))


def consent_history(user, purpose=PROFILING) -> list[ConsentEvent]:
    """Every decision the user made about a purpose, newest first."""
    return list(ConsentEvent.objects.filter(user=user, purpose=purpose))


def consenting_numbers(purpose: str) -> np.ndarray:
    """Customer numbers of all who agree to a purpose now, ascending.

    Read where the decision itself is kept, so that a withdrawal counts from its own instant.
    """
    field = {PROFILING: "profiling_consent", OFFERS: "offers_consent"}[purpose]
    pipeline = [
        {"$match": {field: True}},
        {"$project": {"_id": 0, "number": {"$toLong": "$investor_number"}}},
    ]
    table = aggregate_columns(_collection(), pipeline, schema=Schema({"number": pa.int64()}))
    return np.sort(table["number"].to_numpy())


def risk_history(user) -> list[RiskAssessment]:
    """Every completed questionnaire of the user, newest first."""
    return list(RiskAssessment.objects.filter(user=user))


def personal_data_of(user) -> dict[str, list[dict]]:
    """Everything this app keeps about a user, table by table, as plain values."""
    addresses = EmailAddress.objects.filter(user=user)
    return {
        "account": rows_of(User.objects.filter(pk=user.pk), without=("password",)),
        "e-mail addresses": rows_of(addresses),
        "second factors": rows_of(Authenticator.objects.filter(user=user), without=("data",)),
        "former addresses": rows_of(FormerAddress.objects.filter(user=user)),
        "sign-ins": rows_of(records_of(AccessLog, user)),
        "failed sign-ins": rows_of(
            records_of(AccessAttempt, user), without=("get_data", "post_data")
        ),
        "profile": rows_of(InvestorProfile.objects.filter(user=user)),
        "questionnaires": rows_of(RiskAssessment.objects.filter(user=user)),
        "consents": rows_of(ConsentEvent.objects.filter(user=user)),
        "API tokens": rows_of(ApiToken.objects.filter(user=user), without=("digest",)),
        "looks of bank staff": rows_of(Look.objects.filter(number=user.number)),
    }


def rows_of(documents, *, without=()) -> list[dict]:
    """Documents as plain values, without keys of other documents.

    Every field is taken unless it is named in `without`, so that a field added later is in.
    """
    return [_plain(document, without) for document in documents]


def _plain(document, without=()) -> dict:
    return {
        field.name: _value(getattr(document, field.attname))
        for field in document._meta.concrete_fields
        if not field.is_relation and not field.primary_key and field.name not in without
    }


def _value(value):
    if isinstance(value, list | tuple):
        return [_value(each) for each in value]
    return _plain(value) if isinstance(value, Model) else value


def erased_since(instant: datetime) -> list[int]:
    """Numbers of accounts whose erasure goes on or ended since; background work asks at its end."""
    erasures = Erasure.objects.filter(Q(finished_at=None) | Q(finished_at__gte=instant))
    return list(erasures.values_list("number", flat=True))


def looks_at(user, limit=200) -> list[Look]:
    """When bank staff looked at a customer's data, newest first."""
    return list(Look.objects.filter(number=user.number)[:limit])


def _collection():
    alias = router.db_for_read(InvestorProfile)
    return connections[alias].get_collection(InvestorProfile._meta.db_table)
