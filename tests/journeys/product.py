"""The whole product for the journeys: web, worker, beat and feed as processes of their own."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from finseg.local.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = 160
PATIENCE = 150


@dataclass
class Product:
    """A running finseg.

    Attributes
    ----------
    address : str
        Where the web server answers, without a slash at the end.
    logins : dict
        `investor` and `staff`, each with `email` and `password`.
    """

    address: str
    logins: dict
    environment: dict
    folder: Path
    processes: list = field(default_factory=list)

    def manage(self, *words):
        """Run a command of manage.py against this product; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def start_product(folder: Path, *, name: str, redis_database: int, prepare=(), demo=(), **extra):
    """Start everything on the test run's own MongoDB and Valkey.

    Parameters
    ----------
    folder : Path
        For logs and logins.
    name : str
        Database of its own.
    redis_database : int
        Number of its own in Valkey.
    prepare : sequence of sequence of str
        Commands of manage.py to run before the processes start.
    demo : sequence of str
        Further words for `manage.py demo`.
    extra : str
        Environment of all processes.
    """
    port = free_port()
    environment = {
        **os.environ,
        "DEBUG": "off",
        "HTTPS": "off",
        "DEMO": "on",
        "ALLOWED_HOSTS": "127.0.0.1",
        "MONGODB_NAME": name,
        "REDIS_URL": f"{os.environ['REDIS_URL'].rsplit('/', 1)[0]}/{redis_database}",
        "LOG_LEVEL": "WARNING",
        **extra,
    }
    product = Product(f"http://127.0.0.1:{port}", {}, environment, folder)
    product.manage("migrate", "-v0")
    product.manage("collectstatic", "--noinput", "-v0")
    product.manage("load_instruments")
    for words in prepare:
        product.manage(*words)
    try:
        _start(product, port)
        logins = folder / "logins.json"
        product.manage("demo", "--customers", str(CUSTOMERS), "--logins", str(logins), *demo)
        product.logins = json.loads(logins.read_text())
        _wait_for_health(product)
    except BaseException:
        product.stop()
        raise
    return product


def _start(product, port):
    celery = ("-m", "celery", "-A", "finseg")
    for name, words in {
        "web": ("-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "finseg.asgi:application"),
        "feed": ("manage.py", "feed"),
        "worker": (*celery, "worker", "--concurrency", "1", "--loglevel", "WARNING"),
        "beat": (*celery, "beat", "--schedule", str(product.folder / "beat"), "--pidfile", ""),
    }.items():
        with (product.folder / f"{name}.log").open("w") as log:
            product.processes.append(
                subprocess.Popen(
                    [sys.executable, *words],
                    cwd=ROOT,
                    env=product.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )


def _wait_for_health(product):
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"{product.address}/healthz", timeout=10):
                return
        except urllib.error.HTTPError as error:
            said = error.read().decode()
        except OSError as error:
            said = str(error)
        if time.monotonic() > until:
            raise AssertionError(f"The product did not become healthy: {said}")
        time.sleep(0.5)
