"""One machine per folder: the second is told so, the successor of a dying one waits."""

import io
import os
import subprocess
import sys

import pytest

from finseg.local import lock
from finseg.local.console import Console
from finseg.local.errors import CannotStart
from finseg.local.lock import only_one
from finseg.local.record import SUPERVISOR, Record

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def record(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "_LAST_MOMENTS", 0.2)
    return Record(tmp_path / "processes.json", str(tmp_path))


def enter(tmp_path, record, screen):
    with only_one(tmp_path / "lock", record, Console(screen)):
        return "inside"


def test_the_second_run_of_a_folder_is_told_of_the_first(tmp_path, record, holder):
    record.add(SUPERVISOR, holder.pid)
    with pytest.raises(CannotStart, match=f"already runs from this folder .process {holder.pid}.:"):
        enter(tmp_path, record, io.StringIO())


def test_a_killed_predecessor_leaves_no_lock(tmp_path, record, holder):
    record.add(SUPERVISOR, holder.pid)
    holder.kill()
    holder.wait()
    assert enter(tmp_path, record, io.StringIO()) == "inside"


def test_the_successor_of_a_run_that_is_stopping_waits_for_its_end(tmp_path, record, holder):
    record.add(SUPERVISOR, holder.pid)
    record.say_stopping()

    class Screen(io.StringIO):
        def write(self, text):
            if "still stopping" in text:
                os.kill(holder.pid, 9)
            return super().write(text)

    screen = Screen()
    assert enter(tmp_path, record, screen) == "inside"
    assert "The previous run is still stopping; waiting for it." in screen.getvalue()
