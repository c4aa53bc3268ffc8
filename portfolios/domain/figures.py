"""A figure with the means to check it: the number, or the reason there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["rupees", "share", "percent", "chance", "ratio", "count", "date", "text"]


@dataclass(frozen=True, slots=True)
class Input:
    """One line of a working: what it is, its amount and how to write it."""

    label: str
    amount: float | date | str
    kind: Kind = "rupees"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number together with its working.

    Parameters
    ----------
    value : float
        The number; NaN when it cannot be computed.
    reason : str
        Why it is missing; empty when it is known.
    formula : str
        The formula in the words of `inputs`.
    inputs : tuple of Input
        What went in, in the order of the formula.
    """

    value: float
    reason: str = ""
    formula: str = ""
    inputs: tuple[Input, ...] = ()

    @property
    def known(self) -> bool:
        return not math.isnan(self.value)


def missing(reason: str, *, formula: str = "", inputs: tuple[Input, ...] = ()) -> Figure:
    """A figure that cannot be computed, and why."""
    return Figure(math.nan, reason, formula, inputs)
