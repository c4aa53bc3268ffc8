"""The audit trail: what bank staff change and open, and by whom."""

import hashlib
from datetime import timedelta
from itertools import islice

from auditlog.context import auditlog_value
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from auditlog.signals import pre_log
from django.db import connections, router
from django.utils import timezone

from accounts.models import ConsentEvent, InvestorProfile, Look, User

SAME_LOOK = timedelta(minutes=1)
_WRITE_AT_ONCE = 10_000


def register():
    """Name the audited fields. Passwords and sign-in times are not among them."""
    auditlog.register(
        User,
        include_fields=["email", "role", "is_active", "is_staff", "is_superuser"],
        mask_fields=["email"],
        m2m_fields={"groups", "user_permissions"},
    )
    auditlog.register(
        InvestorProfile,
        include_fields=[
            "birth_year",
            "horizon_years",
            "sector_mask",
            "profiling_consent",
            "offers_consent",
        ],
    )
    auditlog.register(ConsentEvent)
    for model in (User, InvestorProfile, ConsentEvent):
        pre_log.connect(only_by_staff, sender=model, dispatch_uid=f"accounts.audit.{model}")


def only_by_staff(sender, **kwargs):
    """Keep investors' changes to their own data out of the trail: consent has its history."""
    actor = auditlog_value.get({}).get("actor")
    return bool(actor and actor.is_staff)


def record(
    *,
    actor,
    about,
    action=LogEntry.Action.UPDATE,
    changes=None,
    note="",
    title=None,
    customers="",
) -> None:
    """Write one entry.

    Parameters
    ----------
    actor : User or None
        None for the schedule.
    about : Model
        What was changed or opened.
    action : LogEntry.Action
    changes : dict of str to [before, after], optional
    note : str
        Said in words.
    title : str, optional
        What `about` is called in the trail; its own name otherwise.
    customers : str, optional
        Digest of the customers it was about, which tells this entry from one about others.
    """
    said = {"note": note} if note else {}
    if customers:
        said["customers"] = customers
    LogEntry.objects.log_create(
        about,
        force_log=True,
        actor=actor,
        actor_email=getattr(actor, "email", None),
        action=action,
        changes=changes or {},
        additional_data=said or None,
        **({"object_repr": title} if title else {}),
    )


def record_look(*, actor, about, note="", numbers=None, what="", title=None) -> None:
    """Put on record that a member of staff looked at a person's data.

    The same look at the same customers again within `SAME_LOOK`, such as a table that refreshes
    itself, is one look. The customers themselves find it on their privacy page.

    Parameters
    ----------
    actor : User
    about : Model
        What was opened.
    note : str
        Said in words, for the audit trail.
    numbers : collection of int, optional
        Whose data it was; left out, the owner of `about` where it has one. A list names all it
        showed.
    what : str, optional
        What was seen, in words for the customer; the kind of `about` otherwise.
    title : str, optional
        What `about` is called in the trail; its own name otherwise.
    """
    lately = LogEntry.objects.get_for_object(about).filter(
        actor=actor, action=LogEntry.Action.ACCESS, timestamp__gt=timezone.now() - SAME_LOOK
    )
    seen = _owner(about) if numbers is None else numbers
    customers = _digest(seen)
    if any(_said(entry) == (note, customers) for entry in lately):
        return
    # The customers' own record first: the entry in the trail is what makes the next look the same.
    _write_looks(seen, what or f"Your {about._meta.verbose_name}")
    record(
        actor=actor,
        about=about,
        action=LogEntry.Action.ACCESS,
        note=note,
        title=title,
        customers=customers,
    )


def _said(entry) -> tuple[str, str]:
    said = entry.additional_data or {}
    return said.get("note", ""), said.get("customers", "")


def _digest(numbers) -> str:
    """Tell sets of customers apart in little room: a list that is exported can name all of them."""
    listed = ",".join(str(number) for number in sorted({int(each) for each in numbers}))
    return hashlib.sha256(listed.encode()).hexdigest()[:32] if listed else ""


def _write_looks(numbers, words) -> None:
    """One look for each customer; past the ORM, since an exported list can name all of them."""
    alias = router.db_for_write(Look)
    collection = connections[alias].get_collection(Look._meta.db_table)
    now = timezone.now()
    rest = iter(numbers)
    while part := list(islice(rest, _WRITE_AT_ONCE)):
        rows = [{"number": int(number), "what": words, "at": now} for number in part]
        collection.insert_many(rows, ordered=False)


def _owner(about) -> list[int]:
    if getattr(about, "investor_number", None) is not None:
        return [about.investor_number]
    if isinstance(about, User) or hasattr(about, "user_id"):
        return [about.number]
    return []
