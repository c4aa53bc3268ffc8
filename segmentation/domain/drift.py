"""How far today's customers are from those the published run was trained on.

References
----------
.. [1] Siddiqi, N. (2006), "Credit Risk Scorecards", Wiley, chapter 8: the population stability
   index, under 0.1 no change, 0.1 to 0.25 some, above 0.25 a large one.
.. [2] Yurdakul, B. and Naranjo, J. (2020), "Statistical properties of the population stability
   index", Journal of Risk Model Validation 14(4): without any change the index is about
   chi-squared with B - 1 degrees of freedom times (1/N + 1/M), so that fixed bounds are too
   narrow for small samples.
"""

from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import chi2

from segmentation.domain.standing import PERCENTS

STABLE, MODERATE, LARGE = LEVELS = ("stable", "moderate", "large")
PSI_MODERATE, PSI_LARGE = 0.10, 0.25
# A sample without any change passes the widened bound about once in a thousand readings.
_CHANCE = 0.999
_LEAST_SHARE = 1e-4
# Deciles, as scorecards are watched by.
_CUTS = tuple(PERCENTS.index(percent) for percent in range(10, 100, 10))

# What no published scale exists for; the reasons stand in docs/methods.md.
MOVED = (0.05, 0.15)
DISTANCE = (0.10, 0.25)
NEW = (0.10, 0.20)


@dataclass(frozen=True)
class Measure:
    """One figure of a reading, with its bounds and what it amounts to.

    Attributes
    ----------
    key, label : str
    kind : {"psi", "share"}
        How the value is written.
    value : float or None
    moderate, large : float
        From these on it counts as such.
    level : str
        One of `LEVELS`; "stable" for a figure that is not known.
    """

    key: str
    label: str
    kind: str
    value: float | None
    moderate: float
    large: float
    level: str

    def to_document(self):
        """Plain mapping, ready to be stored."""
        return asdict(self)


def stability_index(expected, actual):
    """Population stability index of two distributions over the same bins [1]_.

    Parameters
    ----------
    expected, actual : array_like of float, shape (n_bins,)
        Shares that sum to 1; an empty bin counts as a hundredth of a per cent.

    Returns
    -------
    float
        Sum over bins of (actual - expected) ln(actual / expected); 0 where both are the same.
    """
    before = np.maximum(np.asarray(expected, float), _LEAST_SHARE)
    now = np.maximum(np.asarray(actual, float), _LEAST_SHARE)
    return float(np.sum((now - before) * np.log(now / before)))


def bins(quantiles, known):
    """Bins of one feature as it was at training, and the share of customers in each.

    Parameters
    ----------
    quantiles : sequence of float
        At `standing.PERCENTS`; empty where nothing was known.
    known : float
        Share of customers of whom the feature was known, 0 to 1.

    Returns
    -------
    edges : ndarray of float
        A value belongs to the first edge it does not exceed. Deciles that coincide (most
        customers have no plan) are one edge.
    expected : ndarray of float
        One more than edges, and last the share of the unknown.
    """
    if not len(quantiles):
        return np.zeros(0), np.array([0.0, 1.0])
    table = np.asarray(quantiles, float)
    edges = np.unique(table[list(_CUTS)])
    below = np.array([_share_to(edge, table) for edge in edges])
    shares = np.diff(np.concatenate([[0.0], below, [1.0]]))
    return edges, np.append(shares * known, 1.0 - known)


def _share_to(edge, table):
    """Share of customers up to a quantile, halfway to the next where many have that value."""
    last = int(np.searchsorted(table, edge, side="right")) - 1
    first = int(np.searchsorted(table, edge, side="left"))
    if last == first:
        return PERCENTS[last] / 100.0
    beyond = PERCENTS[last + 1] if last + 1 < len(PERCENTS) else 100
    return (PERCENTS[last] + beyond) / 200.0


def shares_of(values, edges):
    """Share of customers in each of a feature's bins, the unknown last.

    Half a customer is added to each: a bin of few that came out empty by chance would count as
    if it could not be filled.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        NaN unknown; n at least 1.
    edges : ndarray of float

    Returns
    -------
    ndarray of float, shape (len(edges) + 2,)
    """
    seen = values[np.isfinite(values)]
    counts = np.bincount(np.searchsorted(edges, seen, side="left"), minlength=len(edges) + 1)
    filled = np.append(counts, len(values) - len(seen)) + 0.5
    return filled / filled.sum()


def psi_bounds(n_bins, n_then, n_now):
    """Published bounds, widened where so few customers pass them by chance [2]_.

    Parameters
    ----------
    n_bins : int
    n_then, n_now : int
        Customers counted.

    Returns
    -------
    (float, float)
        From where a change is moderate, and large.
    """
    chance = float(chi2.ppf(_CHANCE, max(n_bins - 1, 1))) * (1.0 / n_then + 1.0 / n_now)
    return max(PSI_MODERATE, chance), max(PSI_LARGE, chance)


def feature_measure(key, label, quantiles, known, trained, values):
    """The stability index of one feature.

    Parameters
    ----------
    key, label : str
    quantiles : sequence of float
    known : int
        Of how many customers the feature was known at training.
    trained : int
        Customers the quantiles are of.
    values : ndarray of float, shape (n,)
        Of today's sample, NaN unknown.

    Returns
    -------
    Measure
    """
    if not trained or not len(values):
        return Measure(key, label, "psi", None, PSI_MODERATE, PSI_LARGE, STABLE)
    edges, expected = bins(quantiles, min(1.0, known / trained))
    value = stability_index(expected, shares_of(values, edges))
    used = int((expected > 0).sum())
    return _measure(key, label, "psi", value, psi_bounds(used, trained, len(values)))


def share_measures(*, moved, distance, distance_then, fresh):
    """What is not read off single features.

    Parameters
    ----------
    moved : float or None
        Share of the trained customers whose segment is another one today.
    distance, distance_then : float or None
        Mean distance to the own centroid, today and at training.
    fresh : float or None
        Share of today's customers whom the run was not trained on.

    Returns
    -------
    list of Measure
    """
    known = distance is not None and distance_then is not None and distance_then > 0
    growth = distance / distance_then - 1.0 if known else None
    return [
        _measure("moved", "Customers in another segment than at training", "share", moved, MOVED),
        _measure(
            "distance", "Growth of the mean distance to the centroid", "share", growth, DISTANCE
        ),
        _measure("new", "Customers new since training", "share", fresh, NEW),
    ]


def _measure(key, label, kind, value, bounds):
    moderate, large = bounds
    reached = 0 if value is None else int(value >= moderate) + int(value >= large)
    return Measure(key, label, kind, value, moderate, large, LEVELS[reached])


def level_of(measures) -> str:
    """The highest level among measures: one of `LEVELS`."""
    return LEVELS[max((LEVELS.index(each.level) for each in measures), default=0)]


def findings(measures) -> str:
    """Say which measures passed a bound, the largest first; empty where none did.

    Parameters
    ----------
    measures : sequence of Measure

    Returns
    -------
    str
    """
    beyond = [each for each in measures if each.level != STABLE]
    beyond.sort(key=lambda each: (each.level != LARGE, -each.value / each.large))
    return "; ".join(
        f"{each.label} {written(each)} ({each.level}, from {_write(each.kind, bound)})"
        for each in beyond
        for bound in [each.large if each.level == LARGE else each.moderate]
    )


def written(measure) -> str:
    """A measure's value as it is shown; an em dash for an unknown one."""
    return "—" if measure.value is None else _write(measure.kind, measure.value)


def _write(kind, value):
    if kind == "psi":
        return f"PSI {value:.2f}"
    return f"{'−' if value < 0 else ''}{abs(value) * 100:.1f} %".replace(".0 %", " %")
