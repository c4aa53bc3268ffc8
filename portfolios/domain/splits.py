"""Splits and bonus issues as prices know them, and the entries they amount to in a ledger.

Prices come adjusted for splits: a close of long ago is what today's share would have cost. A
ledger counts shares as they were traded, so both meet only when its shares are scaled.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from portfolios.domain.entries import CASH, ZERO, Entry

LARGEST_PART = 1_000
"""Largest number in a ratio such as 3:2; a vendor's 0.6667 is read as 2:3."""
FACE_VALUES = (2, 5, 10)
"""What face values of 10, 5 and 2 are divided by; other ratios above 1 are bonus issues."""
SAME_ACTION = timedelta(days=10)
"""How far the day of an entry may lie from the vendor's for both to be one action."""


@dataclass(frozen=True, slots=True)
class Split:
    """A split or bonus issue: each share held before `ex_date` became `ratio` shares."""

    ex_date: date
    ratio: Fraction

    @classmethod
    def of(cls, ex_date: date, ratio: float) -> Split:
        return cls(ex_date, Fraction(ratio).limit_denominator(LARGEST_PART))

    @property
    def is_bonus(self) -> bool:
        """Whether the ratio is none that a division of the face value gives.

        Vendors report both as splits. A 2 may be either and is taken for a split, whose shares
        keep day and cost; the investor can say otherwise.
        """
        return self.ratio > 1 and self.ratio not in FACE_VALUES

    def key(self, symbol: str) -> str:
        """What an entry that books this action carries."""
        return f"split {symbol} {self.ex_date} {self.ratio}"

    def entry(self, symbol: str) -> Entry:
        """The entry that books it; the price that pays fractions is for the caller to add."""
        return Entry(
            "bonus" if self.is_bonus else "split",
            symbol,
            ZERO,
            ZERO,
            self.ex_date,
            ratio=self.ratio - 1 if self.is_bonus else self.ratio,
            action=self.key(symbol),
        )

    def is_booked_in(self, entries: Iterable[Entry]) -> bool:
        """Whether a stock's entries have this action: one that is it, or several by hand together.

        Vendors report a split and a bonus issue of one day as one split.
        """
        own = list(entries)
        if any(entry.action == self.key(entry.symbol) for entry in own):
            return True
        by_hand = [
            entry.ratio + (entry.kind == "bonus")
            for entry in own
            if entry.kind in ("split", "bonus") and entry.ratio is not None
            if not entry.action and abs(entry.day - self.ex_date) <= SAME_ACTION
        ]
        return self.ratio in by_hand or (len(by_hand) > 1 and math.prod(by_hand) == self.ratio)


def factor(splits: Iterable[Split], day: date) -> Fraction:
    """Today's shares for one share of a day."""
    return math.prod((s.ratio for s in splits if s.ex_date > day), start=Fraction(1))


def unbooked(
    entries: Sequence[Entry],
    splits: Mapping[str, Sequence[Split]],
    dismissed: Container[str] = (),
) -> Iterator[Entry]:
    """Entries for splits that a ledger lacks, of stocks it may have held on the day.

    Parameters
    ----------
    entries : sequence of Entry
    splits : mapping of symbol to Split
        Oldest first.
    dismissed : container of str
        Keys of actions that the investor does not want booked.
    """
    by_symbol: dict[str, list[Entry]] = {}
    for entry in entries:
        by_symbol.setdefault(entry.symbol, []).append(entry)
        if entry.into:
            by_symbol.setdefault(entry.into, []).append(entry)
    for symbol in by_symbol.keys() & splits.keys():
        own = by_symbol[symbol]
        for split in splits[symbol]:
            if split.key(symbol) in dismissed or not any(_had_before(e, split) for e in own):
                continue
            if not split.is_booked_in(e for e in own if e.symbol == symbol):
                yield split.entry(symbol)


def _had_before(entry: Entry, split: Split) -> bool:
    """Whether an entry shows shares that a split still has to change; a dividend is of others'."""
    return entry.kind not in CASH and entry.counted < split.ex_date


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
