"""Why `manage.py up` refuses: in one sentence, with exit code 1 and no process left."""

import io
import json
import os
import socket
import subprocess
import sys

import pytest
from django.core.management import call_command

from finseg.local import machine, processes
from finseg.local.console import Console
from finseg.local.errors import CannotStart
from finseg.local.lock import only_one
from finseg.local.ports import free_port
from finseg.local.record import SUPERVISOR, Record


@pytest.fixture(autouse=True)
def never_starts(monkeypatch):
    """Nothing here may get as far as starting a process."""

    def refuse(*of):
        raise AssertionError("the machine was started")

    monkeypatch.setattr(machine, "_Machine", refuse)
    monkeypatch.delenv("MONGODB_URI")
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.delenv("MAKELEVEL", raising=False)


@pytest.fixture
def run(tmp_path):
    def start(port):
        screen = io.StringIO()
        with pytest.raises(CannotStart) as told:
            machine.run(str(port), folder=tmp_path, console=Console(screen))
        return str(told.value), screen.getvalue()

    return start


def test_a_taken_port(run):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        told, _ = run(other.getsockname()[1])
    assert "is taken by another program" in told


def test_a_second_run_in_the_same_folder(run, tmp_path):
    record = Record(tmp_path / "processes.json", str(tmp_path))
    record.add(SUPERVISOR, os.getpid())
    with only_one(tmp_path / "lock", record, Console(io.StringIO())):
        told, _ = run(free_port())
    assert told.startswith(f"finseg already runs from this folder (process {os.getpid()})")


def test_leftovers_are_ended_before_their_port_counts_as_taken(run, tmp_path, monkeypatch):
    """A web server that outlived its supervisor must not keep the next start from its port."""
    port = free_port()
    serve = f"import socket, time; s = socket.create_server(('127.0.0.1', {port}));"
    left = subprocess.Popen(
        [sys.executable, "-c", f"{serve} print(1, flush=True); time.sleep(600)"],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    left.stdout.readline()
    Record(tmp_path / "processes.json", str(tmp_path)).add("web", left.pid)
    # The next reason in line shows that the port was found free.
    monkeypatch.setenv("MONGODB_URI", "http://nothing")
    told, screen = run(port)
    assert told.startswith("MONGODB_URI points to http://nothing")
    assert "Ended what an earlier run left behind: web." in screen
    assert processes.started_at(left.pid) is None
    left.wait()


def test_a_redis_that_is_not_there(run, monkeypatch):
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    told, _ = run(free_port())
    assert "no Redis or Valkey answered there" in told


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "local").touch()
    with pytest.raises(CannotStart, match=r"finseg cannot use .*local: File exists"):
        machine.run("8000", folder=tmp_path / "local")


def test_the_command_says_it_and_exits_with_1(capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("up", port="abc")
    assert ended.value.code == 1
    assert capsys.readouterr().err.strip() == (
        "PORT is 'abc': it has to be a number from 1 to 65535."
    )


def test_a_record_of_the_crash_does_not_survive_recovery(run, tmp_path):
    (tmp_path / "processes.json").write_text(json.dumps({"web": {"pid": 1, "started": "x"}}))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        run(other.getsockname()[1])
    assert json.loads((tmp_path / "processes.json").read_text()) == {}
