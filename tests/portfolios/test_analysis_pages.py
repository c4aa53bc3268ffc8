"""Pages of performance, risk, correlation and tax: what they show is what the facts say."""

import csv
from datetime import date
from decimal import Decimal as D
from io import StringIO

import numpy as np
import pytest
from django.utils import timezone
from redis import RedisError

from accounts import services as accounts
from finseg.formatting import number, percent, rupees, share, signed_rupees
from market import livestore
from market.domain.bars import Bars
from market.services import store_bars
from portfolios.analysis import performance_of
from portfolios.domain.charges import broker_plans, charges_of
from portfolios.domain.diversification import optimised
from portfolios.facts import diversification
from portfolios.facts.diversification import alternative_facts, diversification_facts
from portfolios.facts.performance import bounds_of, period_facts
from portfolios.facts.risk import risk_facts
from portfolios.facts.tax import tax_facts
from portfolios.ledgers import ledger_of
from portfolios.queries import valuation_of
from portfolios.services import record_trade
from portfolios.views import tax as tax_views
from tests.portfolios.conftest import SESSION, SOURCE, quote, text_of

PAGES = tuple(f"/portfolio/{name}/" for name in ("performance", "risk", "correlation", "tax"))
ALTERNATIVES = "/portfolio/correlation/alternatives/"
PARTS = (ALTERNATIVES, "/portfolio/tax/gains/", "/portfolio/tax/lots/")


@pytest.fixture
def owner(client, holding):
    client.force_login(holding.investor)
    return client


@pytest.fixture
def sold(holding):
    """Five of ten INFY, bought at 120 on 3 June 2024, sold at 150 within the year."""
    return record_trade(
        portfolio=holding, kind="sell", symbol="INFY", quantity=5, price=150,
        trade_date=date(2025, 1, 6),
    )  # fmt: skip


def test_a_period_shows_the_figures_of_its_facts(owner, holding):
    whole = performance_of(holding)
    for period in ("all", "3m"):
        facts = period_facts(whole, start=bounds_of(period, SESSION))
        page = text_of(owner.get(f"/portfolio/performance/?period={period}"))
        if facts.performance.time_weighted.known:
            sessions = int(np.count_nonzero(~np.isnan(facts.performance.daily)))
            assert f"252 days of trading; here are {sessions}<" in page
        for figure in (
            percent(facts.total, 1),
            share(facts.performance.absolute.value),
            share(facts.performance.money_weighted.value),
            rupees(facts.performance.history.values[-1]),
            number(facts.ratios.sharpe.value, 2),
            signed_rupees(facts.holdings[0].contribution.gain),
            percent(facts.months[-1].portfolio),
            percent(facts.sectors[0].average, 1),
        ):
            assert figure in page, (period, figure)
        assert "Mar 2025" in page and 'id="value-curve"' in page
        assert "style=" not in page and "<script>" not in page


def test_the_evening_before_a_period_belongs_to_no_day_month_or_year_of_it(holding):
    facts = period_facts(performance_of(holding), start=date(2025, 1, 1), end=date(2025, 1, 31))
    assert facts.performance.history.dates[0] == np.datetime64("2024-12-31")
    for rows in (facts.days[:1], facts.months, facts.years):
        assert [row.first for row in rows] == [date(2025, 1, 1)]


def test_days_of_ones_own_are_shown_or_refused_in_words(owner):
    page = text_of(owner.get("/portfolio/performance/?start=2025-01-01&end=2025-01-31"))
    assert "from 1 Jan 2025 to 31 Jan 2025" in page and "Feb 2025" not in page
    page = text_of(owner.get("/portfolio/performance/?start=2025-01-16&end=2025-01-31"))
    late = '<span class="quiet">from 16 Jan</span>'
    assert f"Jan 2025 {late}</td>" in page
    assert f'2025 {late} <span class="quiet">to 31 Jan</span></td>' in page
    for asked, words in (
        ("start=2025-02-01&end=2025-01-01", "01 Feb 2025, is later than the last, 01 Jan 2025"),
        ("start=soon", "A day is written as 2025-03-31."),
        ("period=9y", "There is no such period."),
        ("start=9999-12-31", "The first day, 31 Dec 9999, lies in the future."),
        ("end=9999-12-31", "The last day, 31 Dec 9999, lies in the future."),
        ("start=0001-01-01", "01 Jan 0001, lies before NSE’s first session, 03 Nov 1994."),
        ("end=0001-01-01", "01 Jan 0001, lies before NSE’s first session, 03 Nov 1994."),
        ("end=2020-01-01", "Nothing to show for these days"),
    ):
        answer = owner.get(f"/portfolio/performance/?{asked}")
        assert answer.status_code == 200 and words in text_of(answer), asked


def test_the_risk_page_shows_every_method_and_what_history_says_of_it(owner, holding):
    facts = risk_facts(valuation_of(holding))
    page = text_of(owner.get("/portfolio/risk/"))
    known = [row for row in facts.losses if row.at_risk.known]
    assert len(known) >= 12
    for row in known:
        assert rupees(row.at_risk.value, 0) in page and rupees(row.shortfall.value, 0) in page
    for words in (
        "Filtered historical", "Cornish-Fisher", "Did these figures hold?", "Covid-19",
        "How fast each holding sells", rupees(facts.adjusted.value, 0),
        f"{facts.largest[0]} is {share(facts.largest[1], 0)} of it", "shown as missing",
        "7 of 8 cannot be told", "begin on 1 Jan 2024",
    ):  # fmt: skip
        assert words in page, words
    assert "moves of the simulator" not in page


def test_the_correlation_page_shows_what_would_spread_the_risk(owner, holding):
    facts = diversification_facts(valuation_of(holding))
    page = text_of(owner.get("/portfolio/correlation/"))
    assert f"2 holdings, {number(facts.today.independent, 1)} independent bets" in page
    ratio = f"diversification ratio {number(facts.today.diversification)}"
    assert ratio in page and ratio in text_of(owner.get("/portfolio/"))
    assert number(facts.correlation.matrix[0, 1]) in page
    assert facts.suggestions[0].symbol == "HDFCBANK" and "HDFC Bank Ltd." in page
    assert '/portfolio/correlation/alternatives/?plan=zero"' in page
    assert owner.get("/portfolio/correlation/?plan=nope").status_code == 200


def test_other_weights_come_with_their_trades_charges_and_tax(owner, holding):
    today, others = alternative_facts(
        valuation_of(holding), ledger_of(holding), plan=broker_plans()["zero"], day=SESSION
    )
    page = text_of(owner.get(ALTERNATIVES))
    assert len(others) == 3 and share(today.volatility) in page
    for each in others:
        assert each.mix.name in page and share(each.mix.volatility) in page
        assert rupees(each.turnover, 0) in page and rupees(each.charges, 0) in page
    dear = text_of(owner.get(f"{ALTERNATIVES}?plan=percent"))
    assert dear != page and '<option value="percent" selected>' in dear
    assert text_of(owner.get(f"{ALTERNATIVES}?plan=nope")) == page


def test_what_was_bought_today_is_squared_off_by_other_weights(owner, holding):
    record_trade(
        portfolio=holding, kind="buy", symbol="INFY", quantity=400, price=150, trade_date=SESSION
    )
    holding.refresh_from_db()
    plan = broker_plans()["zero"]
    _, others = alternative_facts(valuation_of(holding), ledger_of(holding), plan=plan, day=SESSION)

    def cost(step, segment="delivery"):
        kind, amount = ("sell" if step.shares < 0 else "buy"), D(f"{abs(step.rupees):.2f}")
        return charges_of(kind, amount, SESSION, plan=plan, segment=segment).total

    for each in others:
        # All of the sale is of shares bought today: they never reach the account.
        sale = next(s for s in each.steps if s.symbol == "INFY")
        assert 0 < -sale.shares <= 400 and cost(sale, "intraday") < cost(sale)
        rest = sum(cost(step) for step in each.steps if step is not sale)
        assert each.charges == rest + cost(sale, "intraday")
        assert each.tax == 0  # a loss of the day after charges is no capital gain


def test_optimised_weights_are_kept_for_the_same_prices_alone(owner, stocks, monkeypatch):
    runs = []

    def counted(returns):
        runs.append(returns.shape)
        return optimised(returns)

    monkeypatch.setattr(diversification, "optimised", counted)
    first = text_of(owner.get(ALTERNATIVES))
    livestore.write_quotes(SOURCE, [quote("INFY", 20.0)])  # the order by value is another one now
    moved = text_of(owner.get(ALTERNATIVES))
    assert len(runs) == 1 and moved != first  # live prices still move trades and today's mix
    bars = stocks["TCS"]
    change = {"TCS": Bars(bars.dates[-2:], *[np.array([310.0, 290.0])] * 5, np.array([9, 9]))}
    store_bars(source=SOURCE, bars=change)
    assert text_of(owner.get(ALTERNATIVES)) != moved and len(runs) == 2


def test_without_a_cache_weights_are_computed_anew(owner, monkeypatch):
    page = text_of(owner.get(ALTERNATIVES))

    class Gone:
        def get(self, *args):
            raise RedisError

        set = get

    monkeypatch.setattr(diversification, "cache", Gone())
    assert text_of(owner.get(ALTERNATIVES)) == page


def test_the_tax_page_shows_the_years_and_the_open_lots(owner, holding, sold):
    prices = {h.symbol: h.price for h in valuation_of(holding).holdings}
    facts = tax_facts(ledger_of(holding).taxed, {}, timezone.localdate())
    (year,) = facts.years
    # Five shares at a gain of 30 each; a fifth of it is tax.
    assert (year.name, year.short, year.tax) == ("2024-25", 150, 30)
    page = text_of(owner.get("/portfolio/tax/"))
    assert "2024-25" in page and "+₹150" in page and "₹30" in page
    assert rupees(5 * prices["INFY"]) in page and rupees(10 * prices["TCS"]) in page
    assert rupees(facts.exemption_left, 0) in page
    assert f"{rupees(facts.free_long, 0)} of further long-term gains" in page
    assert "2024-25: how the tax comes about" in page and "INFY, lot by lot" not in page
    assert "TCS, lot by lot" in text_of(owner.get("/portfolio/tax/?stock=TCS"))


def test_gains_and_lots_are_shown_a_page_at_a_time(owner, holding, monkeypatch):
    monkeypatch.setattr(tax_views, "ROWS", 2)
    for day, price in ((6, 150), (7, 151), (8, 152)):
        record_trade(
            portfolio=holding, kind="sell", symbol="INFY", quantity=1, price=price,
            trade_date=date(2025, 1, day),
        )  # fmt: skip
    whole = text_of(owner.get("/portfolio/tax/?year=2024"))
    first = text_of(owner.get("/portfolio/tax/gains/?year=2024"))
    assert "1 to 2 of 3" in first and rupees(151) in first and rupees(152) not in first
    assert first in whole and "<html" not in first
    rest = text_of(owner.get("/portfolio/tax/gains/?year=2024&gains=2"))
    assert "3 to 3 of 3" in rest and rupees(152) in rest and rupees(150) not in rest
    # A year without sales shows the latest one, and an unknown stock nothing.
    assert text_of(owner.get("/portfolio/tax/gains/?year=2020")) == first
    lots = text_of(owner.get("/portfolio/tax/lots/?stock=INFY"))
    assert "INFY, lot by lot" in lots and "3 Jun 2024" in lots
    assert " hidden>" in text_of(owner.get("/portfolio/tax/lots/?stock=NOPE"))


def test_schedule_112a_is_for_its_owner_alone(client, holding, investor):
    record_trade(
        portfolio=holding, kind="buy", symbol="HDFCBANK", quantity=4, price=70,
        trade_date=date(2024, 1, 8),
    )  # fmt: skip
    record_trade(
        portfolio=holding, kind="sell", symbol="HDFCBANK", quantity=4, price=90,
        trade_date=date(2025, 3, 3),
    )  # fmt: skip
    client.force_login(investor)
    answer = client.get("/portfolio/tax/2024/schedule-112a.csv")
    assert "schedule-112a-2024-25.csv" in answer["Content-Disposition"]
    head, row = csv.reader(StringIO(answer.content.decode()))
    assert head[3] == "Name of the Share/Unit(3)" and row[3] == "HDFC Bank Ltd."
    assert [float(row[i]) for i in (4, 6, 8, 14)] == [4, 360, 280, 80]
    assert client.get("/portfolio/tax/2020/schedule-112a.csv").status_code == 404
    client.force_login(accounts.register(email="else@example.org", password=None))
    empty = client.get("/portfolio/tax/2024/schedule-112a.csv")
    assert "HDFC" not in text_of(empty)


def test_nobody_else_sees_a_figure_and_who_has_none_is_told_what_to_do(client, holding, staff):
    for path in (*PAGES, *PARTS):
        assert "/accounts/login/" in client.get(path).url
    client.force_login(accounts.register(email="else@example.org", password=None))
    for path in PAGES:
        page = text_of(client.get(path))
        assert "Record a trade" in page and "INFY" not in page
    for path in PARTS:
        assert client.get(path).status_code == 404
    client.force_login(staff)
    for path in PAGES:
        assert client.get(path).status_code == 403
    for path in PARTS:
        assert client.get(path).status_code == 403


def test_a_single_or_sold_holding_says_what_is_missing(client, portfolio):
    client.force_login(portfolio.investor)
    trade = {"portfolio": portfolio, "symbol": "INFY", "quantity": 10, "price": 140}
    record_trade(kind="buy", trade_date=SESSION, **trade)
    assert "Nothing to compare yet" in text_of(client.get("/portfolio/correlation/"))
    assert "Nothing was sold yet" in text_of(client.get("/portfolio/tax/"))
    assert client.get("/portfolio/performance/").status_code == 200
    record_trade(kind="sell", trade_date=SESSION, **trade)
    assert "Nothing is held that has a price" in text_of(client.get("/portfolio/risk/"))
    for path in PAGES:
        assert client.get(path).status_code == 200
