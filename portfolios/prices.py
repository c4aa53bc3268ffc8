"""Prices of a day as shares were counted on it, which a ledger's own amounts are in."""

from datetime import timedelta
from decimal import Decimal

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
