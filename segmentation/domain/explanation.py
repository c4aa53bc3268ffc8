"""Why a customer stands in a segment, and what would put them in the next one.

Both are read off the fitted model itself. The difference between the squared distances to two
centroids is a sum over the columns of the scaled matrix, so each feature's share of it is exact.
"""

from dataclasses import dataclass

import numpy as np

from segmentation.domain.features import BLOCKS, SECTOR_PREFIX
from segmentation.domain.scaling import transformed

CLOSE = 0.05
"""A fit below this says little for the one segment: distances a twentieth apart at most."""


@dataclass(frozen=True)
class Pull:
    """How one feature draws a customer to the own segment rather than to the next.

    Attributes
    ----------
    key, label : str
        Of the feature; "sectors" stands for all preferred sectors together, and
        "unknown:" with a block for how much of it is unknown.
    amount : float
        Share of the difference of squared distances; above zero draws to the own segment.
    """

    key: str
    label: str
    amount: float


@dataclass(frozen=True)
class Explanation:
    """A customer between the own centroid and the next nearest.

    Attributes
    ----------
    own, other : str
        Keys of the two segments.
    distances : dict of str to float
        To every centroid, in the scaled space.
    pulls : tuple of Pull
        Strongest first. They add up to `lead`.
    lead : float
        Squared distance to the other centroid less that to the own; above zero wherever
        the own is the nearer.
    """

    own: str
    other: str
    distances: dict
    pulls: tuple[Pull, ...]
    lead: float

    @property
    def fit(self) -> float:
        """How much nearer the own centroid is than the other: 0 not at all, 1 for one upon it.

        The simplified silhouette: Hruschka, Campello and de Castro (2006), "Evolving clusters in
        gene-expression data".
        """
        own, other = self.distances[self.own], self.distances[self.other]
        return max(0.0, 1 - own / other) if other > 0 else 0.0

    @property
    def is_close(self) -> bool:
        """Whether a customer stands between the two segments rather than in one."""
        return self.fit < CLOSE


def explain(model, values, own=None, *, among=None) -> Explanation | None:
    """Explain where a model puts one customer.

    Parameters
    ----------
    model : FittedModel
    values : ndarray of shape (n_features,)
        Raw units, NaN unknown, columns as in `model.features`.
    own : str, optional
        Key of the segment the customer is in; the nearest where None.
    among : collection of str, optional
        Keys of the segments that may be named as the other; all where None.

    Returns
    -------
    Explanation or None
        None where there is no other segment.
    """
    features = model.features
    row = model.scaler.scale(transformed(np.asarray(values, float)[None, :], features))[0]
    squares = (row - model.centroids) ** 2
    order = np.argsort(squares.sum(axis=1), kind="stable")
    mine = model.keys.index(own) if own in model.keys else int(order[0])
    others = [
        int(index)
        for index in order
        if index != mine and (among is None or model.keys[index] in among)
    ]
    if not others:
        return None
    other = others[0]
    shares = squares[other] - squares[mine]
    return Explanation(
        model.keys[mine],
        model.keys[other],
        dict(zip(model.keys, np.sqrt(squares.sum(axis=1)).tolist(), strict=True)),
        tuple(sorted(_pulls(model, features, shares), key=lambda pull: -abs(pull.amount))),
        float(shares.sum()),
    )


def _pulls(model, features, shares) -> list[Pull]:
    labels = {block.key: block.label for block in BLOCKS}
    pulls = [
        Pull(feature.key, feature.label, float(amount))
        for feature, amount in zip(features, shares, strict=False)
        if not feature.key.startswith(SECTOR_PREFIX)
    ]
    sectors = [
        amount
        for feature, amount in zip(features, shares, strict=False)
        if feature.key.startswith(SECTOR_PREFIX)
    ]
    if sectors:
        pulls.append(Pull("sectors", labels["sectors"], float(np.sum(sectors))))
    pulls += [
        Pull(f"unknown:{block}", f"{labels[block]}: share unknown", float(amount))
        for block, amount in zip(model.scaler.indicators, shares[len(features) :], strict=True)
    ]
    return pulls
