"""What staff see of the best and the worst portfolios over a period."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from bson import ObjectId

from portfolios.blocks import common_sessions, object_ids, read_points, read_rolls
from portfolios.domain.periods import changes, ends, evening, fiscal_year
from portfolios.facts.performance import bounds_of
from portfolios.models import Portfolio

PERIODS = {
    "1m": "1 month",
    "3m": "3 months",
    "6m": "6 months",
    "1y": "1 year",
    "fy": "This financial year",
    "all": "Since each began",
    "dates": "Dates of your choice",
}
MEASURES = {"rate": "Time-weighted return", "gain": "Rupees gained"}
RANKED = 25


@dataclass(frozen=True)
class Line:
    """One portfolio over the period."""

    key: ObjectId
    number: int
    name: str
    rate: float
    gain: float
    base: float
    value: float
    moved: float


@dataclass(frozen=True)
class Ranking:
    """Both ends of all portfolios over a period.

    Attributes
    ----------
    best, worst : list of Line
    eve, end : date or None
        The evenings that are compared; no eve is each portfolio's own beginning.
    counted, late, waiting : int
        Portfolios compared, without a value on the eve, and being worked out anew.
    reason : str
        Why there is nothing to compare.
    """

    best: list[Line] = field(default_factory=list)
    worst: list[Line] = field(default_factory=list)
    eve: date | None = None
    end: date | None = None
    counted: int = 0
    late: int = 0
    waiting: int = 0
    reason: str = ""

    @property
    def numbers(self):
        """Customers listed, ascending."""
        return sorted({line.number for line in (*self.best, *self.worst)})


def ranked_over(period, *, first=None, last=None, by="rate", minimum=0.0) -> Ranking:
    """Rank all portfolios over a period by what is stored of its two evenings.

    Parameters
    ----------
    period : str
        Key of `PERIODS`.
    first, last : date, optional
        Both included, for a period of one's own dates.
    by : str
        Key of `MEASURES`.
    minimum : float
        Rupees a portfolio was worth on the eve, or at the end where each has its own beginning.
    """
    sessions = common_sessions()
    if not sessions:
        return Ranking(reason="Nothing is kept of past values yet: it is each night.")
    end = sessions[-1] if period != "dates" else evening(sessions, last)
    if period == "fy":
        first = fiscal_year(sessions[-1])
    elif period != "dates":
        first = bounds_of(period, sessions[-1])
    eve = None if first is None else evening(sessions, first - timedelta(days=1))
    if (first is not None and eve is None) or end is None:
        return Ranking(reason=f"Past values are kept from {sessions[0]:%-d %b %Y} on.")
    if eve is not None and eve >= end:
        return Ranking(eve=eve, end=end, reason="There is no session in these days.")
    rolls = read_rolls()
    shown = np.concatenate([roll.shown for roll in rolls])
    found = changes(
        None if eve is None else _columns(read_points(rolls, eve), shown),
        _columns(read_points(rolls, end), shown),
    )
    figure = found.rate if by == "rate" else found.gain
    best, worst, counted = ends(figure, found.base, RANKED, minimum=minimum)
    lines = _lines(rolls, found, np.concatenate([best, worst]))
    return Ranking(
        best=lines[: len(best)],
        worst=lines[len(best) :],
        eve=eve,
        end=end,
        counted=counted,
        late=found.late,
        waiting=sum(len(roll.waiting) for roll in rolls),
        reason="" if counted else "No portfolio was worth this much then.",
    )


def _columns(points, shown):
    return tuple(np.where(shown, column, np.nan) for column in
                 (points.level, points.value, points.gain))  # fmt: skip


def _lines(rolls, found, places) -> list[Line]:
    keys = object_ids(np.concatenate([roll.keys for roll in rolls])[places])
    numbers = np.concatenate([roll.numbers for roll in rolls])[places]
    names = dict(Portfolio.objects.filter(pk__in=keys).values_list("pk", "name"))
    return [
        Line(
            key,
            int(number),
            names.get(key, ""),
            *(
                float(column[place])
                for column in (found.rate, found.gain, found.base, found.value, found.moved)
            ),
        )
        for key, number, place in zip(keys, numbers, places, strict=True)
    ]
