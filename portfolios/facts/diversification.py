"""What the correlation page shows: how holdings move together, and what would spread them."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from hashlib import blake2b
from importlib.metadata import version

import numpy as np
from django.core.cache import cache
from redis import RedisError

from market.domain.panel import PricePanel
from market.domain.statistics import TRADING_DAYS, simple_returns
from market.queries import instruments, market_status, price_panel
from portfolios.domain.charges import BrokerPlan, charges_of_trade, depository_paid
from portfolios.domain.correlation import Correlation, correlate
from portfolios.domain.diversification import (
    HEAVIEST,
    Mix,
    Step,
    alternatives,
    diversifiers,
    mix_of,
    optimised,
    shrunk_covariance,
    steps_towards,
)
from portfolios.domain.entries import ZERO, Entry, LedgerError
from portfolios.domain.holdings import Holding
from portfolios.domain.intraday import intraday_of
from portfolios.domain.risk import weighted_returns
from portfolios.domain.tax import year_with
from portfolios.facts.tax import fair_values

YEAR = 252
LARGEST = 30
"""Holdings that are compared, the largest: more cannot be read."""
SUGGESTED = 8
KEPT = 7 * 24 * 3600
"""Seconds for which optimised weights stay in the cache; the key alone makes them valid."""
_METHOD = f"{HEAVIEST}:{version('skfolio')}"


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
    suggestions: list[Suggestion]
    last_year: float
    """Volatility of today's weights over the days that suggestions are tried on."""
    left_out: int


@dataclass(frozen=True)
class _Compared:
    """The priced holdings that are compared, with the returns of two years."""

    holdings: list[Holding]
    left_out: list[Holding]
    panel: PricePanel
    closes: np.ndarray
    returns: np.ndarray
    weights: np.ndarray


def _compared(valuation) -> _Compared | None:
    """None with fewer than two priced holdings."""
    priced = [h for h in valuation.holdings if h.priced and h.value > 0]
    if len(priced) < 2:
        return None
    shown = priced[:LARGEST]
    start = market_status().session_date - timedelta(days=YEAR * 2 * 5 // 3)
    panel = price_panel(column="adj_close", start=start)
    closes = panel.select(h.symbol for h in shown).values
    weights = np.array([h.value for h in shown])
    return _Compared(shown, priced[LARGEST:], panel, closes, simple_returns(closes), weights)


def mix_today(valuation) -> Mix | None:
    """Today's weights by the covariance of two years; None where too little is known."""
    of = _compared(valuation)
    return of and _today(of)


def _today(of: _Compared) -> Mix | None:
    covariance = shrunk_covariance(of.returns)
    return None if np.isnan(covariance).any() else mix_of("Today", of.weights, covariance)


def diversification_facts(valuation) -> Diversification | None:
    """Facts of the priced holdings; None with fewer than two of them."""
    of = _compared(valuation)
    if of is None:
        return None
    symbols = tuple(h.symbol for h in of.holdings)
    own = weighted_returns(of.returns, of.weights)[-YEAR:]
    held = {h.symbol for h in (*of.holdings, *of.left_out)}
    return Diversification(
        symbols=symbols,
        correlation=correlate(symbols, of.closes[-YEAR - 1 :]),
        today=_today(of),
        suggestions=_suggestions(of.panel, own, held),
        last_year=float(np.nanstd(own, ddof=1) * np.sqrt(TRADING_DAYS)),
        left_out=len(of.left_out),
    )


def alternative_facts(valuation, ledger, *, plan: BrokerPlan, day: date):
    """Today's mix and other weights of the same stocks, with the trades that lead there.

    Parameters
    ----------
    valuation : Valuation
    ledger : Ledger
        For the tax that sales would bring, and for what was traded that day already.
    plan : BrokerPlan
        For the charges of the trades.
    day : date
        On which they would be made.

    Returns
    -------
    tuple of (Mix, list of Alternative) or None
        None where too little is known of the holdings.
    """
    of = _compared(valuation)
    if of is None or np.isnan(shrunk_covariance(of.returns)).any():
        return None
    mixes = alternatives(of.returns, of.weights, _optimised(of))
    if not mixes:
        return None
    fair_value = fair_values(ledger.taxed)
    return mixes[0], [
        _alternative(mix, of.holdings, ledger, plan, day, fair_value) for mix in mixes[1:]
    ]


def _optimised(of: _Compared) -> dict[str, np.ndarray]:
    """`optimised` of the returns, kept in the cache by the returns themselves.

    They and the method are all that the weights follow from: other prices, stocks or days make
    another key. The stocks are taken by name, so that it outlives a change of their order by value.
    """
    order = np.argsort([h.symbol for h in of.holdings])
    returns = np.ascontiguousarray(of.returns[:, order])
    digest = blake2b(returns.tobytes(), digest_size=16).hexdigest()
    key = f"portfolios:optimised:{_METHOD}:{returns.shape[1]}:{digest}"
    found = None
    with suppress(RedisError):
        found = cache.get(key)
    if found is None:
        found = optimised(returns)
        with suppress(RedisError):
            cache.set(key, found, KEPT)
    back = np.argsort(order)
    return {name: weights[back] for name, weights in found.items()}


def _alternative(mix, holdings, ledger, plan, day, fair_value) -> Alternative:
    prices = np.array([h.price for h in holdings])
    shares = np.array([h.quantity for h in holdings])
    steps = steps_towards(tuple(h.symbol for h in holdings), shares, prices, mix.weights)
    price_of = {h.symbol: Decimal(f"{h.price:.4f}") for h in holdings}
    trades = [_trade(step, price_of[step.symbol], day) for step in steps]
    booked = [e for e in ledger.entries if e.day == day]
    squared = intraday_of([*booked, *trades])[len(booked) :]
    paid = depository_paid(booked)
    costs = [
        charges_of_trade(trade, part, plan=plan, paid=paid).total
        for trade, part in zip(trades, squared, strict=True)
    ]
    trades = [replace(trade, charges=cost) for trade, cost in zip(trades, costs, strict=True)]
    return Alternative(
        mix,
        steps,
        sum(-step.rupees for step in steps if step.shares < 0),
        sum(costs, ZERO),
        _tax(ledger, trades, fair_value),
    )


def _trade(step, price, day) -> Entry:
    kind = "sell" if step.shares < 0 else "buy"
    return Entry(kind, step.symbol, Decimal(abs(step.shares)), price, day)


def _tax(ledger, trades, fair_value) -> Decimal | None:
    """Further tax of the financial year, of all trades together; None where it cannot be told."""
    if not trades:
        return ZERO
    try:
        years = year_with(ledger.entries, trades, fair_value, taxed=ledger.taxed)
    except LedgerError:
        return None
    before, after = (year.tax if year else ZERO for year in years)
    return after - before


def _suggestions(panel, own, held) -> list[Suggestion]:
    facts = {fact.symbol: fact for fact in instruments()}
    places = [i for i, s in enumerate(panel.symbols) if s in facts and s not in held]
    if not places:
        return []
    others = simple_returns(panel.values[:, places])
    found = diversifiers(own, others[-YEAR:])
    best = zip(
        found.place[:SUGGESTED], found.volatility.tolist(), found.correlation.tolist(), strict=False
    )
    rows = []
    for place, volatility, correlation in best:
        fact = facts[panel.symbols[places[int(place)]]]
        rows.append(Suggestion(fact.symbol, fact.name, fact.sector, volatility, correlation))
    return rows
