"""Segments in the order in which effort for them may pay: what is known of each, and the order."""

import math
from dataclasses import asdict, dataclass

from segmentation.domain.contents import Contents, Part
from segmentation.domain.growth import SegmentGrowth

DEFAULT_DAYS = 90
ORDERS = {"both": "Value and growth", "value": "Value", "growth": "Growth"}


@dataclass(frozen=True)
class SegmentFacts:
    """What is measured of a segment, as of one day; NaN unknown, also where nobody is in it.

    Attributes
    ----------
    key : str
    customers : int
    customers_before : int or None
        In the run published before; None where the segment is new or there was no such run.
    growth : dict of int to SegmentGrowth
        By days.
    return_1y, total_return : float
        Medians over the customers of whom they are known.
    medians : dict of str to float
        Of features in raw units, by the feature's key.
    traded_1y, brokerage_1y : float
        Rupees traded in the last 365 days, and the brokerage estimated of them.
    contents : Contents
    disagree, states_risk : int
        Customers who state one risk class and reveal another, of those with both known.
    open_to_offers : int
        Customers who agreed that the bank writes to them.
    high_value, withdrew, stopped, quiet : int
        High-value customers; those of them who took money out, who stopped trading, and either.
    """

    key: str
    customers: int
    customers_before: int | None
    growth: dict[int, SegmentGrowth]
    return_1y: float
    total_return: float
    medians: dict[str, float]
    traded_1y: float
    brokerage_1y: float
    contents: Contents
    disagree: int
    states_risk: int
    open_to_offers: int
    high_value: int
    withdrew: int
    stopped: int
    quiet: int

    @property
    def mismatch_share(self):
        return self.disagree / self.states_risk if self.states_risk else math.nan

    @property
    def offers_share(self):
        return self.open_to_offers / self.customers if self.customers else math.nan

    @property
    def customers_rate(self):
        """Change of the number of customers since the run published before."""
        return self.customers / self.customers_before - 1 if self.customers_before else math.nan

    @property
    def brokerage_each(self):
        return self.brokerage_1y / self.customers if self.customers else math.nan

    def to_document(self):
        """Plain values, None for the unknown, ready to be stored."""
        document = asdict(self)
        document["growth"] = [asdict(each) for each in self.growth.values()]
        return _storable(document)

    @classmethod
    def from_document(cls, document):
        """Rebuild what `to_document` wrote."""
        fields = {name: math.nan if value is None else value for name, value in document.items()}
        contents = document["contents"]
        parts = {
            name: tuple(
                Part(each["name"], each["share"], _number(each["members"]))
                for each in contents[name]
            )
            for name in ("stocks", "sectors", "caps")
        }
        return cls(
            **{
                **fields,
                "customers_before": document["customers_before"],
                "growth": {each["days"]: SegmentGrowth(**each) for each in document["growth"]},
                "medians": {key: _number(value) for key, value in document["medians"].items()},
                "contents": Contents(**parts, stocks_held=contents["stocks_held"]),
            }
        )


def effort_order(values, rates, *, by="both"):
    """Order segments by value, by growth, or by the mean of both places.

    Places instead of sums: rupees and per cent have no common unit, and any weights between them
    would be invented. Equal sums of places go by value.

    Parameters
    ----------
    values : sequence of float
        Total value of each segment, rupees.
    rates : sequence of float
        Net new money for each rupee held before; the unknown come last.
    by : {"both", "value", "growth"}

    Returns
    -------
    list of (int, int, int)
        Index of the segment, its place by value and its place by growth, best first.

    References
    ----------
    .. [1] Borda (1781), "Memoire sur les elections au scrutin".
    """
    by_value, by_growth = _places(values), _places(rates)
    sums = {
        "both": [v + g for v, g in zip(by_value, by_growth, strict=True)],
        "value": by_value,
        "growth": by_growth,
    }[by]
    order = sorted(range(len(sums)), key=lambda i: (sums[i], by_value[i]))
    return [(i, by_value[i], by_growth[i]) for i in order]


def _places(figures):
    order = sorted(range(len(figures)), key=lambda i: -_known(figures[i]))
    places = [0] * len(figures)
    for place, index in enumerate(order, start=1):
        places[index] = place
    return places


def _known(figure):
    return figure if math.isfinite(figure) else -math.inf


def _number(value):
    return math.nan if value is None else value


def _storable(value):
    if isinstance(value, dict):
        return {name: _storable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
