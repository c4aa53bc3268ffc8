"""Prices of a day as shares were counted on it, which a ledger's own amounts are in."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from market.queries import latest_quotes, market_status, one_market, price_panel
from portfolios.domain.entries import Entry
from portfolios.domain.orders import Traded, price_warning
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


def price_doubts(entries: Sequence[Entry]) -> list[str]:
    """For each entry a sentence if it is a trade far from the market's price, else nothing.

    The one rule of the form and of files. A day of which no price is known is not doubted.
    """
    trades = [entry for entry in entries if entry.kind in ("buy", "sell")]
    known = traded_on((entry.symbol, entry.day) for entry in trades)
    splits, ratios = known_splits(), {}
    for symbol, counted in {(entry.symbol, entry.counted) for entry in trades}:
        ratios[symbol, counted] = float(factor(splits.get(symbol, ()), counted))
    return [
        price_warning(
            float(entry.price),
            entry.day,
            known.get((entry.symbol, entry.day)),
            ratio=ratios[entry.symbol, entry.counted],
        )
        if entry.kind in ("buy", "sell")
        else ""
        for entry in entries
    ]


def traded_on(wanted: Iterable[tuple[str, date]]) -> dict[tuple[str, date], Traded]:
    """What stocks traded at on days, all read at once; without those not known.

    The session under way has its latest quote for a bar, and a day without one goes by the last
    bar within `REACH` before it.
    """
    with one_market():
        pairs = set(wanted)
        session = market_status().session_date
        found = _quoted({pair for pair in pairs if pair[1] >= session})
        return found | _stored(sorted(pairs - found.keys()))


def _quoted(pairs) -> dict:
    if not pairs:
        return {}
    quotes, found = latest_quotes({symbol for symbol, _ in pairs}), {}
    for symbol, day in pairs:
        quote = quotes.get(symbol)
        if quote is not None and quote.price > 0:
            prices = [p for p in (quote.low, quote.price, quote.high) if p > 0]
            found[symbol, day] = Traded(min(prices), max(prices), quote.price, day, is_live=True)
    return found


def _stored(pairs) -> dict:
    if not pairs:
        return {}
    names = sorted({symbol for symbol, _ in pairs})
    days = np.array([day for _, day in pairs], "datetime64[D]")
    reach = np.timedelta64(REACH.days, "D")
    low, high, close = (
        price_panel(column=column, symbols=names, start=days.min() - reach, end=days.max())
        for column in ("low", "high", "close")
    )
    if not len(close.dates):
        return {}
    rows = np.arange(len(close.dates))[:, None]
    seen = np.where(np.isfinite(low.values + high.values + close.values), rows, -1)
    np.maximum.accumulate(seen, axis=0, out=seen)
    columns = np.array([close.index_of(symbol) for symbol, _ in pairs])
    places = np.searchsorted(close.dates, days, side="right") - 1
    last = np.where(places < 0, -1, seen[places, columns])
    near = (last >= 0) & (close.dates[last] >= days - reach)
    return {
        pairs[i]: Traded(
            *(float(each.values[last[i], columns[i]]) for each in (low, high, close)),
            close.dates[last[i]].astype(object),
        )
        for i in np.flatnonzero(near)
    }
