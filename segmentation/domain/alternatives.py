"""Other ways to divide the same customers, measured beside K-Means.

All are fitted on one even sample of the run's scaled matrix and judged by the same figures, so
that staff see what K-Means gains or loses. None of them is ever published.
"""

import math
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from joblib import cpu_count
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score, silhouette_score
from sklearn.metrics.pairwise import euclidean_distances
from threadpoolctl import threadpool_limits

from segmentation.domain import methods
from segmentation.domain.clustering import canonical_order, nearest_centroid
from segmentation.domain.features import main_features
from segmentation.domain.methods import CannotDivide, Grouping, Sample, normal_scores
from segmentation.domain.scaling import transformed
from segmentation.domain.selection import even_sample
from segmentation.domain.transforms import transform_evidence
from segmentation.domain.usefulness import OUTCOMES, correlation_ratio, money_split
from segmentation.domain.verdicts import summary_of, verdict_of

# Ward and HDBSCAN compare every customer with every other: far beyond this it costs minutes.
SAMPLE = 2_000
REFITS = 6
_KEYS = [feature.key for feature in main_features()]
_INCOME, _VALUE = _KEYS.index("annual_income"), _KEYS.index("portfolio_value")

METHODS = {
    "kmeans": ("K-Means", "The run’s own segments."),
    "ranks": ("K-Means on ranks", "Features replaced by their normal quantiles: no tails."),
    "mixture": ("Gaussian mixture", "Segments may differ in extent and shape."),
    "ward": ("Ward", "Merges, again and again, the two groups whose union adds least spread."),
    "hdbscan": ("HDBSCAN", "Dense groups, as many as there are; the rest stays in none."),
    "income": ("Income tiers", "A rule without a model: equally large tiers of annual income."),
}


def measure_all(model, values, outcomes, *, random_state, refits=REFITS, on_measured=None):
    """Divide a sample of customers by each of `METHODS` and measure the groups.

    Parameters
    ----------
    model : FittedModel
        Of the run: its scaling, its centroids, its number of segments.
    values : ndarray of shape (n, n_features)
        Raw features of all customers, or of any even part of them; NaN unknown.
    outcomes : mapping of str to ndarray of shape (n,)
        Figures of `usefulness.OUTCOMES`, NaN unknown; by one that is missing nothing is judged.
    random_state : int
    refits : int
        Bootstrap refits of each method.
    on_measured : callable, optional
        Called with a method's name and the share done, 0 to 1.

    Returns
    -------
    dict
        `sample`, `refits`, `k`, `outcomes` (keys and labels), `methods` (one document each,
        K-Means first; one that could not be fitted has `reason` and no figures), `summary`,
        and `transforms` (of `transform_evidence`). Plain, ready to be stored; the same for the
        same customers in any order.
    """
    known = {key: np.asarray(outcomes[key], float) for key in OUTCOMES if key in outcomes}
    rows = _even_rows(values, model.features, known)
    values, known = values[rows], {key: column[rows] for key, column in known.items()}
    sample = _sample_of(model, values)
    own = nearest_centroid(sample.matrix, model.centroids)
    gaps = euclidean_distances(sample.matrix)
    np.fill_diagonal(gaps, 0.0)

    def measured(key):
        name, note = METHODS[key]
        document: dict = {"key": key, "name": name, "note": note}
        try:
            grouping = _divide(key, sample, model, random_state)
            document |= _figures(sample.matrix, gaps, grouping.labels)
            document |= {
                "note": f"{note} {grouping.note}".strip(),
                "agreement": float(adjusted_rand_score(own, grouping.labels)),
                "stability": _stability(sample, grouping, random_state, refits),
                **money_split(values[:, _VALUE], grouping.labels),
                "outcomes": {
                    outcome: correlation_ratio(column, grouping.labels)
                    for outcome, column in known.items()
                },
            }
        except CannotDivide as reason:
            document["reason"] = str(reason)
        except (ValueError, ArithmeticError, MemoryError) as error:
            # It stands beside the run and must not cost it.
            document["reason"] = f"It could not be fitted ({type(error).__name__}: {error})."
        return _plain(document)

    documents = []
    # A method a thread; threads of their dozens of small fits would wait longer than they work.
    with (
        threadpool_limits(1),
        warnings.catch_warnings(),
        ThreadPoolExecutor(cpu_count(), initializer=threadpool_limits, initargs=(1,)) as pool,
    ):
        # Filters are the process's: what a fit sets and takes back, others must not miss meanwhile.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for document in pool.map(measured, METHODS):
            documents.append(document)
            if on_measured is not None:
                on_measured(document["name"], len(documents) / len(METHODS))
    for document in documents:
        document["verdict"] = verdict_of(document, documents[0])
    return {
        "sample": len(rows),
        "refits": refits,
        "k": len(model.keys),
        "outcomes": [{"key": key, "label": OUTCOMES[key]} for key in known],
        "methods": documents,
        "summary": summary_of(documents),
        "transforms": transform_evidence(values),
    }


def _even_rows(values, features, outcomes):
    """An even sample, along an order that features and outcomes alone decide."""
    table = np.column_stack([transformed(values, features), *outcomes.values()])
    order = canonical_order(np.where(np.isfinite(table), table, -9.0))
    return order[even_sample(len(order), SAMPLE)]


def _sample_of(model, values):
    matrix = model.scaler.scale(transformed(values, model.features))
    flags = [index for index, feature in enumerate(model.features) if feature.unit == "flag"]
    return Sample(matrix, normal_scores(matrix, flags), values[:, _INCOME])


def _divide(key, sample, model, random_state) -> Grouping:
    k = len(model.keys)
    match key:
        case "kmeans":  # the centroids of all customers, not those the sample would have
            again = methods.k_means(sample, k, random_state)
            own = nearest_centroid(sample.matrix, model.centroids)
            return Grouping(own, again.extend, again.refit)
        case "ranks":
            return methods.k_means(sample, k, random_state, of="ranks")
        case "mixture":
            return methods.gaussian_mixture(sample, k, random_state)
        case "ward":
            return methods.ward(sample, k)
        case "hdbscan":
            return methods.hdbscan(sample)
        case _:
            return methods.income_tiers(sample, k)


def _figures(matrix, gaps, labels):
    """Size and separation of groups; customers in none are left out of the separation."""
    grouped = labels >= 0
    sizes = np.unique(labels[grouped], return_counts=True)[1]
    if not len(sizes):
        raise CannotDivide("It found no group dense enough: every customer stays in none.")
    apart = 1 < len(sizes) < grouped.sum()
    within, own = gaps[np.ix_(grouped, grouped)], labels[grouped]
    return {
        "groups": len(sizes),
        "noise": float(1 - grouped.mean()),
        "smallest": float(sizes.min() / len(labels)),
        "largest": float(sizes.max() / len(labels)),
        "silhouette": silhouette_score(within, own, metric="precomputed") if apart else None,
        "calinski_harabasz": calinski_harabasz_score(matrix[grouped], own) if apart else None,
    }


def _stability(sample, grouping, random_state, refits):
    """Mean adjusted Rand index of refits on bootstrap samples, extended to all of the sample."""
    draw = np.random.default_rng(random_state)
    n = len(grouping.labels)
    agreement = []
    for _ in range(refits):
        again = grouping.refit(sample.take(draw.integers(0, n, n)))
        agreement.append(adjusted_rand_score(grouping.labels, again.extend(sample)))
    return float(np.mean(agreement)) if agreement else None


def _plain(value):
    """Numbers rounded to six places, the unknown null."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, float | np.floating):
        return round(float(value), 6) if math.isfinite(value) else None
    return value
