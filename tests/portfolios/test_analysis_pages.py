"""Pages of performance, risk, correlation and tax: what they show is what the facts say."""

import csv
from datetime import date
from io import StringIO

import pytest
from django.utils import timezone

from accounts import services as accounts
from finseg.formatting import number, percent, rupees, share, signed_rupees
from portfolios.analysis import performance_of
from portfolios.domain.charges import broker_plans
from portfolios.facts.diversification import diversification_facts
from portfolios.facts.performance import bounds_of, period_facts
from portfolios.facts.risk import risk_facts
from portfolios.facts.tax import tax_facts
from portfolios.ledgers import entries_of
from portfolios.queries import valuation_of
from portfolios.services import record_trade
from tests.portfolios.conftest import SESSION, text_of

PAGES = tuple(f"/portfolio/{name}/" for name in ("performance", "risk", "correlation", "tax"))


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


def test_days_of_ones_own_are_shown_or_refused_in_words(owner):
    page = text_of(owner.get("/portfolio/performance/?start=2025-01-01&end=2025-01-31"))
    assert "from 1 Jan 2025 to 31 Jan 2025" in page and "Feb 2025" not in page
    for asked, words in (
        ("start=2025-02-01&end=2025-01-01", "01 Feb 2025, is later than the last, 01 Jan 2025"),
        ("start=soon", "A day is written as 2025-03-31."),
        ("period=9y", "There is no such period."),
        ("start=2031-01-01", "Nothing to show for these days"),
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
    ):  # fmt: skip
        assert words in page, words


def test_the_correlation_page_shows_what_would_spread_the_risk(owner, holding):
    facts = diversification_facts(
        valuation_of(holding), entries_of(holding), plan=broker_plans()["zero"], day=SESSION
    )
    page = text_of(owner.get("/portfolio/correlation/"))
    assert f"2 holdings, {number(facts.today.bets, 1)} effective bets" in page
    assert number(facts.correlation.matrix[0, 1]) in page
    assert facts.alternatives and facts.suggestions
    for each in facts.alternatives:
        assert each.mix.name in page and share(each.mix.volatility) in page
        assert rupees(each.turnover, 0) in page and rupees(each.charges, 0) in page
    assert facts.suggestions[0].symbol == "HDFCBANK" and "HDFC Bank Ltd." in page
    dear = text_of(owner.get("/portfolio/correlation/?plan=percent"))
    assert dear != page and '<option value="percent" selected>' in dear
    assert owner.get("/portfolio/correlation/?plan=nope").status_code == 200


def test_the_tax_page_shows_the_years_and_the_open_lots(owner, holding, sold):
    prices = {h.symbol: h.price for h in valuation_of(holding).holdings}
    facts = tax_facts(entries_of(holding), {}, timezone.localdate())
    (year,) = facts.years
    # Five shares at a gain of 30 each; a fifth of it is tax.
    assert (year.name, year.short, year.tax) == ("2024-25", 150, 30)
    page = text_of(owner.get("/portfolio/tax/"))
    assert "2024-25" in page and "+₹150" in page and "₹30" in page
    assert rupees(5 * prices["INFY"]) in page and rupees(10 * prices["TCS"]) in page
    assert rupees(facts.exemption_left, 0) in page


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
    for path in PAGES:
        assert "/accounts/login/" in client.get(path).url
    client.force_login(accounts.register(email="else@example.org", password=None))
    for path in PAGES:
        page = text_of(client.get(path))
        assert "Record a trade" in page and "INFY" not in page
    client.force_login(staff)
    for path in PAGES:
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
