"""The smallest realistic change of habits that would put a customer in the next segment.

A change is looked for in the space in which the model measures: there the lead of the own centroid
over another is linear in each feature, so the nearest crossing by a few features is exact.
"""

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from segmentation.domain.explanation import explain
from segmentation.domain.features import Feature

CHANGEABLE = (
    "savings_rate",
    "portfolio_value",
    "trades_per_month",
    "turnover",
    "median_holding_days",
    "small_cap_share",
    "effective_holdings",
    "volatility_held",
    "sip_share",
)
"""What one can do otherwise. Income, questionnaire, sectors and past falls are as they are."""
ONLY_MORE = ("portfolio_value",)
"""What nobody changes downwards by habit: to lose most of one's money is no other way to invest."""
MOST_FEATURES = 3
LARGEST_STEP = 3.0
"""Robust deviations of all customers: beyond, a change is another person, not another habit."""
_MARGIN = 0.02
_SIGNIFICANT = (2, 3, 6)


@dataclass(frozen=True)
class Change:
    """One feature before and after, in its own unit."""

    feature: Feature
    before: float
    after: float


@dataclass(frozen=True)
class Crossing:
    """A change of few features that leads from one segment to the next.

    Attributes
    ----------
    own, other : str
        Keys of the two segments.
    changes : tuple of Change
        The largest first, in robust deviations.
    """

    own: str
    other: str
    changes: tuple[Change, ...]


def nearest_crossing(model, values, *, lowest, highest, among=None) -> Crossing | None:
    """Find the smallest change to the next-nearest segment.

    Of all changes of one feature the smallest is taken; only where none will do, of two, then of
    three. Size is the root of the summed squares in robust deviations. The answer is rounded to
    two significant digits outwards and then checked by the model itself.

    Parameters
    ----------
    model : FittedModel
    values : ndarray of shape (n_features,)
        Raw units, NaN unknown, columns as in `model.features`.
    lowest, highest : mapping of str to float
        Realistic ends of each feature, raw units, such as the 5 and 95 % quantiles of all
        customers. A feature without ends is left as it is.
    among : collection of str, optional
        Keys of the segments that may be named; all where None.

    Returns
    -------
    Crossing or None
        None where no realistic change of up to `MOST_FEATURES` features leads there.
    """
    values = np.asarray(values, float)
    explained = explain(model, values, among=among)
    if explained is None or explained.lead <= 0:
        return None
    steps = _steps(model, values, explained, lowest, highest)
    for size in range(1, MOST_FEATURES + 1):
        tried = sorted(
            (found for chosen in combinations(steps, size) if (found := _cross(chosen, explained))),
            key=lambda found: sum(size**2 for _, size in found),
        )
        for found in tried:
            crossing = _rounded(model, values, explained, found)
            if crossing is not None:
                return crossing
    return None


@dataclass(frozen=True)
class _Step:
    """What one robust deviation of a feature does to the lead, and how many there is room for."""

    column: int
    gain: float
    room: float


def _steps(model, values, explained, lowest, highest) -> list[_Step]:
    scaler = model.scaler
    own, other = (model.keys.index(key) for key in (explained.own, explained.other))
    pull = model.centroids[other] - model.centroids[own]
    steps = []
    for column, feature in enumerate(model.features):
        spread, factor = scaler.spread[column], scaler.factors[feature.block]
        if (
            feature.key not in CHANGEABLE
            or feature.key not in lowest
            or not math.isfinite(values[column])
            or spread <= 0
            or pull[column] * factor == 0
        ):
            continue
        gain = 2.0 * factor * pull[column]
        if gain < 0 and feature.key in ONLY_MORE:
            continue
        end = (highest if gain > 0 else lowest)[feature.key]
        bounds = scaler.lower[column], scaler.upper[column]
        here = min(max(_transform(feature, values[column]), bounds[0]), bounds[1])
        there = min(max(_transform(feature, end), bounds[0]), bounds[1])
        room = (there - here) / spread * math.copysign(1.0, gain)
        if room > 0:
            steps.append(_Step(column, gain, min(room, LARGEST_STEP)))
    return steps


def _cross(steps, explained) -> list[tuple[_Step, float]] | None:
    """Deviations of each feature, least squares, that together win the lead; None if they cannot.

    At the least, each step is in proportion to its gain, up to where its room ends.
    """
    wanted = explained.lead * (1.0 + _MARGIN)
    gains = np.array([abs(step.gain) for step in steps])
    rooms = np.array([step.room for step in steps])
    if gains @ rooms < wanted:
        return None
    sizes, free = np.zeros(len(steps)), np.ones(len(steps), bool)
    while True:
        rest = wanted - gains[~free] @ rooms[~free]
        sizes = np.where(free, gains * rest / (gains[free] ** 2).sum(), rooms)
        over = free & (sizes > rooms)
        if not over.any():
            return list(zip(steps, sizes.tolist(), strict=True))
        free &= ~over


def _rounded(model, values, explained, found) -> Crossing | None:
    for digits in _SIGNIFICANT:
        changed, changes = values.copy(), []
        for step, size in sorted(found, key=lambda each: -each[1]):
            feature, spread = model.features[step.column], model.scaler.spread[step.column]
            here = _transform(feature, values[step.column])
            bounds = model.scaler.lower[step.column], model.scaler.upper[step.column]
            here = min(max(here, bounds[0]), bounds[1])
            there = _back(feature, here + math.copysign(size * spread, step.gain))
            after = _outwards(there, digits, up=step.gain > 0)
            changed[step.column] = after
            changes.append(Change(feature, float(values[step.column]), after))
        label = model.assign(changed[None, :]).labels[0]
        if model.keys[label] == explained.other:
            return Crossing(explained.own, explained.other, tuple(changes))
    return None


def _outwards(value, digits, *, up) -> float:
    if value == 0:
        return 0.0
    scale = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    # The quotient of two floats may lie a hair beside the whole number it stands for.
    whole = round(value / scale, 6)
    return float(round((math.ceil(whole) if up else math.floor(whole)) * scale, 12))


def _transform(feature, value) -> float:
    known = max(value, feature.floor)
    if feature.transform == "log10":
        return math.log10(known)
    return math.log1p(known) if feature.transform == "log1p" else known


def _back(feature, value) -> float:
    if feature.transform == "log10":
        return 10.0**value
    return math.expm1(value) if feature.transform == "log1p" else value
