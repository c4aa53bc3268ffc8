"""A fitted model as an expression of MongoDB, so that customers are placed where they are stored.

The score of a segment is half its centroid's squared length minus the product with the customer's
scaled features (`clustering.nearest_centroid`); the lowest wins, the first of equals. Scaling is
linear once a feature is clipped, so centre, spread and block factor go into one weight a feature
and one constant a segment. Roundings differ from NumPy's in the last digits: only a customer whom
two centroids are equally near, to about twelve digits, may be placed otherwise.
"""

import math

import numpy as np

from segmentation.domain.features import SECTOR_PREFIX

_NOT_KNOWN = [None, math.nan, math.inf, -math.inf]


def segment_index(model) -> dict:
    """Expression that gives the index of a customer's segment.

    Parameters
    ----------
    model : FittedModel

    Returns
    -------
    dict
        Over the fields of `segmentation.Customer`: a feature each, `sector_mask`. Missing, null,
        NaN and infinite count as unknown. Works on MongoDB 6 or later.
    """
    scaler, features = model.scaler, model.features
    spread = np.asarray(scaler.spread)
    factor = np.array([scaler.factors[block] for block in scaler.scaled_blocks])
    n = len(features)
    # A feature that does not vary, and a block that does not, say nothing.
    scale = np.where(spread > 0, factor[:n] / np.where(spread > 0, spread, 1.0), 0.0)
    weights = model.centroids[:, :n] * scale
    constants = (model.centroids**2).sum(axis=1) / 2 + weights @ np.asarray(scaler.centre)
    terms: dict[str, tuple] = {}
    for column, feature in enumerate(features):
        if not scale[column]:
            continue
        lower, upper = scaler.lower[column], scaler.upper[column]
        if feature.key.startswith(SECTOR_PREFIX):
            value = _bit(int(feature.key.removeprefix(SECTOR_PREFIX)))
        else:
            value = _clipped(feature, scaler.centre[column], lower, upper)
        terms[f"f{column}"] = (value, weights[:, column])
    for place, block in enumerate(scaler.indicators):
        own = [f.key for f, of in zip(features, scaler.blocks, strict=True) if of == block]
        if factor[n + place]:
            terms[f"u{place}"] = (
                _unknown_share(own),
                factor[n + place] * model.centroids[:, n + place],
            )
    scores = [
        {
            "$subtract": [
                float(constant),
                {
                    "$add": [
                        0.0,
                        *(
                            {"$multiply": [f"$${name}", float(weight[index])]}
                            for name, (_, weight) in terms.items()
                        ),
                    ]
                },
            ]
        }
        for index, constant in enumerate(constants)
    ]
    return {
        "$let": {
            "vars": {name: value for name, (value, _) in terms.items()},
            "in": {
                "$let": {
                    "vars": {"scores": scores},
                    "in": {"$indexOfArray": ["$$scores", {"$min": "$$scores"}]},
                }
            },
        }
    }


def marks(model) -> list[dict]:
    """Stages of an update that repeat the segment on customers' documents.

    Parameters
    ----------
    model : FittedModel

    Returns
    -------
    list of dict
        Set `segment_key`; a customer already so marked stays untouched.
    """
    key = {"$arrayElemAt": [list(model.keys), segment_index(model)]}
    return [{"$set": {"segment_key": key}}]


def _unknown(key) -> dict:
    return {"$in": [{"$ifNull": [f"${key}", None]}, _NOT_KNOWN]}


def _clipped(feature, centre, lower, upper) -> dict:
    """A feature transformed and clipped; the unknown by its centre."""
    known: dict = {"$max": [f"${feature.key}", feature.floor]}
    if feature.transform == "log10":
        known = {"$log10": known}
    elif feature.transform == "log1p":
        known = {"$ln": {"$add": [1.0, known]}}
    bounded = {"$min": [{"$max": [known, lower]}, upper]}
    return {"$cond": [_unknown(feature.key), min(max(centre, lower), upper), bounded]}


def _bit(place) -> dict:
    # $bitAnd came with MongoDB 6.3.
    mask = {"$ifNull": ["$sector_mask", 0]}
    return {"$mod": [{"$floor": {"$divide": [mask, 2**place]}}, 2]}


def _unknown_share(keys) -> dict:
    return {"$divide": [{"$add": [{"$toInt": _unknown(key)} for key in keys]}, len(keys)]}
