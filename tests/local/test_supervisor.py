"""Real child processes under the supervisor: started, lost, restarted, stopped, killed."""

import asyncio
import gc
import io
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from finseg.local import processes, supervisor
from finseg.local.console import Console
from finseg.local.errors import CannotStart
from finseg.local.record import Record
from finseg.local.supervisor import Service, Supervisor

LASTING = "import time; print('hello', flush=True); time.sleep(600)"


class Bench:
    """A supervisor on a screen and with a record that a test can read."""

    def __init__(self, folder, **options):
        self.folder = folder
        self.screen = io.StringIO()
        self.record = Record(folder / "processes.json", str(folder))
        env = {"PATH": os.environ["PATH"], processes.MARK: str(folder)}
        self.supervisor = Supervisor(
            Console(self.screen), self.record, env, Path(folder), **options
        )

    def pid_of(self, name):
        return json.loads((self.folder / "processes.json").read_text())[name]["pid"]

    async def shows(self, text):
        await until(lambda: text in self.screen.getvalue(), self.screen.getvalue)


async def until(condition, told=lambda: "it did not come true"):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, told()
        await asyncio.sleep(0.02)


def python(name, code, **options):
    return Service(name, [sys.executable, "-c", code], **options)


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.1)
    return Bench(tmp_path)


async def test_a_service_is_waited_for_until_it_is_ready(bench):
    flag = bench.folder / "flag"
    code = f"import pathlib, time; time.sleep(.3); pathlib.Path({str(flag)!r}).touch(); {LASTING}"
    await bench.supervisor.start(python("web", code, is_ready=lambda since: flag.exists()))
    assert flag.exists()
    await bench.supervisor.stop()


async def test_every_line_says_where_it_comes_from(bench):
    code = (
        "import sys; print('one\\ntwo'); print('three', file=sys.stderr); print('no end', end='')"
    )
    await bench.supervisor.run("migrate", [sys.executable, "-uc", code])
    assert bench.screen.getvalue().splitlines() == [
        "migrate    | one",
        "migrate    | two",
        "migrate    | three",
        "migrate    | no end",
    ]


async def test_a_line_without_end_neither_grows_without_bound_nor_stops_the_output(bench):
    code = "print('x' * 3_000_000, end=''); print(); print('after')"
    await bench.supervisor.run("job", [sys.executable, "-c", code])
    lines = bench.screen.getvalue().splitlines()
    assert lines[-1] == "job        | after"
    assert max(map(len, lines)) < 5000


async def test_a_process_that_dies_is_started_again_and_that_is_said(bench):
    await bench.supervisor.start(python("worker", LASTING))
    first = bench.pid_of("worker")
    os.kill(first, signal.SIGKILL)
    await bench.shows("worker stopped (killed by SIGKILL); starting it again in 0.1 s.")
    await bench.shows("worker is back (process ")
    assert bench.pid_of("worker") != first
    await bench.supervisor.stop()
    assert processes.started_at(first) is None


async def test_restarts_wait_longer_each_time(bench):
    """0.1 s doubles to 0.2 s and 0.4 s while the process keeps dying young."""
    flag = bench.folder / "started"
    dies_after_first = f"""
import pathlib, sys, time
flag = pathlib.Path({str(flag)!r})
again = flag.exists()
flag.touch()
time.sleep(0 if again else .3)
sys.exit(3)"""
    await bench.supervisor.start(
        python("beat", dies_after_first, is_ready=lambda since: flag.exists())
    )
    for delay in ("0.1", "0.2", "0.4"):
        await bench.shows(f"beat stopped (exit code 3); starting it again in {delay} s.")
    await bench.supervisor.stop()


async def test_the_likely_reason_stands_beside_a_death(tmp_path):
    bench = Bench(tmp_path, complaint=lambda: "its disk has only 3 MB left")
    await bench.supervisor.start(python("mongod", LASTING))
    os.kill(bench.pid_of("mongod"), signal.SIGTERM)
    await bench.shows("mongod stopped (killed by SIGTERM): its disk has only 3 MB left; starting")
    await bench.supervisor.stop()


async def test_an_essential_service_that_dies_at_once_stops_the_start(bench):
    hidden = python(
        "mongod",
        "print('cannot read the data folder'); raise SystemExit(62)",
        is_ready=lambda since: False,
        readable=lambda line: None,
    )
    with pytest.raises(CannotStart, match=r"^mongod did not start \(exit code 62\)\.$"):
        await bench.supervisor.start(hidden)
    # What it said is normally not shown, and now it is.
    assert "mongod     | cannot read the data folder" in bench.screen.getvalue()


async def test_an_essential_service_that_is_never_ready_stops_the_start(bench):
    slow = python("web", LASTING, is_ready=lambda since: False, start_seconds=0.3)
    with pytest.raises(CannotStart, match=r"web is not ready after 0\.3 s"):
        await bench.supervisor.start(slow)
    await bench.supervisor.stop()


async def test_the_start_goes_on_without_a_service_that_is_not_essential(bench):
    late = python("feed", LASTING, is_ready=lambda since: False, start_seconds=0.3, essential=False)
    await bench.supervisor.start(late)
    dead = python("beat", "raise SystemExit(1)", is_ready=lambda since: False, essential=False)
    await bench.supervisor.start(dead)
    await bench.shows("feed is not ready after 0.3 s; the rest goes on without it.")
    await bench.shows("beat stopped (exit code 1); starting it again")
    await bench.supervisor.stop()


async def test_a_program_that_does_not_exist_is_a_sentence(bench):
    with pytest.raises(CannotStart, match="mongod did not start"):
        await bench.supervisor.start(Service("mongod", ["/no/such/program"]))


async def test_a_start_that_is_called_off_leaves_nothing_and_complains_of_nothing(bench, caplog):
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def is_ready(since):
        loop.call_soon_threadsafe(asked.set)
        time.sleep(0.2)  # the answer comes when nobody waits for it any more
        return True

    starting = asyncio.create_task(
        bench.supervisor.start(python("web", LASTING, is_ready=is_ready))
    )
    await asked.wait()
    pid = bench.pid_of("web")
    starting.cancel()
    await asyncio.wait([starting])
    await asyncio.sleep(0.4)
    await bench.supervisor.stop()
    assert processes.started_at(pid) is None
    gc.collect()  # a task whose exception nobody read says so when it is collected
    await asyncio.sleep(0)
    assert caplog.text == ""


async def test_a_failing_job_is_a_sentence(bench):
    with pytest.raises(CannotStart, match=r"migrate failed \(exit code 4\)"):
        await bench.supervisor.run("migrate", [sys.executable, "-c", "raise SystemExit(4)"])


async def test_services_stop_in_reverse_order_and_those_started_together_stop_together(bench):
    """Worker and beat each leave only when the other has been asked to leave as well."""

    def says_goodbye(name, partner):
        mine, other = str(bench.folder / name), str(bench.folder / partner)
        return python(
            name,
            f"""
import pathlib, signal, sys, time
def leave(*_):
    pathlib.Path({mine!r}).touch()
    while not pathlib.Path({other!r}).exists():
        time.sleep(.01)
    print('goodbye', flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print('ready', flush=True)
time.sleep(600)""",
        )

    await bench.supervisor.start(says_goodbye("mongod", "mongod"))
    await bench.supervisor.start(says_goodbye("worker", "beat"), says_goodbye("beat", "worker"))
    names = ("mongod", "worker", "beat")
    for name in names:
        await bench.shows(f"{name:<11}| ready")
    pids = [bench.pid_of(name) for name in names]
    await bench.supervisor.stop()
    assert "by force" not in bench.screen.getvalue()
    left = [line.split()[0] for line in bench.screen.getvalue().splitlines() if "goodbye" in line]
    assert sorted(left[:2]) == ["beat", "worker"]
    assert left[2:] == ["mongod"]
    assert not any(processes.started_at(pid) for pid in pids)


async def test_a_process_that_will_not_stop_is_ended_with_all_it_started(bench):
    stubborn = f"""
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, '-c', {LASTING!r}], stdout=subprocess.DEVNULL)
print('child', child.pid, flush=True)
time.sleep(600)"""
    await bench.supervisor.start(python("worker", stubborn, stop_seconds=0.3))
    await bench.shows("child ")
    child = int(bench.screen.getvalue().rpartition("child ")[2].split()[0])
    await bench.supervisor.stop()
    assert "worker did not stop in 0.3 s and is ended by force." in bench.screen.getvalue()
    await until(lambda: processes.started_at(child) is None)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
async def test_children_end_when_the_supervisor_is_killed(tmp_path):
    parent = f"""
import pathlib, sys, time
from finseg.local import processes
log = pathlib.Path({str(tmp_path / "log")!r})
child = processes.spawn([sys.executable, '-c', {LASTING!r}], output=log)
print(child.pid, flush=True)
time.sleep(600)"""
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", parent, stdout=asyncio.subprocess.PIPE, cwd=Path.cwd()
    )
    child = int(await running.stdout.readline())
    assert processes.started_at(child)
    running.kill()
    await running.wait()
    await until(lambda: processes.started_at(child) is None)
