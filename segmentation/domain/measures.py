"""What single customers are measured by on the explorer's axes, and in filters."""

from dataclasses import dataclass

from segmentation.domain.features import main_features


@dataclass(frozen=True)
class Measure:
    """One number of a customer that can be drawn, sorted and filtered by.

    Attributes
    ----------
    key, label : str
    unit : str
        As of `Feature`.
    transform : {"log10", "log1p", "identity"}
        Of the axis it is drawn on.
    floor : float
        Smallest raw value told apart on that axis.
    feature : bool
        Whether segments are made of it; the others follow from it or come after.
    """

    key: str
    label: str
    unit: str
    transform: str
    floor: float
    feature: bool


_BESIDE = (
    Measure("revealed_risk", "Revealed risk score", "score", "identity", 0.0, False),
    Measure("total_return", "Total return", "share", "identity", -1.0, False),
    Measure("return_1y", "One year's return on money", "share", "identity", -1.0, False),
)

MEASURES: tuple[Measure, ...] = (
    *(
        Measure(each.key, each.label, each.unit, each.transform, each.floor, True)
        for each in main_features()
    ),
    *_BESIDE,
)
MEASURE_KEYS = tuple(measure.key for measure in MEASURES)

_SHOWN_UNITS = {
    "rupees": "rupees",
    "share": "%",
    "score": "0 to 100",
    "days": "days",
    "times_a_year": "times a year",
}
_PERCENT = frozenset(measure.key for measure in MEASURES if measure.unit == "share")


def label_with_unit(measure):
    """What people read and type the measure in, such as "Total return (%)".

    Parameters
    ----------
    measure : Measure

    Returns
    -------
    str
    """
    unit = _SHOWN_UNITS.get(measure.unit)
    return f"{measure.label} ({unit})" if unit else measure.label


def as_shown(key, value):
    """A stored value as people read it: shares, which are fractions, in per cent.

    Parameters
    ----------
    key : str
        Of a measure; any other value is given back.
    value : float or None

    Returns
    -------
    float or None
        To twelve digits, so that 0.07 is 7 and not 7.000000000000001.
    """
    if value is None or key not in _PERCENT:
        return value
    return float(f"{value * 100:.12g}")


def as_stored(key, value):
    """The reverse of `as_shown`: 7 of a share is 0.07."""
    if value is None or key not in _PERCENT:
        return value
    return float(f"{value / 100:.12g}")


# 2**32 over the golden ratio, odd (Knuth, The Art of Computer Programming 3, section 6.4):
# multiples of it fill the circle evenly, wherever one begins and stops counting.
DRAW_FACTOR, DRAW_SIZE = 2_654_435_761, 2**32


def draw_of(number):
    """Place of a customer in the line of which the first so many are an even sample.

    Parameters
    ----------
    number : int or ndarray of int64
        Customer number, 0 to 3 * 10**9.

    Returns
    -------
    int or ndarray of int64
        0 to 2**32 - 1.
    """
    return number * DRAW_FACTOR % DRAW_SIZE
