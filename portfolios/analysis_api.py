"""Analyses for programs: performance, risk and tax of a portfolio, as JSON."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.utils import timezone
from ninja import Query, Router
from ninja.errors import HttpError

from portfolios.analysis import performance_of, quotes_for
from portfolios.api import READ, PortfolioKey, allow, figure, number, own_portfolio
from portfolios.domain.book import PAISA
from portfolios.domain.default_risk import WHY_NOT_FINANCIAL, Credit
from portfolios.domain.periods import period_fault
from portfolios.facts.performance import PERIODS, bounds_of, period_facts
from portfolios.facts.risk import risk_facts
from portfolios.facts.tax import tax_facts
from portfolios.ledgers import flows_for, ledger_of
from portfolios.queries import valuation_of

router = Router(tags=["portfolios"])


@router.get("/{pk}/performance", summary="Returns of a period, beside NIFTY 50")
def performance(
    request,
    pk: PortfolioKey,
    period: Annotated[str, Query(description=", ".join(key for key, _ in PERIODS))] = "all",
    start: Annotated[date | None, Query(description="Instead of a period")] = None,
    end: Annotated[date | None, Query(description="Last day; the latest where left out")] = None,
):
    allow(request, READ)
    if period not in dict(PERIODS):
        raise HttpError(422, f"There is no period “{period}”.")
    fault = period_fault(start, end, timezone.localdate())
    if fault:
        raise HttpError(422, fault)
    own = own_portfolio(request, pk)
    flows = flows_for(own)
    whole = performance_of(own, flows=flows, quotes=quotes_for(flows)) if flows else None
    if whole is None:
        return {"period": None, "reason": "The ledger is empty, or no prices are loaded."}
    last = whole.history.dates[-1].astype(object)
    facts = period_facts(whole, start=start or bounds_of(period, end or last), end=end)
    if facts is None:
        return {"period": None, "reason": "Nothing was held in this period."}
    part, ratios = facts.performance, facts.ratios
    return {
        "period": {"start": facts.start, "end": facts.end},
        "money_weighted": figure(part.money_weighted),
        "time_weighted": figure(part.time_weighted),
        "absolute": figure(part.absolute),
        "total": number(facts.total),
        "benchmark": {
            "name": "NIFTY 50",
            "total": number(facts.benchmark_total),
            "same_money_absolute": figure(part.benchmark_absolute),
            "same_money_money_weighted": figure(part.benchmark_money_weighted),
        },
        "ratios": {name: figure(getattr(ratios, name)) for name in ratios.__slots__},
        "contributions": [
            {"name": row.contribution.name, "gain": number(row.contribution.gain),
             "share": number(row.contribution.share)}
            for row in facts.holdings
        ],
        "months": [
            {"month": f"{row.start:%Y-%m}", "portfolio": number(row.portfolio),
             "benchmark": number(row.benchmark)}
            for row in facts.months
        ],
    }  # fmt: skip


@router.get("/{pk}/risk", summary="Value at risk, backtests, stress, liquidity and credit")
def risk(request, pk: PortfolioKey):
    allow(request, READ)
    facts = risk_facts(valuation_of(own_portfolio(request, pk)))
    if facts is None:
        return {"losses": [], "reason": "Nothing is held that has a price."}
    return {
        "losses": [
            {"method": row.method, "level": row.level, "days": row.days,
             "value_at_risk": figure(row.at_risk), "expected_shortfall": figure(row.shortfall)}
            for row in facts.losses
        ],
        "backtests": [
            {"method": row.name, "level": row.level, "days": row.backtest.days,
             "exceptions": row.backtest.exceptions, "expected": number(row.backtest.expected),
             "kupiec_p": number(row.backtest.unconditional),
             "christoffersen_p": number(row.backtest.independence)}
            for row in facts.judged
        ],
        "market_falls": [
            {"benchmark": number(row.benchmark), "change": number(row.change),
             "rupees": number(row.lost), "beta_unknown": row.unknown}
            for row in facts.falls
        ],
        "stress": [
            {"crisis": row.crisis.name, "start": row.crisis.start, "end": row.crisis.end,
             "change": number(row.change), "benchmark": number(row.benchmark),
             "proxied": row.proxied}
            for row in facts.stresses
        ],
        "liquidity": [
            {"symbol": row.symbol, "days_to_sell": number(row.days),
             "amihud": number(row.impact), "spread": number(row.spread)}
            for row in facts.liquidity
        ],
        "liquidity_adjusted": figure(facts.adjusted),
        "effective_holdings": number(facts.effective),
        "credit": _credit(facts.credit),
    }  # fmt: skip


@router.get("/{pk}/tax", summary="Capital gains by financial year")
def tax(request, pk: PortfolioKey):
    allow(request, READ)
    own = own_portfolio(request, pk)
    valuation = valuation_of(own)
    prices = {h.symbol: Decimal(f"{h.price:.4f}") for h in valuation.holdings if h.priced}
    facts = tax_facts(ledger_of(own).taxed, prices, timezone.localdate())
    return {
        "exemption_left": _to_the_paisa(facts.exemption_left),
        "losses_left": _to_the_paisa(facts.losses_left),
        "years": [
            {"year": year.name}
            | {name: _to_the_paisa(getattr(year, name))
               for name in ("short", "long", "intraday", "exemption_used", "tax")}
            for year in facts.years
        ],
        "note": "Before surcharge and cess; not tax advice.",
    }  # fmt: skip


def _to_the_paisa(amount: Decimal) -> str:
    return str(amount.quantize(PAISA))


def _credit(credit: Credit) -> dict[str, Any]:
    """Distance to default of each company, what it was made of, and who is left out."""
    return {
        "probability": figure(credit.probability),
        "distance": figure(credit.distance),
        "share_of_value_covered": number(credit.covered),
        "simulated": credit.simulated,
        "missing": credit.names("missing"),
        "not_computable": credit.names("unsolved"),
        "left_out": {"companies": credit.names("financial"), "reason": WHY_NOT_FINANCIAL},
        "companies": [
            {"symbol": row.symbol, "value": number(row.value), "distance": figure(row.distance),
             "probability": number(row.probability), "equity": number(row.equity),
             "volatility": number(row.volatility), "assets": number(row.assets),
             "asset_volatility": number(row.asset_volatility),
             "debt": row.debt.total, "debt_as_of": row.debt.as_of, "source": row.debt.origin,
             "shares": row.debt.shares_now, "older_than_18_months": row.stale}
            for row in credit.rows if row.counted
        ],
    }  # fmt: skip
