"""How the holdings move together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

FEWEST_COMMON_DAYS = 120
CLOSE = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Correlation:
    """Pairwise correlation, neighbours alike.

    Parameters
    ----------
    symbols : tuple of str
        In the order of average-linkage clustering.
    matrix : ndarray of shape (n, n)
        NaN for a pair with fewer than `FEWEST_COMMON_DAYS` common days.
    """

    symbols: tuple[str, ...]
    matrix: np.ndarray

    def pairs(self) -> list[tuple[str, str, float]]:
        """Every known pair once, the closest first."""
        rows, columns = np.triu_indices(len(self.symbols), 1)
        values = self.matrix[rows, columns]
        known = np.flatnonzero(~np.isnan(values))
        order = known[np.argsort(-values[known], kind="stable")]
        return [(self.symbols[rows[i]], self.symbols[columns[i]], float(values[i])) for i in order]

    def close_pairs(self, above: float = CLOSE) -> list[tuple[str, str, float]]:
        """Pairs that hardly diversify each other."""
        return [pair for pair in self.pairs() if pair[2] > above]


def correlate(symbols: tuple[str, ...], prices: np.ndarray) -> Correlation:
    """Pearson correlation of daily log returns, ordered by average linkage.

    Parameters
    ----------
    symbols : tuple of str, length n
    prices : ndarray of shape (n_days, n)
        Adjusted closes; NaN unknown. An unknown day makes two unknown returns.

    Returns
    -------
    Correlation
    """
    n = len(symbols)
    if n == 0 or len(prices) < 2:
        return Correlation(symbols, np.full((n, n), np.nan))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.diff(np.log(prices), axis=0)
    matrix = pairwise(logs)
    order = _order(matrix)
    return Correlation(tuple(symbols[i] for i in order), matrix[np.ix_(order, order)])


def pairwise(returns: np.ndarray, *, fewest: int = FEWEST_COMMON_DAYS) -> np.ndarray:
    """Pearson correlation of each pair on the days both are known.

    Parameters
    ----------
    returns : ndarray of shape (n_days, n)

    Returns
    -------
    ndarray of shape (n, n)
        1 on the diagonal; NaN below `fewest` common days or without variation.
    """
    known = (~np.isnan(returns)).astype(float)
    # Centring on all days first keeps the sums of squares from cancelling.
    x = np.nan_to_num(returns - np.nanmean(np.where(known.any(axis=0), returns, 0.0), axis=0))
    days = known.T @ known
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (x.T @ known) / days
        cross = (x.T @ x) / days - mean * mean.T
        variance = ((x * x).T @ known) / days - mean**2
        matrix = cross / np.sqrt(variance * variance.T)
    matrix = np.where((days >= fewest) & (variance > 0) & (variance.T > 0), matrix, np.nan)
    np.fill_diagonal(matrix, 1.0)
    return np.clip(matrix, -1.0, 1.0)


def _order(matrix: np.ndarray) -> list[int]:
    if len(matrix) < 3:
        return list(range(len(matrix)))
    distance = 1.0 - np.nan_to_num(matrix)  # an unknown pair counts as unrelated
    np.fill_diagonal(distance, 0.0)
    return [int(i) for i in leaves_list(linkage(squareform(distance, checks=False), "average"))]


def effective_holdings(weights: np.ndarray) -> float:
    """Number of equal holdings as concentrated as these: 1 / sum of squared weights."""
    total = float(np.sum(weights))
    return float(1.0 / np.sum((weights / total) ** 2)) if total > 0 else float("nan")
