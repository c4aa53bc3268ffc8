"""The audit trail of what staff did with segments and whose data they opened."""

from auditlog.models import LogEntry


def record(*, actor, about, changes=None, note="", access=False) -> None:
    """Write one entry.

    Parameters
    ----------
    actor : User or None
        None for the schedule.
    about : Model
        What was changed or opened.
    changes : dict of str to [before, after], optional
    note : str
        Said in words.
    access : bool
        True where data was only looked at.
    """
    LogEntry.objects.log_create(
        about,
        force_log=True,
        actor=actor,
        actor_email=getattr(actor, "email", None),
        action=LogEntry.Action.ACCESS if access else LogEntry.Action.UPDATE,
        changes=changes or {},
        additional_data={"note": note} if note else None,
    )
