"""Many portfolios over one period: which did best and which worst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from market.domain.debts import FIRST_DAY as NSE_BEGAN

DAILY = timedelta(days=400)
"""How long every session is kept; of months further back the last session is."""


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Each owner over a period, shape (n,); NaN where the owner has none.

    Parameters
    ----------
    rate : ndarray
        Time-weighted, as a fraction.
    gain : ndarray
        Rupees.
    value : ndarray
        At the end of the period.
    base : ndarray
        On the evening before it; at its end where the period is each owner's whole history.
    moved : ndarray
        Rupees put in less those taken out in between: value at the end less value at the start
        less gain. With little of either left, a large return can be one of little money.
    late : int
        Owners who held nothing on that evening and something later.
    """

    rate: np.ndarray
    gain: np.ndarray
    value: np.ndarray
    base: np.ndarray
    moved: np.ndarray
    late: int


def changes(
    start: tuple[np.ndarray, np.ndarray, np.ndarray] | None,
    end: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> Changes:
    """Compare two evenings.

    Parameters
    ----------
    start, end : tuple of three ndarray of shape (n,)
        Level, value and gain of each owner. No start is each owner's own beginning.
    """
    level, value, gain = (np.asarray(column, float) for column in end)
    if start is None:
        return Changes(level - 1.0, gain, value, value, _moved(value, 0.0, gain, 0.0), 0)
    level_then, value_then, gain_then = (np.asarray(column, float) for column in start)
    held = value_then > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(held, level / level_then - 1.0, np.nan)
    return Changes(
        rate,
        np.where(held, gain - gain_then, np.nan),
        value,
        np.where(held, value_then, np.nan),
        np.where(held, _moved(value, value_then, gain, gain_then), np.nan),
        int(np.count_nonzero(~held & ~np.isnan(level))),
    )


def _moved(value, value_then, gain, gain_then):
    """Money put in less taken out; nothing where it is less than what seven digits leave over."""
    found = (value - value_then) - (gain - gain_then)
    sizes = np.abs(value) + np.abs(value_then) + np.abs(gain) + np.abs(gain_then)
    return np.where(np.abs(found) <= sizes * np.finfo(np.float32).eps, 0.0, found)


def ends(figure: np.ndarray, base: np.ndarray, count: int, *, minimum: float = 0.0):
    """Places of the largest and of the smallest figures, each list from its end inwards.

    Parameters
    ----------
    figure, base : ndarray of shape (n,)
        NaN is left out.
    count : int
    minimum : float
        What `base` has to be at least.

    Returns
    -------
    best, worst : ndarray of int64
    counted : int
        How many were compared.
    """
    known = np.flatnonzero(~np.isnan(figure) & (base >= minimum))
    chosen = figure[known]
    n = min(count, len(known))
    if not n:
        return known, known, 0
    low = known[np.argpartition(chosen, n - 1)[:n]]
    high = known[np.argpartition(chosen, len(known) - n)[len(known) - n :]]
    return (
        high[np.argsort(-figure[high], kind="stable")],
        low[np.argsort(figure[low], kind="stable")],
        len(known),
    )


def kept(sessions: np.ndarray) -> np.ndarray:
    """Which sessions are kept: all of the last `DAILY`, and the last one of each month.

    Parameters
    ----------
    sessions : ndarray of shape (n,), datetime64[D]
        Increasing.

    Returns
    -------
    ndarray of shape (n,), bool
    """
    if not len(sessions):
        return np.zeros(0, bool)
    months = sessions.astype("datetime64[M]")
    closing = np.concatenate([months[1:] != months[:-1], [True]])
    return closing | (sessions > sessions[-1] - np.timedelta64(DAILY.days, "D"))


def period_fault(first: date | None, last: date | None, today: date) -> str:
    """Why there are no such days to look at, in a sentence; empty where there are.

    Parameters
    ----------
    first, last : date, optional
        None is open.
    today : date
    """
    for name, day in (("first", first), ("last", last)):
        if day is None:
            continue
        shown = f"{day:%d %b} {day.year:04d}"
        if day < NSE_BEGAN:
            began = f"{NSE_BEGAN:%d %b %Y}"
            return f"The {name} day, {shown}, lies before NSE’s first session, {began}."
        if day > today:
            return f"The {name} day, {shown}, lies in the future."
    if first is not None and last is not None and first > last:
        return f"The first day, {first:%d %b %Y}, is later than the last, {last:%d %b %Y}."
    return ""


def evening(sessions: Sequence[date], day: date) -> date | None:
    """The last known session on or before a day; None before the first."""
    return max((each for each in sessions if each <= day), default=None)


def fiscal_year(day: date) -> date:
    """First day of the Indian financial year a day lies in."""
    return date(day.year - (day.month < 4), 4, 1)
