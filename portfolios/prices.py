"""Prices of a day as shares were counted on it, which a ledger's own amounts are in."""

from datetime import timedelta
from decimal import Decimal

import numpy as np

from market.queries import price_panel
from portfolios.domain.splits import factor
from portfolios.splits import known_splits

REACH = timedelta(days=10)
"""How far back a day without session looks for a price: past the longest run of holidays."""
STEP = Decimal("0.0001")


def fair_price(symbol, day) -> Decimal:
    """The close of a day, or of the session before it, unadjusted; zero where none is known."""
    closes = price_panel(column="close", symbols=(symbol,), start=day - REACH, end=day).last_known()
    close = float(closes[0]) if len(closes) else float("nan")
    if not close > 0:
        return Decimal(0)
    return Decimal(close * float(factor(known_splits().get(symbol, ()), day))).quantize(STEP)


def fair_prices(wanted) -> dict[tuple, Decimal]:
    """`fair_price` of many pairs of symbol and day, read at once; without those not known."""
    wanted = set(wanted)
    if not wanted:
        return {}
    days = [day for _, day in wanted]
    symbols = tuple(sorted({symbol for symbol, _ in wanted}))
    panel = price_panel(column="close", symbols=symbols, start=min(days) - REACH, end=max(days))
    splits, found = known_splits(), {}
    for symbol, day in wanted:
        if symbol not in panel.symbols:
            continue
        closes = panel.values[:, panel.symbols.index(symbol)]
        near = (panel.dates <= np.datetime64(day)) & (panel.dates >= np.datetime64(day - REACH))
        known = np.flatnonzero(near & (closes > 0))
        if len(known):
            close = float(closes[known[-1]]) * float(factor(splits.get(symbol, ()), day))
            found[symbol, day] = Decimal(close).quantize(STEP)
    return found
