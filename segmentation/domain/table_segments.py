"""Segments of any table of customers, beside what they are held against."""

from dataclasses import asdict, dataclass

import numpy as np

from segmentation.domain.association import Association, associate, fifths
from segmentation.domain.division import MIN_CUSTOMERS, divide
from segmentation.domain.lots import weighted_median
from segmentation.domain.names import INVESTORS, segment_names
from segmentation.domain.naming import describe
from segmentation.domain.profile import Yardstick, group_means
from segmentation.domain.rivals import equal_tiers, plain_kmeans
from segmentation.domain.selection import Candidate
from segmentation.domain.table import (
    BLOCK_WEIGHTS,
    BadColumns,
    Columns,
    is_code,
    is_quantity,
    numbers_of,
    texts_of,
)

OURS, PLAIN, PLAIN_BEST, TIERS = "segments", "plain_kmeans", "plain_kmeans_best_k", "tiers"


@dataclass(frozen=True)
class TableSegment:
    """One segment of a table.

    Attributes
    ----------
    name, description : str
    rows : int
    share : float
        Of the customers the rows stand for: weighted where there are weights.
    typical : dict of str to float
        Median of each feature in raw units; of a yes-or-no feature the share of yes.
    """

    name: str
    description: str
    rows: int
    share: float
    typical: dict


@dataclass(frozen=True)
class Rival:
    """One way to divide the same customers, and how it does.

    Attributes
    ----------
    key, label : str
    sizes : list of float
        Share of customers in each part, largest first.
    silhouette, stability : float or None
        In its own space; tiers have none.
    never_seen : dict of str to Association
    """

    key: str
    label: str
    sizes: list
    silhouette: float | None
    stability: float | None
    never_seen: dict


@dataclass(frozen=True)
class TableSegments:
    """A table divided, with everything that is said of it.

    Attributes
    ----------
    labels : ndarray of int64, shape (n,)
        Place of each row's segment in `segments`.
    segments : list of TableSegment
        Largest first.
    all_typical : dict of str to float
    candidates : list of Candidate
    columns : Columns
    rivals : list of Rival
        Ours first.
    """

    labels: np.ndarray
    segments: list[TableSegment]
    all_typical: dict
    candidates: list[Candidate]
    columns: Columns
    rivals: list[Rival]

    def to_document(self):
        """Plain mapping of everything but the rows, without NaN."""
        return _plain(
            {
                "rows": len(self.labels),
                "k": len(self.segments),
                "segments": [asdict(each) for each in self.segments],
                "all_customers": self.all_typical,
                "transforms": [asdict(choice) for choice in self.columns.choices],
                "left_out": [{"column": name, "why": why} for name, why in self.columns.left_out],
                "comparison": [each.to_document() for each in self.candidates],
                "beside": [asdict(rival) for rival in self.rivals],
            }
        )


def segment_columns(
    columns, frame, *, k=None, weight=None, tiers="", never_seen=(), random_state=0, on_stage=None
):
    """Divide a table's customers and hold the division against others.

    Parameters
    ----------
    columns : Columns
        Of `table_columns`.
    frame : pandas.DataFrame
        The table they come from.
    k : int, optional
        Number of segments; chosen by quality where None.
    weight : ndarray of float64, shape (n,), optional
        How many customers each row stands for. Clustering counts rows; shares, medians and
        lifts count weights.
    tiers : str
        Column whose tiers are held against the segments: equal ones of a quantity, as many as
        there are segments, or its own texts.
    never_seen : sequence of str
    random_state : int
    on_stage : callable, optional
        Called with a sentence and the share done, 0 to 1.

    Returns
    -------
    TableSegments

    Raises
    ------
    CannotSegment, BadColumns
    """
    tell = on_stage or (lambda stage, share: None)
    n = len(columns.values)
    if n < MIN_CUSTOMERS:
        raise BadColumns(
            f"{n} {'row is' if n == 1 else 'rows are'} too few; segments need at least "
            f"{MIN_CUSTOMERS}."
        )
    weight = np.ones(n) if weight is None else weight
    properties = {name: _property(frame[name]) for name in never_seen}
    found = divide(
        columns.values,
        columns.features,
        BLOCK_WEIGHTS,
        k=k,
        random_state=random_state,
        on_stage=lambda stage, share: tell(stage, 0.6 * share),
    )
    by_size = np.argsort(-np.bincount(found.labels, weight, minlength=found.k), kind="stable")
    labels = np.argsort(by_size)[found.labels]
    tell("Comparing with plain K-Means", 0.6)
    chosen = next(each for each in found.candidates if each.k == found.k)
    same_k, same = plain_kmeans(columns.values, found.k, random_state=random_state)
    own_k, own = plain_kmeans(columns.values, None, random_state=random_state)
    rivals = [
        (OURS, "These segments", labels, chosen),
        (PLAIN, "Plain K-Means, same number", same_k, same),
        (PLAIN_BEST, "Plain K-Means, its best number", own_k, own),
    ]
    if tiers:
        rivals.append((TIERS, f"Tiers of {tiers}", _tiers(frame[tiers], found.k, weight), None))
    tell("Judging by what none of them saw", 0.95)
    segments, overall = _segments(found, labels, columns, weight)
    return TableSegments(
        labels,
        segments,
        overall,
        found.candidates,
        columns,
        [_rival(*rival, properties, weight) for rival in rivals],
    )


def _segments(found, labels, columns, weight):
    k, features = found.k, columns.features
    profiles = Yardstick.fit(found.clipped).scores(group_means(found.clipped, labels, k))
    typical = _typical(columns, labels, k, weight)
    overall = _typical(columns, np.zeros(len(labels), np.int64), 1, weight)[0]
    share = np.bincount(labels, weight, minlength=k) / weight.sum()
    keys = [feature.key for feature in features]
    return [
        TableSegment(
            # Whose table it is nobody knows.
            name.text.replace(INVESTORS, "customers"),
            describe(profiles[i], typical[i], overall, features),
            int((labels == i).sum()),
            float(share[i]),
            dict(zip(keys, typical[i].tolist(), strict=True)),
        )
        for i, name in enumerate(segment_names(profiles, features))
    ], dict(zip(keys, overall.tolist(), strict=True))


def _typical(columns, labels, k, weight):
    """Weighted medians of known values, and weighted shares of yes."""
    out = np.full((k, len(columns.features)), np.nan)
    for place, feature in enumerate(columns.features):
        column = columns.values[:, place]
        known = np.isfinite(column)
        if feature.unit == "flag":
            total = np.bincount(labels[known], weight[known], minlength=k)
            with np.errstate(invalid="ignore"):
                yes = np.bincount(labels[known], (weight * column)[known], minlength=k)
                out[:, place] = yes / total
        else:
            out[:, place] = weighted_median(labels[known], column[known], weight[known], k)
    return out


def _property(column):
    """Classes of a column that nobody saw, and its numbers where it is a quantity."""
    if is_quantity(column) and not is_code(column):
        numbers, _ = numbers_of(column)
        return fifths(numbers), numbers
    return texts_of(column), None


def _tiers(column, k, weight):
    if is_quantity(column):
        numbers, _ = numbers_of(column)
        return equal_tiers(numbers, k, weight)
    texts = texts_of(column)
    _, codes = np.unique(texts, return_inverse=True)
    return np.where(texts == "", -1, codes)


def _rival(key, label, labels, measured, properties, weight):
    part = labels >= 0
    sizes = np.bincount(labels[part], weight[part])
    seen: dict[str, Association] = {
        name: associate(labels, classes, quantity, weight)
        for name, (classes, quantity) in properties.items()
    }
    return Rival(
        key,
        label,
        sorted((sizes[sizes > 0] / sizes.sum()).tolist(), reverse=True),
        None if measured is None else measured.silhouette,
        None if measured is None else measured.stability,
        seen,
    )


def _plain(value):
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
