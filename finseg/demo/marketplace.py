"""The loaded history as demo customers see it."""

import numpy as np

from finseg.demo.behaviour import CAP_ORDER, Market, market_months
from market.queries import instruments, price_panel

MONTHS = 60
FALL = -0.05
FEWEST_DAYS = 250
BENCHMARK = "NIFTY50"


class NoHistory(RuntimeError):
    """There are too few stored bars to trade on; nothing was written."""


def demo_market(sectors):
    """The last five years of every stock that trades to this day.

    Parameters
    ----------
    sectors : sequence of str
        Their order gives the index of a stock's sector.

    Returns
    -------
    Market

    Raises
    ------
    NoHistory
        If the active source holds less than a year.
    """
    facts = {fact.symbol: fact for fact in instruments() if fact.sector in sectors}
    panel = price_panel(symbols=sorted(facts))
    if len(panel.dates) < FEWEST_DAYS:
        raise NoHistory(
            f"The price history holds {len(panel.dates)} days; a demo needs {FEWEST_DAYS}."
        )
    start = panel.dates[-1].astype("datetime64[M]") - MONTHS
    panel = panel.between(start=start.astype("datetime64[D]"))
    alive = ~np.isnan(panel.values[-5:]).all(axis=0)
    symbols = tuple(s for s, trades in zip(panel.symbols, alive, strict=True) if trades)
    closes = panel.values[:, alive]
    months = market_months(panel.dates)
    benchmark = price_panel(symbols=[BENCHMARK]).between(start=start.astype("datetime64[D]"))
    return Market(
        days=panel.dates,
        symbols=symbols,
        closes=closes,
        cap=np.array([CAP_ORDER.index(facts[s].cap_class) for s in symbols]),
        sector=np.array([sectors.index(facts[s].sector) for s in symbols]),
        volatility=_volatility(closes),
        months=months,
        fell=_fell(panel.dates, months, benchmark),
    )


def _volatility(closes):
    with np.errstate(invalid="ignore"):
        steps = np.diff(np.log(closes), axis=0)
    known = (~np.isnan(steps)).sum(axis=0)
    spread = np.full(closes.shape[1], 0.6)
    enough = known > 60
    spread[enough] = np.nanstd(steps[:, enough], axis=0, ddof=1) * np.sqrt(252)
    return np.clip(spread, 0.1, 1.2)


def _fell(days, months, benchmark):
    """Months in which the benchmark lost 5 % or more between month-ends; unknown is no fall."""
    level = np.full(len(days), np.nan)
    common, here, there = np.intersect1d(days, benchmark.dates, return_indices=True)
    if len(common):
        level[here] = benchmark.values[there, 0]
    ends = np.array([level[month[-1]] for month in months])
    change = np.r_[np.nan, ends[1:] / ends[:-1] - 1]
    return np.nan_to_num(change, nan=0.0) <= FALL
