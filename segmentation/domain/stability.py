"""How much segments change when they are made again: of a redrawn crowd, or a week later."""

from dataclasses import dataclass

import numpy as np

from segmentation.domain.identity import drift, match_keys
from segmentation.domain.model import FittedModel, train
from segmentation.domain.selection import choose


@dataclass(frozen=True)
class Retrain:
    """One model made again, against the one before it.

    Attributes
    ----------
    name : str
        Which it is.
    customers : int
        Those compared.
    chosen : int
        Number of segments that would be chosen; the number is pinned for the comparison.
    ari : float
        Adjusted Rand index of who is with whom.
    movers : float
        Share of customers whose segment has another key.
    kept : float
        Share of the former segments whose key still names at least half of their customers.
    moved_by_themselves : float or None
        Share whom the former model, unchanged, would have moved: what changed in the customers
        and not in the segments. None where the customers are the same.
    """

    name: str
    customers: int
    chosen: int
    ari: float
    movers: float
    kept: float
    moved_by_themselves: float | None = None


def bootstrap_retrains(values, sectors, *, times=20, k=None, random_state=0, on_done=None):
    """Train on customers drawn with replacement, and place all customers by each model.

    Parameters
    ----------
    values : ndarray of shape (n, n_features)
        As for `model.train`.
    sectors : sequence of str
    times : int
    k : int, optional
        The number the model of everybody chooses where None.
    random_state : int
    on_done : callable, optional
        Called after each training.

    Returns
    -------
    list of Retrain
    """
    tell = on_done or (lambda: None)
    first, _ = train(values, sectors, k=k, random_state=random_state)
    tell()
    draw = np.random.default_rng(random_state)
    numbers = np.arange(len(values))
    before = np.array(first.keys)[first.assign(values).labels]
    done = []
    for time in range(1, times + 1):
        drawn = values[draw.integers(0, len(values), len(values))]
        model, chosen = _again(drawn, sectors, first, random_state)
        now = np.array(model.keys)[model.assign(values).labels]
        done.append(_compared(f"bootstrap {time}", numbers, now, numbers, before, chosen))
        tell()
    return done


def snapshot_retrains(snapshots, sectors, *, k=None, random_state=0, on_done=None):
    """Train on the features of one date after another, each against the date before.

    Parameters
    ----------
    snapshots : iterable of (str, ndarray of int64, ndarray of shape (n, n_features))
        Name of the date, customers' numbers ascending, and their features then; oldest first.
    sectors : sequence of str
    k : int, optional
        The number the first date chooses where None.
    random_state : int
    on_done : callable, optional

    Returns
    -------
    list of Retrain
        One fewer than dates.
    """
    tell = on_done or (lambda: None)
    former, former_numbers, former_keys = None, np.zeros(0, np.int64), np.zeros(0, "U8")
    done = []
    for name, numbers, values in snapshots:
        if former is None:
            former, _ = train(values, sectors, k=k, random_state=random_state)
        else:
            model, chosen = _again(values, sectors, former, random_state)
            now = np.array(model.keys)[model.assign(values).labels]
            kept_model = np.array(former.keys)[former.assign(values).labels]
            alone = drift(numbers, kept_model, former_numbers, former_keys)["movers"]
            done.append(_compared(name, numbers, now, former_numbers, former_keys, chosen, alone))
            former = model
        former_numbers = numbers
        former_keys = np.array(former.keys)[former.assign(values).labels]
        tell()
    return done


def _again(values, sectors, former, random_state) -> tuple[FittedModel, int]:
    """Train with as many segments as before, under the keys of those they continue."""
    model, candidates = train(values, sectors, k=len(former.keys), random_state=random_state)
    keys = match_keys(model.centroids, model.former_centroids(former), former.keys)
    return FittedModel(**{**vars(model), "keys": tuple(keys)}), choose(candidates)


def _compared(name, numbers, now, former_numbers, before, chosen, alone=None):
    moved = drift(numbers, now, former_numbers, before)
    common, here, there = np.intersect1d(numbers, former_numbers, return_indices=True)
    same = now[here] == before[there]
    keys = np.unique(before[there])
    kept = [same[before[there] == key].mean() >= 0.5 for key in keys]
    return Retrain(
        name,
        len(common),
        chosen,
        moved["ari"],
        moved["movers"],
        float(np.mean(kept)),
        alone,
    )
