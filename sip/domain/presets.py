"""Rates to start from: three assumptions, and what the loaded history gave."""

from dataclasses import dataclass
from datetime import date

import numpy as np

CAP_CLASSES = ("large", "mid", "small")
"""Cap classes that have a preset, in the order of rising risk."""

ASSUMED_RATES = {"large": 0.09, "mid": 0.12, "small": 0.15}
"""Yearly rates assumed for each class. Round figures, promised by nobody."""

MIN_YEARS = 3
"""Shorter histories say more about their first and last day than about the class."""

MOST_YEARS = 10


@dataclass(frozen=True)
class ClassReturn:
    """How one cap class did in the loaded history."""

    cap_class: str
    annual_return: float
    stocks: int
    first: date
    last: date


def class_returns(dates, values, cap_classes):
    """Measure the yearly return of equal money held in every stock of a cap class.

    Each stock known at both ends of the last ten years is bought with one rupee on the first day
    and kept: ``mean(P_T / P_0)^(1 / years) - 1``. Stocks that left the market meanwhile
    are not in the history, so the figures flatter; callers must say so.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (n_days,)
        Ascending.
    values : ndarray of shape (n_days, n_stocks)
        Adjusted closes, NaN where unknown.
    cap_classes : sequence of str, length n_stocks

    Returns
    -------
    dict of str to ClassReturn
        Classes without a stock known at both ends, or a history under three years, are absent.
    """
    known = np.isfinite(values).sum(axis=1)
    whole = np.flatnonzero(known >= 0.5 * known.max(initial=1))
    if len(whole) < 2:
        return {}
    # Days before most stocks were listed, or on which few traded, are no end to measure from.
    dates, values = dates[whole], values[whole]
    recent = dates >= dates[-1] - np.timedelta64(round(365.25 * MOST_YEARS), "D")
    dates, values = dates[recent], values[recent]
    years = float((dates[-1] - dates[0]) / np.timedelta64(1, "D")) / 365.25
    if years < MIN_YEARS:
        return {}
    classes = np.char.lower(np.asarray(cap_classes, dtype=str))
    period = (dates[0].item(), dates[-1].item())
    relatives = values[-1] / values[0]
    found = {}
    for name in CAP_CLASSES:
        grown = relatives[(classes == name) & np.isfinite(relatives)]
        if grown.size:
            annual = float(np.mean(grown) ** (1 / years) - 1)
            found[name] = ClassReturn(name, annual, int(grown.size), *period)
    return found
