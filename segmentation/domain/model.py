"""The fitted model of a run: trained once, stored, and used to place customers later."""

from dataclasses import dataclass

import numpy as np

from segmentation.domain.clustering import nearest_centroid
from segmentation.domain.division import MIN_CUSTOMERS, CannotSegment, divide
from segmentation.domain.features import BLOCKS, feature_dictionary, main_features
from segmentation.domain.profile import Yardstick, group_means
from segmentation.domain.projection import Projection
from segmentation.domain.scaling import Scaler, transformed


@dataclass(frozen=True)
class Assignment:
    """Where a model puts customers.

    Attributes
    ----------
    labels : ndarray of int64, shape (n,)
        Index of the segment.
    places : ndarray of shape (n, 2)
        Coordinates on the map of two principal components.
    scores : ndarray of shape (n, n_main_features)
        Deviations from the average customer, sectors left out.
    """

    labels: np.ndarray
    places: np.ndarray
    scores: np.ndarray

    def of(self, rows):
        """The same of some of the customers, by index or mask."""
        return Assignment(self.labels[rows], self.places[rows], self.scores[rows])


@dataclass(frozen=True)
class FittedModel:
    """Scaling, centroids, keys, map and yardstick of one run.

    Attributes
    ----------
    sectors : tuple of str
        Names of the sectors, in the order of the mask's bits.
    keys : tuple of str
        Key of each segment, in the order of the centroids.
    scaler : Scaler
    centroids : ndarray of shape (k, d)
        In the scaled space.
    middles : ndarray of shape (k, n_features)
        The same centroids as means of transformed features: units that the
        next run, with other scales, can compare with its own.
    projection : Projection
    yardstick : Yardstick
    """

    sectors: tuple
    keys: tuple
    scaler: Scaler
    centroids: np.ndarray
    middles: np.ndarray
    projection: Projection
    yardstick: Yardstick

    @property
    def features(self):
        """The features of the run, in column order."""
        return feature_dictionary(self.sectors)

    def fits(self, sectors):
        """Whether customers can be placed by what is measured of them now.

        Parameters
        ----------
        sectors : sequence of str
            Those a customer may prefer now.

        Returns
        -------
        bool
            False for a run that was built on other features.
        """
        keys = [feature.key for feature in feature_dictionary(sectors)]
        return self.sectors == tuple(sectors) and self.scaler.columns == keys

    def assign(self, values):
        """Place customers in the nearest segment.

        Parameters
        ----------
        values : ndarray of shape (n, n_features)
            Raw units, NaN unknown, columns as in `features`.

        Returns
        -------
        Assignment
        """
        table = transformed(values, self.features)
        matrix = self.scaler.scale(table)
        scores = self.yardstick.scores(self.scaler.clip(table))
        return Assignment(
            nearest_centroid(matrix, self.centroids),
            self.projection.place(matrix),
            scores[:, : len(main_features())],
        )

    def mean_distance(self, values, labels):
        """Mean distance of customers to the centroids of their segments.

        Parameters
        ----------
        values : ndarray of shape (n, n_features)
            As in `assign`; n at least 1.
        labels : ndarray of int64, shape (n,)

        Returns
        -------
        float
            In the scaled space.
        """
        matrix = self.scaler.scale(transformed(values, self.features))
        return float(np.linalg.norm(matrix - self.centroids[labels], axis=1).mean())

    def former_centroids(self, former):
        """Centroids of a former model in this model's scaled space.

        Parameters
        ----------
        former : FittedModel

        Returns
        -------
        ndarray of shape (k', d)
            Empty where the two runs know different features.
        """
        if former.scaler.columns != self.scaler.columns:
            return np.zeros((0, self.centroids.shape[1]))
        return self.scaler.scale(former.middles)

    def axis_labels(self):
        """Names of the map's two axes."""
        names = [feature.label for feature in self.features]
        return self.projection.axis_labels(names + [""] * len(self.scaler.indicators))

    def to_document(self):
        """Plain lists and numbers, ready to be stored."""
        return {
            "sectors": list(self.sectors),
            "keys": list(self.keys),
            "scaler": self.scaler.to_document(),
            "centroids": self.centroids.tolist(),
            "middles": self.middles.tolist(),
            "projection": self.projection.to_document(),
            "yardstick": {"mean": self.yardstick.mean, "deviation": self.yardstick.deviation},
        }

    @classmethod
    def from_document(cls, document):
        """Rebuild a model that `to_document` wrote."""
        return cls(
            tuple(document["sectors"]),
            tuple(document["keys"]),
            Scaler.from_document(document["scaler"]),
            np.array(document["centroids"]),
            np.array(document["middles"]),
            Projection.from_document(document["projection"]),
            Yardstick(**document["yardstick"]),
        )


def train(values, sectors, *, k=None, former_k=None, random_state=0, on_stage=None, refine=None):
    """Scale, compare numbers of segments, and fit the chosen one.

    Parameters
    ----------
    values : ndarray of shape (n, n_features)
        Raw units, NaN unknown, columns as in `feature_dictionary(sectors)`.
    sectors : sequence of str
    k : int, optional
        Number of segments pinned by staff; chosen by quality where None.
    former_k : int, optional
        Number published now, which stays while it holds.
    random_state : int
    on_stage : callable, optional
        Called with a sentence and the share done, 0 to 1.
    refine : callable, optional
        Where `values` are a sample: given the scaler and the sample's centroids, returns those
        of all customers, in the same order.

    Returns
    -------
    model : FittedModel
        With keys "s1" to "sk"; identity with a former run is given by the caller.
    candidates : list of Candidate
        The whole comparison.

    Raises
    ------
    CannotSegment
        With fewer than 20 customers, without any difference between them, or
        with a pinned k that the customers do not bear.
    """
    tell = on_stage or (lambda stage, share: None)
    n = len(values)
    if n < MIN_CUSTOMERS:
        have = {0: "No customer consents", 1: "Only one customer consents"}
        raise CannotSegment(
            f"{have.get(n, f'Only {n} customers consent')} to profiling; "
            f"segments need at least {MIN_CUSTOMERS}."
        )
    features = feature_dictionary(sectors)
    weights = {block.key: block.weight for block in BLOCKS}
    found = divide(
        values,
        features,
        weights,
        k=k,
        former_k=former_k,
        random_state=random_state,
        on_stage=on_stage,
    )
    if refine is not None:
        found = found.around(refine(found.scaler, found.centroids))
    tell("Drawing the map", 0.95)
    model = FittedModel(
        tuple(sectors),
        tuple(f"s{index + 1}" for index in range(found.k)),
        found.scaler,
        found.centroids,
        group_means(found.clipped, found.labels, found.k),
        Projection.fit(found.matrix),
        Yardstick.fit(found.clipped),
    )
    return model, found.candidates
