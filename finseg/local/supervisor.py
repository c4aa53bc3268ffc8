"""Keeps a handful of processes running: starts, watches, restarts and stops them.

Why not a process manager off the shelf: docs/architecture.md, "The local machine".
"""

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from finseg.local import processes
from finseg.local.console import Console
from finseg.local.errors import CannotStart
from finseg.local.record import Record

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
STEADY_SECONDS = 60.0
"""A process that ran this long before it died is started again without delay growing further."""

_LONGEST_LINE = 1_000_000
"""More than this without a line's end is taken for a line."""
_LONGEST_SHOWN = 4000
_LAST_WORDS = 15


@dataclass(frozen=True)
class Service:
    """A process that is to run as long as the machine does.

    Parameters
    ----------
    name : str
        Prefix of its lines.
    command : sequence of str
        The program and its arguments.
    is_ready : callable
        Asked, in a thread, until it says True; told when (seconds since 1970) this life began.
    start_seconds, stop_seconds : float
        How long it may take to become ready, and to stop when asked to.
    ask_seconds : float
        Pause between two questions whether it is ready.
    essential : bool
        Without it there is nothing to show: if it does not start, nothing does.
    readable : callable
        Turns a line of its output into the text to show, None to leave it out.
    env : mapping
        Added to the environment of all.
    """

    name: str
    command: Sequence[str]
    is_ready: Callable[[float], bool] = lambda since: True
    start_seconds: float = 180
    ask_seconds: float = 0.1
    stop_seconds: float = 15
    essential: bool = True
    readable: Callable[[str], str | None] = lambda line: line
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Child:
    """One life of a service or a job."""

    process: asyncio.subprocess.Process
    pump: asyncio.Task
    last_words: deque[str]
    born: float


class Supervisor:
    """Runs services and jobs, all in one environment, on one console.

    Parameters
    ----------
    console : Console
        Where their lines go.
    record : Record
        Where the process numbers are kept for the next start.
    env : mapping
        The environment of everything started here.
    cwd : Path
        The folder everything runs in.
    complaint : callable
        Asked when a process died: a sentence on why, or None.
    """

    def __init__(
        self,
        console: Console,
        record: Record,
        env: Mapping[str, str],
        cwd: Path,
        *,
        complaint: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._console = console
        self._record = record
        self._env = dict(env)
        self._cwd = cwd
        self._complaint = complaint
        self._children: dict[str, _Child] = {}
        self._keepers: dict[str, asyncio.Task] = {}
        self._generations: list[list[str]] = []
        self._stop_seconds: dict[str, float] = {}

    async def start(self, *together: Service) -> None:
        """Start services together, wait until all are ready, and from then on keep them running.

        Raises
        ------
        CannotStart
            If an essential one stops, or is not ready in time.
        """
        self._generations.append([service.name for service in together])
        loop = asyncio.get_running_loop()
        all_ready = []
        for service in together:
            ready = loop.create_future()
            self._stop_seconds[service.name] = service.stop_seconds
            self._keepers[service.name] = asyncio.create_task(self._keep(service, ready))
            all_ready.append(ready)
        await asyncio.gather(*all_ready)

    async def run(self, name: str, command: Sequence[str]) -> None:
        """Run a job to its end.

        Raises
        ------
        CannotStart
            If it fails.
        """
        child = await self._spawn(name, command, {}, lambda line: line)
        code = await self._wait(name, child)
        if code != 0:
            raise CannotStart(f"{name} failed ({_ending(code)}); what it said is above.")

    async def stop(self) -> None:
        """Stop everything: first the jobs, then the services, those started last first.

        Services that were started together stop together: politely, then by force.
        """
        jobs = [name for name in self._children if name not in self._keepers]
        for names in (jobs, *reversed(self._generations)):
            for name in names:
                if name in self._keepers:
                    self._keepers.pop(name).cancel()
            await asyncio.gather(*(self._end(name) for name in names if name in self._children))

    def kill(self) -> None:
        """Kill everything at once."""
        for child in self._children.values():
            processes.kill_group(child.process.pid)

    async def _keep(self, service: Service, ready: asyncio.Future) -> None:
        delay = FIRST_DELAY
        while True:
            began = time.monotonic()
            ending = await self._live_once(service, ready)
            if ready.cancelled() or (ready.done() and ready.exception()):
                return
            if time.monotonic() - began > STEADY_SECONDS:
                delay = FIRST_DELAY
            why = self._complaint()
            self._console.say(
                f"{service.name} stopped ({ending}){f': {why}' if why else ''}; "
                f"starting it again in {delay:g} s."
            )
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY)

    async def _live_once(self, service: Service, ready: asyncio.Future) -> str:
        """Run `service` to its end, settle `ready`, and return how it ended."""
        last_words: Sequence[str] = ()
        try:
            child = await self._spawn(service.name, service.command, service.env, service.readable)
        except OSError as error:
            ending = str(error)
        else:
            waiting = asyncio.create_task(self._report_ready(service, child, ready))
            ending = _ending(await self._wait(service.name, child))
            waiting.cancel()
            last_words = child.last_words
        if not ready.done():
            if service.essential:
                for line in last_words:
                    self._console.line(service.name, line)
                ready.set_exception(CannotStart(f"{service.name} did not start ({ending})."))
            else:
                ready.set_result(None)
        return ending

    async def _report_ready(self, service: Service, child: _Child, ready: asyncio.Future) -> None:
        first = not ready.done()
        deadline = time.monotonic() + service.start_seconds
        while not await asyncio.to_thread(service.is_ready, child.born):
            if time.monotonic() > deadline:
                late = f"{service.name} is not ready after {service.start_seconds:g} s"
                if not ready.done() and service.essential:
                    ready.set_exception(CannotStart(f"{late}; what it said is above."))
                    return
                self._console.say(f"{late}; the rest goes on without it.")
                break
            await asyncio.sleep(service.ask_seconds)
        else:
            if not first:
                self._console.say(f"{service.name} is back (process {child.process.pid}).")
        # Nobody waits any more where the start was called off.
        if not ready.done():
            ready.set_result(None)

    async def _spawn(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        readable: Callable[[str], str | None],
    ) -> _Child:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**self._env, **env},
            cwd=self._cwd,
            start_new_session=True,
            preexec_fn=processes.child_setup(os.getpid()),
        )
        self._record.add(name, process.pid)
        last_words: deque[str] = deque(maxlen=_LAST_WORDS)
        assert process.stdout is not None
        pump = asyncio.create_task(self._pump(name, process.stdout, readable, last_words))
        child = self._children[name] = _Child(process, pump, last_words, time.time())
        return child

    async def _wait(self, name: str, child: _Child) -> int:
        code = await child.process.wait()
        # What it started itself must not outlive it, nor hold its place.
        processes.kill_group(child.process.pid)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(child.pump, timeout=2)
        if self._children.get(name) is child:
            del self._children[name]
            self._record.remove(name)
        return code

    async def _end(self, name: str) -> None:
        child = self._children[name]
        with contextlib.suppress(ProcessLookupError):
            child.process.terminate()
        seconds = self._stop_seconds.get(name, 5)
        waiting = asyncio.create_task(self._wait(name, child))
        done, _ = await asyncio.wait([waiting], timeout=seconds)
        if not done:
            self._console.say(f"{name} did not stop in {seconds:g} s and is ended by force.")
            processes.kill_group(child.process.pid)
        await waiting

    async def _pump(
        self,
        name: str,
        stream: asyncio.StreamReader,
        readable: Callable[[str], str | None],
        last_words: deque[str],
    ) -> None:
        """Show the lines of `stream`; a progress bar's returns to the line's start count too."""
        rest = b""
        while chunk := await stream.read(65536):
            *lines, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
            if len(rest) > _LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._show(name, line, readable, last_words)
        self._show(name, rest, readable, last_words)

    def _show(
        self,
        name: str,
        line: bytes,
        readable: Callable[[str], str | None],
        last_words: deque[str],
    ) -> None:
        text = line.decode(errors="replace").rstrip()
        shown = readable(text) if text else None
        if shown is None:
            if text:
                last_words.append(text[:_LONGEST_SHOWN])
        else:
            self._console.line(name, shown[:_LONGEST_SHOWN])


def _ending(code: int) -> str:
    """Say in words how a process ended."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
