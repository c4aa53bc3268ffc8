"""High-value customers who went quiet: who took money out, or stopped trading."""

from dataclasses import dataclass

import numpy as np

from segmentation.domain.lots import weighted_median

DAYS = 90
TOP_SHARE = 0.10
"""High-value is the top tenth by what they held `DAYS` ago: by today's value, those who took
their money out would not be among them."""
TAKEN_OUT = 0.10
"""Share of what they held that has to be gone; less is housekeeping."""
USUAL_GAP = 30
FEWEST_GAPS = 3
"""Trading days apart tell a habit from the fourth day on."""

WITHDREW, STOPPED, BOTH = "withdrew", "stopped", "both"
KINDS = {
    WITHDREW: "Took money out",
    STOPPED: "Stopped trading",
    BOTH: "Took money out and stopped trading",
}


@dataclass(frozen=True)
class Habits:
    """When customers trade, a row a customer.

    Attributes
    ----------
    last : ndarray of int64, shape (n,)
        Last day of trading, days since 1970-01-01; -1 for one who never traded.
    gap : ndarray of float64, shape (n,)
        Median days between days of trading (the lower of two middle ones); NaN with fewer than
        `FEWEST_GAPS` gaps.
    """

    last: np.ndarray
    gap: np.ndarray


def trading_habits(owner, day, n):
    """Measure when customers trade.

    Parameters
    ----------
    owner : ndarray of int64, shape (n_trades,)
        Row of the customer of each trade.
    day : ndarray of int64, shape (n_trades,)
        Days since 1970-01-01, not negative. Several trades of one day are one day of trading.
    n : int

    Returns
    -------
    Habits
    """
    last = np.full(n, -1, np.int64)
    if not len(owner):
        return Habits(last, np.full(n, np.nan))
    np.maximum.at(last, owner, day)
    span = int(day.max()) + 1
    owner, day = np.divmod(np.unique(owner * span + day), span)
    same = owner[1:] == owner[:-1]
    who, gaps = owner[1:][same], np.diff(day)[same].astype(float)
    median = weighted_median(who, gaps, np.ones(len(who)), n)
    enough = np.bincount(who, minlength=n) >= FEWEST_GAPS
    return Habits(last, np.where(enough, median, np.nan))


@dataclass(frozen=True)
class Quiet:
    """Marks, a row a customer: ndarray of bool, shape (n,)."""

    high: np.ndarray
    withdrew: np.ndarray
    stopped: np.ndarray

    @property
    def any(self):
        return self.withdrew | self.stopped

    def kinds(self):
        """Key of `KINDS` of each customer; empty where not quiet."""
        codes = self.withdrew + 2 * self.stopped
        return np.array(["", WITHDREW, STOPPED, BOTH])[codes]


def high_value_from(before):
    """Least value held `DAYS` ago that makes a customer high-value, rupees; NaN without any.

    Parameters
    ----------
    before : ndarray of float64, shape (n,)
        NaN unknown. Customers who held nothing are not counted.
    """
    held = before[np.isfinite(before) & (before > 0)]
    return float(np.quantile(held, 1 - TOP_SHARE)) if len(held) else float("nan")


def quiet_customers(growth, habits, *, as_of):
    """Mark high-value customers who went quiet.

    Took money out: net money below ``-TAKEN_OUT`` of what they held, and worth less now.
    Stopped trading: no trade for `DAYS` days, where the median gap was under `USUAL_GAP`.

    Parameters
    ----------
    growth : Growth
        Over `DAYS` days.
    habits : Habits
        Of all their trades.
    as_of : int
        Days since 1970-01-01.

    Returns
    -------
    Quiet
    """
    with np.errstate(invalid="ignore"):
        high = growth.before >= high_value_from(growth.before)
        withdrew = high & (growth.net_money <= -TAKEN_OUT * growth.before)
        withdrew &= growth.now < growth.before
        stopped = high & (habits.last <= as_of - DAYS) & (habits.gap < USUAL_GAP)
    return Quiet(high, withdrew, stopped)
