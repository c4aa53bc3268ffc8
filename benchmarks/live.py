"""Fan-out of live prices: finseg's server against Flask-SocketIO, measured by the same method.

The same frame of 100 quotes is published to Redis once a second; both servers, each alone at its
turn, forward it to N WebSocket clients in another process. Reported are milliseconds from
publishing to receipt, and CPU seconds of the server per million messages.

    python benchmarks/live.py [--clients 250 500 1000] [--frames 20]
"""

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import redis  # noqa: E402

from finseg.local.mongo import start_mongod  # noqa: E402
from finseg.local.ports import free_port  # noqa: E402
from finseg.local.valkey import start_valkey  # noqa: E402

CHANNEL = "finseg:quotes"
SYMBOLS = 100
SERVERS = {
    "finseg": "finseg on Daphne",
    "flask": "Flask-SocketIO + eventlet",
}


def frame(number: int) -> bytes:
    """A frame as the feed publishes it, with the instant of sending first."""
    import orjson

    at = int(datetime.now(UTC).timestamp() * 1000)
    quotes = [
        {
            "symbol": f"SYMBOL{i:03d}",
            "price": 1000.05 + i + number % 7 / 20,
            "previous_close": 1000.0 + i,
            "open": 1001.5 + i,
            "high": 1012.35 + i,
            "low": 992.1 + i,
            "volume": 1_234_567 + number,
            "at": at,
        }
        for i in range(SYMBOLS)
    ]
    head = {"type": "quotes", "sent": time.time_ns(), "source": "simulated", "clock": at}
    return orjson.dumps({**head, "quotes": quotes})


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values: list[int], share: float) -> float:
    """Nearest-rank percentile in milliseconds; NaN without values."""
    if not values:
        return float("nan")
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] / 1e6


def log_in(environment: dict) -> str:
    """Make a customer and a session the usual way; returns the cookie."""
    os.environ.update(environment)
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    user = get_user_model().objects.create_user(email="bench@example.com", password=None)
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


@contextlib.contextmanager
def serving(command: list[str], port: int, environment: dict):
    """A server process that listens on `port`, stopped at the end."""
    import socket

    log = tempfile.TemporaryFile()  # noqa: SIM115 (closed below, after the process)
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log
    )
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None:
                log.seek(0)
                raise SystemExit(f"{command[2]} did not start:\n{log.read().decode()[-2000:]}")
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def measure(kind, server, port, count, frames, broker, cookie):
    """Percentiles and CPU of one server with `count` clients."""
    clients = subprocess.Popen(
        [sys.executable, str(ROOT / "benchmarks/live_clients.py"), kind, str(port), str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"COOKIE": cookie},
    )
    assert clients.stdout is not None
    if clients.stdout.readline().strip() != b"ready":
        raise SystemExit(f"{SERVERS[kind]} did not take {count} clients.")
    time.sleep(1)
    for number in range(3):
        broker.publish(CHANNEL, frame(number))
        time.sleep(1)
    before = cpu_seconds(server.pid)
    began = time.monotonic()
    for number in range(frames):
        broker.publish(CHANNEL, frame(number))
        time.sleep(max(0.0, began + number + 1 - time.monotonic()))
    used = cpu_seconds(server.pid) - before
    latencies = json.loads(clients.communicate()[0])[3 * count :]
    return {
        "p50": percentile(latencies, 0.50),
        "p99": percentile(latencies, 0.99),
        "cpu": used / max(1, len(latencies)) * 1e6,
        "lost": frames * count - len(latencies),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", nargs="+", type=int, default=[250, 500, 1000])
    parser.add_argument("--frames", type=int, default=20)
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8192)), hard))
    p99: dict[str, float] = {}
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="finseg-bench-"))
        mongo, valkey = start_mongod(f"{folder}/mongo"), start_valkey(f"{folder}/valkey")
        stack.callback(mongo.stop)
        stack.callback(valkey.stop)
        environment = {
            "DJANGO_SETTINGS_MODULE": "finseg.settings",
            "MONGODB_URI": mongo.uri,
            "MONGODB_NAME": "finseg_bench",
            "REDIS_URL": valkey.url,
            "SECRET_KEY": "of-a-benchmark-that-guards-nothing-at-all-0123456789",
            "ALLOWED_HOSTS": "127.0.0.1",
            "DEBUG": "off",
            "HTTPS": "off",
            "MARKET_FEED": "simulated",
            "LOG_LEVEL": "WARNING",
        }
        cookie = log_in(environment)
        broker = redis.Redis.from_url(valkey.url)
        print(f"{'server':28}{'clients':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU s / M':>11}{'lost':>6}")
        for kind, title in SERVERS.items():
            for count in options.clients:
                port = free_port()
                command = {
                    "finseg": [
                        *(sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port)),
                        *("--access-log", "/dev/null", "finseg.asgi:application"),
                    ],
                    "flask": [
                        *(sys.executable, "benchmarks/live_flask.py"),
                        *(str(port), valkey.url, CHANNEL),
                    ],
                }[kind]
                with serving(command, port, environment) as server:
                    seen = measure(kind, server, port, count, options.frames, broker, cookie)
                p99[f"{kind} {count}"] = seen["p99"]
                print(
                    f"{title:28}{count:>8}{seen['p50']:>9.1f}{seen['p99']:>9.1f}"
                    f"{seen['cpu']:>11.1f}{seen['lost']:>6}",
                    flush=True,
                )
        most = max(options.clients)
        ours, theirs = p99[f"finseg {most}"], p99[f"flask {most}"]
        ratio = ours / theirs
        print(f"live: p99 {ours:.0f} ms at {most} clients, ratio {ratio:.2f} to flask-socketio")


if __name__ == "__main__":
    main()
