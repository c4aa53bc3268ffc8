"""After a crash: what an earlier run left is ended, and nothing else is."""

import json
import signal
import subprocess
import sys
import time

import pytest

from finseg.local import processes
from finseg.local.record import SUPERVISOR, Record

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def start():
    """Start processes, each in a group of its own, and end them after the test."""
    running = []

    def run(command=SLEEP, **options):
        running.append(subprocess.Popen(command, start_new_session=True, **options))
        return running[-1]

    yield run
    for process in running:
        processes.kill_group(process.pid)
        process.wait()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "processes.json"


def test_leftovers_of_an_earlier_run_are_ended(path, start):
    left = start()
    Record(path, "folder").add("web", left.pid)
    assert Record(path, "folder").end_leftovers() == ["web"]
    assert left.wait(5) == -signal.SIGTERM


def test_a_leftover_that_ignores_the_polite_signal_is_killed(path, start):
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
    left = start([sys.executable, "-c", f"{code}; time.sleep(600)"], stdout=subprocess.PIPE)
    left.stdout.readline()
    Record(path, "folder").add("web", left.pid)
    Record(path, "folder").end_leftovers(patience=0.3)
    assert left.wait(5) == -signal.SIGKILL


def test_a_number_that_now_belongs_to_somebody_else_is_left_alone(path, start):
    stranger = start()
    path.write_text(json.dumps({"web": {"pid": stranger.pid, "started": "1"}}))
    assert Record(path, "folder").end_leftovers() == []
    time.sleep(0.2)
    assert stranger.poll() is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows a process's environment")
def test_pool_workers_whose_leader_died_are_ended_by_their_mark(path, start):
    """A leader that is gone leaves its group; only members with our mark are ours to end."""
    leader_of = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True)"
    )
    members = {}
    for mark in ("folder", "another folder"):
        leader = start(
            [sys.executable, "-c", leader_of], stdout=subprocess.PIPE, env={processes.MARK: mark}
        )
        members[mark] = int(leader.stdout.readline())
        leader.wait()
        record = json.loads(path.read_text()) if path.exists() else {}
        record[mark] = {"pid": leader.pid, "started": "1"}
        path.write_text(json.dumps(record))
    assert Record(path, "folder").end_leftovers() == []
    assert processes.wait_until(lambda: processes.started_at(members["folder"]) is None, timeout=5)
    assert processes.started_at(members["another folder"])


def test_the_supervisor_itself_is_never_among_the_leftovers(path, start):
    supervisor = start()
    record = Record(path, "folder")
    record.add(SUPERVISOR, supervisor.pid)
    assert record.supervisor() == supervisor.pid
    assert Record(path, "folder").end_leftovers() == []
    assert supervisor.poll() is None


def test_a_dead_supervisor_is_not_taken_for_running(path, start):
    supervisor = start()
    record = Record(path, "folder")
    record.add(SUPERVISOR, supervisor.pid)
    supervisor.kill()
    supervisor.wait()
    assert record.supervisor() is None


@pytest.mark.parametrize("text", ["", "{", "[1]", "null"])
def test_a_damaged_record_counts_as_empty(path, text):
    path.write_text(text)
    assert Record(path, "folder").end_leftovers() == []
    assert Record(path, "folder").supervisor() is None
