"""A member of staff cuts through customers: slice, brush, save, reload, apply."""

import re

import pytest
from playwright.sync_api import expect

ROWS = "[data-x-rows] tr:not([hidden])"


@pytest.fixture
def explorer(page, product):
    return opened(page, product)


def opened(page, product):
    page.goto("/accounts/login/")
    page.fill("[name=login]", product.logins["staff"]["email"])
    page.fill("[name=password]", product.logins["staff"]["password"])
    page.click("main form button[type=submit]")
    page.wait_for_url("**/admin/")
    page.goto("/segments/explorer/")
    expect(page.locator(ROWS).first).to_be_visible(timeout=30_000)
    return page


def chosen(page):
    """How many customers the page says are chosen, once it stands still."""
    page.wait_for_timeout(400)
    words = page.locator("[data-x-count]").inner_text()
    return int(re.match(r"[\d,]+", words)[0].replace(",", ""))


def risk_classes(page):
    heads = page.locator("[data-x-heads] th").all_inner_texts()
    place = heads.index("Risk class") + 1
    return set(page.locator(f"{ROWS} td:nth-child({place})").all_inner_texts())


def drag(page, area, start, end):
    box = area.bounding_box()
    x, y = box["x"], box["y"]
    page.mouse.move(x + start[0] * box["width"], y + start[1] * box["height"])
    page.mouse.down()
    page.mouse.move(x + end[0] * box["width"], y + end[1] * box["height"], steps=5)
    page.mouse.up()


def test_slice_brush_save_reload_apply(explorer):
    page = explorer
    everyone = chosen(page)
    assert len(risk_classes(page)) > 1
    page.locator("[data-slice=low]").click(position={"x": 2, "y": 2}, force=True)
    if "risks=low" not in page.url:  # the corner of a slice's box may lie beside the slice
        page.get_by_role("button", name=re.compile("^Low")).first.click()
    expect(page.locator("[data-x-chips]")).to_contain_text("Low risk revealed")
    low = chosen(page)
    assert 0 < low < everyone and risk_classes(page) == {"Low"}

    area = page.locator("[data-x-histogram='0'] [data-x-area]")
    area.scroll_into_view_if_needed()
    drag(page, area, (0.3, 0.5), (0.8, 0.5))
    expect(page.locator("[data-x-chips]")).to_contain_text("Portfolio value")
    cut = chosen(page)
    assert 0 < cut < low

    page.get_by_role("button", name="Saved filters").click()
    page.get_by_label("Name of the present filter").fill("Careful middle")
    page.get_by_role("button", name="Save filter").click()
    expect(page.locator("#saved")).to_contain_text("“Careful middle” is saved.")

    # The address alone brings the choice back, and the button back undoes a step.
    page.reload()
    expect(page.locator(ROWS).first).to_be_visible(timeout=30_000)
    assert chosen(page) == cut
    page.get_by_role("button", name="Clear all").click()
    assert chosen(page) == everyone
    page.go_back()
    assert chosen(page) == cut

    page.goto("/segments/explorer/")
    expect(page.locator(ROWS).first).to_be_visible(timeout=30_000)
    assert chosen(page) == everyone
    page.get_by_role("button", name="Saved filters").click()
    page.get_by_role("button", name="Careful middle", exact=True).click()
    assert chosen(page) == cut and "risks=low" in page.url


def test_brush_on_the_scatter_zoom_and_the_way_to_a_customer(explorer):
    page = explorer
    everyone = chosen(page)
    page.locator("[data-x-axis=x]").select_option("volatility_held")
    page.locator("[data-x-axis=y]").select_option("portfolio_value")
    plot = page.locator("[data-x-plot]")
    drag(page, plot, (0.05, 0.05), (0.5, 0.6))
    expect(page.locator("[data-x-chips]")).to_contain_text("Volatility held")
    brushed = chosen(page)
    assert 0 < brushed < everyone
    page.get_by_label("Volatility held, highest").fill("")
    page.get_by_label("Volatility held, highest").press("Tab")
    assert brushed <= chosen(page) <= everyone
    page.get_by_role("button", name="Clear all").click()
    page.get_by_role("button", name="Zoom").click()
    drag(page, plot, (0.2, 0.2), (0.6, 0.7))
    expect(page.get_by_role("button", name="Show all again")).to_be_visible()
    assert chosen(page) == everyone
    page.locator(f"{ROWS} a").first.click()
    expect(page).to_have_url(re.compile(r"/admin/segmentation/customer/\w+/change/"))


def test_bad_names_are_refused_in_place(browser, product):
    # A window of its own: the browser counts the refusal's status as a complaint.
    page = opened(browser.new_page(base_url=product.address), product)
    page.get_by_role("button", name="Saved filters").click()
    for said in ("is saved.", "Nothing was saved."):
        page.get_by_label("Name of the present filter").fill("Everyone twice")
        page.get_by_role("button", name="Save filter").click()
        expect(page.locator("#saved")).to_contain_text(said)
    page.close()
