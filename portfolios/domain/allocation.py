"""Where the money is: by sector and by size, and how each part did beside its sector."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from portfolios.domain.holdings import Holding

UNKNOWN = "Not classified"


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of a split; `share` is a fraction of the priced value."""

    name: str
    value: float
    share: float
    symbols: tuple[str, ...]


def split(holdings: Iterable[Holding], label_of: Mapping[str, str]) -> tuple[Slice, ...]:
    """Split priced holdings by a label, the largest part first.

    Parameters
    ----------
    holdings : iterable of Holding
    label_of : mapping of symbol to label
        A symbol that is absent or has an empty label goes under `UNKNOWN`.
    """
    parts: dict[str, list[Holding]] = defaultdict(list)
    for holding in holdings:
        if holding.priced:
            parts[label_of.get(holding.symbol) or UNKNOWN].append(holding)
    total = sum(h.value for part in parts.values() for h in part)
    slices = [
        Slice(
            name,
            worth := sum(h.value for h in part),
            worth / total if total > 0 else 0.0,
            tuple(h.symbol for h in part),
        )
        for name, part in parts.items()
    ]
    return tuple(sorted(slices, key=lambda s: (-s.value, s.name)))


@dataclass(frozen=True, slots=True)
class SectorReturn:
    """A sector's part of the portfolio beside the sector itself, over the same days."""

    sector: str
    yours: float
    average: float
    stocks: int


def sector_returns(
    holdings: Iterable[Holding],
    sector_of: Mapping[str, str],
    symbols: tuple[str, ...],
    returns: np.ndarray,
    traded_value: np.ndarray,
) -> tuple[SectorReturn, ...]:
    """Return of what is held in each sector beside the sector's average.

    Parameters
    ----------
    holdings : iterable of Holding
        Weighted by their value today.
    symbols : tuple of str, length n
        The instruments of the market.
    returns : ndarray of shape (n,)
        Their return over the period; NaN unknown.
    traded_value : ndarray of shape (n,)
        Rupees traded on a usual day before the period: the weight of the
        average, since the number of shares outstanding is not known here.

    Returns
    -------
    tuple of SectorReturn
        The sector with most of the portfolio's value first.
    """
    place = {symbol: i for i, symbol in enumerate(symbols)}
    sectors = np.array([sector_of.get(symbol, "") for symbol in symbols], object)
    weight = np.nan_to_num(traded_value)
    rows = []
    for part in split(holdings, sector_of):
        own = [place[s] for s in part.symbols if s in place]
        values = {h.symbol: h.value for h in holdings}
        own_weight = np.array([values[symbols[i]] for i in own])
        inside = sectors == part.name
        rows.append(
            SectorReturn(
                sector=part.name,
                yours=_mean(returns[own], own_weight),
                average=_mean(returns[inside], weight[inside]),
                stocks=int(np.count_nonzero(inside & ~np.isnan(returns))),
            )
        )
    return tuple(rows)


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    known = ~np.isnan(values) & (weights > 0)
    if not known.any():
        return float("nan")
    return float(np.average(values[known], weights=weights[known]))
