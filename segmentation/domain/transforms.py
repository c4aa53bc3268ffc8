"""What each feature's transform does for this bank's customers, and whether another did better.

Transforms are fixed in the dictionary of features and not chosen anew by each run: segments keep
their identity from run to run by centroids in transformed units. Whether they still suit the
customers is measured with every run, so that a change of the dictionary rests on figures.
"""

import numpy as np
from scipy.stats import skew

from segmentation.domain.features import main_features

_TAKEN = {"identity": "As it is", "log1p": "Logarithm of one more", "log10": "Logarithm"}
# Below this skewness a distribution is taken for symmetric enough (Bulmer 1979).
SYMMETRIC = 1.0
# Another transform is pointed out only where it leaves this much less skewness.
_CLEARLY = 0.5


def transform_evidence(values):
    """Skewness of every measured feature as it is, and by each transform.

    Parameters
    ----------
    values : ndarray of shape (n, n_features)
        Raw features, the main ones first; not finite where unknown.

    Returns
    -------
    list of dict
        `key`, `label`, `used` (the transform, in words), `raw` and `skew` (Fisher-Pearson
        skewness before and after it; None where it does not vary), `verdict`.

    References
    ----------
    .. [1] Bulmer, M. G. (1979), "Principles of Statistics", chapter 4.
    """
    return [
        _of(feature, column) for feature, column in zip(main_features(), values.T, strict=False)
    ]


def _of(feature, column):
    known = np.maximum(column[np.isfinite(column)], feature.floor)
    ways = {"identity": known}
    if feature.floor >= 0:
        ways["log1p"] = np.log1p(known)
    if feature.floor > 0:
        ways["log10"] = np.log10(known)
    found = {way: _skewness(each) for way, each in ways.items()}
    raw, used = found["identity"], found[feature.transform]
    document = {
        "key": feature.key,
        "label": feature.label,
        "used": _TAKEN[feature.transform],
        "raw": raw,
        "skew": used,
    }
    if raw is None or used is None:
        return document | {"verdict": "Does not vary among those it is known of."}
    best = min(found, key=lambda way: abs(found[way] or 0.0))
    if abs(used) - abs(found[best] or 0.0) > _CLEARLY:
        verdict = f"Another way would leave less: {_TAKEN[best].lower()}, {found[best]:.1f}."
    elif feature.transform != "identity" and abs(used) < abs(raw):
        verdict = (
            "The transform takes the tail away."
            if abs(used) <= SYMMETRIC
            else ("The transform shortens the tail; clipping bounds the rest.")
        )
    else:
        even = abs(used) <= SYMMETRIC
        verdict = "Even enough as it is." if even else "Skewed either way; clipping bounds it."
    return document | {"verdict": verdict}


def _skewness(values):
    if len(values) < 3 or np.ptp(values) <= 1e-9 * max(1.0, float(np.abs(values).max())):
        return None
    return round(float(skew(values)), 4)
