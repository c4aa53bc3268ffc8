"""A real browser on the real product."""

import os
import shutil

import pytest

from tests.journeys.product import start_product

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="package")
def browser():
    """Debian's chromium, driven by Playwright; without one the journeys are skipped."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        reason = f"No browser found; one of {', '.join(BROWSERS)} is needed."
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def product(browser, tmp_path_factory):
    """finseg on the simulated market with a small demo."""
    running = start_product(
        tmp_path_factory.mktemp("product"),
        name="finseg_journeys",
        redis_database=1,
        MARKET_FEED="simulated",
    )
    yield running
    running.stop()


@pytest.fixture
def page(browser, product):
    """A fresh window whose console has to stay clean."""
    context = browser.new_context(
        base_url=product.address, viewport={"width": 1280, "height": 900}, locale="en-IN"
    )
    window = context.new_page()
    complaints = []
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.on(
        "console",
        lambda said: complaints.append(said.text) if said.type == "error" else None,
    )
    yield window
    context.close()
    assert complaints == []
