"""The audit trail of what staff did: which saves it keeps, and looks and requests besides."""

from auditlog.models import LogEntry
from auditlog.registry import auditlog

from market.models import Instrument


def register():
    """Name the models whose saves are recorded, besides those their own apps name."""
    auditlog.register(Instrument)


def looked(request, obj):
    """Put on record that a member of staff looked at a person's data."""
    _write(request, obj, LogEntry.Action.ACCESS, {})


def requested(request, job, title, changes):
    """Put on record which job a member of staff started by hand.

    Parameters
    ----------
    title : str
        What the job is called where staff start it.
    changes : dict of str to [before, after]
    """
    _write(request, job, LogEntry.Action.CREATE, changes, object_repr=title)


def _write(request, obj, action, changes, **more):
    LogEntry.objects.log_create(
        obj,
        force_log=True,
        action=action,
        changes=changes,
        actor=request.user,
        actor_email=request.user.email,
        **more,
    )
