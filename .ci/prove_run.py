"""Proves `make run` from outside: start, pages, crash, stop, second start, kill, recovery.

    python3 .ci/prove_run.py

Standard library only. Every step prints what it saw; the first that fails ends the run with
exit code 1, after everything has been stopped.
"""

import contextlib
import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCAL = ROOT / ".local"
FIRST_START_SECONDS = 600
SECOND_START_SECONDS = 240
STOP_SECONDS = 90

PUBLIC_PAGES = ["/", "/sip/", "/accounts/login/", "/accounts/signup/"]
INVESTOR_PAGES = ["/dashboard/", "/market/", "/portfolio/", "/portfolio/performance/",
                  "/portfolio/risk/", "/portfolio/correlation/", "/portfolio/transactions/",
                  "/portfolio/import/", "/portfolio/tax/", "/portfolio/all/", "/portfolio/changes/",
                  "/portfolio/trade/", "/portfolio/entry/?kind=bonus", "/segments/",
                  "/recommendations/", "/sip/", "/accounts/privacy/"]  # fmt: skip
STAFF_PAGES = ["/admin/", "/dashboard/", "/portfolio/customers/",
               "/portfolio/customers/periods/", "/portfolio/customers/concentration/",
               "/portfolio/customers/exposure/", "/segments/", "/segments/explorer/",
               "/segments/ranking/", "/segments/ranking/quiet/",
               "/segments/campaigns/", "/segments/campaigns/new/",
               "/admin/segmentation/segmentationrun/",
               "/admin/segmentation/segmentationrun/compare/"]  # fmt: skip
LONGEST_ANSWER_SECONDS = 30


class Failed(Exception):
    """A step did not show what it has to show."""


def main():
    port = free_port()
    with contextlib.ExitStack() as last:
        run = Run(port)
        last.callback(run.end_by_force)
        step(f"`make run` on port {port} answers /healthz with 200")
        run.start()
        done(f"after {run.wait_until_well(FIRST_START_SECONDS):.0f} s")
        open_pages(run)
        crash_and_restart(run)
        step("a second `make run` in the same folder is refused in one sentence")
        done(second_run_is_refused(port))
        step("SIGTERM stops everything")
        run.stop()
        done(f"after {run.stop_seconds:.0f} s, exit code {run.process.returncode}")
        step("the second start serves, with the same data")
        run.start()
        done(f"after {run.wait_until_well(SECOND_START_SECONDS):.0f} s")
        Visitor(port).log_in(logins()["investor"])
        step("kill -9 of everything, then a start that recovers")
        run.kill_all()
        run.start()
        done(f"after {run.wait_until_well(SECOND_START_SECONDS):.0f} s")
        Visitor(port).log_in(logins()["investor"])
        step("Ctrl-C stops everything")
        run.stop(signal.SIGINT)
        done(f"after {run.stop_seconds:.0f} s")


def open_pages(run):
    """Open every main page as a stranger, the demo investor and the demo member of staff."""
    visitors = {"a stranger": (Visitor(run.port), PUBLIC_PAGES)}
    for role, pages in (("investor", INVESTOR_PAGES), ("staff", STAFF_PAGES)):
        visitor = Visitor(run.port)
        visitor.log_in(logins()[role])
        visitors[role] = (visitor, pages)
    for who, (visitor, pages) in visitors.items():
        for page in pages:
            step(f"{who} opens {page}")
            began = time.monotonic()
            html = visitor.get(page)
            done(f"{len(html)} characters in {time.monotonic() - began:.2f} s")
    step("the dashboard's style sheets and scripts are served")
    dashboard = visitors["investor"][0].get("/dashboard/")
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', dashboard))
    for file in files:
        visitors["investor"][0].get(file, html=False)
    if not files:
        raise Failed("the page names none")
    done(f"{len(files)} files")


def crash_and_restart(run):
    """Kill one process after the other and see each come back."""
    for name in ("feed", "worker", "web", "valkey", "mongod"):
        step(f"{name} comes back after kill -9")
        before = run.pid_of(name)
        os.kill(before, signal.SIGKILL)
        wait(lambda n=name, b=before: run.pid_of(n) not in (None, b), 60, f"no new {name} process")
        # A sign of life of its predecessor would make /healthz look well too soon.
        told = f"{name} is back (process {run.pid_of(name)})"
        wait(lambda t=told: run.said(t), 120, f"`make run` did not say: {told}")
        run.wait_until_well(120)
        done(f"process {before} -> {run.pid_of(name)}")


def second_run_is_refused(port):
    answer = subprocess.run(
        ["make", "run"], cwd=ROOT, env={**os.environ, "PORT": str(port)}, timeout=120,
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    lines = [line for line in answer.stderr.splitlines() if not line.startswith("make")]
    if answer.returncode == 0 or len(lines) != 1 or "already runs" not in lines[0]:
        raise Failed(f"exit code {answer.returncode}: {answer.stdout}{answer.stderr}")
    return lines[0]


class Run:
    """One `make run` at a time."""

    def __init__(self, port):
        self.port = port
        self.process = None
        self.stop_seconds = 0.0
        self.lines = []

    def start(self):
        # The market is the simulated one on every machine, whatever the network reaches.
        env = {"MARKET_FEED": "simulated", **os.environ, "PORT": str(self.port)}
        self.process = subprocess.Popen(
            ["make", "run"], cwd=ROOT, env=env, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        threading.Thread(target=self._show, args=[self.process.stdout], daemon=True).start()

    def wait_until_well(self, seconds):
        """Return how long it took until /healthz said 200."""
        began = time.monotonic()

        def well():
            if self.process.poll() is not None:
                raise Failed(f"`make run` ended with exit code {self.process.returncode}")
            return health(self.port)[0] == 200

        wait(well, seconds, lambda: f"/healthz says {health(self.port)}")
        return time.monotonic() - began

    def stop(self, number=signal.SIGTERM):
        """Stop politely, and see that nothing is left."""
        began = time.monotonic()
        if number == signal.SIGINT:
            # A terminal sends Ctrl-C to all of make's process group.
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed(f"still running after {STOP_SECONDS} s") from None
        self.stop_seconds = time.monotonic() - began
        if left := our_processes():
            raise Failed(f"processes left: {left}")
        if health(self.port)[0] is not None:
            raise Failed(f"somebody still answers on port {self.port}")

    def said(self, text):
        return any(text in line for line in self.lines)

    def pid_of(self, name):
        try:
            return json.loads((LOCAL / "processes.json").read_text())[name]["pid"]
        except (OSError, ValueError, KeyError):
            return None

    def kill_all(self):
        self.process.kill()
        for pid in [self.pid_of("finseg"), *our_processes()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def end_by_force(self):
        if self.process is not None and self.process.poll() is None:
            self.kill_all()

    def _show(self, stream):
        for line in stream:
            self.lines.append(line.decode(errors="replace").rstrip())
            print("    " + self.lines[-1], flush=True)


class Visitor:
    """A browser without pictures."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def get(self, path, *, html=True):
        return self._open(urllib.request.Request(self.base + path), html=html)

    def log_in(self, login):
        token = re.search(
            r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get("/accounts/login/")
        )
        if token is None:
            raise Failed("the login page has no form")
        fields = {
            "csrfmiddlewaretoken": token[1],
            "login": login["email"],
            "password": login["password"],
        }
        data = urllib.parse.urlencode(fields).encode()
        self._open(urllib.request.Request(f"{self.base}/accounts/login/", data))
        if "/accounts/login" in self.address:
            raise Failed(f"{login['email']} could not log in")

    def _open(self, request, *, html=True):
        try:
            with self.opener.open(request, timeout=LONGEST_ANSWER_SECONDS) as answer:
                self.address = answer.url
                text = answer.read().decode(errors="replace")
                kind = answer.headers.get_content_type()
        except urllib.error.HTTPError as error:
            raise Failed(f"{request.full_url} answers {error.code}") from None
        except OSError as error:
            raise Failed(f"{request.full_url}: {error}") from None
        wanted = urllib.parse.urlsplit(request.full_url).path
        if html and (kind != "text/html" or "</html>" not in text):
            raise Failed(f"{wanted} is no complete page")
        if request.data is None and urllib.parse.urlsplit(self.address).path != wanted:
            raise Failed(f"{wanted} leads to {self.address}")
        return text


def health(port):
    """Return the status and the text of /healthz, (None, None) where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError:
        return None, None


def our_processes():
    """Return the numbers of the living processes that carry this folder's mark."""
    mark = f"FINSEG_LOCAL={LOCAL}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def logins():
    return json.loads((LOCAL / "demo-logins.json").read_text())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(condition, seconds, otherwise):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(otherwise() if callable(otherwise) else otherwise)
        time.sleep(0.25)


def step(text):
    print(f"prove-run  | {text} ...", flush=True)


def done(text):
    print(f"prove-run  |   yes: {text}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"prove-run  |   NO: {error}")
