"""Set-up says what is missing, and does nothing twice."""

import subprocess
import sys

import pytest

from finseg.local import setup
from finseg.local.setup import SetupError


@pytest.fixture
def calls(monkeypatch):
    """Commands that set-up would have called."""
    made = []
    monkeypatch.setattr(setup, "call", lambda command, what, lock, **options: made.append(command))
    return made


@pytest.fixture
def root(tmp_path):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "requirements.txt").write_text("Django\n")
    (tmp_path / "requirements-local.txt").write_text("-r requirements.txt\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements-local.txt\npytest\n")
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


def test_an_old_python_is_told():
    with pytest.raises(SetupError, match=r"needs Python 3\.11 or later, and this is Python 3\.9:"):
        setup.check_python((3, 9, 2, "final", 0))
    setup.check_python((3, 11, 0, "final", 0))


def test_the_script_can_be_read_by_a_python_that_is_too_old():
    """Python 3.7 is the oldest that still has a grammar to check against here."""
    import ast

    source = (setup.ROOT / "finseg" / "local" / "setup.py").read_text()
    ast.parse(source, feature_version=(3, 7))


def test_a_python_without_venv_is_told(root, monkeypatch):
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"comes without ensurepip.*python3-venv"):
        setup.make_environment(root, 0)


def test_a_disk_without_room_is_told(root, monkeypatch, calls):
    monkeypatch.setattr(setup, "ROOM_NEEDED_MB", 10**12)
    with pytest.raises(SetupError, match="MB left, and set-up needs"):
        setup.install_packages(root, root / "python", "requirements-local.txt", 0)
    assert calls == []


def test_packages_are_installed_once_and_again_when_the_lists_change(root, calls):
    def install(wanted):
        setup.install_packages(root, root / "python", wanted, 0)
        return len(calls)

    assert install("requirements-local.txt") == 1
    assert install("requirements-local.txt") == 1
    assert install("requirements-dev.txt") == 2
    assert install("requirements-local.txt") == 2
    assert install("requirements-dev.txt") == 2
    (root / "requirements.txt").write_text("Django>=5.2\n")
    assert install("requirements-local.txt") == 3
    assert install("requirements-dev.txt") == 4


def test_front_end_files_are_installed_once_and_again_when_the_lock_changes(root, calls):
    for expected in (1, 1):
        setup.install_front_end(root, root / ".venv" / "bin", 0)
        assert len(calls) == expected
    assert calls[0][1] == "ci"
    (root / "package-lock.json").write_text('{"name": "finseg"}')
    setup.install_front_end(root, root / ".venv" / "bin", 0)
    assert len(calls) == 2


def test_a_failed_installation_is_a_sentence_and_is_tried_again(root):
    failing = [sys.executable, "-c", "raise SystemExit(2)"]
    with pytest.raises(SetupError, match=r"^Making \.venv failed \(exit code 2\): the reason is"):
        setup.call(failing, "Making .venv", 0)
    assert not (root / ".venv" / "finseg-packages").exists()


def test_node_of_the_system_comes_first_and_an_old_one_is_passed_over(root, monkeypatch):
    system = root / "system"
    system.mkdir()
    for name in ("node", "npm"):
        (system / name).write_text("#!/bin/sh\necho v20.20.2\n")
        (system / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{system}:/bin")
    binaries = root / ".venv" / "bin"
    assert setup.find_npm(binaries)[0] == str(system / "npm")
    (system / "node").write_text("#!/bin/sh\necho v12.22.9\n")
    npm, environment = setup.find_npm(binaries)
    assert npm == str(binaries / "npm")
    assert environment["PATH"].startswith(f"{binaries}:")


def test_two_set_ups_of_a_folder_at_once_are_refused(tmp_path):
    with setup.only_one(tmp_path / "local") as lock:
        with (
            pytest.raises(SetupError, match="already being set up"),
            setup.only_one(tmp_path / "local"),
        ):
            pass
        # A program that set-up called holds the lock even when set-up itself is gone.
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1, pass_fds=[lock])
    with pytest.raises(SetupError), setup.only_one(tmp_path / "local"):
        pass
    child.communicate(b"\n")
    with setup.only_one(tmp_path / "local"):
        pass
