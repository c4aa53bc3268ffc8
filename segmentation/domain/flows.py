"""Who went where between two runs: the table of customers by segment before and after."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Places:
    """In which segment a run put each customer.

    Attributes
    ----------
    numbers : ndarray of int64, shape (n,)
        Customer numbers, ascending and each once.
    codes : ndarray of int, shape (n,)
        Index into `keys`.
    keys : tuple of str
        Segment keys in the order they are shown; one may have no customer.
    """

    numbers: np.ndarray
    codes: np.ndarray
    keys: tuple


@dataclass(frozen=True)
class Flows:
    """Customers by their segment in a former run and in a later one.

    Attributes
    ----------
    former_keys, keys : tuple of str
        Segments of the former and of the later run.
    counts : ndarray of int64, shape (k', k)
        Customers both runs know, former segments in rows.
    left : ndarray of int64, shape (k',)
        Customers of each former segment whom the later run does not know.
    joined : ndarray of int64, shape (k,)
        Customers of each later segment whom the former run did not know.
    """

    former_keys: tuple
    keys: tuple
    counts: np.ndarray
    left: np.ndarray
    joined: np.ndarray

    @classmethod
    def between(cls, former, later):
        """Count customers by both runs' segments in one pass over two sorted columns.

        Parameters
        ----------
        former, later : Places

        Returns
        -------
        Flows
        """
        _, there, here = np.intersect1d(
            former.numbers, later.numbers, assume_unique=True, return_indices=True
        )
        rows, columns = len(former.keys), len(later.keys)
        cell = former.codes[there].astype(np.int64) * columns + later.codes[here]
        counts = np.bincount(cell, minlength=rows * columns).reshape(rows, columns)
        return cls(
            tuple(former.keys),
            tuple(later.keys),
            counts,
            np.bincount(former.codes, minlength=rows) - counts.sum(axis=1),
            np.bincount(later.codes, minlength=columns) - counts.sum(axis=0),
        )

    def __add__(self, other):
        """Flows of both groups of customers, counted between the same two runs."""
        return Flows(
            self.former_keys,
            self.keys,
            self.counts + other.counts,
            self.left + other.left,
            self.joined + other.joined,
        )

    @property
    def common(self):
        """How many customers both runs know."""
        return int(self.counts.sum())

    @property
    def stayed(self):
        """How many customers of both runs kept their segment's key."""
        same = np.array(self.former_keys)[:, None] == np.array(self.keys)[None, :]
        return int(self.counts[same].sum())

    @property
    def movers(self):
        """Share of the customers of both runs whose segment's key changed; None without any."""
        return 1.0 - self.stayed / self.common if self.common else None

    @property
    def ari(self):
        """Adjusted Rand index over the customers of both runs; None without any.

        1 where the same customers are together in both, about 0 where chance would put them;
        what the segments are called does not matter.

        References
        ----------
        .. [1] Hubert, L. and Arabie, P. (1985), "Comparing partitions", Journal of
           Classification 2, 193-218, equation 5.
        """
        if not self.common:
            return None
        both = _pairs(self.counts)
        before, after = _pairs(self.counts.sum(axis=1)), _pairs(self.counts.sum(axis=0))
        every = self.common * (self.common - 1) / 2.0
        expected = before * after / every if every else 0.0
        most = (before + after) / 2.0
        return 1.0 if most == expected else float((both - expected) / (most - expected))

    def steps(self):
        """Every flow that has customers, the largest first.

        Returns
        -------
        list of (str or None, str or None, int)
            From, to, customers; None for one whom that run does not know.
        """
        found = [
            (former, later, int(self.counts[row, column]))
            for row, former in enumerate(self.former_keys)
            for column, later in enumerate(self.keys)
        ]
        gone = zip(self.former_keys, self.left.tolist(), strict=True)
        came = zip(self.keys, self.joined.tolist(), strict=True)
        found += [(former, None, customers) for former, customers in gone]
        found += [(None, later, customers) for later, customers in came]
        return sorted((step for step in found if step[2]), key=lambda step: -step[2])

    def to_document(self):
        """Plain lists, ready to be stored."""
        return {
            "former_keys": list(self.former_keys),
            "keys": list(self.keys),
            "counts": self.counts.tolist(),
            "left": self.left.tolist(),
            "joined": self.joined.tolist(),
        }

    @classmethod
    def from_document(cls, document):
        """Rebuild flows that `to_document` wrote."""
        former_keys, keys = tuple(document["former_keys"]), tuple(document["keys"])
        return cls(
            former_keys,
            keys,
            np.array(document["counts"], np.int64).reshape(len(former_keys), len(keys)),
            np.array(document["left"], np.int64),
            np.array(document["joined"], np.int64),
        )


def _pairs(sizes):
    """Pairs within groups of these sizes; as floats, since the products outgrow int64."""
    sizes = np.asarray(sizes, float)
    return float((sizes * (sizes - 1.0) / 2.0).sum())
