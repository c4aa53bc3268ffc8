"""Child processes that neither outlive their parent nor get mistaken for somebody else's."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

MARK = "FINSEG_LOCAL"
"""Environment variable that every child carries: the folder of the installation it belongs to."""

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(signal_number: int = signal.SIGTERM) -> None:
    """Ask Linux to send this process `signal_number` when its parent dies, however it dies.

    Elsewhere nothing happens: there the next start ends the leftovers.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal_number)


def child_setup(parent: int) -> Callable[[], None]:
    """Return what a child runs between fork and exec so that it goes when `parent` goes."""

    def setup() -> None:
        die_with_parent()
        # The parent may have died before the line above took effect.
        if os.getppid() != parent:
            os._exit(1)

    return setup


def spawn(
    command: Sequence[str | Path], *, output: Path, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, writing to the file `output`."""
    with output.open("ab") as log:
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            start_new_session=True,
            preexec_fn=child_setup(os.getpid()),
        )


def stop(process: subprocess.Popen[bytes], *, timeout: float = 10) -> None:
    """End `process`: politely first, by force after `timeout` seconds."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            kill_group(process.pid)
    process.wait()


def kill_group(leader: int) -> None:
    """Kill every process of the group that `leader` founded; none left is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def started_at(pid: int) -> str | None:
    """Return an instant that tells this `pid` from a later process of the same number.

    Returns
    -------
    str or None
        Kernel clock ticks since boot on Linux, the start date as `ps` writes it elsewhere;
        None when there is no such process, or only its exit status is left.
    """
    if sys.platform == "linux":
        fields = _stat_fields(pid)
        return None if fields is None or fields[0] in "ZX" else fields[19]
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True
    ).stdout.split(maxsplit=1)
    return answer[1].strip() if len(answer) == 2 and not answer[0].startswith("Z") else None


def group_members(leader: int) -> Iterator[int]:
    """Yield the living processes of the group numbered `leader` (Linux only: elsewhere none)."""
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat_fields(int(entry.name))
        if fields is not None and int(fields[2]) == leader and fields[0] not in "ZX":
            yield int(entry.name)


def carries_mark(pid: int, mark: str) -> bool:
    """Tell whether process `pid` was started with our `MARK` set to `mark` (Linux only)."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return f"{MARK}={mark}".encode() in environment.split(b"\0")


def wait_until(condition: Callable[[], bool], *, timeout: float, pause: float = 0.05) -> bool:
    """Ask `condition` every `pause` seconds; False if it has not come true in `timeout`."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def _stat_fields(pid: int) -> list[str] | None:
    """Return /proc/PID/stat from its third field (the state) on."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The second field is the program's name in brackets and may itself hold brackets.
    return text.rpartition(")")[2].split()
