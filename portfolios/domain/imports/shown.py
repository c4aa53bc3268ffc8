"""A dry run as plain values: what is kept of it between two pages, and what they show."""

from __future__ import annotations

from typing import Any

from portfolios.domain.entries import Entry, plain
from portfolios.domain.imports.dry_run import DryRun
from portfolios.domain.imports.openings import Orphan
from portfolios.domain.imports.planned import Planned


def shown(run: DryRun) -> dict[str, Any]:
    """Rows by tab: new, those of them in doubt, known, refused, orphans, aside; names, notes."""
    return {
        "label": run.label,
        "new": [_planned(each) for each in run.new],
        "doubtful": [_planned(each) for each in run.doubtful],
        "known": [{"row": each.row, **_entry(each.entry), "why": each.why} for each in run.known],
        "refused": [
            {"row": each.row, "reason": each.reason, "text": each.text} for each in run.refused
        ],
        "orphans": [_orphan(orphan) for orphan in run.orphans],
        "aside": [_planned(each) for each in run.aside],
        "unknown": list(run.unknown.items()),
        "named": list(run.named.items()),
        "notes": run.notes,
        "dismissed": run.dismissed,
    }


def _planned(each: Planned) -> dict[str, Any]:
    return {"row": each.row, **_entry(each.entry), "doubt": each.doubt}


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "symbol": entry.symbol,
        "day": entry.day.isoformat(),
        "quantity": plain(entry.quantity),
        "what": entry.kind.replace("_", " ").capitalize(),
        "price": plain(entry.price) if entry.price else "",
        "charges": f"{entry.charges:.2f}",
    }


def _orphan(orphan: Orphan) -> dict[str, Any]:
    return {
        "symbol": orphan.symbol,
        "shares": orphan.shares,
        "day": orphan.day.isoformat(),
        "left_out": list(orphan.left_out),
        "sales": [
            _sale(row, short) for row, short in zip(orphan.rows, orphan.missing, strict=True)
        ],
        "price": str(orphan.opening.price) if orphan.opening else "",
        "bought": orphan.opening.day.isoformat() if orphan.opening and orphan.opening.day else "",
    }


def _sale(row: int, short) -> str:
    """Why a sale lacks shares, in a sentence."""
    entry = short.entry
    what = "sells" if entry.kind == "sell" else "transfers out"
    where = f"Row {row}" if row else "An entry of the ledger"
    held = entry.quantity - short.missing
    return (
        f"{where} {what} {plain(entry.quantity)} {entry.symbol} on {entry.day:%-d %b %Y}, when "
        f"{plain(held) if held else 'none'} were held."
    )
