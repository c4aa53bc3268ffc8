"""What a segment holds: its largest stocks, sectors and cap classes, by value."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

SHOWN = 5
NOT_CLASSIFIED = "Not classified"


@dataclass(frozen=True)
class Part:
    """One part of what a segment holds.

    Attributes
    ----------
    name : str
    share : float
        Of the segment's value.
    members : float
        Share of the segment's customers who hold it; NaN where not counted.
    """

    name: str
    share: float
    members: float = float("nan")


@dataclass(frozen=True)
class Contents:
    """What one segment holds; shares of its priced value, the largest first."""

    stocks: tuple[Part, ...]
    sectors: tuple[Part, ...]
    caps: tuple[Part, ...]
    stocks_held: int


def segment_contents(held, prices, labels, k, *, symbols, sector_of, cap_of):
    """Sum up holdings by segment.

    Parameters
    ----------
    held : csr_matrix of shape (n, n_symbols)
        Shares a customer and symbol.
    prices : ndarray of float64, shape (n_symbols,)
        Rupees; a holding without a price weighs nothing.
    labels : ndarray of int64, shape (n,)
    k : int
    symbols : sequence of str
    sector_of, cap_of : mapping of str to str
        By symbol; what is absent or empty goes under `NOT_CLASSIFIED`.

    Returns
    -------
    list of Contents
    """
    n = len(labels)
    of_segment = sparse.csr_matrix((np.ones(n), (labels, np.arange(n))), shape=(k, n))
    value = np.asarray((of_segment @ held).todense()) * np.nan_to_num(prices)
    holders = np.asarray((of_segment @ (held > 0).astype(float)).todense())
    sizes = np.bincount(labels, minlength=k)
    sectors, caps = (
        _sums(value, [known.get(symbol) or NOT_CLASSIFIED for symbol in symbols])
        for known in (sector_of, cap_of)
    )
    found = []
    for i in range(k):
        whole = value[i].sum()
        order = np.argsort(-value[i], kind="stable")[:SHOWN]
        stocks = tuple(
            Part(symbols[at], float(value[i, at] / whole), float(holders[i, at] / sizes[i]))
            for at in order.tolist()
            if value[i, at] > 0
        )
        stocks_held = int(np.count_nonzero(value[i]))
        found.append(Contents(stocks, _parts(sectors, i, SHOWN), _parts(caps, i), stocks_held))
    return found


def _sums(value, names):
    """Names, and value by segment and name."""
    unique, at = np.unique(names, return_inverse=True)
    sums = np.stack([np.bincount(at, row, minlength=len(unique)) for row in value])
    return unique.tolist(), sums


def _parts(named, i, most=None):
    names, sums = named
    whole = sums[i].sum()
    order = np.argsort(-sums[i], kind="stable")[:most]
    return tuple(Part(names[at], float(sums[i, at] / whole)) for at in order if sums[i, at] > 0)
