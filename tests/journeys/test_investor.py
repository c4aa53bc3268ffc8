"""From signing up to a plan: what a new investor goes through."""

import re

from playwright.sync_api import expect

from tests.journeys.reading import RUPEES, live_price


def test_a_new_investor_gets_a_value_a_segment_stocks_and_a_plan(page):
    sign_up(page)
    declare(page)
    answer_ten_questions(page)
    buy(page, "RELIANCE", 10)
    buy(page, "INFY", 25)
    see_live_value(page)
    see_own_segment(page)
    see_recommendations(page)
    plan(page)


def sign_up(page):
    page.goto("/accounts/signup/")
    page.get_by_label("E-mail").fill("newcomer@example.in")
    page.get_by_label("Password", exact=False).first.fill("seven green kites above a lake")
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(re.compile(r"/accounts/(questionnaire|profile)/"))


def declare(page):
    page.goto("/accounts/profile/")
    page.locator("[name=annual_income]").fill("1800000")
    page.locator("[name=monthly_spending]").fill("70000")
    page.locator("[name=birth_year]").fill("1991")
    page.locator("[name=horizon_years]").fill("12")
    page.get_by_label("Information Technology").check()
    page.get_by_label("Healthcare").check()
    page.get_by_role("button", name="Save profile").click()


def answer_ten_questions(page):
    page.goto("/accounts/questionnaire/")
    if "/questionnaire/1/" not in page.url:
        page.goto("/accounts/questionnaire/1/")
    for number in range(1, 11):
        expect(page.locator("#where")).to_have_text(f"Question {number} of 10")
        choices = page.locator("input[name=answer]")
        choices.nth(choices.count() // 2).check()
        page.locator(".ask-acts button").click()
    # The middle option of each question earns half its weight: 50 of 100, medium.
    expect(page.locator("h1")).to_contain_text("medium risk")
    page.get_by_role("button", name="Yes, group me").click()


def buy(page, symbol, shares):
    """Buy at the price the market page shows: preview first, then save."""
    _, price = live_price(page, symbol)
    page.goto("/portfolio/trade/")
    form = page.locator("main form")
    form.locator("[name=symbol]").fill(symbol)
    form.locator("[name=quantity]").fill(str(shares))
    form.locator("[name=price]").fill(f"{price:.2f}")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("h1")).to_contain_text(f"{shares} {symbol}")
    page.get_by_role("button", name="Save this trade").click()
    expect(page.locator("main")).to_contain_text(symbol)


def see_live_value(page):
    page.goto("/portfolio/")
    value = page.locator("[data-figure=value]")
    expect(value).to_have_text(RUPEES)
    before = value.inner_text()
    # The simulated market never closes: the value moves by itself, without a reload.
    expect(value).not_to_have_text(before, timeout=20_000)


def see_own_segment(page):
    # A changed ledger reaches its segment within seconds, by the worker.
    page.goto("/segments/")
    expect(page.locator("main")).to_contain_text("My segment:", timeout=20_000)


def see_recommendations(page):
    page.goto("/recommendations/")
    cards = page.locator("article.rec")
    expect(cards.first).to_be_visible()
    assert 4 <= cards.count() <= 5
    expect(cards.first.locator(".rec-why")).to_contain_text(re.compile(r"\d"))


def plan(page):
    page.goto("/sip/")
    # 5,000 a month at 9 % for 10 years, the example of every Indian calculator.
    expect(page.locator("main")).to_contain_text("9,74,828")
