"""The revealed risk score: how much risk a customer takes, whatever the questionnaire says."""

from dataclasses import dataclass

import numpy as np

from accounts.domain.questionnaire import HIGH_FROM, MEDIUM_FROM

RISK_CLASSES = ("low", "medium", "high")
UNKNOWN_RISK = len(RISK_CLASSES)


@dataclass(frozen=True)
class RiskPart:
    """One part of the score.

    Attributes
    ----------
    feature, label : str
    weight : float
        Points out of 100.
    calm, bold : float
        Values of the feature that earn none and all of the points.
    """

    feature: str
    label: str
    weight: float
    calm: float
    bold: float


# The bounds are absolute, so that one customer's score does not depend on the others:
# 10 % a year is the calmest of broad large-cap portfolios, 35 % a handful of small caps.
PARTS = (
    RiskPart("volatility_held", "Volatility of what is held", 40.0, 0.10, 0.35),
    RiskPart("small_cap_share", "Share of small caps", 25.0, 0.0, 0.75),
    RiskPart("effective_holdings", "Few holdings", 20.0, 12.0, 2.0),
    RiskPart("turnover", "Turnover a year", 15.0, 0.0, 2.0),
)


def revealed_risk(features):
    """Score the risk that holdings and trades reveal.

    Each part of `PARTS` earns its weight times where the feature lies between
    `calm` (0) and `bold` (1), cut off at both ends; unknown parts are left out
    and the rest is rescaled to 100.

    Parameters
    ----------
    features : mapping of str to ndarray of float64, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
        0 to 100; NaN where the volatility held is unknown, for the rest is not
        enough to speak of risk.
    """
    earned: np.ndarray | float = 0.0
    possible: np.ndarray | float = 0.0
    for part in PARTS:
        value = np.asarray(features[part.feature], float)
        place = np.clip((value - part.calm) / (part.bold - part.calm), 0.0, 1.0)
        known = np.isfinite(place)
        earned = earned + part.weight * np.where(known, place, 0.0)
        possible = possible + part.weight * known
    with np.errstate(invalid="ignore", divide="ignore"):
        score = 100.0 * earned / possible
    return np.where(np.isfinite(features["volatility_held"]), score, np.nan)


def risk_class_codes(score):
    """Class of each score: 0 low, 1 medium, 2 high, 3 unknown.

    Parameters
    ----------
    score : ndarray of float64, shape (n,)

    Returns
    -------
    ndarray of int64, shape (n,)
        Low below 35, high from 65: the bounds of the questionnaire, so that a
        stated and a revealed class of one name mean the same score.
    """
    score = np.asarray(score, float)
    codes = (score >= MEDIUM_FROM).astype(np.int64) + (score >= HIGH_FROM)
    return np.where(np.isfinite(score), codes, UNKNOWN_RISK)


def risk_class(score):
    """Class of one score, by the bounds of `risk_class_codes`.

    Parameters
    ----------
    score : float or None

    Returns
    -------
    str
        "low", "medium" or "high"; empty for an unknown score.
    """
    code = int(risk_class_codes(np.array([np.nan if score is None else score]))[0])
    return RISK_CLASSES[code] if code < UNKNOWN_RISK else ""
