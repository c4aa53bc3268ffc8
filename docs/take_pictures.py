"""Take the README's pictures from a running demo.

    .venv/bin/python docs/take_pictures.py [ADDRESS]

Needs `make run`, its `.local/demo-logins.json`, and Debian's chromium.
"""

import json
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SIZE = {"width": 1280, "height": 860}
SETTLE = 2500  # milliseconds for charts to draw and the first live frames to arrive
SCENES = {
    None: {"home": "/", "sip": "/sip/"},
    "investor": {
        "dashboard": "/dashboard/",
        "market": "/market/",
        "portfolio": "/portfolio/",
        "risk": "/portfolio/risk/",
        "segments": "/segments/",
        "recommendations": "/recommendations/",
    },
    "staff": {
        "admin": "/admin/segmentation/customer/",
        "explorer": "/segments/explorer/",
        "ranking": "/segments/ranking/",
        "concentration": "/portfolio/customers/concentration/",
    },
}


def main(address="http://127.0.0.1:8000"):
    logins = json.loads((ROOT / ".local" / "demo-logins.json").read_text())
    folder = ROOT / "docs" / "img"
    folder.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for who, pages in SCENES.items():
            window = chromium.new_page(viewport=SIZE, base_url=address, locale="en-IN")
            if who:
                window.goto("/accounts/login/")
                window.locator("[name=login]").fill(logins[who]["email"])
                window.locator("[name=password]").fill(logins[who]["password"])
                window.locator("main form button[type=submit]").click()
                window.wait_for_load_state()
            for name, path in pages.items():
                window.goto(path)
                window.wait_for_timeout(SETTLE)
                window.screenshot(path=folder / f"{name}.png")
        chromium.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
