"""Trades in today's shares.

Prices come adjusted for splits: a close of long ago is what today's share would have cost. A
ledger counts shares as they were traded, so both meet only when its trades are scaled.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np

from portfolios.domain.ledger import FINEST, Trade

LARGEST_PART = 1_000
"""Largest number in a ratio such as 3:2; a vendor's 0.6667 is read as 2:3."""


@dataclass(frozen=True, slots=True)
class Split:
    """A split or bonus issue: each share held before `ex_date` became `ratio` shares."""

    ex_date: date
    ratio: Fraction

    @classmethod
    def of(cls, ex_date: date, ratio: float) -> Split:
        return cls(ex_date, Fraction(ratio).limit_denominator(LARGEST_PART))


def factor(splits: Iterable[Split], day: date) -> Fraction:
    """Today's shares for one share of a day."""
    return math.prod((s.ratio for s in splits if s.ex_date > day), start=Fraction(1))


def in_todays_shares(trades: Iterable[Trade], splits: Mapping[str, Sequence[Split]]) -> list[Trade]:
    """Trades of one portfolio with quantity and price in today's shares; amounts stay.

    Parameters
    ----------
    trades : iterable of Trade
        The whole ledger of each symbol in it, as traded.
    splits : mapping of symbol to Split
        Oldest first.

    Notes
    -----
    Of a fraction of a share that a ratio leaves, the holder gets the worth in cash. It is taken
    from the latest purchase before the split, whose cost stays.
    """
    by_symbol: dict[str, list[Trade]] = defaultdict(list)
    for trade in trades:
        by_symbol[trade.symbol].append(trade)
    return [
        trade
        for symbol, of_symbol in by_symbol.items()
        for trade in _after_all(of_symbol, splits.get(symbol, ()))
    ]


def _after_all(trades: list[Trade], splits: Sequence[Split]) -> list[Trade]:
    for split in splits:
        before = sorted((t for t in trades if t.counted < split.ex_date), key=lambda t: t.order)
        if before:
            kept = [t for t in trades if not t.counted < split.ex_date]
            trades = _after(before, split.ratio) + kept
    return trades


def _after(trades: list[Trade], ratio: Fraction) -> list[Trade]:
    """Trades that all lie before a split, in their order, after it."""
    # What is held after each trade is scaled and rounded, not the trade: so no rounding can
    # leave a sale short of shares.
    held = Fraction(0)
    shown = Decimal(0)
    quantities = []
    for trade in trades:
        signed = trade.quantity if trade.side == "buy" else -trade.quantity
        held += Fraction(signed)
        after = _decimal(held * ratio)
        quantities.append(abs(after - shown))
        shown = after
    fraction = shown - math.floor(held * ratio)
    latest = max((i for i, t in enumerate(trades) if t.side == "buy"), default=None)
    if latest is not None and held > 0 and quantities[latest] > fraction:
        quantities[latest] -= fraction
    return [
        replace(trade, quantity=quantity, price=trade.quantity * trade.price / quantity)
        for trade, quantity in zip(trades, quantities, strict=True)
    ]


def _decimal(shares: Fraction) -> Decimal:
    return (Decimal(shares.numerator) / Decimal(shares.denominator)).quantize(FINEST)


def factors(
    codes: np.ndarray,
    symbols: Sequence[str],
    days: np.ndarray,
    splits: Mapping[str, Sequence[Split]],
) -> np.ndarray:
    """Today's shares for one share of each row; fractions of shares are kept.

    Parameters
    ----------
    codes : ndarray of shape (n,), integer
        Position of each row's symbol in `symbols`.
    symbols : sequence of str
    days : ndarray of shape (n,), datetime64[D]
    splits : mapping of symbol to Split
    """
    scale = np.ones(len(codes))
    place = {symbol: i for i, symbol in enumerate(symbols)}
    for symbol in splits.keys() & place.keys():
        rows = np.flatnonzero(codes == place[symbol])
        for split in splits[symbol]:
            scale[rows[days[rows] < np.datetime64(split.ex_date, "D")]] *= float(split.ratio)
    return scale
