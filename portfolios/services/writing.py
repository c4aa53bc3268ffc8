"""The one way a ledger is written: entries, positions, totals and the trail change together."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from django.db import DatabaseError, IntegrityError, connection
from django.utils import timezone
from django_mongodb_backend.transaction import atomic
from pymongo.errors import PyMongoError

from portfolios.broadcast import announce_change
from portfolios.domain.book import Book, OversellError
from portfolios.domain.entries import RATIO, Entry, LedgerError
from portfolios.domain.ledger import book_of
from portfolios.ledgers import ENTRY_FIELDS, derived_from, effect_fields, entry_of
from portfolios.models import LedgerChange, Origin, Portfolio, Transaction
from portfolios.prices import fair_price
from portfolios.splits import known_splits, lacking

ATTEMPTS = 12
_EFFECTS = ("shares", "into_shares", "moved", "paid")


class EntryRefused(ValueError):
    """An entry that cannot be booked; nothing was saved.

    `field` is the one to correct, and `others` are what else is wrong.
    """

    def __init__(self, message, *, field=None, others=()):
        super().__init__(f"{message} Nothing was saved.")
        self.field, self.others = field, others


class PortfolioBusy(Exception):
    """Others kept writing to the portfolio; nothing was saved and it may be tried again."""

    def __init__(self):
        super().__init__(
            "The portfolio is being changed from somewhere else. Nothing was saved: try again."
        )


@dataclass
class Plan:
    """What a write is about to do to the ledger it read.

    Attributes
    ----------
    added : list of (Entry, dict)
        New entries and the fields of their transactions that are no part of an entry.
    replaced : dict of primary key to Entry
    removed : set of primary keys
    portfolio : dict
        Further fields of the portfolio.
    changes : list of LedgerChange
    """

    added: list = field(default_factory=list)
    replaced: dict = field(default_factory=dict)
    removed: set = field(default_factory=set)
    portfolio: dict = field(default_factory=dict)
    changes: list = field(default_factory=list)


@dataclass
class Written:
    """What a write did: the transactions it added, and the book as it stands."""

    added: list
    book: Book


def write_ledger(
    portfolio,
    plan_of: Callable[[Portfolio, dict], Plan | None],
    *,
    even_closed: bool = False,
) -> Written | None:
    """Change a ledger, its positions and its totals in one transaction.

    Splits of the market that the ledger lacks are booked with it, but those that it could not hold
    before and cannot now.

    Parameters
    ----------
    portfolio : Portfolio
    plan_of : callable
        From the portfolio and its entries by primary key to a plan; None writes nothing. Called
        anew when another writer got there first.
    even_closed : bool
        Whether a closed portfolio may be written to, as by the market's corporate actions.

    Raises
    ------
    EntryRefused
        If the ledger would not hold, such as a sale of more than was held, or is closed.
    PortfolioBusy
        Others wrote all the while.
    """
    for _ in attempts():
        current = Portfolio.objects.get(pk=portfolio.pk)
        if current.closed_at is not None and not even_closed:
            raise EntryRefused("The portfolio is closed: open it again first.")
        stored = read_rows(current)
        plan = plan_of(current, {pk: entry for pk, (entry, _) in stored.items()})
        if plan is None:
            return None
        kept = {pk: row for pk, row in stored.items() if pk not in plan.removed}
        entries = {pk: plan.replaced.get(pk, entry) for pk, (entry, _) in kept.items()}
        _number(current, plan)
        dismissed = plan.portfolio.get("dismissed", current.dismissed)
        news = [entry for entry, _ in plan.added]
        former = [entry for entry, _ in stored.values()]
        further, _ = lacking([*entries.values(), *news], dismissed, former=former)
        _add_splits(current, plan, further)
        book = booked([*entries.values(), *(entry for entry, _ in plan.added)])
        effects = {effect.entry.sequence: effect_fields(effect) for effect in book.effects}
        rows = [
            Transaction(
                portfolio=current,
                investor_number=current.investor_number,
                **entry_fields(entry),
                **effects[entry.sequence],
                **fields,
            )
            for entry, fields in plan.added
        ]
        try:
            with atomic():
                if not _advance(current, book, plan):
                    continue  # another writer got there first
                _store(current, plan, rows, kept, entries, effects)
        except (DatabaseError, PyMongoError) as error:
            if may_try_again(error):
                continue
            raise
        announce_change(current.investor_number)
        return Written(rows, book)
    raise PortfolioBusy


def attempts():
    """Numbers of the tries a write has, each after a pause of its own: others write too."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 5)))
        yield attempt


def may_try_again(error) -> bool:
    """Whether a transaction failed for another writer alone; the next one can begin."""
    if isinstance(error, PyMongoError):
        _leave_failed_commit()
    return _passing(error)


def read_rows(portfolio) -> dict:
    """Stored entries by primary key, each with the effects that are stored beside it."""
    rows = Transaction.objects.filter(portfolio_id=portfolio.pk)
    return {
        pk: (entry_of(*rest[: len(ENTRY_FIELDS)]), dict(zip(_EFFECTS, rest[-4:], strict=True)))
        for pk, *rest in rows.order_by("trade_date", "sequence").values_list(
            "pk", *ENTRY_FIELDS, *_EFFECTS
        )
    }


def booked(entries) -> Book:
    """The book of entries; what does not hold is refused in words."""
    try:
        return book_of(entries, known_splits())
    except LedgerError as error:
        words = str(error)
        if isinstance(error, OversellError) and error.symbol in known_splits():
            words += f" Shares are counted as of that day, splits of {error.symbol} included."
        raise EntryRefused(words, field="quantity") from error


def entry_fields(entry: Entry) -> dict:
    """An entry as the fields of its transaction."""
    return {
        "kind": entry.kind,
        "symbol": entry.symbol,
        "trade_date": entry.day,
        "quantity": int(entry.quantity),
        "price": entry.price,
        "charges": entry.charges,
        "sequence": entry.sequence,
        "counted_on": entry.counted_on,
        "cash": entry.cash,
        "ratio": str(entry.ratio) if entry.ratio else "",
        "into": entry.into,
        "cost_share": entry.cost_share,
        "acquired": entry.acquired,
        "fair": entry.fair,
        "time": entry.time,
        "action": entry.action,
    }


def _number(portfolio, plan) -> None:
    """Give new entries the numbers after the portfolio's version."""
    plan.added = [
        (replace(entry, sequence=portfolio.ledger_version + place), fields)
        for place, (entry, fields) in enumerate(plan.added, start=1)
    ]


def _add_splits(portfolio, plan, splits) -> None:
    for entry in splits:
        number = portfolio.ledger_version + len(plan.added) + 1
        paid = replace(entry, sequence=number, fair=fair_price(entry.symbol, entry.day))
        plan.added.append((paid, {"origin": Origin.MARKET}))


def _advance(portfolio, book, plan) -> bool:
    """Store the book as the next version of the ledger; False if the version has moved on."""
    version = portfolio.ledger_version + max(1, len(plan.added))
    return bool(
        Portfolio.objects.filter(pk=portfolio.pk, ledger_version=portfolio.ledger_version).update(
            ledger_version=version,
            changed_at=timezone.now(),
            **derived_from(book),
            **plan.portfolio,
        )
    )


def _store(portfolio, plan, rows, kept, entries, effects) -> None:
    own = Transaction.objects.filter(portfolio_id=portfolio.pk)
    if plan.removed:
        own.filter(pk__in=plan.removed).delete()
    for pk, (former, stored) in kept.items():
        entry = entries[pk]
        moved = effects[entry.sequence]
        fields = entry_fields(entry) if entry != former else {}
        if entry.kind in (*RATIO, "dividend", "transfer_out") and moved != stored:
            fields |= moved
        if fields:
            own.filter(pk=pk).update(**fields)
    Transaction.objects.bulk_create(rows)
    LedgerChange.objects.bulk_create(plan.changes)


def _leave_failed_commit():
    """End the session of a commit that failed with the driver's own error.

    The backend passes such an error on as it is and keeps the session, in which no other
    transaction could ever begin.
    """
    if connection.session is not None:
        connection.session.end_session()
        connection.session = None
    connection.run_on_commit = []


def _passing(error):
    """True for a clash with another writer: a write conflict, or its entry already there."""
    cause = error if isinstance(error, PyMongoError) else error.__cause__
    label = getattr(cause, "has_error_label", None)
    return isinstance(error, IntegrityError) or bool(label and label("TransientTransactionError"))
