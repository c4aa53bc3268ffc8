"""What an investor decides about a file: its columns, its names, and the shares its sales lack."""

from datetime import date

from django.db import IntegrityError

from market.queries import instruments
from portfolios.domain.charges import broker_plans
from portfolios.domain.imports.mapping import FIELDS, MAPPED, Mapping
from portfolios.domain.imports.numbers import BadCell, day_from, number_from, short
from portfolios.domain.orders import HIGHEST_PRICE, day_fault
from portfolios.models import ImportBatch, ImportMapping, ImportState
from portfolios.queries import latest_trade_date
from portfolios.services.staging import ImportRefused, claim, plan_of, sheets_of


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
    if not claim(batch, ImportState.UNMAPPED, ImportState.PLANNING, mapping=told):
        raise ImportRefused("The columns were named before.")
    batch.mapping = told
    return batch


def choose(
    *, batch, plan=None, opened_on=None, names=(), openings=(), aside=(), back=()
) -> ImportBatch:
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
    aside, back : iterable of int
        Rows not to be booked, and rows to be booked after all. Others stay as they were.

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
    choices["aside"] = sorted(_aside(batch, set(aside), set(back)))
    # Names hold dots, which keys of a document should not: pairs.
    choices["names"] = [[label, symbol] for label, symbol in meant.items() if symbol]
    choices["openings"] = [[symbol, *each] for symbol, each in shares.items() if each]
    if plan is not None:
        choices["plan"] = plan
    if opened_on is not None:
        day = _day(opened_on, latest, "The holdings").isoformat() if opened_on else ""
        choices["opened_on"] = day
    seen = batch.changed_at  # decided of what was read: another's decision since stays
    if not claim(batch, ImportState.PLANNED, ImportState.PLANNING, seen=seen, choices=choices):
        raise ImportRefused("The file is being worked on, or was changed. Nothing was changed.")
    batch.choices = choices
    return batch


def forget_mapping(*, mapping) -> None:
    """Delete a saved mapping; what was imported by it stays."""
    mapping.delete()


def _aside(batch, aside, back) -> set[int]:
    """Rows set aside by now; only what could be booked can be."""
    told = plan_of(batch)
    here = {row["row"] for row in (*told.get("new", ()), *told.get("aside", ())) if row["row"]}
    before = set(batch.choices.get("aside", ()))
    if strange := (aside | back) - here - before:
        raise ImportRefused(
            f"Row {min(strange)} is none that could be booked. Nothing was changed."
        )
    return (before | aside) - back


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
    fault = day_fault(day, latest)
    if fault:
        raise ImportRefused(f"{what}: {fault}")
    return day


def _save_mapping(batch, name, holds, columns):
    values = {"holds": holds, "columns": list(columns.items()),
              "investor_number": batch.investor_number}  # fmt: skip
    own = {"investor_id": batch.investor_id, "name": name}
    try:
        ImportMapping.objects.update_or_create(**own, defaults=values)
    except IntegrityError:  # saved a moment earlier in another window
        ImportMapping.objects.filter(**own).update(**values)
