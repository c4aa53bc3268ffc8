"""Customers who state one risk and take another: how much it matters, why, and what follows."""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from segmentation.domain.features import main_features
from segmentation.domain.risk import PARTS, RISK_CLASSES, RiskPart, risk_class_codes

BOLDER, CAUTIOUS = "bolder", "cautious"
SMALL_SUM = 10_000.0
"""Rupees; a portfolio of nine times as much weighs one, each tenfold about one more."""
CAUTIOUS_WEIGHT = 0.5
"""Growth forgone is less urgent than losses that were said to be unbearable: a judgement."""

OUTCOMES = {
    "repeated": "Questionnaire repeated",
    "adjusted": "Portfolio adjusted",
    "informed": "Customer informed",
    "none": "No action",
}


def mismatch(stated, revealed, value):
    """Rank disagreements between questionnaire and behaviour.

    ``|revealed - stated| * log10(1 + value / 10,000)``, halved where behaviour is the more
    cautious side. Money counts by its logarithm, because sums are heavy-tailed: by the rupee
    the list would name the richest, whatever their gap.

    Parameters
    ----------
    stated, revealed : ndarray of float64, shape (n,)
        Scores, 0 to 100; NaN unknown.
    value : ndarray of float64, shape (n,)
        Portfolio value, rupees; NaN counts as nothing.

    Returns
    -------
    weight : ndarray of float64, shape (n,)
        NaN where the two classes are the same or one is unknown.
    direction : ndarray of int64, shape (n,)
        1 bolder than stated, -1 more cautious, 0 no disagreement.
    """
    stated, revealed = np.asarray(stated, float), np.asarray(revealed, float)
    before, after = risk_class_codes(stated), risk_class_codes(revealed)
    known = np.maximum(before, after) < len(RISK_CLASSES)
    direction = np.where(known, np.sign(after - before), 0).astype(np.int64)
    money = np.log10(1.0 + np.maximum(np.nan_to_num(value), 0.0) / SMALL_SUM)
    weight = np.abs(revealed - stated) * money
    weight = np.where(direction < 0, CAUTIOUS_WEIGHT * weight, weight)
    return np.where(direction != 0, weight, np.nan), direction


def direction_names(direction) -> list[str]:
    """Words stored for the codes of `mismatch`; empty for no disagreement."""
    words = {1: BOLDER, -1: CAUTIOUS, 0: ""}
    return [words[code] for code in np.asarray(direction).tolist()]


@dataclass(frozen=True)
class Evidence:
    """What one part of the revealed score says.

    Attributes
    ----------
    part : RiskPart
    unit : str
        Of the feature, which `value` and the part's bounds are in.
    value : float or None
        The customer's figure in the feature's unit; None unknown.
    points : float
        Earned of the 100, after the rest is scaled up for unknown parts; NaN unknown.
    possible : float
        Points that could be earned.
    drives : float
        Points above (bolder) or below (more cautious) those of the stated score, in the
        direction of the disagreement; NaN unknown. All parts together make the gap.
    """

    part: RiskPart
    unit: str
    value: float | None
    points: float
    possible: float
    drives: float


def evidence(values, stated, revealed) -> list[Evidence]:
    """Split the gap between two scores over the parts of the revealed one.

    A customer whose parts all stood at the stated score would earn ``stated`` per cent of each
    part's points. What each part earns above that is its share of the gap, so that the shares
    add up to ``revealed - stated``.

    Parameters
    ----------
    values : mapping of str to float or None
        The features of `PARTS`.
    stated, revealed : float

    Returns
    -------
    list of Evidence
        The part that drives the disagreement most first; unknown parts last.
    """
    known = {
        part.feature: values[part.feature]
        for part in PARTS
        if values.get(part.feature) is not None and math.isfinite(values[part.feature])
    }
    scale = 100.0 / (sum(part.weight for part in PARTS if part.feature in known) or 100.0)
    units = {feature.key: feature.unit for feature in main_features()}
    sign = 1.0 if revealed >= stated else -1.0
    rows = []
    for part in PARTS:
        if part.feature not in known:
            rows.append(Evidence(part, units[part.feature], None, math.nan, part.weight, math.nan))
            continue
        place = (known[part.feature] - part.calm) / (part.bold - part.calm)
        possible = part.weight * scale
        points = possible * min(1.0, max(0.0, place))
        drives = sign * (points - possible * stated / 100.0)
        rows.append(
            Evidence(part, units[part.feature], known[part.feature], points, possible, drives)
        )
    return sorted(rows, key=lambda row: math.inf if math.isnan(row.drives) else -row.drives)


def next_state(*, state, classes, now, follow_up: date | None, today: date) -> tuple[str, str]:
    """Where a case moves by itself.

    Parameters
    ----------
    state : {"open", "taken", "done", "closed"}
    classes : tuple of str
        Stated and revealed class it was last taken or finished with.
    now : tuple of str or None
        The two classes now; None where they no longer disagree.
    follow_up : date or None
        When a finished case is to be looked at again.
    today : date

    Returns
    -------
    state : str
        The same where nothing moves.
    why : str
        In words; empty where nothing moves.
    """
    if now is None:
        if state == "closed":
            return state, ""
        return "closed", "Questionnaire and behaviour no longer disagree"
    if state == "closed":
        return "open", f"They disagree again: states {now[0]}, reveals {now[1]}"
    if state == "done" and now != classes:
        return "open", f"The classes changed: states {now[0]}, reveals {now[1]}"
    if state == "done" and follow_up is not None and follow_up <= today:
        return "open", "They still disagree at the date of the follow-up"
    return state, ""
