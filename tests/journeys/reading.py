"""What a person would read off a page."""

import re

from playwright.sync_api import expect

RUPEES = re.compile(r"[\d,]+\.\d\d")


def live_price(page, symbol):
    """Find a stock on the live market page by its filter; returns its row and its price."""
    page.goto("/market/")
    page.locator("[data-filter-text]").fill(symbol)
    row = page.locator(f"[data-quotes] [data-symbol='{symbol}']")
    expect(row).to_contain_text(RUPEES)
    # Not `inner_text`: rows out of sight are not laid out, and have none.
    return row, float(RUPEES.search(row.text_content()).group().replace(",", ""))
