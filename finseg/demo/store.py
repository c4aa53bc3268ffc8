"""Writing demo customers in bulk: documents as the models' own fields would save them."""

from datetime import UTC, datetime, time
from decimal import Decimal
from itertools import islice

from bson import Decimal128, Int64, ObjectId
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection
from django.db.models import NOT_PROVIDED
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.domain.consent import OFFERS, PROFILING
from accounts.domain.questionnaire import QUESTIONNAIRE_VERSION, score_answers
from accounts.domain.sectors import SECTORS, sector_mask
from accounts.models import ConsentEvent, InvestorProfile, RiskAssessment, User
from finseg.demo.customers import Customer
from portfolios.domain.ledger import book_of
from portfolios.ledgers import derived_from
from portfolios.models import Portfolio, Transaction

BATCH = 500
DOMAIN = "@demo.invalid"  # of a kind that never receives mail (RFC 2606)
WORDING = "demo"
MODELS = (User, InvestorProfile, RiskAssessment, ConsentEvent, Portfolio, Transaction)


def store_customers(customers, *, total, tick):
    """Insert customers with profile, consent, portfolio and ledger.

    Parameters
    ----------
    customers : iterable of Customer
    total : int
        How many they are: their numbers are reserved in one step.
    tick : callable
        Called with the number of customers after each batch.

    Returns
    -------
    dict of str to int
        Customers, trades, and the number of the first customer.
    """
    first = User.objects.next_numbers(total)
    number, trades = first, 0
    customers = iter(customers)
    archetypes = connection.get_collection("demo_archetypes")
    while batch := list(islice(customers, BATCH)):
        people = list(enumerate(batch, start=number))
        rows = [_rows_of(customer, n) for n, customer in people]
        for model in MODELS:
            _insert(model, [row for of_customer in rows for row in of_customer[model]])
        archetypes.insert_many(
            [{"_id": n, "archetype": customer.archetype.name} for n, customer in people]
        )
        trades += sum(len(customer.trades) for customer in batch)
        number += len(batch)
        tick(len(batch))
    return {"customers": number - first, "trades": trades, "first_number": first}


def _rows_of(customer: Customer, number: int):
    """Values by model of everything one customer brings."""
    now = timezone.now()
    user_id, portfolio_id = ObjectId(), ObjectId()
    joined = datetime.combine(customer.first_day, time(9, 15), tzinfo=UTC)
    said = customer.declared
    sectors = [SECTORS[i] for i in said.sectors]
    scored = score_answers(customer.answers)
    return {
        User: [
            {
                "id": user_id,
                "email": f"c{number}{DOMAIN}",
                "password": UNUSABLE_PASSWORD_PREFIX + get_random_string(40),
                "number": number,
                "date_joined": joined,
            }
        ],
        InvestorProfile: [
            {
                "user": user_id,
                "investor_number": number,
                "annual_income": Decimal(said.annual_income),
                "monthly_spending": Decimal(said.monthly_spending),
                "birth_year": said.birth_year,
                "horizon_years": said.horizon_years,
                "preferred_sectors": sectors,
                "sector_mask": sector_mask(sectors),
                "risk_answers": list(customer.answers),
                "risk_score": scored.score,
                "risk_scored_at": joined,
                "profiling_consent": customer.consents,
                "offers_consent": customer.open_to_offers,
                "changed_at": now,
            }
        ],
        RiskAssessment: [
            {
                "user": user_id,
                "questionnaire_version": QUESTIONNAIRE_VERSION,
                "answers": list(customer.answers),
                "score": scored.score,
                "capacity": scored.capacity,
                "willingness": scored.willingness,
                "at": joined,
            }
        ],
        ConsentEvent: [
            {
                "user": user_id,
                "purpose": purpose,
                "granted": granted,
                "wording_version": WORDING,
                "at": joined,
            }
            for purpose, granted in (
                (PROFILING, customer.consents),
                (OFFERS, customer.open_to_offers),
            )
        ],
        Portfolio: [
            {
                "id": portfolio_id,
                "investor": user_id,
                "investor_number": number,
                "ledger_version": len(customer.trades),
                **derived_from(book_of(customer.trades)),
                "changed_at": now,
                "created_at": joined,
            }
        ],
        Transaction: [
            {
                "portfolio": portfolio_id,
                "investor_number": number,
                "kind": trade.kind,
                "symbol": trade.symbol,
                "trade_date": trade.day,
                "quantity": int(trade.quantity),
                "price": trade.price,
                "charges": trade.charges,
                "is_sip": trade.sequence in customer.by_plan,
                "sequence": trade.sequence,
                "counted_on": trade.counted_on,
                "origin": "demo",
                "created_at": now,
            }
            for trade in customer.trades
        ],
    }


# What these fields' own preparation amounts to; the others are asked, which is ten times slower.
DIRECT = {
    "BigIntegerField": Int64,
    "IntegerField": Int64,
    "FloatField": float,
    "CharField": str,
    "BooleanField": bool,
    "DecimalField": lambda amount: Decimal128(Decimal(amount)),
    "DateField": lambda day: datetime.combine(day, time()),
}


def _insert(model, rows):
    """Insert rows past the ORM, each value prepared as its field would."""
    if not rows:
        return
    fields = {field.name: field for field in model._meta.concrete_fields}
    unknown = set().union(*rows) - set(fields)
    if unknown:
        raise TypeError(f"{model.__name__} has no field {', '.join(sorted(unknown))}.")
    columns = [
        (name, field.column, _default_of(field), _prepare(field)) for name, field in fields.items()
    ]
    documents = [
        {
            column: prepare(row[name] if name in row else default())
            for name, column, default, prepare in columns
        }
        for row in rows
    ]
    connection.get_collection(model._meta.db_table).insert_many(documents, ordered=False)


def _prepare(field):
    """A function from a value to what MongoDB stores for it."""
    direct = DIRECT.get(field.get_internal_type())
    if direct is not None:
        return lambda value: None if value is None else direct(value)
    return lambda value: (
        value if isinstance(value, ObjectId) else field.get_db_prep_save(value, connection)
    )


def _default_of(field):
    """A function that gives the value of a row that does not name the field."""
    if field.primary_key:
        return ObjectId
    if field.default is NOT_PROVIDED:
        return lambda: None if field.null else ""
    return field.get_default
