"""Credit risk of a portfolio: Hull's company through the whole path, and what is left out."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.optimize import root
from scipy.stats import norm

from finseg.formatting import share
from market import services as market
from market.debtloads import store_debts
from market.domain.bars import Bars
from market.domain.debts import Debt
from portfolios import exposures
from portfolios.domain.credit import merton_all
from portfolios.domain.default_risk import WHY_NOT_FINANCIAL, Exposure, credit_of
from portfolios.services import record_trade
from tests.portfolios.conftest import PREVIOUS, SESSION, SOURCE, text_of

TODAY, EVE = date(2025, 3, 10), date(2025, 3, 7)
QUARTER = date(2024, 12, 31)
HULLS_RATE = math.exp(0.05) - 1
"""A simple rate that is 5 % compounded continuously."""


def debt(symbol="HULL", total=10e9, shares=1e9, as_of=QUARTER, **fields):
    fields = {"source": "yahoo", "origin": "Yahoo Finance"} | fields
    return Debt(symbol, as_of, total, shares, as_of, **fields)


# Hull, Options, Futures and Other Derivatives, "Using equity prices to estimate default
# probabilities": equity 3, its volatility 80 %, debt 10, r = 5 %, a year: distance 1.1408,
# probability 12.7 %, assets 12.40, their volatility 21.23 %. Here in units of ₹100 crore.
HULL = Exposure("HULL", "Power", 60.0, 3.0, TODAY, 0.80, EVE, debt())


def credit(*rows):
    return credit_of(rows, rate=HULLS_RATE, rate_on=date(2025, 2, 7), today=TODAY)


def test_hulls_company_alone():
    found = credit(HULL)
    (row,) = found.rows
    assert row.distance.value == pytest.approx(1.1408, abs=5e-4)
    assert row.probability == pytest.approx(0.127, abs=5e-4)
    assert row.assets == pytest.approx(12.40e9, abs=5e6)
    assert found.probability.value == row.probability and found.covered == 1.0
    assert found.distance.value == row.distance.value
    told = {each.label: each.amount for each in row.distance.inputs}
    assert told["Price on 10 Mar 2025"] == 3.0
    assert told["Shares outstanding on 31 Dec 2024"] == 1e9
    assert told["Their volatility, 252 sessions to 7 Mar 2025"] == 0.80
    assert told["Total debt on 31 Dec 2024"] == 10e9
    assert told["Value of the shares"] == 3e9
    assert told["r, ln(1 + repo rate since 7 Feb 2025)"] == pytest.approx(0.05)
    assert told["Debt and shares according to"] == "Yahoo Finance"


def test_the_whole_is_weighted_by_value_over_those_that_count():
    # Hull's company is a quarter of what counts: 60 of 240; 80 more is a bank, 80 has no debt told.
    safe = Exposure("SAFE", "Services", 180.0, 100.0, TODAY, 0.2, EVE, debt("SAFE", total=0.0))
    new = Exposure("NEW", "Services", 180.0, 1.0, TODAY, math.nan, EVE, debt("NEW", total=0.0))
    assert credit_of([new], rate=HULLS_RATE, rate_on=TODAY, today=TODAY).rows[0].state == "free"
    bank = Exposure("BANK", "Financial Services", 80.0, 3.0, TODAY, 0.8, EVE, debt("BANK"))
    dark = Exposure("DARK", "Power", 80.0, 3.0, TODAY, 0.8, EVE, None)
    found = credit(safe, bank, dark, HULL)
    assert found.probability.value == pytest.approx(credit(HULL).probability.value / 4)
    assert found.covered == pytest.approx(240 / 400)
    # Without debt the distance is infinite: the mean is of those that owe.
    assert found.distance.value == pytest.approx(1.1408, abs=5e-4)
    assert [row.symbol for row in found.rows if row.counted] == ["HULL", "SAFE"]
    assert found.names("missing") == ["DARK"] and found.names("financial") == ["BANK"]
    by_name = {row.symbol: row for row in found.rows}
    assert "debt of DARK is not among" in by_name["DARK"].distance.reason
    assert by_name["BANK"].distance.reason == WHY_NOT_FINANCIAL
    assert math.isnan(by_name["BANK"].probability) and math.isnan(by_name["DARK"].probability)
    assert by_name["SAFE"].state == "free" and by_name["SAFE"].probability == 0.0


def test_without_any_known_debt_the_reason_is_told():
    for rows, words in (
        ((), "Nothing is held"),
        ((replace(HULL, debt=None),), "not among the loaded data"),
        ((replace(HULL, sector="Financial Services"),), "Financial companies are left out"),
        ((replace(HULL, volatility=math.nan),), "a year of prices"),
    ):
        found = credit(*rows)
        assert not found.probability.known and words in found.probability.reason


def test_an_old_balance_sheet_counts_and_is_named():
    old = replace(HULL, debt=debt(as_of=date(2023, 6, 30)))
    found = credit(old, replace(HULL, symbol="NEW"))
    assert [row.symbol for row in found.stale] == ["HULL"] and found.covered == 1.0


def test_bad_inputs_are_no_figure():
    nan, one = np.array([math.nan]), np.ones(1)
    for inputs in ((nan, one, one), (-one, one, one), (one, 0 * one, one), (one, one, -one),
                   (one, one, nan), (one, one, one * math.inf)):  # fmt: skip
        assert np.isnan(merton_all(*inputs, rate=0.05)).all(), inputs


def test_many_companies_at_once_are_as_each_is_alone_by_another_solver():
    random = np.random.default_rng(3)
    equity = np.exp(random.uniform(np.log(1e9), np.log(2e13), 200))
    owed = equity * np.exp(random.uniform(np.log(1e-4), np.log(20), 200))
    deviation = random.uniform(0.1, 1.2, 200)
    distance, _, assets, volatility = merton_all(equity, deviation, owed, rate=0.06)
    assert np.isfinite(distance).all()
    width = volatility
    d1 = (np.log(assets / owed) + 0.06) / width + width / 2
    worth = assets * norm.cdf(d1) - owed * math.exp(-0.06) * norm.cdf(d1 - width)
    np.testing.assert_allclose(worth, equity, rtol=1e-8)
    np.testing.assert_allclose(norm.cdf(d1) * volatility * assets / equity, deviation, rtol=1e-8)


def by_another_solver(equity, deviation, owed, rate):
    def off(x):
        assets, volatility = np.exp(x)
        d1 = (math.log(assets / owed) + rate) / volatility + volatility / 2
        call = assets * norm.cdf(d1) - owed * math.exp(-rate) * norm.cdf(d1 - volatility)
        return call / equity - 1, norm.cdf(d1) * volatility * assets / equity / deviation - 1

    assets, volatility = np.exp(root(off, np.log([equity + owed, deviation / 2]), tol=1e-12).x)
    return (math.log(assets / owed) + rate) / volatility - volatility / 2


@pytest.fixture
def hulls(holding, stocks, monkeypatch):
    """INFY becomes Hull's company: returns of exactly 80 % a year, ₹30,000 crore of shares, ₹1
    lakh crore of debt, and r = 5 %."""
    days = stocks["INFY"].dates
    step = 0.8 / math.sqrt(252) * math.sqrt(251 / 252)  # alternating, of 252 returns
    moves = np.where(np.arange(len(days)) % 2, step, -step)
    close = np.cumprod(1 + moves)
    close *= PREVIOUS["INFY"] / close[-1]
    bars = Bars(days, close, close, close, close, close, np.full(len(days), 1_000_000))
    market.store_bars(source=SOURCE, bars={"INFY": bars})
    monkeypatch.setattr(exposures, "risk_free_on", lambda day: (HULLS_RATE, date(2025, 2, 7)))
    infosys = debt("INFY", total=1e12, shares=2e9)  # at ₹150
    store_debts(source=SOURCE, debts=[infosys])
    return holding


def test_the_pages_and_the_api_show_hulls_figures(client, hulls):
    from accounts.tokens import create_token

    record_trade(
        portfolio=hulls, kind="buy", symbol="HDFCBANK", quantity=10, price=80, trade_date=SESSION
    )
    client.force_login(hulls.investor)
    page = text_of(client.get("/portfolio/risk/"))
    # 1,500 of INFY among 1,500, 3,100 of TCS and 800 of a bank.
    covered = share(1500 / 5400, 0)
    for words in (
        f"Counted is {covered} of the value held", "INFY stands nearest, at 1.1 deviations",
        "Debt not loaded", WHY_NOT_FINANCIAL, "31 Dec 2024", "Yahoo Finance", "12.7",
        "₹1,00,000.00 crore", "no forecast",
    ):  # fmt: skip
        assert words in page, words
    assert "Simulated debts" not in page
    overview = text_of(client.get("/portfolio/"))
    assert f"default in a year, of {covered} of the value" in overview
    _, key = create_token(user=hulls.investor, name="t", scopes=["portfolio:read"], days=1)
    answer = client.get(
        f"/api/v1/portfolios/{hulls.pk}/risk", headers={"Authorization": f"Bearer {key}"}
    ).json()["credit"]
    (row,) = answer["companies"]
    assert row["distance"]["value"] == pytest.approx(1.1408, abs=5e-4)
    assert row["distance"]["value"] == pytest.approx(
        by_another_solver(3e11, 0.8, 1e12, 0.05), abs=1e-6
    )
    assert row["probability"] == pytest.approx(0.127, abs=5e-4)
    assert (row["debt"], row["debt_as_of"], row["equity"]) == (1e12, "2024-12-31", 3e11)
    assert answer["probability"]["value"] == row["probability"]
    assert answer["missing"] == ["TCS"] and answer["left_out"]["companies"] == ["HDFCBANK"]
    assert answer["share_of_value_covered"] == pytest.approx(1500 / 5400)


def test_simulated_debts_say_so_and_old_ones_too(client, hulls):
    market.switch_source(feed="simulated", source="simulated", session_date=SESSION)
    market.store_bars(source="simulated", bars=market_bars("yahoo"))
    record = debt("INFY", as_of=date(2023, 6, 30), source="simulated", origin="Simulated market")
    store_debts(source="simulated", debts=[record])
    client.force_login(hulls.investor)
    page = text_of(client.get("/portfolio/risk/"))
    assert "Simulated debts" in page and "of no real company" in page
    assert "Balance sheet older than 18 months" in page and "INFY (30 Jun 2023)" in page
    assert "simulated debts" in text_of(client.get("/portfolio/"))


def market_bars(source):
    from market.queries import bars_of

    return {symbol: bars_of(symbol, source=source) for symbol in PREVIOUS}


def test_without_any_debt_the_pages_say_what_is_missing(client, holding):
    client.force_login(holding.investor)
    page = text_of(client.get("/portfolio/risk/"))
    assert "Default risk of the companies held is not known" in page
    assert "shown as missing and not as nought" in page and "TCS, INFY" in page
    assert "no company’s debt counts" in text_of(client.get("/portfolio/"))
