"""What other rooms and pages learn of a segment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

COLOURS = 8


@dataclass(frozen=True)
class SegmentView:
    """One segment of the published run.

    Attributes
    ----------
    key, name, description : str
        The key outlives retrains; name and description say what sets it apart.
    tier, risk_class : str
        "high", "medium" or "low": by average portfolio value, and by average
        revealed risk (empty where unknown).
    customers : int
    average_value, total_value : float
        Portfolio value, rupees; the average NaN for a segment without customers.
    run_number : int
    scores : dict of str to float
        Deviations of each main feature's mean from the average customer.
    typical : dict of str to float or None
        Median of each main feature, raw units.
    colour : int
        1 to 8 on every chart, of `segment_colours` over its run; 0 where it was read alone.
    """

    key: str
    name: str
    description: str
    tier: str
    risk_class: str
    customers: int
    average_value: float
    total_value: float
    run_number: int
    scores: dict = field(default_factory=dict)
    typical: dict = field(default_factory=dict)
    colour: int = 0


def segment_colours(
    keys: Iterable[str], settled: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Give each segment the colour of its key, so that it keeps it over retrains.

    The n-th key ever given wishes for the n-th colour, in turn. Where it is taken, the older
    segment has it and the younger one the next that is free; colours come twice only where
    there are more segments than colours.

    Parameters
    ----------
    keys : iterable of str
        Of the form "s1", as `identity.match_keys` gives them.
    settled : mapping of str to int, optional
        Colours that are given already and stay.

    Returns
    -------
    dict of str to int
        1 to 8 by key: those settled, and one for every other key.
    """
    colours = dict(settled or {})
    for key in sorted(set(keys) - set(colours), key=_age):
        wished = (_age(key)[0] - 1) % COLOURS
        turn = [(wished + step) % COLOURS + 1 for step in range(COLOURS)]
        free = [colour for colour in turn if colour not in colours.values()]
        colours[key] = (free or turn)[0]
    return colours


def _age(key) -> tuple[int, str]:
    digits = "".join(letter for letter in key if letter.isdigit())
    return int(digits or 1), key
