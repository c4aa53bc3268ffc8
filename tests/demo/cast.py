"""A small market for demo customers to trade in."""

import numpy as np

from finseg.demo.behaviour import Market, market_months

STOCKS = 80


def small_market(seed=1):
    """Eighty stocks over five years of weekdays, twenty of each cap class."""
    rng = np.random.default_rng(seed)
    span = np.arange("2020-01-01", "2025-01-01", dtype="datetime64[D]")
    days = span[np.is_busday(span)]
    steps = rng.normal(0.0003, 0.018, (len(days), STOCKS))
    months = market_months(days)
    return Market(
        days=days,
        symbols=tuple(f"S{i:02}" for i in range(STOCKS)),
        closes=np.round(100 * np.exp(np.cumsum(steps, axis=0)) * rng.uniform(0.5, 20, STOCKS), 2),
        cap=np.repeat(np.arange(4), STOCKS // 4),
        sector=rng.integers(0, 22, STOCKS),
        volatility=rng.uniform(0.2, 0.6, STOCKS),
        months=months,
        fell=np.arange(len(months)) % 9 == 4,
    )
