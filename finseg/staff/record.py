"""The audit trail of what staff did that no saved model tells: looks and requests."""

from auditlog.models import LogEntry


def looked(request, obj):
    """Put on record that a member of staff looked at a person's data."""
    _write(request, obj, LogEntry.Action.ACCESS, {})


def requested(request, obj, changes):
    """Put on record what a member of staff started by hand.

    Parameters
    ----------
    changes : dict of str to [before, after]
    """
    _write(request, obj, LogEntry.Action.CREATE, changes)


def _write(request, obj, action, changes):
    LogEntry.objects.log_create(
        obj,
        force_log=True,
        action=action,
        changes=changes,
        actor=request.user,
        actor_email=request.user.email,
    )
