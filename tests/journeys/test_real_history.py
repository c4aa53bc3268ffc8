"""Real NSE prices from file to page: load, replay, demo customers, segments, recommendations.

A slice of ../shared/data: 140 stocks and the NIFTY 50 from 2021, replayed in December 2025.
"""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.journeys.product import ROOT, start_product
from tests.journeys.reading import live_price
from tests.journeys.test_staff import log_in

DATA = ROOT.parent / "shared" / "data" / "nse"
STOCKS = 140
FIRST = "2021-01-01"
SESSION = "2025-12-15"


@pytest.fixture(scope="module")
def bars():
    """Daily bars of the largest companies, the columns of the real file."""
    if not DATA.is_dir():
        pytest.skip(f"Real history is not at {DATA}.")
    universe = pd.read_csv(DATA / "universe.csv")
    symbols = universe.sort_values(["cap_class", "symbol"]).groupby("cap_class").head(STOCKS // 4)
    chosen = [*symbols["symbol"], "RELIANCE", "INFY", "HDFCBANK"]
    return pd.read_parquet(
        DATA / "daily_adjusted_2015_2025.parquet",
        filters=[("symbol", "in", chosen), ("date", ">=", pd.Timestamp(FIRST))],
    )


@pytest.fixture(scope="module")
def replayed(browser, bars, tmp_path_factory):
    folder = tmp_path_factory.mktemp("replayed")
    slice_file = folder / "bars.parquet"
    bars.to_parquet(slice_file)
    running = start_product(
        folder,
        name="finseg_replay",
        redis_database=2,
        prepare=[
            ("load_prices", str(slice_file)),
            ("load_prices", str(Path(DATA) / "indices_price.csv.gz")),
        ],
        MARKET_FEED="replay",
        REPLAY_START=SESSION,
        REPLAY_SPEED="60",
    )
    yield running
    running.stop()


def test_real_prices_reach_the_page_the_ledger_and_the_advice(browser, replayed, bars):
    context = browser.new_context(base_url=replayed.address)
    page = context.new_page()
    log_in(page, replayed.logins["investor"])
    expect(page).to_have_url(re.compile("/dashboard/"))

    # The replayed price lies within the day's real range of one of the sessions played.
    row, shown = live_price(page, "RELIANCE")
    days = bars[(bars["symbol"] == "RELIANCE") & (bars["date"] >= SESSION)]
    assert days["low"].min() - 0.01 <= shown <= days["high"].max() + 0.01
    before = row.inner_text()
    expect(row).not_to_have_text(before, timeout=20_000)
    expect(page.locator("body")).not_to_contain_text("Simulated prices")

    # The demo investor holds real stocks bought at a real close.
    page.goto("/portfolio/transactions/")
    row = page.locator("main tbody tr").first.inner_text()
    symbol = next(s for s in re.findall(r"[A-Z0-9&-]{2,}", row) if s in set(bars["symbol"]))
    paid = {f"{close:.2f}" for close in bars.loc[bars["symbol"] == symbol, "close"]}
    assert paid & {text.replace(",", "") for text in re.findall(r"[\d,]+\.\d\d", row)}

    page.goto("/segments/")
    expect(page.locator("main")).to_contain_text("My segment:")
    page.goto("/recommendations/")
    assert 4 <= page.locator("article.rec").count() <= 5
    context.close()
