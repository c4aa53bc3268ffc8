"""What was changed in a ledger, as a page shows it."""

from dataclasses import dataclass
from datetime import date

from portfolios.models import Kind, LedgerChange, Transaction

LEFT_OUT = {"sequence", "action", "counted_on", "fair"}
DATES = {"trade_date", "acquired"}


@dataclass(frozen=True)
class Changed:
    """A change with the fields that differ: label, before, after; None where there is nothing."""

    change: LedgerChange
    pairs: list[tuple[str, object, object]]


def trail(changes) -> list[Changed]:
    """Changes of a ledger with what differs, in the order given."""
    return [Changed(change, _pairs(change.before, change.after)) for change in changes]


def _pairs(before, after):
    after = after or {}
    return [
        (
            _label(name),
            _shown(name, before.get(name)),
            _shown(name, after.get(name)),
        )
        for name in before | after
        if name not in LEFT_OUT and before.get(name) != after.get(name)
    ]


def _label(name):
    return str(Transaction._meta.get_field(name).verbose_name).capitalize()


def _shown(name, value):
    if value is None:
        return None
    if name == "kind":
        return Kind(value).label
    return date.fromisoformat(value) if name in DATES else value
