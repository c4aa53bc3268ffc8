"""How many segments: every candidate measured, the choice and the runners-up kept."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial

import numpy as np
from joblib import cpu_count
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score, silhouette_score
from threadpoolctl import threadpool_limits

from segmentation.domain.clustering import canonical_order, fit_centroids, nearest_centroid

CANDIDATES = tuple(range(2, 11))
SMALLEST_SHARE = 0.02
STABLE_FROM = 0.85
# A division that refits agree on much less than on another is one of several equally good ones.
LESS_STABLE = 0.10
# What refits may agree less where the number is published: builds of one crowd a day apart were
# seen to differ by as much, 0.81 to 0.85, and the number chosen with them.
KEPT_LESS_STABLE = 0.05
# Silhouette and Calinski-Harabasz mostly fall as segments grow in number; what is asked is the
# finest division that still holds together, not the coarsest that looks neatest.
SEPARATION_FROM = 2 / 3
# Three tiers of service need three segments; two are taken only where nothing else holds.
PREFERRED_FROM = 3
RULE = (
    "The largest number that still holds together: its smallest segment has at least "
    f"{SMALLEST_SHARE:.0%} of the customers, bootstrap refits agree to {STABLE_FROM:.2f} and to "
    f"within {LESS_STABLE:.2f} of the steadiest number, the silhouette is positive, and the "
    "separation (geometric mean of silhouette and Calinski-Harabasz, each over the best) is at "
    f"least {SEPARATION_FROM:.2f}. Fewer than {PREFERRED_FROM} only where nothing else holds; "
    "where no number does, the highest silhouette. The number published stays while it holds, its "
    "refits agreeing up to 0.05 less than that, and at most one more segment would hold, too."
)
FIT_SAMPLE, SILHOUETTE_SAMPLE, BOOTSTRAP_SAMPLE = 20_000, 3_000, 4_000
BOOTSTRAPS = 15
_SEPARATION = ("silhouette", "calinski_harabasz")


@dataclass(frozen=True)
class Candidate:
    """What one number of segments is worth.

    Attributes
    ----------
    k : int
    silhouette : float
        Mean over a sample, -1 to 1 (Rousseeuw 1987).
    calinski_harabasz : float
        Between over within dispersion (1974).
    smallest : float
        Share of customers in the smallest segment.
    stability : float
        Mean adjusted Rand index of bootstrap refits against the fit.
    separation : float or None
        Geometric mean of silhouette and Calinski-Harabasz, each over the best
        of the stable candidates; None for one that is not stable.
    fit : bool
        Whether it can be chosen.
    verdict : str
        Why, or why not.
    """

    k: int
    silhouette: float
    calinski_harabasz: float
    smallest: float
    stability: float
    separation: float | None = None
    fit: bool = False
    verdict: str = ""

    def to_document(self):
        """Plain mapping, ready to be stored."""
        return asdict(self)


def even_sample(n, size):
    """Indices of an evenly spaced sample of `size` out of `n`, all of them if fewer."""
    if n <= size:
        return np.arange(n)
    return (np.arange(size) * n) // size


def measure(matrix, k, *, random_state, bootstraps=BOOTSTRAPS):
    """Measure one number of segments.

    Parameters
    ----------
    matrix : ndarray of shape (n, d)
    k : int
    random_state : int
    bootstraps : int

    Returns
    -------
    Candidate
        Not yet judged; smallest is 0 where a segment stayed empty.
    """
    centroids = fit_centroids(matrix, k, random_state=random_state)
    labels = nearest_centroid(matrix, centroids)
    sizes = np.bincount(labels, minlength=k)
    if sizes.min() == 0:
        return Candidate(k, np.nan, np.nan, 0.0, np.nan, verdict="A segment stayed empty.")
    part = even_sample(len(matrix), SILHOUETTE_SAMPLE)
    distinct = len(np.unique(labels[part]))
    silhouette = (
        silhouette_score(matrix[part], labels[part]) if 1 < distinct < len(part) else np.nan
    )
    return Candidate(
        k,
        float(silhouette),
        float(calinski_harabasz_score(matrix, labels)) if k < len(matrix) else np.nan,
        float(sizes.min() / len(matrix)),
        stability(matrix, labels, k, random_state=random_state, bootstraps=bootstraps),
    )


def stability(matrix, labels, k, *, random_state, bootstraps=BOOTSTRAPS):
    """Mean adjusted Rand index of refits on bootstrap samples against given labels.

    Each refit is trained on customers drawn with replacement and judged on all
    of them (Hubert & Arabie 1985; Hennig 2007 for the bootstrap).

    Parameters
    ----------
    matrix : ndarray of shape (n, d)
    labels : ndarray of int64, shape (n,)
    k : int
    random_state : int
    bootstraps : int

    Returns
    -------
    float
        1 where every refit finds the same segments, about 0 where chance would.
    """
    part = even_sample(len(matrix), BOOTSTRAP_SAMPLE)
    matrix, labels = matrix[part], labels[part]
    draw = np.random.default_rng(random_state)
    agreement = []
    for _ in range(bootstraps):
        again = matrix[draw.integers(0, len(matrix), len(matrix))]
        centroids = fit_centroids(again, k, random_state=random_state, n_init=2)
        agreement.append(adjusted_rand_score(labels, nearest_centroid(matrix, centroids)))
    return float(np.mean(agreement))


def compare(matrix, *, random_state, candidates=CANDIDATES, on_measured=None):
    """Measure all candidates and say which hold.

    Parameters
    ----------
    matrix : ndarray of shape (n, d)
        At least two distinct rows.
    random_state : int
    candidates : sequence of int
    on_measured : callable, optional
        Called with each k once it is measured.

    Returns
    -------
    list of Candidate
        Ascending by k; none for a k above the number of distinct rows.
    """
    # Sampled evenly along an order of the values' own, so that row order cannot matter.
    matrix = matrix[canonical_order(matrix)]
    matrix = matrix[even_sample(len(matrix), FIT_SAMPLE)]
    distinct = len(np.unique(matrix[: 50 * max(candidates)], axis=0))
    if distinct < max(candidates):
        distinct = len(np.unique(matrix, axis=0))
    chosen = [k for k in candidates if k <= distinct]
    measured = []
    # Hundreds of small fits: threads within each would wait for one another longer than they work,
    # so each number of segments has one. Every thread has a limit of its own.
    with (
        threadpool_limits(1),
        warnings.catch_warnings(),
        ThreadPoolExecutor(cpu_count(), initializer=threadpool_limits, initargs=(1,)) as pool,
    ):
        # Filters are the process's: what a fit sets and takes back, others must not miss meanwhile.
        warnings.simplefilter("ignore", ConvergenceWarning)
        measuring = pool.map(partial(measure, matrix, random_state=random_state), chosen)
        for k, candidate in zip(chosen, measuring, strict=True):
            measured.append(candidate)
            if on_measured is not None:
                on_measured(k)
    return _judged(measured)


def _judged(measured):
    """Fill in separations and verdicts."""
    steady = max(
        (c.stability for c in measured if c.k >= PREFERRED_FROM and not _fault(c, STABLE_FROM)),
        default=0.0,
    )
    stable_from = max(STABLE_FROM, steady - LESS_STABLE)
    held = [candidate for candidate in measured if not _fault(candidate, stable_from)]
    if any(candidate.k >= PREFERRED_FROM for candidate in held):
        held = [candidate for candidate in held if candidate.k >= PREFERRED_FROM]
    best = [max((getattr(c, name) for c in held), default=np.nan) for name in _SEPARATION]
    judged = []
    for candidate in measured:
        fault = _fault(candidate, stable_from)
        separation = None
        if not fault and candidate not in held:
            fault = "Too few for three tiers."
        if not fault:
            ratios = np.array([getattr(candidate, name) for name in _SEPARATION]) / best
            separation = float(np.sqrt(ratios.prod()))
            if separation < SEPARATION_FROM:
                fault = "Its segments lie much closer together than those of fewer."
        judged.append(
            replace(candidate, separation=separation, fit=not fault, verdict=fault or "Holds.")
        )
    return judged


def _fault(candidate, stable_from):
    if candidate.verdict:
        return candidate.verdict
    if candidate.smallest < SMALLEST_SHARE:
        return f"Its smallest segment holds under {SMALLEST_SHARE:.0%} of customers."
    if not candidate.stability >= stable_from:
        return f"Bootstrap refits agree less than {stable_from:.2f}."
    if not candidate.silhouette > 0:
        return "Its segments overlap: the silhouette is not positive."
    return ""


def _still_holds(candidate) -> bool:
    """Whether a published number of segments may stay: it holds, or its refits nearly agree."""
    return candidate.fit or (
        candidate.smallest >= SMALLEST_SHARE
        and candidate.stability >= STABLE_FROM - KEPT_LESS_STABLE
        and candidate.silhouette > 0
    )


def choose(candidates, former=None):
    """Choose among compared candidates.

    Parameters
    ----------
    candidates : list of Candidate
        Of `compare`.
    former : int, optional
        Number of segments published now. It stays while it (nearly) holds and not more than one
        further segment would: a number near the bound would otherwise come and go every night,
        and everybody's segment with it.

    Returns
    -------
    int
        The most segments that hold; where none does, the highest silhouette.

    Raises
    ------
    ValueError
        If there is no candidate.
    """
    if not candidates:
        raise ValueError("no number of segments could be tried")
    holding = [candidate.k for candidate in candidates if candidate.fit]
    kept = next((each for each in candidates if each.k == former), None)
    if kept is not None and _still_holds(kept) and max(holding, default=kept.k) <= kept.k + 1:
        return kept.k
    if holding:
        return max(holding)
    return max(candidates, key=lambda c: np.nan_to_num(c.silhouette, nan=-1.0)).k
