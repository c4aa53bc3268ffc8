"""What the correlation page shows: how holdings move together, and what would spread them."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from market.domain.statistics import simple_returns
from market.queries import instruments, market_status, price_panel
from portfolios.domain.charges import BrokerPlan, charges_of
from portfolios.domain.correlation import Correlation, correlate
from portfolios.domain.diversification import (
    Mix,
    Step,
    alternatives,
    diversifiers,
    mix_of,
    shrunk_covariance,
    steps_towards,
)
from portfolios.domain.entries import ZERO, Entry
from portfolios.domain.ledger import LedgerError
from portfolios.domain.risk import weighted_returns
from portfolios.domain.tax import tax_of_sale, tax_years, taxed_book

YEAR = 252
LARGEST = 30
"""Holdings that are compared, the largest: more cannot be read."""
SUGGESTED = 8


@dataclass(frozen=True)
class Suggestion:
    """A stock that would calm the portfolio."""

    symbol: str
    name: str
    sector: str
    volatility: float
    correlation: float


@dataclass(frozen=True)
class Alternative:
    """Other weights of the same stocks, and what it takes to get there."""

    mix: Mix
    steps: list[Step]
    turnover: float
    charges: Decimal
    tax: Decimal | None


@dataclass(frozen=True)
class Diversification:
    symbols: tuple[str, ...]
    correlation: Correlation
    today: Mix | None
    alternatives: list[Alternative]
    suggestions: list[Suggestion]
    left_out: int


def diversification_facts(
    valuation, entries, *, plan: BrokerPlan, day: date, fair_value=None
) -> Diversification | None:
    """Facts of the priced holdings; None with fewer than two of them.

    Parameters
    ----------
    valuation : Valuation
    entries : list of Entry
        The ledger, for the tax that sales would bring.
    plan : BrokerPlan
        For the charges of the trades.
    day : date
        On which they would be made.
    fair_value : callable, optional
        As in `portfolios.domain.tax`.
    """
    priced = [h for h in valuation.holdings if h.priced and h.value > 0]
    if len(priced) < 2:
        return None
    shown = priced[:LARGEST]
    symbols = tuple(h.symbol for h in shown)
    start = market_status().session_date - timedelta(days=YEAR * 2 * 5 // 3)
    panel = price_panel(column="adj_close", start=start)
    own = panel.select(symbols).values
    returns = simple_returns(own)
    weights = np.array([h.value for h in shown])
    covariance = shrunk_covariance(returns)
    known = not np.isnan(covariance).any()
    mixes = alternatives(returns, weights) if known else []
    return Diversification(
        symbols=symbols,
        correlation=correlate(symbols, own[-YEAR - 1 :]),
        today=mix_of("Today", weights, covariance) if known else None,
        alternatives=[
            _alternative(mix, shown, entries, plan, day, fair_value) for mix in mixes[1:]
        ],
        suggestions=_suggestions(panel, returns, weights, {h.symbol for h in priced}),
        left_out=len(priced) - len(shown),
    )


def _alternative(mix, holdings, entries, plan, day, fair_value) -> Alternative:
    prices = np.array([h.price for h in holdings])
    shares = np.array([h.quantity for h in holdings])
    steps = steps_towards(tuple(h.symbol for h in holdings), shares, prices, mix.weights)
    price_of = {h.symbol: h.price for h in holdings}
    charges, sales = ZERO, []
    for step in steps:
        side = "sell" if step.shares < 0 else "buy"
        cost = charges_of(side, Decimal(f"{abs(step.rupees):.2f}"), day, plan=plan)
        charges += cost.total
        if side == "sell":
            price = Decimal(f"{price_of[step.symbol]:.4f}")
            sales.append(Entry("sell", step.symbol, Decimal(-step.shares), price, day, cost.total))
    return Alternative(
        mix,
        steps,
        sum(-step.rupees for step in steps if step.shares < 0),
        charges,
        _tax(entries, sales, fair_value),
    )


def _tax(entries, sales, fair_value) -> Decimal | None:
    """Further tax of the financial year, of all sales together; None where it cannot be told."""
    if not sales:
        return ZERO
    try:
        *first, last = sales
        former = tax_years(taxed_book(entries), fair_value)
        year = tax_of_sale([*entries, *first], last, fair_value)[1]
    except LedgerError:
        return None
    before = next((each.tax for each in former if each.year == year.year), ZERO)
    return year.tax - before


def _suggestions(panel, returns, weights, held) -> list[Suggestion]:
    facts = {fact.symbol: fact for fact in instruments()}
    places = [i for i, s in enumerate(panel.symbols) if s in facts and s not in held]
    if not places:
        return []
    own = weighted_returns(returns, weights)
    others = simple_returns(panel.values[:, places])
    found = diversifiers(own[-YEAR:], others[-YEAR:])
    best = zip(
        found.place[:SUGGESTED], found.volatility.tolist(), found.correlation.tolist(), strict=False
    )
    rows = []
    for place, volatility, correlation in best:
        fact = facts[panel.symbols[places[int(place)]]]
        rows.append(Suggestion(fact.symbol, fact.name, fact.sector, volatility, correlation))
    return rows
