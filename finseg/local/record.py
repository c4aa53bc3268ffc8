"""Which processes belong to an installation, written down for the start after a crash."""

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from finseg.local import processes

SUPERVISOR = "finseg"


class Record:
    """The process numbers of one installation, kept in a file.

    A number alone proves nothing, as the system hands numbers out again: each is kept with the
    instant its process started.

    Parameters
    ----------
    path : Path
        The file.
    mark : str
        The value of `processes.MARK` in the environment of everything that was started.
    """

    def __init__(self, path: Path, mark: str) -> None:
        self._path = path
        self._mark = mark
        self._entries: dict[str, dict] = {}

    def add(self, name: str, pid: int) -> None:
        """Write down that `name` now runs as `pid`."""
        self._entries[name] = {"pid": pid, "started": processes.started_at(pid)}
        self._write()

    def remove(self, name: str) -> None:
        """Strike `name` out."""
        self._entries.pop(name, None)
        self._write()

    def say_stopping(self) -> None:
        """Write down that the supervisor is about to end, so that its successor waits for it."""
        self._entries[SUPERVISOR]["stopping"] = True
        self._write()

    def supervisor(self) -> int | None:
        """Return the process number of the supervisor on record, None if it no longer runs."""
        entry = self._read().get(SUPERVISOR)
        if entry and processes.started_at(entry["pid"]) == entry["started"]:
            return int(entry["pid"])
        return None

    def supervisor_is_stopping(self) -> bool:
        """Tell whether the supervisor on record has begun to stop."""
        return bool(self._read().get(SUPERVISOR, {}).get("stopping"))

    def end_leftovers(self, *, patience: float = 15) -> list[str]:
        """End what an earlier supervisor left behind; return the names that still ran.

        Processes get `patience` seconds to stop by themselves: a database that shuts down
        cleanly starts faster.
        """
        entries = {name: entry for name, entry in self._read().items() if name != SUPERVISOR}
        running = {
            name: entry["pid"]
            for name, entry in entries.items()
            if entry["started"] and processes.started_at(entry["pid"]) == entry["started"]
        }
        for pid in running.values():
            _signal(pid, signal.SIGTERM)
        processes.wait_until(
            lambda: not any(processes.started_at(pid) for pid in running.values()),
            timeout=patience,
        )
        for pid in running.values():
            processes.kill_group(pid)
        for pid in self._orphans(entry["pid"] for entry in entries.values()):
            _signal(pid, signal.SIGKILL)
        self._entries = {}
        self._write()
        return list(running)

    def _orphans(self, leaders: Iterator[int]) -> Iterator[int]:
        """Yield members of dead leaders' groups that carry our mark, as pool workers may."""
        for leader in leaders:
            for pid in processes.group_members(leader):
                if processes.carries_mark(pid, self._mark):
                    yield pid

    def _read(self) -> dict[str, dict]:
        try:
            entries = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}

    def _write(self) -> None:
        draft = self._path.with_suffix(".new")
        # On a full disk the processes matter more than the note about them.
        with contextlib.suppress(OSError):
            draft.write_text(json.dumps(self._entries, indent=1))
            os.replace(draft, self._path)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
