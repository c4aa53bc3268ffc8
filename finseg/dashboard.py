"""What the dashboard says: one finding, its evidence, and a live fact for each of the five tools."""

from dataclasses import dataclass

import numpy as np

from market import queries as market
from market.domain.instruments import DEFAULT_BENCHMARK
from portfolios import queries as portfolios
from portfolios.domain.history import value_history
from portfolios.domain.returns import benchmark_equivalent, money_weighted
from segmentation import queries as segmentation
from sip import queries as sip
from sip.domain.plans import Plan, project

MOVERS = 7
LONGEST_CURVE = 1300
"""Sessions drawn at most (about five years): older days change nothing the eye can see."""


@dataclass(frozen=True)
class Breadth:
    """How many stocks rise, and where the benchmark stands."""

    rising: int
    total: int
    benchmark: object


@dataclass(frozen=True)
class Curve:
    """Value of a portfolio and of the same money in the benchmark, by day."""

    data: dict
    value: float
    benchmark: float

    @property
    def ahead(self):
        return self.value - self.benchmark


def market_breadth():
    """Count rising stocks in the latest quotes of the active source."""
    equities = [item.symbol for item in market.instruments("equity")]
    quotes = market.latest_quotes([*equities, DEFAULT_BENCHMARK])
    moves = [quotes[s].change_fraction for s in equities if s in quotes]
    return Breadth(
        rising=sum(move > 0 for move in moves),
        total=len(moves),
        benchmark=quotes.get(DEFAULT_BENCHMARK),
    )


def movers(valuation, limit=MOVERS):
    """Holdings whose change today moved the portfolio most in rupees, gains first."""
    known = [h for h in valuation.holdings if h.today == h.today]
    largest = sorted(known, key=lambda h: -abs(h.today))[:limit]
    return sorted(largest, key=lambda h: -h.today)


def value_curve(portfolio, trades):
    """Draw a portfolio against the same money in the benchmark; None before two known days."""
    symbols = sorted({trade.symbol for trade in trades})
    panel = market.price_panel(
        column="close",
        symbols=[*symbols, DEFAULT_BENCHMARK],
        start=min((t.day for t in trades), default=None),
    )
    history = value_history(trades, panel.dates, panel.symbols, panel.values)
    if len(history) < 2:
        return None
    levels = panel.values[-len(history) :, -1]
    same = benchmark_equivalent(history, levels)
    tail = slice(-LONGEST_CURVE, None)
    series = [{"label": "Portfolio", "values": np.round(history.values[tail]).tolist()}]
    if same is not None:
        series.append({"label": "NIFTY 50", "values": np.round(same.values[tail]).tolist()})
    return Curve(
        data={"t": history.dates[tail].astype(str).tolist(), "series": series, "unit": "rupees"},
        value=float(history.values[-1]),
        benchmark=float(same.values[-1]) if same is not None else float("nan"),
    )
