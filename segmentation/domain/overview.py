"""What the segments page says: tiers, headline figures, and the data its charts share."""

import math
from dataclasses import dataclass, replace

import numpy as np

from segmentation.domain.cube import SMALLEST_SHOWN
from segmentation.domain.profile import TIERS
from segmentation.domain.segment import SegmentView


@dataclass(frozen=True)
class TierCard:
    """One of the three cards.

    Attributes
    ----------
    tier : str
    customers : int
    total_value, average_value : float
        Rupees; the average NaN without customers.
    share_of_customers, share_of_value : float
        Fractions of all customers and of all value; NaN where there is none.
    segments : tuple of SegmentView
    """

    tier: str
    customers: int
    total_value: float
    average_value: float
    share_of_customers: float
    share_of_value: float
    segments: tuple[SegmentView, ...]


def tier_cards(segments) -> tuple[TierCard, ...]:
    """Sum up segments by tier.

    Parameters
    ----------
    segments : sequence of SegmentView

    Returns
    -------
    tuple of TierCard
        High, medium, low; a tier without segments is left out.
    """
    everyone = sum(segment.customers for segment in segments)
    everything = sum(segment.total_value for segment in segments)
    cards = []
    for tier in TIERS:
        own = tuple(segment for segment in segments if segment.tier == tier)
        if not own:
            continue
        customers = sum(segment.customers for segment in own)
        total = sum(segment.total_value for segment in own)
        cards.append(
            TierCard(
                tier,
                customers,
                total,
                total / customers if customers else math.nan,
                customers / everyone if everyone else math.nan,
                total / everything if everything else math.nan,
                own,
            )
        )
    return tuple(cards)


def told_to_all(segments, cube, order) -> tuple[SegmentView, ...]:
    """Segments with the sums of those of their cells that may be shown.

    The whole less what is shown would tell of a cell of one customer what that customer owns.

    Parameters
    ----------
    segments : sequence of SegmentView
    cube : Cube
        Small groups already taken out.
    order : sequence of str
        Keys in the order of the cube's first axis.

    Returns
    -------
    tuple of SegmentView
        In the order given; those of which nothing may be shown are left out.
    """
    sums = dict(zip(order, zip(cube.customers, cube.total_values, strict=True), strict=True))
    told = []
    for segment in segments:
        customers, value = sums[segment.key]
        if may_show(customers):
            told.append(
                replace(
                    segment,
                    customers=int(customers),
                    total_value=float(value),
                    average_value=float(value / customers),
                )
            )
    return tuple(told)


def three_digits(values) -> np.ndarray:
    """Sums rounded so that one customer's coming or going does not show to the rupee.

    Parameters
    ----------
    values : ndarray

    Returns
    -------
    ndarray of float64
        Three significant digits; 0 stays 0.
    """
    known = np.asarray(values, float)
    size = np.where(known == 0, 1.0, np.abs(known))
    scale = 10.0 ** (np.floor(np.log10(size)) - 2)
    return np.round(known / scale) * scale


def may_show(customers) -> bool:
    """Whether a group is large enough to be shown to other customers."""
    return customers >= SMALLEST_SHOWN


def shade(score) -> str:
    """Class of the colour ramp for a deviation: amber below the average, indigo above.

    Parameters
    ----------
    score : float
        Standard deviations.

    Returns
    -------
    str
        "b3" to "b1", "z0", "s2" to "s6".
    """
    below = ((0.15, "z0"), (0.4, "b1"), (0.8, "b2"), (math.inf, "b3"))
    above = ((0.15, "z0"), (0.4, "s2"), (0.8, "s3"), (1.3, "s5"), (math.inf, "s6"))
    steps = below if score < 0 else above
    return next(name for bound, name in steps if abs(score) < bound)


def feature_rows(segments, features):
    """All segments against all features, the most distinguishing feature first.

    Parameters
    ----------
    segments : sequence of SegmentView
    features : sequence of Feature

    Returns
    -------
    list of (Feature, list of (score, shade))
    """
    rows = []
    for feature in features:
        scores = [segment.scores.get(feature.key, math.nan) for segment in segments]
        known = [score if math.isfinite(score) else 0.0 for score in scores]
        rows.append((feature, [(score, shade(score)) for score in known]))
    return sorted(rows, key=lambda row: -max((abs(score) for score, _ in row[1]), default=0.0))


def whole_sums(cube, cards) -> dict:
    """Sums over all segments.

    Parameters
    ----------
    cube : Cube
        Small groups already taken out for those who may not see them.
    cards : sequence of TierCard

    Returns
    -------
    dict
        `risk` (customers low, medium, high, unknown), `sectors` (customers who prefer each),
        `tiers` (customers and value of each) and `segments` (customers of each).
    """
    return {
        "risk": cube.counts[:, :, 0].sum(axis=0).tolist(),
        "sectors": cube.counts[:, :, 1:].sum(axis=(0, 1)).tolist(),
        "tiers": {
            card.tier: {"customers": card.customers, "value": card.total_value} for card in cards
        },
        "segments": {segment.key: segment.customers for card in cards for segment in card.segments},
    }


def chart_data(*, segments, order, cube, features, sectors, places, axes, aggregate):
    """Data every chart of the page is cut from.

    Parameters
    ----------
    segments : sequence of SegmentView
        In the order of the page.
    order : sequence of str
        Keys in the order of the cube's first axis.
    cube : Cube
        Small groups already taken out for those who may not see them.
    features : sequence of Feature
        The main ones, in the order of the cube's last axis.
    sectors : sequence of str
    places : dict of str to list
        Points of the map by segment key: [x, y, risk code, sector mask] each, or
        [x, y, customers] where `aggregate`.
    axes : sequence of str
    aggregate : bool

    Returns
    -------
    dict
        Ready for JSON; its size does not depend on the number of customers.
    """
    position = {key: index for index, key in enumerate(order)}
    rows = [position[segment.key] for segment in segments]
    values = three_digits(cube.values[rows]) if aggregate else cube.values[rows]
    return {
        "segments": [
            {
                "key": segment.key,
                "name": segment.name,
                "tier": segment.tier,
                "colour": f"c{segment.colour}",
                "shown": may_show(segment.customers),
            }
            for segment in segments
        ],
        "features": [feature.label for feature in features],
        "sectors": list(sectors),
        "counts": cube.counts[rows].tolist(),
        "values": np.rint(values).astype(np.int64).tolist(),
        "scores": np.round(cube.scores[rows], 1).tolist(),
        "places": [places.get(segment.key, []) for segment in segments],
        "axes": list(axes),
        "aggregate": aggregate,
    }
