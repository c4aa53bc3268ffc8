"""Take a file in, show what it would do, and book it when its owner says so."""

import zlib
from dataclasses import replace
from datetime import date, timedelta

import orjson
from django.db import IntegrityError
from django.utils import timezone

from market.queries import instruments
from portfolios.domain.charges import broker_plans
from portfolios.domain.entries import RATIO
from portfolios.domain.imports import cas, ledger_file
from portfolios.domain.imports.dry_run import Choices, DryRun, Existing, plan_import
from portfolios.domain.imports.layouts import LAYOUTS, Found, recognise
from portfolios.domain.imports.mapping import FIELDS, Mapping
from portfolios.domain.imports.numbers import BadCell, day_from, number_from, short
from portfolios.domain.imports.openings import Opening
from portfolios.domain.imports.resolving import Resolver
from portfolios.domain.imports.shown import shown
from portfolios.domain.imports.tables import (
    MOST_BYTES,
    FileRefused,
    Sheet,
    is_statement,
    read_tables,
    too_large,
)
from portfolios.domain.orders import FIRST_DAY, HIGHEST_PRICE
from portfolios.ledgers import ledger_lines
from portfolios.models import ImportBatch, ImportMapping, ImportState, Origin, Transaction
from portfolios.prices import fair_prices
from portfolios.queries import latest_trade_date
from portfolios.services.statements import parse_statement
from portfolios.services.writing import EntryRefused, Plan, PortfolioBusy, write_ledger
from portfolios.splits import known_splits

KEPT = timedelta(days=7)
MOST_STAGED = 10
MANY_ROWS = 2_000
MANY_BYTES = 150_000
"""A file of more is read in the background: about as many rows."""
MAPPED = "mapped"


class ImportRefused(ValueError):
    """Something about an import that cannot be; nothing was changed."""


def stage_import(*, portfolio, name, data, password="") -> ImportBatch:
    """Take a file in. Nothing is booked, and it is forgotten after `KEPT`.

    Parameters
    ----------
    portfolio : Portfolio
    name : str
        Of the file; shown, and not believed.
    data : bytes
    password : str
        Of a statement's PDF.

    Returns
    -------
    ImportBatch
        Waiting for `work_on`.

    Raises
    ------
    FileRefused
        For a file that is empty or too large, or a statement that cannot be opened.
    """
    if len(data) > MOST_BYTES:
        raise too_large()
    if not data:
        raise FileRefused("The file is empty.")
    forget_expired()
    is_read = is_statement(data)
    if is_read:
        data = _packed({"statement": parse_statement(data=data, password=password)})
    batch = ImportBatch.objects.create(
        investor_id=portfolio.investor_id,
        investor_number=portfolio.investor_number,
        portfolio=portfolio,
        name=short(name, 100) or "file",
        file=data,
        is_read=is_read,
        expires_at=timezone.now() + KEPT,
    )
    own = ImportBatch.objects.filter(investor_id=portfolio.investor_id).exclude(
        state=ImportState.COMMITTED
    )
    old = list(own.values_list("pk", flat=True)[MOST_STAGED:])
    ImportBatch.objects.filter(pk__in=old).delete()
    return batch


def is_long(batch) -> bool:
    """Whether work on a batch belongs in the background."""
    if batch.is_read:
        return batch.rows > MANY_ROWS
    return len(batch.file or b"") > MANY_BYTES


def work_on(batch) -> ImportBatch:
    """Do what a batch waits for: read it, compare it with the ledger, or book it.

    Safe to repeat: what is booked is marked by its keys.
    """
    try:
        if batch.state == ImportState.COMMITTING:
            _commit(batch)
        elif batch.is_working:
            _plan(batch)
    except FileRefused as refused:
        _close(batch, ImportState.REFUSED, str(refused))
    except (EntryRefused, PortfolioBusy) as refused:
        _store(batch, state=ImportState.PLANNED, words=str(refused)[:300], done=100)
    return batch


def map_columns(*, batch, columns, holds, at, sheet=0, save_as="") -> ImportBatch:
    """Say which column of a batch's table holds what, and keep it for later files.

    Parameters
    ----------
    batch : ImportBatch
    columns : dict of str to str
        A field of `FIELDS` to the head of its column.
    holds : {"trades", "holdings"}
    at : int
        Index of the row with the heads.
    sheet : int
    save_as : str
        A name to keep it under; empty: for this file only.

    Raises
    ------
    ImportRefused
        In a sentence.
    """
    tables = sheets_of(batch)
    if holds not in ("trades", "holdings") or not columns.keys() <= FIELDS.keys():
        raise ImportRefused("Say whether the file has trades or holdings.")
    mapping = Mapping(MAPPED, save_as or "Own columns", holds, columns)
    if mapping.fault:
        raise ImportRefused(mapping.fault)
    if not (0 <= sheet < len(tables) and 0 <= at < len(tables[sheet].rows)):
        raise ImportRefused("The file has no such row.")
    if not mapping.fits(tables[sheet].rows[at]):
        raise ImportRefused("The row of heads lacks one of these columns.")
    if save_as:
        _save_mapping(batch, " ".join(save_as.split())[:80], holds, columns)
    told = {"label": mapping.label[:80], "holds": holds, "columns": list(columns.items()),
            "at": at, "sheet": sheet}  # fmt: skip
    if not _claim(batch, ImportState.UNMAPPED, ImportState.PLANNING, mapping=told):
        raise ImportRefused("The columns were named before.")
    batch.mapping = told
    return batch


def choose(*, batch, plan=None, opened_on=None, names=(), openings=()) -> ImportBatch:
    """Keep what the investor decided about a batch; it is to be compared anew.

    Parameters
    ----------
    batch : ImportBatch
    plan : str, optional
        Key of a broker's plan to fill charges in by; empty: none. None: as before.
    opened_on : str, optional
        Since when holdings count; empty: the latest session. None: as before.
    names : iterable of (str, str)
        A name of the file and the symbol it means, or an empty text for what it was read as.
    openings : iterable of (str, str, str)
        Symbol, cost of a share and day of purchase of shares that sales lack; without a cost the
        sales are left out. Names and stocks not given stay as they were.

    Raises
    ------
    ImportRefused
        In a sentence.
    """
    if plan and plan not in broker_plans():
        raise ImportRefused("Choose one of the brokers' plans.")
    latest = latest_trade_date()
    known = {facts.symbol for facts in instruments()}
    choices = dict(batch.choices)
    meant = dict(choices.get("names", ()))
    for label, symbol in names:
        symbol = symbol.strip().upper()
        if symbol and symbol not in known:
            raise ImportRefused(f"“{short(symbol)}” is not a stock known here.")
        meant[label] = symbol
    shares = {symbol: (price, day) for symbol, price, day in choices.get("openings", ())}
    for symbol, price, day in openings:
        shares[symbol] = _opening(symbol, price, day, latest) if price.strip() else None
    # Names hold dots, which keys of a document should not: pairs.
    choices["names"] = [[label, symbol] for label, symbol in meant.items() if symbol]
    choices["openings"] = [[symbol, *each] for symbol, each in shares.items() if each]
    if plan is not None:
        choices["plan"] = plan
    if opened_on is not None:
        day = _day(opened_on, latest, "The holdings").isoformat() if opened_on else ""
        choices["opened_on"] = day
    if not _claim(batch, ImportState.PLANNED, ImportState.PLANNING, choices=choices):
        raise ImportRefused("The file is being worked on. Nothing was changed.")
    batch.choices = choices
    return batch


def commit_import(*, batch) -> ImportBatch:
    """Ask for a batch to be booked; `work_on` does it. Asked twice, it is booked once.

    Raises
    ------
    ImportRefused
        If it is not ready.
    """
    if not _claim(batch, ImportState.PLANNED, ImportState.COMMITTING):
        raise ImportRefused("The file is being worked on, or booked already.")
    return batch


def forget_import(*, batch) -> bool:
    """Delete a batch with all that was read of it; False while it is being booked."""
    own = ImportBatch.objects.filter(pk=batch.pk)
    return bool(own.exclude(state=ImportState.COMMITTING).delete()[0])


def forget_expired() -> int:
    """Delete batches past their time; what was booked of them stays."""
    return ImportBatch.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def forget_mapping(*, mapping) -> None:
    """Delete a saved mapping; what was imported by it stays."""
    mapping.delete()


def sheets_of(batch) -> list[Sheet]:
    """The tables of a batch, empty for a statement."""
    if not batch.file:
        return []
    if not batch.is_read:
        return read_file(bytes(batch.file))
    return [Sheet(name, rows) for name, rows in _unpacked(batch.file).get("sheets", ())]


def read_file(data) -> list[Sheet]:
    """The tables of a file of any kind that is taken."""
    if data[:64].lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        return ledger_file.read_json(data)
    return read_tables(data)


def plan_of(batch) -> dict:
    """What a batch would do, as the page shows it (`domain.imports.shown`)."""
    return _unpacked(batch.plan) if batch.plan else {}


def _plan(batch):
    """Read a batch if it is not, and compare it with the ledger as it stands."""
    if not batch.is_read:
        sheets = sheets_of(batch)
        packed = _packed({"sheets": [[sheet.name, sheet.rows] for sheet in sheets]})
        _store(batch, file=packed, is_read=True, done=40)
    reading = _reading(batch)
    if reading is None:
        _store(batch, state=ImportState.UNMAPPED, done=100)
        return
    rows = len(reading.candidates) + len(reading.refused)
    _store(batch, state=ImportState.PLANNING, label=reading.label[:80], rows=rows, done=60)
    if not rows and not reading.dismissed:
        raise FileRefused(f"The {reading.label} has no rows.")
    run = _dry_run(batch, reading, batch.portfolio, _existing(batch.portfolio))
    told = shown(run)
    _store(
        batch,
        state=ImportState.PLANNED,
        plan=_packed(told),
        counts={name: len(told[name]) for name in ("new", "known", "refused", "orphans")},
        done=100,
    )


def _commit(batch):
    """Book what is new as the ledger stands now, in one transaction."""
    _store(batch, done=20)
    reading = _reading(batch)
    run: DryRun | None = None

    def plan_now(current, entries):
        nonlocal run
        run = _dry_run(batch, reading, current, _existing(current))
        _store(batch, done=60)
        portfolio = {"dismissed": sorted({*current.dismissed, *run.dismissed})}
        if not run.new:
            return Plan(portfolio=portfolio) if run.dismissed else None
        return Plan(added=list(_added(batch, run.new)), portfolio=portfolio)

    write_ledger(batch.portfolio, plan_now)
    # Counted from the ledger: a try before this one may have been cut short after it wrote.
    added = Transaction.objects.filter(portfolio_id=batch.portfolio_id, batch=str(batch.pk)).count()
    batch.added = added
    batch.counts = {"new": added, "known": len(run.known), "refused": len(run.refused),
                    "orphans": len(run.orphans)}  # fmt: skip
    words = f"{added:,} booked, {len(run.known):,} there already, {len(run.refused):,} refused."
    _close(batch, ImportState.COMMITTED, words)


def _added(batch, planned):
    """Entries with the fields of their transactions; shares moved have the market's price."""
    lacking = [p.entry for p in planned if _needs_price(p.entry) and not p.entry.action]
    prices = fair_prices((entry.into or entry.symbol, entry.day) for entry in lacking)
    for each in planned:
        entry = each.entry
        if _needs_price(entry) and not entry.action:
            entry = replace(entry, fair=prices.get((entry.into or entry.symbol, entry.day), 0))
        yield (
            entry,
            {
                "idempotency_key": each.key,
                "batch": str(batch.pk),
                "origin": Origin.IMPORT,
                "note": each.note,
                "is_sip": each.is_sip,
            },
        )


def _needs_price(entry) -> bool:
    return not entry.fair and (entry.kind in RATIO or entry.kind.startswith("transfer"))


def _reading(batch):
    """What a batch's file says; None where its columns have to be named first."""
    content = _unpacked(batch.file)
    if "statement" in content:
        return cas.read_statement(content["statement"])
    sheets = [Sheet(name, rows) for name, rows in content["sheets"]]
    own = ledger_file.head_of(sheets)
    if own is not None:
        return ledger_file.read_ledger(*own)
    if batch.mapping:
        told = batch.mapping
        mapping = Mapping(MAPPED, told["label"], told["holds"], dict(told["columns"]))
        return Found(mapping, sheets[told["sheet"]], told["at"]).read()
    saved = [
        Mapping(MAPPED, each.name, each.holds, dict(each.columns))
        for each in ImportMapping.objects.filter(investor_id=batch.investor_id)
    ]
    found = recognise(sheets, LAYOUTS) or recognise(sheets, saved)
    return found.read() if found else None


def _dry_run(batch, reading, portfolio, existing) -> DryRun:
    told = batch.choices or {}
    choices = Choices(
        plan=broker_plans().get(told.get("plan") or ""),
        openings={
            symbol: Opening(number_from(price), day_from(day) if day else None)
            for symbol, price, day in told.get("openings", ())
        },
        opened_on=date.fromisoformat(told["opened_on"]) if told.get("opened_on") else None,
    )
    return plan_import(
        reading,
        existing,
        Resolver(instruments(), dict(told.get("names", ()))),
        latest_day=latest_trade_date(),
        choices=choices,
        splits=known_splits(),
        dismissed=portfolio.dismissed,
    )


def _existing(portfolio) -> list[Existing]:
    return [Existing(line.entry, line.key) for line in ledger_lines(portfolio)]


def _opening(symbol, price, day, latest):
    try:
        cost = number_from(price)
    except BadCell as fault:
        raise ImportRefused(f"The cost of {symbol}: {fault}") from None
    if not 0 <= cost <= HIGHEST_PRICE:
        raise ImportRefused(f"The cost of a share of {symbol} lies between 0 and ₹1 crore.")
    return str(cost), _day(day, latest, f"The shares of {symbol}").isoformat() if day else ""


def _day(text, latest, what) -> date:
    try:
        day = day_from(text)
    except BadCell as fault:
        raise ImportRefused(str(fault)) from None
    if not FIRST_DAY <= day <= latest:
        raise ImportRefused(f"{what} cannot have come on {day:%d %b %Y}.")
    return day


def _save_mapping(batch, name, holds, columns):
    values = {"holds": holds, "columns": list(columns.items()),
              "investor_number": batch.investor_number}  # fmt: skip
    own = {"investor_id": batch.investor_id, "name": name}
    try:
        ImportMapping.objects.update_or_create(**own, defaults=values)
    except IntegrityError:  # saved a moment earlier in another window
        ImportMapping.objects.filter(**own).update(**values)


def _claim(batch, former, state, **fields) -> bool:
    """Take a batch from one state to the next, unless another request was there first."""
    own = ImportBatch.objects.filter(pk=batch.pk, state=former)
    if not own.update(state=state, done=0, words="", changed_at=timezone.now(), **fields):
        return False
    batch.state = state
    return True


def _close(batch, state, words):
    _store(
        batch, state=state, words=words[:300], file=None, plan=None, choices={}, done=100,
        added=batch.added, counts=batch.counts,
    )  # fmt: skip


def _store(batch, **fields):
    for name, value in fields.items():
        setattr(batch, name, value)
    ImportBatch.objects.filter(pk=batch.pk).update(**fields, changed_at=timezone.now())


def _packed(value) -> bytes:
    return zlib.compress(orjson.dumps(value), 1)


def _unpacked(data) -> dict:
    return orjson.loads(zlib.decompress(bytes(data)))
