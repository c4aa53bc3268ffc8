"""The explorer over 100,000 customers: what the server takes, and how fast a browser redraws.

    .venv/bin/python benchmarks/explorer.py [--customers 100000] [--brushes 50] [--keep]

Writes customers into a scratch database on servers of its own, starts the web server, and asks for
the columns: cold (nothing cached), warm, and unchanged (by ETag). Then chromium brushes the scatter
and a histogram: reported are milliseconds of script a frame, from the filter to everything drawn
(p50, p95), and the longest task that kept the page from answering, for the whole of the visit.
`--keep` leaves everything running to look at, and says where.
"""

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.live import cpu_seconds  # noqa: E402
from benchmarks.pages import sign_in, visitor  # noqa: E402
from finseg.local.mongo import start_mongod  # noqa: E402
from finseg.local.ports import free_port  # noqa: E402
from finseg.local.valkey import start_valkey  # noqa: E402

LOGIN = {"email": "desk@example.org", "password": "quiet river 1947 stone"}
COLUMNS = "/segments/explorer/columns/"
COLD = 3
WATCH = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longTasks.push([entry.startTime, entry.duration]);
}).observe({ type: "longtask", buffered: true });
"""


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--customers", type=int, default=100_000)
    words.add_argument("--brushes", type=int, default=50)
    words.add_argument("--keep", action="store_true")
    asked = words.parse_args()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="finseg-bench-"))
        address, web, mongod = serve(stack, folder, asked.customers)
        server = measure_server(address, web, mongod)
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        browser = measure_browser(address, asked.brushes)
        if asked.keep:
            print(f"{address}/segments/explorer/  {LOGIN['email']}  {LOGIN['password']}")
            with contextlib.suppress(KeyboardInterrupt):
                time.sleep(3600)
        print(
            f"explorer: {asked.customers} customers, server cold {server['cold']:.2f} s "
            f"({server['cpu']:.2f} s of processor) warm "
            f"{server['warm'] * 1000:.0f} ms, {server['bytes'] / 1e6:.1f} MB; redraw p50 "
            f"{browser['p50']:.1f} ms p95 {browser['p95']:.1f} ms, longest task while brushing "
            f"{browser['longest']:.0f} ms"
        )


def serve(stack, folder, customers):
    """Start databases and web server on a fresh database full of customers."""
    mongo, valkey = start_mongod(f"{folder}/mongo"), start_valkey(f"{folder}/valkey")
    stack.callback(mongo.stop)
    stack.callback(valkey.stop)
    port = free_port()
    os.environ.update(
        MONGODB_URI=mongo.uri,
        MONGODB_NAME="finseg_bench",
        REDIS_URL=valkey.url,
        DEBUG="off",
        HTTPS="off",
        ALLOWED_HOSTS="127.0.0.1",
        SECRET_KEY="only-for-a-benchmark-that-guards-nothing-0123456789",
        LOG_LEVEL="WARNING",
        DJANGO_SETTINGS_MODULE="finseg.settings",
    )
    import django

    django.setup()
    from django.core.management import call_command

    from accounts.services import register_staff
    from benchmarks.explorer_crowd import populate

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    began = time.perf_counter()
    populate(customers)
    print(f"{customers} customers written in {time.perf_counter() - began:.0f} s")
    register_staff(**LOGIN)
    command = ("-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "finseg.asgi:application")
    log = stack.enter_context((Path(folder) / "web.log").open("w"))
    web = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=log, stderr=log)
    stack.callback(web.wait)
    stack.callback(web.terminate)
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"{address}/accounts/login/", timeout=10).close()
            return address, web.pid, mongo.process.pid
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def measure_server(address, web, mongod):
    """Seconds cold (best of a few), warm (median) and unchanged, and the bytes sent."""
    from django.core.cache import cache

    from segmentation import explorer

    browser = visitor()
    sign_in(browser, address, **LOGIN)

    def ask(**headers):
        request = urllib.request.Request(address + COLUMNS, headers=headers)
        began = time.perf_counter()
        try:
            with browser.open(request) as answer:
                body, etag = answer.read(), answer.headers["ETag"]
        except urllib.error.HTTPError as unchanged:
            if unchanged.code != 304:
                raise
            body, etag = b"", ""
        return time.perf_counter() - began, len(body), etag

    ask()
    cold, before = [], (cpu_seconds(web), cpu_seconds(mongod))
    for _ in range(COLD):
        cache.delete(explorer.CACHE_KEY)
        cold.append(ask()[0])
    worked = [
        (cpu_seconds(pid) - was) / COLD for pid, was in zip((web, mongod), before, strict=True)
    ]
    warm = [ask() for _ in range(10)]
    same = [ask(**{"If-None-Match": warm[0][2]})[0] for _ in range(10)]
    found = {
        "cold": min(cold),
        "warm": statistics.median(each[0] for each in warm),
        "bytes": warm[0][1],
        "same": statistics.median(same),
        "cpu": sum(worked),
    }
    spent = ", ".join(f"{each:.2f}" for each in cold)
    print(f"cold {spent} s; warm {found['warm'] * 1000:.0f} ms; {found['bytes'] / 1e6:.2f} MB sent")
    print(f"processor time of one cold answer: web {worked[0]:.2f} s, mongod {worked[1]:.2f} s")
    print(f"unchanged (304) {found['same'] * 1000:.0f} ms")
    return found


def measure_browser(address, brushes):
    """Milliseconds of a redraw over brushes of scatter and histogram, and the longest task."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise SystemExit("There is no chromium to measure with.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = chromium.new_page(viewport={"width": 1280, "height": 1000}, base_url=address)
        page.add_init_script(WATCH)
        page.goto("/accounts/login/")
        page.fill("[name=login]", LOGIN["email"])
        page.fill("[name=password]", LOGIN["password"])
        page.click("main button[type=submit]")
        page.wait_for_url("**/admin/")
        began = time.perf_counter()
        page.goto("/segments/explorer/")
        page.wait_for_selector("[data-x-rows] tr:not([hidden])", timeout=120_000)
        print(f"page open to first table {time.perf_counter() - began:.2f} s")
        page.wait_for_timeout(3_000)
        load = page.evaluate("Math.max(0, ...window.longTasks.map(([, duration]) => duration))")
        processor = page.context.new_cdp_session(page)
        processor.send("Performance.enable", {"timeDomain": "threadTicks"})
        worked = metrics(processor)
        start = page.evaluate("performance.clearMeasures('explorer:frame'), performance.now()")
        for which in ("[data-x-plot]", "[data-x-histogram='0'] [data-x-area]"):
            area = page.locator(which)
            area.scroll_into_view_if_needed()
            brush(page, area.bounding_box(), brushes)
        frames = sorted(
            page.evaluate(
                "performance.getEntriesByName('explorer:frame').map((entry) => entry.duration)"
            )
        )
        tasks = page.evaluate(
            "(from) => window.longTasks.filter(([at]) => at >= from).map(([, d]) => d)", start
        )
        spent = metrics(processor) - worked
        chromium.close()
    found = {
        "p50": statistics.median(frames),
        "p95": frames[int(0.95 * (len(frames) - 1))],
        "longest": max(tasks, default=0.0),
    }
    print(
        f"{len(frames)} frames: p50 {found['p50']:.1f} ms, p95 {found['p95']:.1f} ms, slowest "
        f"{frames[-1]:.1f} ms; tasks over 50 ms while brushing {len(tasks)}, the longest "
        f"{found['longest']:.0f} ms; while loading the longest {load:.0f} ms"
    )
    print(
        f"processor time of the page's thread while brushing: {spent * 1000 / len(frames):.1f} ms "
        "a frame, with layout, painting and all that follows"
    )
    return found


def metrics(processor):
    """Seconds of processor the page's main thread has worked."""
    told = processor.send("Performance.getMetrics")["metrics"]
    return next(each["value"] for each in told if each["name"] == "TaskDuration")


def brush(page, box, times):
    """Drag a rectangle open in so many steps, each a filter and a redraw of its own."""
    left, top = box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"]
    page.mouse.move(left, top)
    page.mouse.down()
    for step in range(1, times + 1):
        share = 0.05 + 0.6 * step / times
        page.mouse.move(left + share * box["width"], top + share * box["height"])
        page.wait_for_timeout(40)
    page.mouse.up()
    page.wait_for_timeout(1_500)


if __name__ == "__main__":
    main()
