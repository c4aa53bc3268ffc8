"""The live market page: it ticks, finds, sorts, and comes back by itself."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.line import Line


def sign_in(page, product):
    page.goto("/accounts/login/")
    page.fill("[name=login]", product.logins["investor"]["email"])
    page.fill("[name=password]", product.logins["investor"]["password"])
    page.click("main button[type=submit]")
    page.wait_for_url("**/dashboard/")


@pytest.fixture
def market(page, product):
    sign_in(page, product)
    return page


def test_prices_tick_and_the_order_holds_still(market):
    market.goto("/market/")
    rows = market.locator("[data-quotes] tr")
    assert rows.count() > 100
    before = [row.get_attribute("data-symbol") for row in rows.all()[:10]]
    prices = market.locator("[data-quotes] tr:nth-child(-n+10) b").all_inner_texts()
    expect(market.locator("[data-live]")).to_have_text("Live")
    market.wait_for_function(
        """(before) => [...document.querySelectorAll("[data-quotes] tr:nth-child(-n+10) b")]
            .map((b) => b.innerText).join() !== before.join()""",
        arg=prices,
    )
    assert [row.get_attribute("data-symbol") for row in rows.all()[:10]] == before


def test_a_stock_is_found_by_isin_and_by_words_with_an_ampersand(market):
    market.goto("/market/")
    box = market.get_by_label("Filter these stocks")
    box.fill("INE467B01029")
    expect(market.locator("[data-quotes] tr")).to_have_count(1)
    expect(market.locator("[data-quotes] tr b").first).to_have_text("TCS")
    box.fill("mahindra and mahindra")
    expect(market.locator('[data-symbol="M&M"]')).to_be_visible()
    box.fill("no such company at all")
    expect(market.get_by_text("No stock fits")).to_be_visible()
    market.get_by_role("button", name="Clear filters").click()
    expect(market.locator('[data-symbol="TCS"]')).to_have_count(1)


def test_any_column_sorts_and_the_view_survives_a_reload(market):
    market.goto("/market/")
    market.get_by_label("Sector").select_option("Information Technology")
    market.get_by_role("columnheader", name="Stock").get_by_role("button").click()
    market.reload()
    expect(market.get_by_role("columnheader", name="Stock")).to_have_attribute(
        "aria-sort", "ascending"
    )
    symbols = [row.get_attribute("data-symbol") for row in market.locator("[data-quotes] tr").all()]
    assert len(symbols) > 5
    assert symbols == sorted(symbols)
    assert "TCS" in symbols
    assert "RELIANCE" not in symbols


def test_slash_finds_a_stock_from_anywhere(market):
    market.keyboard.press("/")
    market.keyboard.type("tata consul")
    # The list of "tata" has it too, after others: wait for that of all the words.
    expect(market.get_by_role("option").first).to_contain_text("TCS")
    market.keyboard.press("ArrowDown")
    market.keyboard.press("Enter")
    expect(market).to_have_url(re.compile(r"/market/TCS/$"))
    expect(market.locator("h1")).to_contain_text("Tata Consultancy")


def test_a_lost_connection_is_told_and_comes_back(market):
    sockets = []

    def between(socket):
        socket.connect_to_server()
        sockets.append(socket)

    market.route_web_socket("**/ws/quotes/", between)
    market.goto("/market/")
    state = market.locator("[data-live]")
    expect(state).to_have_text("Live")
    sockets[-1].close(code=1012, reason="restart")
    expect(state).to_contain_text("Connection lost, trying again")
    expect(state).to_have_text("Live", timeout=20_000)
    assert len(sockets) == 2


def test_offline_says_how_old_the_last_prices_are(browser, product):
    line = Line(product.address)
    context = browser.new_context(base_url=line.address, locale="en-IN")
    window = context.new_page()
    sign_in(window, product)
    window.goto("/market/")
    window.wait_for_function("navigator.serviceWorker.controller !== null")
    line.cut()
    window.goto("/dashboard/")
    expect(window.locator("h1")).to_have_text("No connection to finseg")
    expect(window.locator("[data-last-contact]")).to_contain_text(re.compile(r"seen \d+ s ago"))
    expect(window.locator("[data-last-strip]")).to_contain_text("NIFTY 50")
    context.close()
