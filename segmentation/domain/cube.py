"""The aggregate picture: a small table every chart is cut from.

Its size depends on segments and sectors, never on customers. When one customer
changes, their old self is taken out and the new one put in; nothing is rebuilt.
"""

from dataclasses import dataclass

import numpy as np

# Groups under this size are not shown to anyone but staff.
SMALLEST_SHOWN = 10
N_RISKS = 4  # low, medium, high, unknown


@dataclass(frozen=True)
class Cube:
    """Sums over customers by segment, risk class and preferred sector.

    Attributes
    ----------
    counts : ndarray of int64, shape (k, 4, 1 + n_sectors)
        Customers. Plane 0 of the last axis holds everyone; plane 1 + i those
        who prefer sector i, so that one customer stands in several.
    values : ndarray of float64, same shape
        Portfolio value, rupees.
    scores : ndarray of float64, shape (k, 4, 1 + n_sectors, n_features)
        Sums of deviations from the average customer.
    stated : ndarray of int64, shape (k, 4, 4)
        Customers by stated and revealed risk class.
    """

    counts: np.ndarray
    values: np.ndarray
    scores: np.ndarray
    stated: np.ndarray

    @classmethod
    def build(cls, *, labels, risk, stated, sectors, values, scores, k):
        """Sum up customers.

        Parameters
        ----------
        labels, risk, stated : ndarray of int64, shape (n,)
            Segment index; codes of the revealed and the stated risk class.
        sectors : ndarray of shape (n, n_sectors)
            Ones and zeros.
        values : ndarray of float64, shape (n,)
        scores : ndarray of float64, shape (n, n_features)
        k : int

        Returns
        -------
        Cube
        """
        n_features = scores.shape[1]
        shape = (k, N_RISKS, 1 + sectors.shape[1])
        counts, sums = np.zeros(shape, np.int64), np.zeros(shape)
        totals = np.zeros((*shape, n_features))
        cell = labels * N_RISKS + risk
        for plane in range(shape[2]):
            mine = slice(None) if plane == 0 else np.flatnonzero(sectors[:, plane - 1])
            at, size = cell[mine], k * N_RISKS
            counts[:, :, plane] = np.bincount(at, minlength=size).reshape(k, N_RISKS)
            sums[:, :, plane] = np.bincount(at, values[mine], minlength=size).reshape(k, N_RISKS)
            for column in range(n_features):
                total = np.bincount(at, scores[mine, column], minlength=size)
                totals[:, :, plane, column] = total.reshape(k, N_RISKS)
        agree = np.bincount(
            (labels * N_RISKS + stated) * N_RISKS + risk, minlength=k * N_RISKS**2
        ).reshape(k, N_RISKS, N_RISKS)
        return cls(counts, sums, totals, agree)

    def __add__(self, other):
        """The cube of both groups of customers together."""
        return Cube(
            self.counts + other.counts,
            self.values + other.values,
            self.scores + other.scores,
            self.stated + other.stated,
        )

    def changed(self, *, taken_out, put_in):
        """The cube after some customers left it and some came in.

        Parameters
        ----------
        taken_out, put_in : Cube
            Built of those customers alone.

        Returns
        -------
        Cube
        """
        return Cube(
            self.counts - taken_out.counts + put_in.counts,
            self.values - taken_out.values + put_in.values,
            self.scores - taken_out.scores + put_in.scores,
            self.stated - taken_out.stated + put_in.stated,
        )

    @property
    def customers(self):
        """Customers of each segment: ndarray of int64, shape (k,)."""
        return self.counts[:, :, 0].sum(axis=1)

    @property
    def total_values(self):
        """Portfolio value of each segment, rupees: ndarray of float64, shape (k,)."""
        return self.values[:, :, 0].sum(axis=1)

    @property
    def disagreeing(self):
        """Customers of each segment who state one known risk class and reveal another."""
        known = self.stated[:, :3, :3].sum(axis=(1, 2))
        return known - np.einsum("kii->k", self.stated[:, :3, :3])

    def without_small_groups(self):
        """A copy in which cells of fewer than ten customers are empty.

        So are cells of a sector that all but a few of the same segment and risk class prefer:
        those few would be the difference.

        Returns
        -------
        Cube
        """
        others = self.counts[:, :, :1] - self.counts
        shown = (self.counts >= SMALLEST_SHOWN) & ((others == 0) | (others >= SMALLEST_SHOWN))
        stated_shown = self.stated >= SMALLEST_SHOWN
        return Cube(
            np.where(shown, self.counts, 0),
            np.where(shown, self.values, 0.0),
            np.where(shown[..., None], self.scores, 0.0),
            np.where(stated_shown, self.stated, 0),
        )

    def to_document(self):
        """Plain lists, ready to be stored."""
        return {
            "counts": self.counts.tolist(),
            "values": self.values.round(2).tolist(),
            "scores": self.scores.round(4).tolist(),
            "stated": self.stated.tolist(),
        }

    @classmethod
    def from_document(cls, document):
        """Rebuild a cube that `to_document` wrote."""
        return cls(
            np.array(document["counts"], np.int64),
            np.array(document["values"], float),
            np.array(document["scores"], float),
            np.array(document["stated"], np.int64),
        )
