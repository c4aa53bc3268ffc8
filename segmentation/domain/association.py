"""How well segments tell a property that made none of them."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score

# Classes and segments rarer than this give lifts by chance.
RAREST = 0.02
_FIFTHS = 5


@dataclass(frozen=True)
class Lift:
    """The class that some segment is fullest of, against its share among all.

    Attributes
    ----------
    lift : float
        P(class | segment) / P(class).
    segment : int
    name : str
        The class.
    here, everywhere : float
        The two shares.
    """

    lift: float
    segment: int
    name: str
    here: float
    everywhere: float


@dataclass(frozen=True)
class Association:
    """What segments say of one property they never saw.

    Attributes
    ----------
    customers : int
        Those of whom the property is known.
    information : float
        Adjusted mutual information (Vinh, Epps and Bailey 2010): 0 as by chance, 1 the same
        division. Of fifths, where the property is a quantity.
    strength : float
        Cramer's V, less what chance gives (Bergsma 2013), of classes; of a quantity the
        correlation ratio eta squared, the share of its variance that lies between segments.
    measure : {"V", "eta2"}
    lift : Lift or None
        None where no class and segment are frequent enough.
    """

    customers: int
    information: float
    strength: float
    measure: str
    lift: Lift | None


def associate(labels, names, quantity, weight):
    """Measure what a division says of one property.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        Segment of each customer; negative where there is none.
    names : ndarray of str, shape (n,)
        Class of each customer; empty where unknown.
    quantity : ndarray of float64, shape (n,), or None
        The property itself where it is a quantity.
    weight : ndarray of float64, shape (n,)
        How many customers each stands for; the adjusted mutual information counts rows.

    Returns
    -------
    Association
        NaN where fewer than two classes or segments are left.
    """
    known = (names != "") & (labels >= 0)
    labels, names, weight = labels[known], names[known], weight[known]
    classes, codes = np.unique(names, return_inverse=True)
    if len(classes) < 2 or len(np.unique(labels)) < 2:
        measure = "V" if quantity is None else "eta2"
        return Association(len(labels), np.nan, np.nan, measure, None)
    table = crossed(labels, codes, weight)
    information = float(adjusted_mutual_info_score(codes, labels))
    strength, measure = cramers_v(table, len(labels)), "V"
    if quantity is not None:
        strength, measure = correlation_ratio(quantity[known], labels, weight), "eta2"
    return Association(len(labels), information, strength, measure, best_lift(table, classes))


def crossed(labels, codes, weight):
    """Weight of customers in each segment and class.

    Returns
    -------
    ndarray of shape (n_segments, n_classes)
    """
    table = np.zeros((labels.max() + 1, codes.max() + 1))
    np.add.at(table, (labels, codes), weight)
    return table


def cramers_v(table, n):
    """Cramer's V of a table, corrected for the association that chance gives.

    Parameters
    ----------
    table : ndarray of shape (r, c)
        Weights; only their proportions count.
    n : int
        Customers counted.

    Returns
    -------
    float
        0 to 1; NaN with fewer than two filled rows or columns.

    References
    ----------
    .. [1] Bergsma, W. (2013), "A bias-correction for Cramer's V and Tschuprow's T", Journal of
       the Korean Statistical Society 42, 323-328.
    """
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    rows, columns = table.shape
    if min(rows, columns) < 2 or n < 2:
        return float("nan")
    share = table / table.sum()
    expected = share.sum(axis=1, keepdims=True) * share.sum(axis=0, keepdims=True)
    phi2 = ((share - expected) ** 2 / expected).sum()
    phi2 = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    rows = rows - (rows - 1) ** 2 / (n - 1)
    columns = columns - (columns - 1) ** 2 / (n - 1)
    return float(np.sqrt(phi2 / (min(rows, columns) - 1)))


def correlation_ratio(values, labels, weight):
    """Share of a quantity's variance that lies between segments (eta squared; Fisher 1925).

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Finite.
    labels : ndarray of int64, shape (n,)
    weight : ndarray of float64, shape (n,)

    Returns
    -------
    float
        0 to 1; NaN where the quantity does not vary.
    """
    total = np.bincount(labels, weight)
    with np.errstate(invalid="ignore"):
        means = np.bincount(labels, weight * values) / total
    mean = np.average(values, weights=weight)
    whole = np.average((values - mean) ** 2, weights=weight)
    if not whole > 0:
        return float("nan")
    between = np.nansum(total * (means - mean) ** 2) / total.sum()
    return float(between / whole)


def best_lift(table, classes):
    """The highest lift among segments and classes of at least 2 % of the customers.

    Parameters
    ----------
    table : ndarray of shape (n_segments, n_classes)
    classes : sequence of str

    Returns
    -------
    Lift or None
    """
    size, share = table.sum(axis=1) / table.sum(), table.sum(axis=0) / table.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        within = table / table.sum(axis=1, keepdims=True)
        lifts = np.where((size[:, None] >= RAREST) & (share >= RAREST), within / share, -np.inf)
    segment, code = np.unravel_index(np.argmax(lifts), lifts.shape)
    if not np.isfinite(lifts[segment, code]):
        return None
    return Lift(
        float(lifts[segment, code]),
        int(segment),
        str(classes[code]),
        float(within[segment, code]),
        float(share[code]),
    )


def fifths(values):
    """Names of the fifth each value lies in; empty where unknown.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)

    Returns
    -------
    ndarray of str, shape (n,)
        Fewer than five where many share one value.
    """
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(values), "", dtype="<U12")
    cuts = np.unique(np.quantile(values[known], np.arange(1, _FIFTHS) / _FIFTHS))
    place = np.searchsorted(cuts, np.where(known, values, 0.0), side="left")
    names = np.array(["lowest fifth", "second", "third", "fourth", "highest"])
    top = len(cuts)
    named = np.where(place == top, names[-1], names[np.minimum(place, 3)])
    return np.where(known, named, "")
