"""The machine on one's desk, from first check to last process stopped."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path

from finseg.local import checks, processes, services
from finseg.local.assets import fingerprint
from finseg.local.console import Console
from finseg.local.environment import FOLDER, ROOT, write_settings
from finseg.local.errors import CannotStart
from finseg.local.lock import only_one
from finseg.local.mongo import mongo_uri
from finseg.local.ports import LOOPBACK, free_port
from finseg.local.record import SUPERVISOR, Record
from finseg.local.supervisor import Supervisor
from finseg.local.valkey import valkey_url

LOGINS = "demo-logins.json"
_IMPATIENCE_SECONDS = 1.0
"""Two Ctrl-C further apart than this mean: now."""
_SHARED_SETTINGS = (
    "DEBUG",
    "HTTPS",
    "DEMO",
    "ALLOWED_HOSTS",
    "SECRET_KEY",
    "MONGODB_URI",
    "MONGODB_NAME",
    "REDIS_URL",
    "MARKET_FEED",
    "LOG_LEVEL",
)
_ON = ("on", "true", "1", "yes", "y", "ok")
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(port_text: str, *, folder: Path = FOLDER, console: Console | None = None) -> None:
    """Run everything until a signal says stop.

    Parameters
    ----------
    port_text : str
        Port of the web server, as written in PORT.
    folder : Path
        Where data, secrets and notes are kept.

    Raises
    ------
    CannotStart
        If something that is needed is missing; nothing runs any more then.
    """
    console = console or Console()
    port = checks.parse_port(port_text)
    if "MAKELEVEL" in os.environ:
        # `kill -9` of make would otherwise leave a machine without a terminal to stop it from.
        processes.die_with_parent()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        record = Record(folder / "processes.json", str(folder))
        with only_one(folder / "lock", record, console):
            left = record.end_leftovers()
            if left:
                console.say(f"Ended what an earlier run left behind: {', '.join(left)}.")
            checks.check_room(folder)
            checks.check_port(port)
            if os.environ.get("MONGODB_URI"):
                checks.check_mongodb(os.environ["MONGODB_URI"])
            if os.environ.get("REDIS_URL"):
                checks.check_redis(os.environ["REDIS_URL"])
            asyncio.run(_Machine(port, folder, console, record).live())
    except OSError as error:
        raise CannotStart(f"finseg cannot use {folder}: {error.strerror or error}.") from error


class _Machine:
    """One run of the machine."""

    def __init__(self, port: int, folder: Path, console: Console, record: Record) -> None:
        self.port = port
        self.folder = folder
        self.console = console
        self.record = record
        self.stopping = asyncio.Event()
        self.first_asked_at: float | None = None
        self.own_mongodb = not os.environ.get("MONGODB_URI")
        self.own_redis = not os.environ.get("REDIS_URL")
        ports = self._ports()
        self.mongo_port, self.valkey_port = ports["mongod"], ports["valkey"]
        self.supervisor = Supervisor(
            console,
            record,
            self._environment(),
            ROOT,
            complaint=lambda: checks.full_disk(folder),
        )

    async def live(self) -> None:
        """Start everything, wait for a signal, stop everything."""
        loop = asyncio.get_running_loop()
        for number in _STOP_SIGNALS:
            loop.add_signal_handler(number, self._asked_to_stop, number)
        self.record.add(SUPERVISOR, os.getpid())
        starting = asyncio.create_task(self._start())
        asked = asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait([starting, asked], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await asked
        finally:
            self.record.say_stopping()
            self.console.say("Stopping.")
            starting.cancel()
            await asyncio.wait([starting])
            await self.supervisor.stop()
            self.record.remove(SUPERVISOR)
            self.console.say("Stopped; all data is kept.")

    async def _start(self) -> None:
        began = time.monotonic()
        supervisor = self.supervisor
        self.console.say("Starting; Ctrl-C stops everything and keeps the data.")
        write_settings(self.folder, self._settings())
        await asyncio.gather(self._collect_static_files(), self._start_data())
        web, feed = services.web(self.port), services.feed(self.port)
        worker, beat = services.worker(self.port), services.beat(self.folder)
        if self._logins() or not self._wants_demo():
            # What is there can be looked at while the rest still starts.
            await supervisor.start(web)
            await asyncio.gather(supervisor.start(feed, worker, beat), self._add_customers())
        else:
            # The demo trades at the prices that the feed brings. Until its customers are there,
            # the worker would only get in their way, and /healthz rightly says it is missing.
            await asyncio.gather(supervisor.start(web, feed), self._add_customers())
            await supervisor.start(worker, beat)
        self._welcome(time.monotonic() - began)

    async def _collect_static_files(self) -> None:
        stamp = self.folder / "static-stamp"
        now = fingerprint(ROOT, os.environ["DEBUG"])
        there = stamp.is_file() and (self.folder / "static").is_dir()
        if not there or stamp.read_text() != now:
            collect = self._manage("collectstatic", "--noinput", "--clear", "-v", "0")
            await self.supervisor.run("static", collect)
            stamp.write_text(now)

    async def _start_data(self) -> None:
        servers = []
        if self.own_mongodb:
            servers.append(services.database(self.folder, self.mongo_port))
        if self.own_redis:
            servers.append(services.broker(self.folder, self.valkey_port))
        await self.supervisor.start(*servers)
        # The checks would import every page once more; the web server does that anyway.
        migrate = self._manage("migrate", "--noinput", "--skip-checks")
        await self.supervisor.run("migrate", migrate)

    async def _add_customers(self) -> None:
        if not self._wants_demo():
            return
        try:
            await self.supervisor.run("demo", self._manage("demo"))
        except CannotStart as error:
            self.console.say(f"{error} finseg runs without demo customers; a restart tries again.")

    @staticmethod
    def _wants_demo() -> bool:
        return os.environ["DEMO"].lower() in _ON

    def _asked_to_stop(self, number: int) -> None:
        now = time.monotonic()
        if self.first_asked_at is None:
            self.first_asked_at = now
            self.stopping.set()
        elif number == signal.SIGINT and now - self.first_asked_at > _IMPATIENCE_SECONDS:
            self.console.say("Ending everything by force.")
            self.supervisor.kill()

    def _welcome(self, seconds: float) -> None:
        say = self.console.say
        say(f"Ready after {seconds:.0f} s: http://{LOOPBACK}:{self.port}/")
        for role, login in self._logins().items():
            say(f"  sign in as {role}: {login['email']}  {login['password']}")
        say("Ctrl-C stops everything and keeps the data.")

    def _logins(self) -> dict[str, dict[str, str]]:
        try:
            return json.loads((self.folder / LOGINS).read_text())
        except FileNotFoundError:
            return {}

    def _ports(self) -> dict[str, int]:
        """Return the servers' ports: those of the last run wherever they are still free."""
        path = self.folder / "ports.json"
        try:
            last = json.loads(path.read_text())
        except (OSError, ValueError):
            last = {}
        ports = {name: free_port(last.get(name, 0)) for name in ("mongod", "valkey")}
        path.write_text(json.dumps(ports))
        return ports

    def _settings(self) -> dict[str, str]:
        """Return what the other commands of manage.py need to reach this machine."""
        chosen = {name: os.environ[name] for name in _SHARED_SETTINGS if name in os.environ}
        if self.own_mongodb:
            chosen["MONGODB_URI"] = mongo_uri(self.mongo_port)
        if self.own_redis:
            chosen["REDIS_URL"] = valkey_url(self.valkey_port)
        return chosen

    def _environment(self) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in ("MAKELEVEL", "MAKEFLAGS", "MFLAGS")
        }
        return {
            **inherited,
            **self._settings(),
            processes.MARK: str(self.folder),
            "PYTHONUNBUFFERED": "1",
        }

    def _manage(self, *words: str) -> list[str]:
        return services.python("manage.py", *words)
