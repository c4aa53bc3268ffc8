"""Record, edit and delete entries of a ledger."""

from dataclasses import replace

from market.queries import instruments, search_instruments
from portfolios.domain.book import Book
from portfolios.domain.entries import RATIO, Entry, LedgerError
from portfolios.domain.orders import OrderError, checked_entry
from portfolios.ledgers import stored_entries
from portfolios.models import LedgerChange, Origin, Transaction
from portfolios.prices import fair_price
from portfolios.queries import latest_trade_date
from portfolios.services.writing import (
    EntryRefused,
    Plan,
    booked,
    entry_fields,
    write_ledger,
)
from portfolios.splits import with_splits


def entry_from(**typed) -> Entry:
    """The entry typed, checked against the instruments and the market's clock.

    Raises
    ------
    EntryRefused
        Naming each field at fault, and the stock that may be meant by an unknown one.
    """
    known = {facts.symbol for facts in instruments()}
    try:
        return checked_entry(**typed, known_symbols=known, latest_day=latest_trade_date())
    except OrderError as error:
        first, *others = (_refusal(each, typed) for each in (error, *error.others))
        first.others = others
        raise first from error
    except LedgerError as error:
        raise EntryRefused(str(error)) from error


def _refusal(error, typed) -> EntryRefused:
    words = str(error)
    if error.field in ("symbol", "into") and typed.get(error.field):
        near = [each for each in search_instruments(typed[error.field]) if each.kind == "equity"]
        if near:
            words += f" Is {near[0].symbol} meant, {near[0].name}?"
    return EntryRefused(words, field=error.field)


def record_entry(
    *,
    portfolio,
    entry,
    is_sip=False,
    idempotency_key=None,
    origin=Origin.ENTERED,
    note="",
) -> Transaction:
    """Book one entry, and bring positions and totals up to it in the same transaction.

    Parameters
    ----------
    portfolio : Portfolio
    entry : Entry
        In the past it may be: later sales are then checked again.
    is_sip : bool
        Part of a regular plan.
    idempotency_key : str, optional
        A second call with the same key returns what the first one booked.
    origin : Origin
    note : str

    Returns
    -------
    Transaction

    Raises
    ------
    EntryRefused
        The entry is not possible, such as a sale of more than was held.
    PortfolioBusy
        Others wrote all the while.
    """
    former = None
    entry = with_fair_price(entry)
    more = {
        "is_sip": is_sip,
        "idempotency_key": idempotency_key or None,
        "origin": origin,
        "note": note,
    }

    def plan_of(current, entries):
        nonlocal former
        former = _booked(current, idempotency_key) if idempotency_key else None
        return None if former else Plan(added=[(entry, more)])

    written = write_ledger(portfolio, plan_of)
    return former if written is None else written.added[0]


def record_trade(
    *,
    portfolio,
    kind,
    symbol,
    quantity,
    price,
    trade_date,
    charges=None,
    is_sip=False,
    idempotency_key=None,
) -> Transaction:
    """Book a buy or sell from what was typed; see `entry_from` and `record_entry`."""
    entry = entry_from(
        kind=kind,
        symbol=symbol,
        quantity=quantity,
        price=price,
        trade_date=trade_date,
        charges=charges,
    )
    return record_entry(
        portfolio=portfolio, entry=entry, is_sip=is_sip, idempotency_key=idempotency_key
    )


def record_entries(*, portfolio, entries, batch="", origin=Origin.IMPORT) -> list[Transaction]:
    """Book many entries at once: all of them or none.

    Parameters
    ----------
    portfolio : Portfolio
    entries : sequence of (Entry, str)
        Each with its idempotency key; those whose key is booked already are left out.
    batch : str
        What they came with.

    Returns
    -------
    list of Transaction
        Those added, splits of the market among them.

    Raises
    ------
    EntryRefused, PortfolioBusy
        As `record_entry`.
    """

    def plan_of(current, stored):
        known = set(
            Transaction.objects.filter(
                portfolio_id=current.pk, idempotency_key__in=[key for _, key in entries]
            ).values_list("idempotency_key", flat=True)
        )
        news = [
            (entry, {"idempotency_key": key, "batch": batch, "origin": origin})
            for entry, key in entries
            if key not in known
        ]
        return Plan(added=news) if news else None

    written = write_ledger(portfolio, plan_of)
    return written.added if written else []


def edit_entry(*, portfolio, pk, entry, by) -> Transaction:
    """Put an entry in the place of another; the former one is kept in the trail.

    Raises
    ------
    EntryRefused
        If there is no such entry (any more), or the ledger would not hold.
    """
    entry = with_fair_price(entry)

    def plan_of(current, entries):
        former = _one(entries, pk)
        new = _in_place_of(former, entry)
        if new == former:
            return None
        return Plan(replaced={pk: new}, changes=[change_of(current, former, new, by)])

    write_ledger(portfolio, plan_of)
    return Transaction.objects.get(pk=pk)


def delete_entry(*, portfolio, pk, by) -> None:
    """Take an entry out of the ledger; it is kept in the trail.

    One that the market's corporate actions brought is not booked again.

    Raises
    ------
    EntryRefused
        If there is no such entry (any more), or a later sale needs it.
    """

    def plan_of(current, entries):
        former = _one(entries, pk)
        plan = Plan(removed={pk}, changes=[change_of(current, former, None, by)])
        if former.action:
            plan.portfolio["dismissed"] = sorted({*current.dismissed, former.action})
        return plan

    write_ledger(portfolio, plan_of)


def dismiss_action(*, portfolio, action) -> None:
    """Keep an action of the market from being booked in a ledger."""

    def plan_of(current, entries):
        if action in current.dismissed:
            return None
        return Plan(portfolio={"dismissed": sorted({*current.dismissed, action})})

    write_ledger(portfolio, plan_of)


def book_with(portfolio, entry=None, *, instead_of=None) -> Book:
    """The portfolio's book with one more entry wherever its date puts it.

    Splits of the market that the ledger lacks are in it, as they will be once it is written.

    Parameters
    ----------
    portfolio : Portfolio or None
        None: one that holds nothing yet.
    entry : Entry, optional
    instead_of : int, optional
        Sequence of the entry that goes: replaced by `entry`, or deleted without one.

    Raises
    ------
    EntryRefused
        If that leaves a sale, this one or a later one, without shares, or nothing to replace.
    """
    former = stored_entries(portfolio) if portfolio else []
    entries = list(former)
    dismissed = list(portfolio.dismissed) if portfolio else []
    if instead_of is not None:
        gone = _one({each.sequence: each for each in entries}, instead_of)
        entries.remove(gone)
        if entry is not None:
            entry = _in_place_of(gone, entry)
        elif gone.action:
            dismissed.append(gone.action)
    if entry is not None:
        entries.append(with_fair_price(entry))
    return booked(with_splits(entries, dismissed, former=former))


def _in_place_of(former, entry) -> Entry:
    """The entry with what an edit leaves as it was, where it says nothing of its own."""
    # The numbers stand in the shares of the day the former ones were counted on.
    counted = former.counted_on if entry.symbol == former.symbol else None
    return replace(
        entry,
        sequence=former.sequence,
        action=former.action,
        time=entry.time or former.time,
        counted_on=entry.counted_on or (counted if counted and counted > entry.day else None),
    )


def with_fair_price(entry) -> Entry:
    """The entry with the market's price of its day, where it needs one and names none."""
    if entry.fair or not (entry.kind in RATIO or entry.kind.startswith("transfer")):
        return entry
    return replace(entry, fair=fair_price(entry.into or entry.symbol, entry.day))


def _one(entries, pk) -> Entry:
    if pk not in entries:
        raise EntryRefused("This entry is not in the ledger any more.")
    return entries[pk]


def _booked(portfolio, key):
    return Transaction.objects.filter(portfolio_id=portfolio.pk, idempotency_key=key).first()


def change_of(portfolio, former, new, by) -> LedgerChange:
    """A line of the trail; `new` is None where the entry goes."""
    return LedgerChange(
        portfolio=portfolio,
        investor_number=portfolio.investor_number,
        sequence=former.sequence,
        action="edited" if new else "deleted",
        by=by,
        before=as_kept(former),
        after=as_kept(new) if new else None,
    )


def as_kept(entry) -> dict:
    """An entry as the trail keeps it: what is not empty, as text."""
    return {
        name: value if isinstance(value, str | int) else str(value)
        for name, value in entry_fields(entry).items()
        if value
    }
