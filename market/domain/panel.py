"""A rectangle of prices: trading days down, symbols across."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class PricePanel:
    """One column of daily bars of many symbols on common dates.

    Parameters
    ----------
    dates : ndarray of shape (n_days,), dtype datetime64[D]
        Trading days in IST, strictly increasing.
    symbols : tuple of str, length n_assets
    values : ndarray of shape (n_days, n_assets), float64
        Prices; NaN where a symbol has no bar on a day.

    Raises
    ------
    ValueError
        If the shapes disagree.
    """

    dates: np.ndarray
    symbols: tuple[str, ...]
    values: np.ndarray
    _index: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.dates), len(self.symbols)):
            raise ValueError(
                f"values have shape {self.values.shape}, dates and symbols ask for "
                f"({len(self.dates)}, {len(self.symbols)})"
            )
        object.__setattr__(self, "_index", {s: i for i, s in enumerate(self.symbols)})

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._index

    @classmethod
    def empty(cls, symbols: Iterable[str] = ()) -> "PricePanel":
        """Panel without days, for a market whose history is not loaded yet."""
        names = tuple(symbols)
        return cls(np.empty(0, "datetime64[D]"), names, np.empty((0, len(names))))

    def index_of(self, symbol: str) -> int:
        """Column of `symbol`; KeyError if it is not in the panel."""
        return self._index[symbol]

    def column(self, symbol: str) -> np.ndarray:
        """Series of one symbol, shape (n_days,); all NaN for an unknown symbol."""
        position = self._index.get(symbol)
        if position is None:
            return np.full(len(self.dates), np.nan)
        return self.values[:, position]

    def select(self, symbols: Iterable[str]) -> "PricePanel":
        """Panel of `symbols` in the given order; unknown symbols become NaN columns."""
        names = tuple(symbols)
        places = np.array([self._index.get(name, -1) for name in names], np.int64)
        if not len(self.symbols):
            return PricePanel(self.dates, names, np.full((len(self.dates), len(names)), np.nan))
        values = self.values[:, places]
        values[:, places < 0] = np.nan
        return PricePanel(self.dates, names, values)

    def between(self, start=None, end=None) -> "PricePanel":
        """Panel of the days from `start` to `end`, both included; None leaves a side open."""
        first = 0 if start is None else int(np.searchsorted(self.dates, np.datetime64(start, "D")))
        last = (
            len(self.dates)
            if end is None
            else int(np.searchsorted(self.dates, np.datetime64(end, "D"), side="right"))
        )
        return PricePanel(self.dates[first:last], self.symbols, self.values[first:last])

    def last_known(self) -> np.ndarray:
        """Latest non-NaN value of each symbol, shape (n_assets,); NaN where none is known."""
        return self.known_at(len(self.dates) - 1)

    def known_at(self, row: int) -> np.ndarray:
        """Latest non-NaN value of each symbol up to a row, which is one of `carried_forward`."""
        if not len(self.dates):
            return np.full(len(self.symbols), np.nan)
        latest = self.values[row].copy()
        for place in np.flatnonzero(np.isnan(latest)):
            known = np.flatnonzero(~np.isnan(self.values[: row + 1, place]))
            if len(known):
                latest[place] = self.values[known[-1], place]
        return latest

    def carried_forward(self) -> np.ndarray:
        """Values with gaps after the first bar filled by the last bar, for valuing holdings.

        Never use the result for returns: an unknown day is not a zero return.
        """
        rows = np.arange(len(self.dates))[:, None]
        seen = np.where(np.isnan(self.values), -1, rows)
        np.maximum.accumulate(seen, axis=0, out=seen)
        filled = np.take_along_axis(self.values, np.maximum(seen, 0), axis=0)
        return np.where(seen < 0, np.nan, filled)
