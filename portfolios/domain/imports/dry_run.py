"""What an import would do to a ledger, row by row, before anything is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from portfolios.domain.charges import BrokerPlan
from portfolios.domain.entries import ZERO, Entry, LedgerError, plain
from portfolios.domain.imports.candidates import Candidate, Reading, Refused
from portfolios.domain.imports.charging import squared_since, with_charges
from portfolios.domain.imports.keys import Keys, has_number, twin
from portfolios.domain.imports.numbers import short
from portfolios.domain.imports.openings import Opening, Orphan, settle
from portfolios.domain.imports.planned import Planned, numbered
from portfolios.domain.imports.resolving import Resolver
from portfolios.domain.ledger import book_of
from portfolios.domain.orders import checked_entry, day_fault
from portfolios.domain.splits import Split


@dataclass(frozen=True, slots=True)
class Existing:
    """An entry of the ledger with the key it was booked under, if it has one."""

    entry: Entry
    key: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A row that the ledger has already, or that the file has twice."""

    row: int
    entry: Entry
    why: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the investor decided about an import.

    Parameters
    ----------
    plan : BrokerPlan, optional
        Fill in charges by it where the file has none.
    openings : mapping of str to Opening
        By symbol: how shares that sales lack came about. Sales of other stocks are left out
        where they lack shares.
    opened_on : date, optional
        Since when holdings without a date count; None: the latest session.
    aside : set of int
        Rows that are not to be booked.
    """

    plan: BrokerPlan | None = None
    openings: Mapping[str, Opening] = field(default_factory=dict)
    opened_on: date | None = None
    aside: frozenset[int] = frozenset()


@dataclass(slots=True)
class DryRun:
    """What would be booked and what not.

    Attributes
    ----------
    label : str
        What the file is.
    new : list of Planned
        In the order of the file, opening shares last.
    aside : list of Planned
        What could be booked, but for the investor, who set it aside.
    known, refused : list
    orphans : list of Orphan
        Stocks whose sales lack shares.
    unknown : dict of str to int
        Names of the file that are no stock here, with their rows.
    named : dict of str to str
        Names that were taken for a stock by company name alone, which companies pass on.
    notes, dismissed : list of str
    """

    label: str
    new: list[Planned] = field(default_factory=list)
    aside: list[Planned] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    orphans: list[Orphan] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    dismissed: list[str] = field(default_factory=list)

    @property
    def doubtful(self) -> list[Planned]:
        """What would be booked at a price that is worth a second look."""
        return [each for each in self.new if each.doubt]


def plan_import(
    reading: Reading,
    existing: Sequence[Existing],
    resolver: Resolver,
    *,
    latest_day: date,
    choices: Choices | None = None,
    splits: Mapping[str, Sequence[Split]] | None = None,
    dismissed: Sequence[str] = (),
) -> DryRun:
    """Compare a file with a ledger.

    Parameters
    ----------
    reading : Reading
    existing : sequence of Existing
        The whole ledger.
    resolver : Resolver
    latest_day : date
        The latest session.
    choices : Choices, optional
    splits : mapping of str to Split, optional
        Of the market, which the ledger books itself.
    dismissed : sequence of str
        Actions of the market the ledger does not book.
    """
    choices = choices or Choices()
    run = DryRun(reading.label, refused=list(reading.refused), notes=list(reading.notes))
    run.dismissed = [action for action in reading.dismissed if action not in dismissed]
    entries = _entries(run, reading, existing, resolver, choices, latest_day)
    if reading.holds == "holdings":
        entries = _openable(run, entries, existing)
    planned: list[Planned] = []
    for each in _unbooked(run, reading, entries, existing):
        (run.aside if each.row in choices.aside else planned).append(each)
    top = max((each.entry.sequence for each in existing), default=0)
    run.new, run.orphans = settle(
        numbered(planned, top),
        [each.entry for each in existing],
        choices.openings,
        splits=splits or {},
        dismissed=[*dismissed, *reading.dismissed],
    )
    if choices.plan is not None:
        booked = [each.entry for each in existing]
        run.new = with_charges(run.new, choices.plan, booked=booked)
        run.notes.extend(_recharging(squared_since(run.new, booked)))
    return run


def _entries(
    run: DryRun,
    reading: Reading,
    existing: Sequence[Existing],
    resolver: Resolver,
    choices: Choices,
    latest_day: date,
) -> list[tuple[Candidate, Entry]]:
    """Candidates that make an entry; the others are refused with the reason."""
    found: list[tuple[Candidate, Entry]] = []
    unknown: Counter[str] = Counter()
    known = resolver.symbols | {each.entry.symbol for each in existing}
    for candidate in reading.candidates:
        try:
            if candidate.entry is not None:
                entry = _checked(candidate.entry, known, latest_day)
            else:
                symbol = resolver.symbol_of(candidate)
                if not symbol:
                    unknown[candidate.label] += 1
                    raise LedgerError(resolver.why_not(candidate))
                if resolver.is_named(candidate):
                    run.named[candidate.label] = symbol
                entry = checked_entry(
                    kind=candidate.kind,
                    symbol=symbol,
                    trade_date=candidate.day or choices.opened_on or latest_day,
                    quantity=candidate.quantity,
                    price=candidate.price,
                    charges=candidate.charges,
                    time=candidate.time,
                    known_symbols=resolver.symbols,
                    latest_day=latest_day,
                )
                if candidate.day is None and entry.day < latest_day:
                    # The file counts shares as of today, splits since that day included.
                    entry = replace(entry, counted_on=latest_day)
        except LedgerError as fault:
            run.refused.append(Refused(candidate.row, str(fault), _shown(candidate)))
        else:
            found.append((candidate, entry))
    run.unknown = dict(unknown.most_common())
    run.refused.sort(key=lambda refused: refused.row)
    return found


def _checked(entry: Entry, known: Container[str], latest_day: date) -> Entry:
    """An entry of an exported ledger, where this one can hold it."""
    for symbol in (entry.symbol, entry.into):
        if symbol and symbol not in known:
            raise LedgerError(f"“{short(symbol)}” is not a stock known here.")
    for day in (entry.day, entry.counted):
        fault = day_fault(day, latest_day)
        if fault:
            raise LedgerError(fault)
    return entry


def _recharging(squared: Sequence[Entry]) -> list[str]:
    """That charges of the ledger may be too high now; they may be the contract note's own."""
    if not squared:
        return []
    named = [f"{each.symbol} of {each.day:%-d %b %Y}" for each in squared]
    shown = ", ".join(dict.fromkeys(named[:5])) + (" and others" if len(named) > 5 else "")
    return [
        f"Trades of this file square off trades in the ledger: {shown}. What is in the ledger "
        "keeps the charges it has; compare them with the contract note."
    ]


def _openable(
    run: DryRun, entries: list[tuple[Candidate, Entry]], existing: Sequence[Existing]
) -> list[tuple[Candidate, Entry]]:
    """Holdings of stocks the ledger knows nothing of; a holding is no trade to add to others."""
    held = _held(existing)
    stated: dict[str, Decimal] = defaultdict(Decimal)
    for _, entry in entries:
        stated[entry.symbol] += entry.quantity
    kept = []
    for candidate, entry in entries:
        has = held.get(entry.symbol)
        if has is None:
            kept.append((candidate, entry))
        elif has == stated[entry.symbol]:
            run.known.append(Known(candidate.row, entry, "The ledger holds these shares."))
        else:
            words = (
                f"The ledger says {plain(has)} {entry.symbol}, the file "
                f"{plain(stated[entry.symbol])}. A file of holdings only opens positions: enter "
                "what changed."
            )
            run.refused.append(Refused(candidate.row, words, _shown(candidate)))
    run.refused.sort(key=lambda refused: refused.row)
    return kept


def _held(existing: Sequence[Existing]) -> dict[str, Decimal]:
    """Shares of each stock the ledger has entries of."""
    book = book_of(each.entry for each in existing)
    return {symbol: position.quantity for symbol, position in book.positions.items() if symbol}


def _unbooked(
    run: DryRun,
    reading: Reading,
    entries: list[tuple[Candidate, Entry]],
    existing: Sequence[Existing],
) -> list[Planned]:
    """Rows whose key is new, and that no other entry of the ledger already is."""
    keys = Keys(reading)
    by_key = {each.key: each for each in existing if each.key}
    rows = [(candidate, entry, keys.of(candidate, entry)) for candidate, entry in entries]
    met = {key for _, _, key in rows if key in by_key}
    twins: dict[tuple, list[Existing]] = defaultdict(list)
    for each in existing:
        if each.key not in met or not each.key:
            twins[_same(each.entry, reading)].append(each)
    seen: set[str] = set()
    planned: list[Planned] = []
    for candidate, entry, key in rows:
        if key in seen:
            run.known.append(Known(candidate.row, entry, "The file has this row before."))
        elif key in met:
            run.known.append(Known(candidate.row, entry, "Imported before."))
        elif _take_twin(twins.get(_same(entry, reading), ()), candidate, reading.source):
            words = "The ledger has the same trade, entered or from another file."
            run.known.append(Known(candidate.row, entry, words))
        else:
            planned.append(
                Planned(
                    candidate.row, entry, key, candidate.note, candidate.is_sip,
                    candidate.order_id, candidate.charges is not None or reading.holds == "ledger",
                )
            )  # fmt: skip
        seen.add(key)
    run.known.sort(key=lambda known: known.row)
    return planned


def _same(entry: Entry, reading: Reading) -> tuple:
    return (replace(entry, sequence=0),) if reading.holds == "ledger" else twin(entry)


def _take_twin(twins, candidate: Candidate, source: str) -> bool:
    """Use up an entry that is the same trade; two numbers of one broker are two trades."""
    for each in twins:
        if not (candidate.trade_id and has_number(each.key, source)):
            twins.remove(each)
            return True
    return False


def _shown(candidate: Candidate) -> str:
    day = f" on {candidate.day:%d %b %Y}" if candidate.day else ""
    kind = "held" if candidate.kind == "transfer_in" else candidate.kind
    price = f" at {plain(candidate.price)}" if candidate.price != ZERO else ""
    return f"{kind} {plain(candidate.quantity)} {candidate.label}{price}{day}"
