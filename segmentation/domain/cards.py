"""Profile cards: what one segment is like beside all customers."""

from dataclasses import dataclass

import numpy as np

from segmentation.domain.cube import N_RISKS
from segmentation.domain.segment import SegmentView

SECTORS_SHOWN = 4


@dataclass(frozen=True)
class ProfileCard:
    """One segment, its figures over all of its customers.

    Attributes
    ----------
    segment : SegmentView
    share_of_customers, share_of_value : float
        Fractions of all; NaN where there is nothing to share.
    features : list of (Feature, float or None, float or None)
        Median of the segment and of all customers.
    risk : list of float
        Fractions of low, medium, high and unknown revealed risk.
    sectors : list of (str, float)
        The sectors most preferred, and the fraction who prefer each.
    holdings : list of (str, float)
        The stocks most held, and the fraction who hold each.
    """

    segment: SegmentView
    share_of_customers: float
    share_of_value: float
    features: list
    risk: list
    sectors: list
    holdings: list


def profile_cards(segments, *, cube, order, typical, features, sectors, holdings):
    """Draw up the cards.

    Parameters
    ----------
    segments : sequence of SegmentView
        In the order they are shown.
    cube : Cube
    order : sequence of str
        Keys along the cube's first axis.
    typical : dict of str to float or None
        Medians of all customers.
    features : sequence of Feature
    sectors : sequence of str
    holdings : dict of str to list of (str, float)
        By segment key.

    Returns
    -------
    list of ProfileCard
    """
    everyone = sum(segment.customers for segment in segments)
    everything = sum(segment.total_value for segment in segments)
    cards = []
    for segment in segments:
        counts = cube.counts[list(order).index(segment.key)]
        own = counts[:, 0].sum()
        by_sector = counts[:, 1:].sum(axis=0)
        most = [i for i in np.argsort(-by_sector, kind="stable")[:SECTORS_SHOWN] if by_sector[i]]
        cards.append(
            ProfileCard(
                segment,
                segment.customers / everyone if everyone else float("nan"),
                segment.total_value / everything if everything else float("nan"),
                [
                    (feature, segment.typical.get(feature.key), typical.get(feature.key))
                    for feature in features
                ],
                [float(counts[risk, 0] / own) if own else float("nan") for risk in range(N_RISKS)],
                [(sectors[i], float(by_sector[i] / own)) for i in most],
                [(name, share) for name, share in holdings.get(segment.key, [])],
            )
        )
    return cards
