"""Keep, rename, share and delete named filters of customers."""

from auditlog.models import LogEntry
from django.db import IntegrityError

from accounts.audit import record
from segmentation.domain.filters import CustomerFilter
from segmentation.models import SavedFilter

MOST_OWN = 100


class SaveRefused(Exception):
    """Nothing was changed; the message says why."""


def save_filter(*, by, name, chosen: CustomerFilter, shared=False) -> SavedFilter:
    """Keep a filter under a name of its own.

    Raises
    ------
    SaveRefused
        If the name is taken, or there are too many already.
    """
    own = SavedFilter.objects.filter(owner=by)
    if own.count() >= MOST_OWN:
        raise SaveRefused(f"You keep {MOST_OWN} filters already. Delete one; nothing was saved.")
    try:
        saved = SavedFilter.objects.create(
            owner=by, name=name, document=chosen.to_document(), shared=shared
        )
    except IntegrityError:
        raise SaveRefused(f"You have a filter named “{name}” already. Nothing was saved.") from None
    _tell(by, saved, LogEntry.Action.CREATE, {"name": ["", name], "shared": ["", str(shared)]})
    return saved


def change_filter(*, saved, by, name, shared) -> None:
    """Give one's own filter another name, and share it with all staff or no longer.

    Raises
    ------
    SaveRefused
        If another filter of one's own has that name.
    """
    changes = {
        "name": [saved.name, name],
        "shared": [str(saved.shared), str(shared)],
    }
    saved.name, saved.shared = name, shared
    try:
        saved.save(update_fields=["name", "shared", "changed_at"])
    except IntegrityError:
        raise SaveRefused(
            f"You have a filter named “{name}” already. Nothing was changed."
        ) from None
    kept = {field: pair for field, pair in changes.items() if pair[0] != pair[1]}
    if kept:
        _tell(by, saved, LogEntry.Action.UPDATE, kept)


def delete_filter(*, saved, by) -> None:
    """Forget one's own filter."""
    _tell(by, saved, LogEntry.Action.DELETE, {"name": [saved.name, ""]})
    saved.delete()


def _tell(by, saved, action, changes) -> None:
    record(actor=by, about=saved, action=action, changes=changes, note="A filter of customers")
