"""The map for those who may not see single customers: how many stand where."""

import numpy as np

from segmentation.domain.cube import SMALLEST_SHOWN

_CUSTOMERS_A_CELL = 25
_COLUMNS_TO_ROWS = 1.6


def density(places, labels, k):
    """Count customers of each segment in the cells of a grid over the map.

    Parameters
    ----------
    places : ndarray of shape (n, 2)
    labels : ndarray of int64, shape (n,)
    k : int

    Returns
    -------
    list of k lists of [x, y, customers]
        Middle of each cell and its customers, only cells of ten or more. The
        grid spans the middle 98 % of customers and is the finer, the more there are.
    """
    n = len(places)
    if n == 0:
        return [[] for _ in range(k)]
    low, high = np.quantile(places, [0.01, 0.99], axis=0)
    cells = np.clip(n / _CUSTOMERS_A_CELL, 12, 400)
    rows = max(2, round(np.sqrt(cells / _COLUMNS_TO_ROWS)))
    shape = np.array([round(rows * _COLUMNS_TO_ROWS), rows])
    width = np.where(high > low, (high - low) / shape, 1.0)
    cell = np.clip(((places - low) // width).astype(np.int64), 0, shape - 1)
    flat = (labels * shape[0] + cell[:, 0]) * shape[1] + cell[:, 1]
    counts = np.bincount(flat, minlength=k * shape.prod()).reshape(k, *shape)
    return [
        [
            [
                round(float(low[0] + (column + 0.5) * width[0]), 3),
                round(float(low[1] + (row + 0.5) * width[1]), 3),
                int(counts[segment, column, row]),
            ]
            for column, row in np.argwhere(counts[segment] >= SMALLEST_SHOWN)
        ]
        for segment in range(k)
    ]
