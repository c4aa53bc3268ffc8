"""Sets a folder up to run finseg: Python packages into .venv, front-end files into node_modules.

    python3 finseg/local/setup.py [--dev]

Runs before anything is installed, so it uses the standard library alone, and its syntax stays
within what old Pythons can read, to be able to say that they are too old. What is already there
is not done again.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST = (3, 11)
OLDEST_NODE = 18
ROOM_NEEDED_MB = 3000


class SetupError(Exception):
    """Set-up cannot go on; the message is one sentence."""


def main(arguments):
    try:
        check_python(sys.version_info)
        check_platform(os.name)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with only_one(ROOT / ".local") as lock:
            python = make_environment(ROOT, lock)
            wanted = "requirements-dev.txt" if "--dev" in arguments else "requirements-local.txt"
            install_packages(ROOT, python, wanted, lock)
            install_front_end(ROOT, python.parent, lock)
    except SetupError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"Set-up stopped: {error}.")
    except KeyboardInterrupt:
        sys.exit("Set-up was stopped; the next start goes on from here.")


def check_python(version):
    """Refuse a Python that finseg's packages do not run on."""
    if tuple(version[:2]) < OLDEST:
        raise SetupError(
            f"finseg needs Python 3.11 or later, and this is Python {version[0]}.{version[1]}: "
            "name a newer one, as in `make run PYTHON=python3.12`."
        )


def check_platform(name):
    """Refuse systems without the means that the rest relies on."""
    if name != "posix":
        raise SetupError("finseg's set-up runs on Linux and macOS; on Windows, use WSL.")


@contextlib.contextmanager
def only_one(folder):
    """Hold the lock of set-up, so that two never write into one environment.

    The programs that set-up calls inherit the lock: where set-up itself is killed, it is free
    when the last of them has ended.
    """
    import fcntl  # not to be had where check_platform has just refused

    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "setup-lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = "This folder is already being set up: wait until that has ended."
            raise SetupError(message) from None
        yield file.fileno()


def make_environment(root, lock):
    """Return the Python of the folder's virtual environment, made or made anew where needed."""
    folder = root / ".venv"
    python = folder / "bin" / "python"
    if runs(python):
        return python
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            "This Python cannot make virtual environments (it comes without ensurepip): install "
            "its venv package, on Debian and Ubuntu with `apt-get install python3-venv`."
        )
    check_room(root)
    say(f"Making the virtual environment .venv with {sys.executable}")
    call([sys.executable, "-m", "venv", "--clear", str(folder)], "Making .venv", lock)
    return python


def install_packages(root, python, wanted, lock):
    """Install the Python packages of the file `wanted`, unless just these are installed."""
    stamp = root / ".venv" / "finseg-packages"
    # The files include each other: requirements-dev.txt holds all the others.
    texts = [path.read_bytes() for path in sorted(root.glob("requirements*.txt"))]
    mark = fingerprint(*texts)
    done = stamp.read_text().split() if stamp.is_file() else []
    if done[:1] == [mark] and wanted in done:
        return
    check_room(root)
    say(f"Installing the Python packages of {wanted}; the first time takes minutes")
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    call([*pip, "-r", str(root / wanted)], "Installing the Python packages", lock)
    names = {"requirements-local.txt", wanted} | set(done[1:] if done[:1] == [mark] else [])
    stamp.write_text(" ".join([mark, *sorted(names)]))


def install_front_end(root, binaries, lock):
    """Install the front-end files exactly as locked, unless just these are installed."""
    stamp = root / "node_modules" / "finseg-lock"
    mark = fingerprint((root / "package-lock.json").read_bytes())
    if stamp.is_file() and stamp.read_text() == mark:
        return
    say("Installing the front-end files of package-lock.json")
    npm, environment = find_npm(binaries)
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"]
    call([npm, "ci", *options], "Installing the front-end files", lock, cwd=root, env=environment)
    stamp.write_text(mark)


def find_npm(binaries):
    """Return npm and its environment: the system's own, else the one from the Python packages."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= OLDEST_NODE:
        return npm, dict(os.environ)
    path = str(binaries) + os.pathsep + os.environ.get("PATH", "")
    return str(binaries / "npm"), dict(os.environ, PATH=path)


def node_version(node):
    """Return Node's major version, 0 if it does not tell."""
    try:
        told = subprocess.run([node, "--version"], stdout=subprocess.PIPE, timeout=20).stdout
        return int(told.decode().strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def check_room(root):
    """Refuse a disk that the packages would fill."""
    free = shutil.disk_usage(str(root)).free // 10**6
    if free < ROOM_NEEDED_MB:
        raise SetupError(
            f"The disk that holds {root} has {free} MB left, and set-up needs {ROOM_NEEDED_MB} MB: "
            "free some space first."
        )


def runs(python):
    """Tell whether this environment's Python works, with pip, and is new enough."""
    code = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([str(python), "-c", code], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def call(command, what, lock, **options):
    """Run a command that says for itself what goes wrong."""
    quiet = subprocess.DEVNULL
    code = subprocess.run(command, stdin=quiet, pass_fds=[lock], **options).returncode
    if code != 0:
        raise SetupError(
            f"{what} failed (exit code {code}): the reason is above; the next start goes on "
            "from here."
        )


def fingerprint(*contents):
    digest = hashlib.sha256()
    for content in contents:
        digest.update(b"%d:" % len(content) + content)
    return digest.hexdigest()


def say(text):
    print("set-up     | " + text, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
