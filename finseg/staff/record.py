"""The audit trail of what staff did: which saves it keeps, and what they started."""

from auditlog.models import LogEntry
from auditlog.registry import auditlog

from accounts import audit
from market.models import Instrument


def register():
    """Name the models whose saves are recorded, besides those their own apps name."""
    auditlog.register(Instrument)


def requested(request, job, title, changes):
    """Put on record which job a member of staff started by hand.

    Parameters
    ----------
    title : str
        What the job is called where staff start it.
    changes : dict of str to [before, after]
    """
    audit.record(
        actor=request.user,
        about=job,
        action=LogEntry.Action.CREATE,
        changes=changes,
        title=title,
    )
