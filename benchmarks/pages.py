"""How long each main page takes on a running finseg, and what its processes weigh.

    .venv/bin/python benchmarks/pages.py [--address http://127.0.0.1:8000] [--times 40]

Signs in with `.local/demo-logins.json`, asks for each page over HTTP one after another, and prints
the median and 95th percentile in milliseconds. The obvious alternative in the same run is the
health page, which reads nothing: the ratio says what a page costs beyond a bare request.
"""

import argparse
import http.cookiejar
import json
import re
import statistics
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "nobody": ("/healthz", "/", "/sip/", "/accounts/login/", "/accounts/signup/"),
    "investor": (
        "/dashboard/",
        "/market/",
        "/market/RELIANCE/",
        "/portfolio/",
        "/portfolio/transactions/",
        "/segments/",
        "/recommendations/",
        "/sip/",
    ),
    "staff": (
        "/admin/",
        "/admin/segmentation/customer/",
        "/admin/segmentation/customer/?o=-4",
        "/admin/segmentation/customer/?p=50",
        "/admin/segmentation/segmentationrun/",
        "/admin/finseg/jobrun/",
        "/admin/auditlog/logentry/",
        "/segments/",
        "/segments/members/",
        "/portfolio/customers/",
    ),
}


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--address", default="http://127.0.0.1:8000")
    words.add_argument("--logins", type=Path, default=ROOT / ".local" / "demo-logins.json")
    words.add_argument("--times", type=int, default=40)
    asked = words.parse_args()
    logins = json.loads(asked.logins.read_text())
    print(f"{'page':48} {'p50 ms':>8} {'p95 ms':>8} {'kB':>7}")
    medians = {}
    for who, paths in PAGES.items():
        browser = visitor()
        if who in logins:
            sign_in(browser, asked.address, **logins[who])
        for path in paths:
            median, slow, size = measure(browser, asked.address + path, asked.times)
            medians[who, path] = median
            print(f"{who + ' ' + path:48} {median:8.0f} {slow:8.0f} {size / 1000:7.0f}")
    for name, megabytes in processes(asked.address):
        print(f"memory of {name:38} {megabytes:8.0f} MB")
    worst = max(medians, key=medians.get)
    bare = medians["nobody", "/healthz"]
    ratio = medians[worst] / bare
    print(f"pages: slowest {worst[1]} p50 {medians[worst]:.0f} ms, ratio {ratio:.1f} to /healthz")


def visitor():
    """A browser of sorts: it keeps cookies."""
    return urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    )


def sign_in(browser, address, *, email, password):
    with browser.open(f"{address}/accounts/login/") as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())[1]
    form = {"login": email, "password": password, "csrfmiddlewaretoken": token}
    request = urllib.request.Request(
        f"{address}/accounts/login/",
        urllib.parse.urlencode(form).encode(),
        {"Referer": f"{address}/accounts/login/"},
    )
    with browser.open(request) as answer:
        if "/accounts/login/" in answer.url:
            raise SystemExit(f"{email} could not sign in at {address}.")


def measure(browser, url, times):
    """Milliseconds: median and 95th percentile; and the size of the last answer in bytes."""
    spent, size = [], 0
    for number in range(times + 3):  # the first three warm the caches
        began = time.perf_counter()
        with browser.open(url) as answer:
            size = len(answer.read())
        if number >= 3:
            spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent), statistics.quantiles(spent, n=20)[-1], size


def processes(address):
    """Resident megabytes of the processes that `manage.py up` of this folder recorded."""
    for status in sorted(Path("/proc").glob("[0-9]*/status")):
        try:
            command = (status.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            inside = str((status.parent / "cwd").resolve()).startswith(str(ROOT))
            resident = re.search(r"VmRSS:\s+(\d+)", status.read_text())
        except (OSError, UnicodeDecodeError):
            continue
        known = re.search(r"(mongod|valkey-server|daphne|worker|beat|manage\.py \w+)", command)
        if inside and known and resident:
            yield known[1], int(resident[1]) / 1024


if __name__ == "__main__":
    main()
