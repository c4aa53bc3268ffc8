"""From raw features to a matrix in which distances mean something.

Per feature: transform, clip at quantiles, fill the unknown, centre and scale
robustly. Per block: divide by the first singular value (multiple factor
analysis [1]_), so that a block of many columns weighs no more along its main
direction than a block of one.

References
----------
.. [1] Escofier, B. and Pages, J. (1994), "Multiple factor analysis (AFMULT
   package)", Computational Statistics & Data Analysis 18, 121-140.
"""

from dataclasses import asdict, dataclass

import numpy as np

from segmentation.domain.ranks import normal_scores

LOWER_QUANTILE, UPPER_QUANTILE = 0.01, 0.99
# Quartiles of a normal variable lie 1.349 deviations apart.
_IQR_TO_DEVIATION = 1.349


def transformed(values, features):
    """Apply floors and transforms; infinite values become unknown.

    Parameters
    ----------
    values : ndarray of float64, shape (n, n_features)
        Raw units, NaN unknown.
    features : sequence of Feature

    Returns
    -------
    ndarray of float64, shape (n, n_features)
    """
    out = np.where(np.isfinite(values), values, np.nan).astype(float)
    for column, feature in enumerate(features):
        known = np.maximum(out[:, column], feature.floor)
        if feature.transform == "log10":
            known = np.log10(known)
        elif feature.transform == "log1p":
            known = np.log1p(known)
        elif feature.transform == "rank":
            known = normal_scores(known, feature.knots)
        out[:, column] = known
    return out


@dataclass(frozen=True)
class Scaler:
    """A fitted scaling: everything needed to place one more customer.

    Attributes
    ----------
    columns : list of str
        Keys of the features, in order; a run refuses a matrix of other columns.
    blocks : list of str
        Block of each feature.
    lower, upper, centre, spread : list of float
        Clipping bounds, median and deviation of each transformed feature;
        the centre also stands in for the unknown. A feature that does not
        vary has spread 0 and says nothing.
    indicators : list of str
        Blocks that have a column with the share of their unknown features.
    factors : dict of str to float
        Weight of each block over its first singular value (per root customer).
    """

    columns: list
    blocks: list
    lower: list
    upper: list
    centre: list
    spread: list
    indicators: list
    factors: dict

    @classmethod
    def fit(cls, values, features, block_weights):
        """Learn bounds, centres, spreads and block factors.

        Parameters
        ----------
        values : ndarray of float64, shape (n, n_features)
            Raw units, NaN unknown; n at least 1.
        features : sequence of Feature
        block_weights : mapping of str to float

        Returns
        -------
        Scaler
        """
        table = transformed(values, features)
        bounds = np.zeros((4, len(features)))
        for column in range(len(features)):
            known = table[np.isfinite(table[:, column]), column]
            bounds[:, column] = _column_bounds(known, features[column].unit == "flag")
        lower, upper, centre, spread = bounds
        blocks = [feature.block for feature in features]
        unknown = np.isnan(table)
        indicators = [
            block
            for block in dict.fromkeys(blocks)
            if unknown[:, [own == block for own in blocks]].any()
        ]
        draft = cls(
            [feature.key for feature in features],
            blocks,
            lower.tolist(),
            upper.tolist(),
            centre.tolist(),
            spread.tolist(),
            indicators,
            dict.fromkeys(dict.fromkeys(blocks), 1.0),
        )
        matrix = draft.scale(table)
        owner = np.array(draft.scaled_blocks)
        factors = {}
        for block in draft.factors:
            part = matrix[:, owner == block]
            part = part - part.mean(axis=0)
            # Per root of the number of customers, so that the factor does not shrink as they grow.
            inertia = np.linalg.eigvalsh(part.T @ part / len(part))[-1]
            factors[block] = (
                float(block_weights[block] / np.sqrt(inertia)) if inertia > 1e-12 else 0.0
            )
        return cls(**{**asdict(draft), "factors": factors})

    @property
    def scaled_blocks(self):
        """Block of each column of the scaled matrix: the features, then the indicators."""
        return [*self.blocks, *self.indicators]

    def clip(self, table):
        """Clip transformed features at the learned quantiles and fill the unknown."""
        filled = np.where(np.isnan(table), np.asarray(self.centre), table)
        return np.clip(filled, self.lower, self.upper)

    def scale(self, table):
        """Scale transformed features.

        Parameters
        ----------
        table : ndarray of float64, shape (n, n_features)
            Of `transformed`; NaN unknown.

        Returns
        -------
        ndarray of float64, shape (n, n_features + n_indicators)
        """
        spread = np.asarray(self.spread)
        scaled = (self.clip(table) - np.asarray(self.centre)) / np.where(spread > 0, spread, 1.0)
        scaled[:, spread == 0] = 0.0
        own = np.array(self.blocks)
        unknown = np.isnan(table)
        shares = [unknown[:, own == block].mean(axis=1)[:, None] for block in self.indicators]
        matrix = np.hstack([scaled, *shares])
        return matrix * np.array([self.factors[block] for block in self.scaled_blocks])

    def to_document(self):
        """Plain lists and numbers, ready to be stored."""
        return asdict(self)

    @classmethod
    def from_document(cls, document):
        """Rebuild a scaler that `to_document` wrote."""
        return cls(**document)


def _column_bounds(known, is_flag):
    """Lower and upper bound, centre and spread of one transformed column."""
    if len(known) == 0:
        return 0.0, 0.0, 0.0, 0.0
    if is_flag:  # a box ticked or not: nothing to clip, one is one
        varies = float(known.min() != known.max())
        return 0.0, 1.0, float(known.mean()), varies
    lower, first, centre, third, upper = np.quantile(
        known, [LOWER_QUANTILE, 0.25, 0.5, 0.75, UPPER_QUANTILE]
    )
    deviation = np.clip(known, lower, upper).std()
    if deviation <= 1e-9 * max(1.0, abs(float(centre))):
        return float(lower), float(upper), float(centre), 0.0
    # Quartiles may coincide (most customers have no plan): half the deviation bounds the blow-up.
    spread = max((third - first) / _IQR_TO_DEVIATION, deviation / 2)
    return float(lower), float(upper), float(centre), float(spread)
