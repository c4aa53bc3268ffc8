"""One machine per folder at a time."""

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path

from finseg.local import processes
from finseg.local.console import Console
from finseg.local.errors import CannotStart
from finseg.local.record import Record

_LAST_MOMENTS = 2.0
"""A predecessor that was just told to stop needs this long to say that it is stopping."""
_STOPPING_SECONDS = 90.0


@contextlib.contextmanager
def only_one(path: Path, record: Record, console: Console) -> Iterator[None]:
    """Hold the lock of the folder; the system frees it however this process ends.

    Raises
    ------
    CannotStart
        If another supervisor holds it and is not about to end.
    """
    with path.open("a") as file:
        taken = _take(file.fileno())
        if not processes.wait_until(taken, timeout=_LAST_MOMENTS):
            if record.supervisor_is_stopping():
                console.say("The previous run is still stopping; waiting for it.")
                timeout = _STOPPING_SECONDS
            else:
                timeout = 0
            if not processes.wait_until(taken, timeout=timeout):
                raise CannotStart(
                    f"finseg already runs from this folder (process {record.supervisor()}): use "
                    "that one, or stop it first."
                )
        yield


def _take(descriptor: int) -> Callable[[], bool]:
    def taken() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    return taken
