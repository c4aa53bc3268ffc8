"""The ratio of a split, bonus, merger or demerger, as it is written."""

from __future__ import annotations

import re
from fractions import Fraction

HIGHEST_RATIO = 1_000
"""Also the greatest denominator."""
# Python's own Fraction takes "1e999999999" and works for hours on it.
_WRITTEN = re.compile(
    r"(?P<number>(?=\.?[0-9])[0-9]{0,4}(\.[0-9]{0,6})?)|(?P<over>[0-9]{1,7})([/:]|to)(?P<under>[0-9]{1,4})"
)


def ratio_from(text: str) -> Fraction | None:
    """The ratio that is written.

    Parameters
    ----------
    text : str
        As 5, 1.5, 3/2, 3:2 or 3 to 2.

    Returns
    -------
    Fraction or None
        Above 0 and at most `HIGHEST_RATIO`; None for one beyond.

    Raises
    ------
    ValueError
        For anything that is no ratio.
    """
    found = _WRITTEN.fullmatch("".join(text.split()))
    if not found or (found["under"] and not int(found["under"])):
        raise ValueError("no ratio")
    ratio = Fraction(found["number"] or f"{found['over']}/{found['under']}")
    fits = 0 < ratio <= HIGHEST_RATIO and ratio.denominator <= HIGHEST_RATIO
    return ratio if fits else None
