"""The map for those who may not see single customers: how many stand where.

Its size depends on the fineness of the grid, never on customers. When one customer changes, they
leave one cell and enter another; nothing is rebuilt.
"""

from dataclasses import dataclass, replace

import numpy as np

from segmentation.domain.cube import SMALLEST_SHOWN

_CUSTOMERS_A_CELL = 25
_COLUMNS_TO_ROWS = 1.6


@dataclass(frozen=True)
class Density:
    """Customers of each segment in the cells of a grid over the map.

    Attributes
    ----------
    low, width : ndarray of float64, shape (2,)
        Lower left corner of the grid, and the size of a cell. The grid spans the middle
        98 % of customers; who stands outside counts in the cell at the border.
    counts : ndarray of int64, shape (k, columns, rows)
    """

    low: np.ndarray
    width: np.ndarray
    counts: np.ndarray

    @classmethod
    def build(cls, places, labels, k):
        """Lay a grid over customers and count them.

        Parameters
        ----------
        places : ndarray of shape (n, 2)
        labels : ndarray of int64, shape (n,)
        k : int

        Returns
        -------
        Density
        """
        return cls.laid(places, len(places), k).counted(places, labels)

    @classmethod
    def laid(cls, places, n, k):
        """Lay a grid without anybody in it, the finer the more customers there are.

        Parameters
        ----------
        places : ndarray of shape (m, 2)
            Of all customers or an even sample of them; they say what the grid spans.
        n : int
            All customers.
        k : int

        Returns
        -------
        Density
        """
        low, high = np.quantile(places, [0.01, 0.99], axis=0) if len(places) else np.zeros((2, 2))
        cells = np.clip(n / _CUSTOMERS_A_CELL, 12, 400)
        rows = max(2, round(np.sqrt(cells / _COLUMNS_TO_ROWS)))
        shape = np.array([round(rows * _COLUMNS_TO_ROWS), rows])
        width = np.where(high > low, (high - low) / shape, 1.0)
        return cls(low, width, np.zeros((k, *shape), np.int64))

    def counted(self, places, labels):
        """The same grid with these customers in it and nobody else."""
        return replace(self, counts=self._count(places, labels))

    def __add__(self, other):
        """Both groups of customers on the same grid."""
        return replace(self, counts=self.counts + other.counts)

    def changed(self, *, taken_out, put_in):
        """The map after some customers left their places and some came in.

        Parameters
        ----------
        taken_out, put_in : tuple of (places, labels)
            As in `build`.

        Returns
        -------
        Density
        """
        counts = self.counts - self._count(*taken_out) + self._count(*put_in)
        return replace(self, counts=counts)

    def shown(self):
        """What investors see: k lists of [x, y, customers], only cells of ten or more."""
        middles = [
            (self.low + (np.array(at) + 0.5) * self.width).round(3).tolist()
            for at in np.ndindex(*self.counts.shape[1:])
        ]
        return [
            [
                [*middles[cell], int(mine[cell])]
                for cell in np.flatnonzero(mine >= SMALLEST_SHOWN).tolist()
            ]
            for mine in self.counts.reshape(len(self.counts), -1)
        ]

    def to_document(self):
        """Plain lists, ready to be stored."""
        return {name: getattr(self, name).tolist() for name in ("low", "width", "counts")}

    @classmethod
    def from_document(cls, document):
        """Rebuild a map that `to_document` wrote."""
        return cls(
            np.array(document["low"], float),
            np.array(document["width"], float),
            np.array(document["counts"], np.int64),
        )

    def _count(self, places, labels):
        _, columns, rows = self.counts.shape
        cell = ((places - self.low) // self.width).astype(np.int64)
        cell = np.clip(cell, 0, (columns - 1, rows - 1))
        flat = (labels * columns + cell[:, 0]) * rows + cell[:, 1]
        return np.bincount(flat, minlength=self.counts.size).reshape(self.counts.shape)
