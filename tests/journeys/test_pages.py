"""Every main page in a real browser, wide and light, narrow and dark.

A page passes when its console stays clean, nothing breaks the Content-Security-Policy,
nothing is wider than the window, and axe-core finds nothing, with all disclosures open.
"""

import re
from pathlib import Path

import pytest

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = [*WCAG, "best-practice"]
# The shell of the admin is django-unfold's own: its landmarks are not ours to set.
ADMIN_RULES = WCAG
PUBLIC = ("/", "/sip/", "/methods/", "/offline/", "/accounts/login/", "/accounts/signup/")
INVESTOR = (
    "/dashboard/",
    "/market/",
    "/market/TCS/",
    "/portfolio/",
    "/portfolio/performance/?period=all",
    "/portfolio/risk/",
    "/portfolio/correlation/",
    "/portfolio/transactions/",
    "/portfolio/tax/",
    "/portfolio/all/",
    "/portfolio/changes/",
    "/portfolio/trade/",
    "/portfolio/entry/?kind=demerger",
    "/portfolio/import/",
    "/segments/",
    "/recommendations/",
    "/sip/",
    "/accounts/profile/",
    "/accounts/consent/",
    "/accounts/privacy/",
    "/accounts/privacy/data/",
)
STAFF = (
    "/dashboard/",
    "/portfolio/customers/",
    "/portfolio/customers/periods/",
    "/portfolio/customers/concentration/",
    "/portfolio/customers/exposure/?of=sector%3AHealthcare",
    "/segments/",
    "/segments/explorer/",
    "/segments/ranking/",
    "/segments/ranking/quiet/",
    "/segments/campaigns/",
    "/segments/campaigns/new/",
    "/admin/segmentation/segmentationrun/",
    "/admin/segmentation/segmentationrun/compare/",
)
LANDING = re.compile(r"/(dashboard|admin)/$")
WIDE = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}
NARROW = {"viewport": {"width": 360, "height": 780}, "color_scheme": "dark", "has_touch": True}
SIZES = [pytest.param(WIDE, id="wide-light"), pytest.param(NARROW, id="narrow-dark")]

WATCH = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""
DRAWN = """
() => [...document.querySelectorAll("[data-chart]")].every((chart) =>
  chart.offsetParent === null || chart.tagName === "CANVAS" || chart.childElementCount > 0)
"""
# Hundreds of rows of one template take minutes and say no more than the first of them.
ALIKE = "tbody > tr:nth-child(n + 31)"
RUN = """
([alike, rules]) => axe.run(
  document.querySelector(alike) ? { exclude: [[alike]] } : document,
  { runOnly: rules, resultTypes: ["violations"] },
)
"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def sign_in(browser, product):
    """Storage state of a role, signed in once for all pages."""
    states = {}

    def state_of(role):
        if role not in states:
            context = browser.new_context(base_url=product.address)
            page = context.new_page()
            page.goto("/accounts/login/")
            page.fill("[name=login]", product.logins[role]["email"])
            page.fill("[name=password]", product.logins[role]["password"])
            page.click("main button[type=submit]")
            page.wait_for_url(LANDING)
            if role == "investor":  # once more, for the page that asks who it is dealing with
                page.goto("/accounts/reauthenticate/?next=/accounts/privacy/data/")
                page.fill("[name=password]", product.logins[role]["password"])
                page.click("main button[type=submit]")
                page.wait_for_url("**/accounts/privacy/data/")
            states[role] = context.storage_state()
            context.close()
        return states[role]

    return state_of


@pytest.fixture
def look_at(browser, product):
    """Open pages one after the other and collect what is wrong with them."""

    def look(addresses, size, state=None):
        context = browser.new_context(base_url=product.address, storage_state=state, **size)
        context.add_init_script(WATCH)
        faults = []
        for address in addresses:
            page = context.new_page()
            said = []
            page.on("console", lambda line, s=said: s.append(line.text) if bad(line) else None)
            page.on("pageerror", lambda error, s=said: s.append(str(error)))
            answer = page.goto(address)
            page.wait_for_function(DRAWN)
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
            faults += [f"{address}: {line}" for line in said]
            if answer.status != 200:
                faults.append(f"{address}: status {answer.status}")
            if (wider := page.evaluate(OVERFLOW)) > 0:
                faults.append(f"{address}: {wider} px wider than the window")
            faults += [f"{address}: {finding}" for finding in axe(page)]
            page.close()
        context.close()
        return faults

    return look


def bad(line):
    return line.type == "error"


def axe(page):
    page.evaluate(AXE.read_text(encoding="utf-8"))
    rules = ADMIN_RULES if "/admin/" in page.url else RULES
    found = page.evaluate(RUN, [ALIKE, rules])
    return [
        f"axe {violation['id']}: {violation['nodes'][0]['html'][:120]}"
        for violation in found["violations"]
    ]


@pytest.mark.parametrize("size", SIZES)
def test_visitors_pages(look_at, size):
    assert look_at(PUBLIC, size) == []


@pytest.mark.parametrize("size", SIZES)
def test_investors_pages(look_at, sign_in, size):
    assert look_at(INVESTOR, size, sign_in("investor")) == []


def test_staff_pages(look_at, sign_in):
    assert look_at(STAFF, WIDE, sign_in("staff")) == []
