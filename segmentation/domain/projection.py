"""The map of customers: two principal components of the scaled matrix."""

from dataclasses import asdict, dataclass

import numpy as np

from segmentation.domain.naming import in_a_sentence


@dataclass(frozen=True)
class Projection:
    """Two directions that hold most of the differences between customers.

    Attributes
    ----------
    mean : list of float, length d
    axes : list of two lists of float, length d
        Orthonormal; the largest entry of each is positive, so that refits do
        not flip the map.
    explained : list of two floats
        Share of the whole variance along each axis.
    """

    mean: list
    axes: list
    explained: list

    @classmethod
    def fit(cls, matrix):
        """Find the two leading principal components.

        Parameters
        ----------
        matrix : ndarray of shape (n, d)

        Returns
        -------
        Projection
        """
        mean = matrix.mean(axis=0)
        centred = matrix - mean
        inertia, axes = np.linalg.eigh(centred.T @ centred / len(matrix))
        leading = axes[:, ::-1][:, :2].T
        rows = np.arange(len(leading))
        leading = leading * np.sign(leading[rows, np.abs(leading).argmax(axis=1)])[:, None]
        total = inertia.sum()
        share = inertia[::-1][:2] / total if total > 0 else np.zeros(2)
        return cls(mean.tolist(), leading.tolist(), np.maximum(share, 0.0).tolist())

    def place(self, matrix):
        """Coordinates of customers on the map.

        Parameters
        ----------
        matrix : ndarray of shape (n, d)

        Returns
        -------
        ndarray of shape (n, 2)
        """
        return (matrix - np.asarray(self.mean)) @ np.asarray(self.axes).T

    def axis_labels(self, names):
        """Name each axis by the two features that weigh most on it.

        Parameters
        ----------
        names : sequence of str
            Label of each column; an empty one is passed over.

        Returns
        -------
        list of str
        """
        labels = []
        for axis in self.axes:
            order = np.argsort(-np.abs(axis))
            top = [(names[i], axis[i]) for i in order if names[i]][:2]
            labels.append(
                ", ".join(
                    f"{'more' if weight > 0 else 'less'} {in_a_sentence(name)}"
                    for name, weight in top
                )
            )
        return labels

    def to_document(self):
        """Plain lists, ready to be stored."""
        return asdict(self)

    @classmethod
    def from_document(cls, document):
        """Rebuild a projection that `to_document` wrote."""
        return cls(**document)
