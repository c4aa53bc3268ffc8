"""Read a file, show what it would do, and book it when its owner says so."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import date
from hashlib import blake2b

from market.queries import instruments
from portfolios.domain.charges import broker_plans
from portfolios.domain.entries import RATIO
from portfolios.domain.imports import cas, ledger_file
from portfolios.domain.imports.dry_run import Choices, DryRun, Existing, plan_import
from portfolios.domain.imports.layouts import LAYOUTS, Found, recognise
from portfolios.domain.imports.mapping import MAPPED, Mapping
from portfolios.domain.imports.numbers import day_from, number_from
from portfolios.domain.imports.openings import Opening
from portfolios.domain.imports.resolving import Resolver
from portfolios.domain.imports.shown import shown
from portfolios.domain.imports.tables import FileRefused, Sheet
from portfolios.ledgers import ledger_lines
from portfolios.models import ImportBatch, ImportMapping, ImportState, Origin, Transaction
from portfolios.prices import fair_prices, price_doubts
from portfolios.queries import latest_trade_date
from portfolios.services.staging import (
    ImportRefused,
    Overtaken,
    PricesInDoubt,
    claim,
    close,
    packed,
    plan_of,
    sheets_of,
    store,
    unpacked,
)
from portfolios.services.writing import EntryRefused, Plan, PortfolioBusy, write_ledger
from portfolios.splits import known_splits

TABS = ("new", "doubtful", "known", "refused", "orphans", "aside")
"""What a dry run counts; rows in doubt are new ones, too."""


class _MoreDoubts(Exception):
    """Prices are in doubt that the investor did not confirm."""


def work_on(batch) -> ImportBatch:
    """Do what a batch waits for: read it, compare it with the ledger, or book it.

    Safe to repeat: what is booked is marked by its keys. Of two who work on one batch the first
    stops where the second has begun.
    """
    try:
        _work(batch)
    except Overtaken:
        with suppress(ImportBatch.DoesNotExist):
            batch.refresh_from_db()
    return batch


def _work(batch):
    try:
        if batch.state == ImportState.COMMITTING:
            _commit(batch)
        elif batch.is_working:
            _plan(batch)
    except FileRefused as refused:
        close(batch, ImportState.REFUSED, str(refused))
    except (EntryRefused, PortfolioBusy) as refused:
        store(batch, state=ImportState.PLANNED, words=str(refused)[:300], done=100)


def commit_import(*, batch, confirmed=False, seen=None) -> ImportBatch:
    """Ask for a batch to be booked; `work_on` does it. Asked twice, it is booked once.

    Parameters
    ----------
    batch : ImportBatch
    confirmed : bool
        Whether the investor looked at the prices that are in doubt. What comes into doubt later
        is asked for anew.
    seen : str, optional
        Of `doubts_seen`, what was looked at; the plan as it is now where None.

    Raises
    ------
    PricesInDoubt
        If it has prices in doubt and nobody confirmed them.
    ImportRefused
        If it is not ready.
    """
    try:
        batch.refresh_from_db()
    except ImportBatch.DoesNotExist:
        raise ImportRefused("The file was forgotten meanwhile. Nothing was booked.") from None
    doubtful = plan_of(batch).get("doubtful", ())
    if doubtful and not confirmed and batch.state == ImportState.PLANNED:
        raise PricesInDoubt(
            f"{_rows(doubtful)} a price far from the market’s: look at them, and confirm "
            "that they are right. Nothing was booked."
        )
    if doubtful and confirmed and seen not in (None, doubts_seen(batch)):
        raise PricesInDoubt(
            "Other prices are in doubt by now than those you looked at: look at them again. "
            "Nothing was booked."
        )
    choices = batch.choices | {"sure_of": [row["row"] for row in doubtful]}
    if batch.state == ImportState.UNMAPPED:
        raise ImportRefused("Name the columns of the file first. Nothing was booked.")
    states = ImportState.PLANNED, ImportState.COMMITTING
    if not claim(batch, *states, seen=batch.changed_at, choices=choices):
        raise ImportRefused("The file is being worked on, or booked already.")
    batch.choices = choices
    return batch


def doubts_seen(batch) -> str:
    """What tells the doubtful rows of a plan from those of another."""
    told = json.dumps(plan_of(batch).get("doubtful", ()), default=str)
    return blake2b(told.encode(), digest_size=8).hexdigest()


def _rows(rows) -> str:
    return f"{len(rows):,} rows have" if len(rows) > 1 else "1 row has"


def _plan(batch):
    """Read a batch if it is not, and compare it with the ledger as it stands."""
    if not batch.is_read:
        sheets = sheets_of(batch)
        tables = packed({"sheets": [[sheet.name, sheet.rows] for sheet in sheets]})
        store(batch, file=tables, is_read=True, done=40)
    reading = _reading(batch)
    if reading is None:
        store(batch, state=ImportState.UNMAPPED, done=100)
        return
    rows = len(reading.candidates) + len(reading.refused)
    store(batch, state=ImportState.PLANNING, label=reading.label[:80], rows=rows, done=60)
    if not rows and not reading.dismissed:
        raise FileRefused(f"The {reading.label} has no rows.")
    run = _dry_run(batch, reading, batch.portfolio, _existing(batch.portfolio))
    told = shown(run)
    store(
        batch,
        state=ImportState.PLANNED,
        plan=packed(told),
        counts={name: len(told[name]) for name in TABS},
        done=100,
    )


def _commit(batch):
    """Book what is new as the ledger stands now, in one transaction.

    Prices that came into doubt since the investor looked are shown instead: nothing is booked.
    """
    store(batch, done=20)
    reading = _reading(batch)
    run: DryRun | None = None

    def plan_now(current, entries):
        nonlocal run
        run = _dry_run(batch, reading, current, _existing(current))
        store(batch, done=60)
        unseen = {each.row for each in run.doubtful} - set(batch.choices.get("sure_of", ()))
        if unseen:
            raise _MoreDoubts(
                f"{_rows(unseen)} a price that came to be far from the market’s since you looked: "
                "look at them, and confirm that they are right. Nothing was booked."
            )
        portfolio = {"dismissed": sorted({*current.dismissed, *run.dismissed})}
        if not run.new:
            return Plan(portfolio=portfolio) if run.dismissed else None
        return Plan(added=list(_added(batch, run.new)), portfolio=portfolio)

    try:
        write_ledger(batch.portfolio, plan_now)
    except _MoreDoubts as refused:
        _plan(batch)
        store(batch, words=str(refused))
        return
    # Counted from the ledger: a try before this one may have been cut short after it wrote.
    added = Transaction.objects.filter(portfolio_id=batch.portfolio_id, batch=str(batch.pk)).count()
    batch.added = added
    batch.counts = {"new": added, "known": len(run.known), "refused": len(run.refused),
                    "orphans": len(run.orphans), "doubtful": len(run.doubtful),
                    "aside": len(run.aside)}  # fmt: skip
    words = f"{added:,} booked, {len(run.known):,} there already, {len(run.refused):,} refused."
    if left_out := sum(len(each.left_out) for each in run.orphans):
        words += f" {left_out:,} left out, for want of shares to sell."
    if run.aside:
        words += f" {len(run.aside):,} set aside, as you asked."
    close(batch, ImportState.COMMITTED, words)


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
    content = unpacked(batch.file)
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
        aside=frozenset(told.get("aside", ())),
    )
    run = plan_import(
        reading,
        existing,
        Resolver(instruments(), dict(told.get("names", ()))),
        latest_day=latest_trade_date(),
        choices=choices,
        splits=known_splits(),
        dismissed=portfolio.dismissed,
    )
    doubts = price_doubts([each.entry for each in run.new])
    run.new = [
        replace(each, doubt=doubt) if doubt else each
        for each, doubt in zip(run.new, doubts, strict=True)
    ]
    return run


def _existing(portfolio) -> list[Existing]:
    return [Existing(line.entry, line.key) for line in ledger_lines(portfolio)]
