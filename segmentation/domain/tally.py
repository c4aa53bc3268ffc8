"""What a run keeps of its customers besides their segment: sums, taken part by part and added."""

from dataclasses import dataclass

import numpy as np

from segmentation.domain.cube import Cube
from segmentation.domain.density import Density
from segmentation.domain.flows import Flows


@dataclass(frozen=True)
class Tally:
    """Sums over some customers; those of two groups add up to those of both.

    Attributes
    ----------
    cube : Cube
    density : Density
    risk : ndarray of float64, shape (k, 2)
        Customers whose revealed risk score is known, and the sum of it.
    holders : dict of str to ndarray of int64, shape (k,)
        Customers of each segment who hold a stock.
    flows : Flows or None
        From the run that was published; None where there was none, or nobody asks.
    """

    cube: Cube
    density: Density
    risk: np.ndarray
    holders: dict
    flows: Flows | None = None

    def __add__(self, other):
        symbols = {**self.holders, **other.holders}
        nobody = np.zeros(len(self.risk), np.int64)
        return Tally(
            self.cube + other.cube,
            self.density + other.density,
            self.risk + other.risk,
            {
                symbol: self.holders.get(symbol, nobody) + other.holders.get(symbol, nobody)
                for symbol in symbols
            },
            self.flows + other.flows if self.flows and other.flows else None,
        )

    @property
    def mean_scores(self):
        """Mean deviation of each segment from the average customer: shape (k, n_features)."""
        sums = self.cube.scores[:, :, 0].sum(axis=1)
        with np.errstate(invalid="ignore"):
            return sums / self.cube.customers[:, None]

    @property
    def mean_values(self):
        """Mean portfolio value of each segment, rupees: shape (k,)."""
        with np.errstate(invalid="ignore"):
            return self.cube.total_values / self.cube.customers

    @property
    def mean_risk(self):
        """Mean revealed risk of each segment, NaN where it is known of nobody: shape (k,)."""
        with np.errstate(invalid="ignore"):
            return self.risk[:, 1] / self.risk[:, 0]

    def held_by(self, segment, most):
        """What share of a segment's customers holds each stock, the most held first.

        Parameters
        ----------
        segment : int
        most : int
            Stocks at most.

        Returns
        -------
        list of [str, float]
        """
        size = int(self.cube.customers[segment])
        held = sorted(
            ((int(counts[segment]), symbol) for symbol, counts in self.holders.items()),
            key=lambda each: (-each[0], each[1]),
        )
        return [[symbol, count / size] for count, symbol in held[:most] if count]


def risk_sums(revealed, labels, k):
    """How many revealed risk scores are known in each segment, and their sum.

    Parameters
    ----------
    revealed : ndarray of float64, shape (n,)
        NaN unknown.
    labels : ndarray of int64, shape (n,)
    k : int

    Returns
    -------
    ndarray of float64, shape (k, 2)
    """
    known = np.isfinite(revealed)
    mine = labels[known]
    counts = np.bincount(mine, minlength=k)
    return np.stack([counts, np.bincount(mine, revealed[known], minlength=k)], axis=1)


def holders_of(owner, symbol, symbols, labels, k):
    """Count the customers of each segment who hold each stock.

    Parameters
    ----------
    owner : ndarray of int64, shape (m,)
        Row of the customer who holds a position; one who holds a stock twice counts once.
    symbol : ndarray of int64, shape (m,)
        Index into `symbols`.
    symbols : sequence of str
    labels : ndarray of int64, shape (n,)
    k : int

    Returns
    -------
    dict of str to ndarray of int64, shape (k,)
        Only stocks that somebody holds.
    """
    n_symbols = len(symbols)
    pairs = np.unique(owner.astype(np.int64) * n_symbols + symbol)
    cell = labels[pairs // n_symbols] * n_symbols + pairs % n_symbols if len(pairs) else pairs
    counts = np.bincount(cell, minlength=k * n_symbols).reshape(k, n_symbols)
    return {symbols[at]: counts[:, at] for at in np.flatnonzero(counts.any(axis=0)).tolist()}
