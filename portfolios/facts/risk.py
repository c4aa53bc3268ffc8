"""What the risk page shows of today's holdings: market, liquidity, credit, concentration."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from market.domain.instruments import DEFAULT_BENCHMARK
from market.domain.statistics import MIN_RETURNS, common_moves, simple_returns
from market.queries import instruments, market_status, price_panel
from portfolios.domain import liquidity
from portfolios.domain.backtest import Backtest, backtest
from portfolios.domain.default_risk import Credit
from portfolios.domain.figures import Figure, Input, missing
from portfolios.domain.losses import HORIZONS, LEVELS, METHODS, NAMES, loss_figure
from portfolios.domain.risk import days_to_sell, weighted_returns
from portfolios.domain.stress import CRISES, FALLS, MarketFall, Stress, market_fall, stress
from portfolios.exposures import credit_for

YEAR = 252
USUAL = 20


@dataclass(frozen=True)
class LossRow:
    """One method at one level and horizon."""

    method: str
    name: str
    level: float
    days: int
    at_risk: Figure
    shortfall: Figure


@dataclass(frozen=True)
class Judged:
    """A method's one-day value at risk against history."""

    name: str
    level: float
    backtest: Backtest


@dataclass(frozen=True)
class LiquidityRow:
    symbol: str
    value: float
    days: float
    impact: float
    spread: float


@dataclass(frozen=True)
class RiskFacts:
    losses: list[LossRow]
    judged: list[Judged]
    falls: list[MarketFall]
    stresses: list[Stress]
    liquidity: list[LiquidityRow]
    spread_cost: Figure
    adjusted: Figure
    largest: tuple[str, float]
    top_five: float
    effective: float
    credit: Credit

    first_day: date
    """Of the prices that crises are played through with."""

    @property
    def headline(self) -> LossRow:
        return self.losses[0]

    @property
    def crises_unknown(self) -> int:
        """Crises on whose days the benchmark has no price."""
        return sum(math.isnan(each.benchmark) for each in self.stresses)


def risk_facts(valuation) -> RiskFacts | None:
    """Risk of the priced holdings; None where nothing that has a price is held."""
    priced = [h for h in valuation.holdings if h.priced and h.value > 0]
    if not priced:
        return None
    symbols = tuple(h.symbol for h in priced)
    values = np.array([h.value for h in priced])
    weights = values / values.sum()
    panel = price_panel(column="adj_close", symbols=(*symbols, DEFAULT_BENCHMARK))
    closes, index = panel.values[:, :-1], panel.values[:, -1]
    returns = simple_returns(closes)
    today = weighted_returns(returns, weights)
    value = float(values.sum())
    losses = [
        LossRow(
            method, NAMES[method], level, days,
            *loss_figure(today, value, method=method, level=level, days=days),
        )
        for days in HORIZONS
        for level in LEVELS
        for method in METHODS
    ]  # fmt: skip
    betas = _betas(returns, index)
    rows, cost = _liquidity(priced, symbols, values)
    order = np.argsort(-weights)
    return RiskFacts(
        losses=losses,
        judged=[
            Judged(NAMES[method], level, backtest(today, method=method, level=level))
            for level in LEVELS
            for method in METHODS
        ],
        falls=[market_fall(fall, symbols, values, betas) for fall in FALLS],
        stresses=[
            stress(crisis, panel.dates, symbols, closes, index, weights, betas) for crisis in CRISES
        ],
        liquidity=rows,
        spread_cost=cost,
        adjusted=_adjusted(losses[0].at_risk, cost),
        largest=(symbols[order[0]], float(weights[order[0]])),
        top_five=float(weights[order[:5]].sum()),
        effective=float(1.0 / np.sum(weights**2)),
        credit=credit_for(valuation),
        first_day=panel.dates[0].astype(date),
    )


def _betas(returns, index) -> np.ndarray:
    """Of each stock to the benchmark over the last year; NaN where too few days are known."""
    market = simple_returns(index)
    betas = np.full(returns.shape[1], np.nan)
    for place in range(len(betas)):
        days, covariance, variance = common_moves(returns[-YEAR:, place], market[-YEAR:])
        if days >= MIN_RETURNS and variance > 0:
            betas[place] = covariance / variance
    return betas


def _liquidity(priced, symbols, values):
    start = market_status().session_date - timedelta(days=YEAR * 5 // 3)
    columns = {
        name: price_panel(column=name, symbols=symbols, start=start).values
        for name in ("close", "high", "low", "volume")
    }
    sold = days_to_sell(np.array([h.quantity for h in priced]), columns["volume"][-USUAL:])
    turnover = columns["close"] * columns["volume"]
    impact = liquidity.amihud(simple_returns(columns["close"]), turnover[1:])
    spreads = liquidity.corwin_schultz(columns["high"], columns["low"], columns["close"])
    mean, deviation = liquidity.spread_and_deviation(spreads)
    rows = [
        LiquidityRow(*row)
        for row in zip(
            symbols, values.tolist(), sold.tolist(), impact.tolist(), mean.tolist(), strict=True
        )
    ]
    rows.sort(key=lambda row: -np.nan_to_num(row.days, nan=np.inf))
    return rows, _cost(symbols, values, mean, deviation)


def _cost(symbols, values, mean, deviation) -> Figure:
    formula = "Σ half the value × (mean spread + 3 × its deviation)"
    unknown = [s for s, each in zip(symbols, mean, strict=True) if np.isnan(each)]
    if unknown:
        return missing(f"The spread is not known of {', '.join(unknown)}.", formula=formula)
    cost = liquidity.spread_cost(values, mean, deviation)
    inputs = (
        Input("Value", float(values.sum())),
        Input("Mean spread, by value", float(mean @ values / values.sum()), "share"),
    )
    return Figure(cost, formula=formula, inputs=inputs)


def _adjusted(at_risk: Figure, cost: Figure) -> Figure:
    formula = "value at risk + cost of the spread on a bad day"
    if not (at_risk.known and cost.known):
        return missing(at_risk.reason or cost.reason, formula=formula)
    inputs = (
        Input("Value at risk, 1 day, 95%", at_risk.value),
        Input("Cost of the spread", cost.value),
    )
    return Figure(at_risk.value + cost.value, formula=formula, inputs=inputs)


def sector_shares(valuation) -> list[tuple[str, float]]:
    """Share of the value in each sector, the largest first."""
    sectors = {fact.symbol: fact.sector for fact in instruments()}
    sums: dict[str, float] = {}
    for holding in valuation.holdings:
        if holding.priced:
            name = sectors.get(holding.symbol, "Not known")
            sums[name] = sums.get(name, 0.0) + holding.weight
    return sorted(sums.items(), key=lambda each: -each[1])
