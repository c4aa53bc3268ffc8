"""Which figures speak for a recommendation, and which against it.

Nothing is computed anew here: reasons are chosen among the figures stored with the set.
Pages put them into words, so that numbers are written there as everywhere else.
"""

from dataclasses import dataclass

LITTLE_TOGETHER = 0.35
STRONG_YEAR = 0.15
STEADY = 0.8
WORTH_SAYING = 0.001
"""A tenth of a point of volatility: less would read as no change at all."""

NEAR = 0.85
"""A figure this close to its limit is mentioned against the stock."""

RISK_WORDS = ("Low", "Low to moderate", "Moderate", "Moderately high", "High")
RISK_BOUNDS = (0.18, 0.25, 0.33, 0.42)


@dataclass(frozen=True)
class Chip:
    """One figure beside a stock; `unit` is "share", "change", "points", "rupees" or "number"."""

    icon: str
    text: str
    value: float
    unit: str


def reasons(item, working, *, most=2):
    """Name the parts of the score that speak for a stock, the weightiest first.

    Parameters
    ----------
    item : dict
        A pick's `working`.
    working : dict
        Its set's `working`.
    most : int

    Returns
    -------
    list of str
        Names of `ranking.WEIGHTS`.
    """
    holds = {
        "peers": bool(item["peers"]),
        "sector": item["preferred"],
        "diversification": _lower(item["volatility_after"], working["volatility_before"]),
        "momentum": _at_least(item["one_year"], STRONG_YEAR),
        "steadiness": item["parts"]["steadiness"][0] >= STEADY,
    }
    weight = {name: value * part for name, (value, part) in item["parts"].items()}
    return sorted((name for name in holds if holds[name]), key=lambda name: -weight[name])[:most]


def chips(item, working):
    """Give the figures to compare stocks by.

    Returns
    -------
    list of Chip
    """
    shown = []
    if item["peers"]:
        shown.append(Chip("people", "Your segment", item["peers"], "share"))
    if item["sector_after"] is not None:
        text = "Sector becomes" if item["sector_before"] else "New sector"
        shown.append(Chip("pie-chart", text, item["sector_after"], "share"))
    if item["correlation"] is not None:
        shown.append(Chip("shuffle", "Moves with yours", item["correlation"], "number"))
    if item["one_year"] is not None:
        shown.append(Chip("graph-up", "One year", item["one_year"], "change"))
    if working["volatility_before"] is not None and item["volatility_after"] is not None:
        change = item["volatility_after"] - working["volatility_before"]
        shown.append(Chip("activity", "Volatility of today’s holdings", change, "points"))
    return shown


def against(item, working, *, volatility, shares):
    """Give the figures that speak against a stock; they are shown beside those that do not.

    Returns
    -------
    list of Chip
    """
    limits = working["limits"]
    found = []
    if volatility > NEAR * limits["volatility"]:
        found.append(Chip("exclamation-triangle", "near your limit, swings", volatility, "share"))
    before = item["sector_before"]
    if before is not None and before > NEAR * limits["sector_share"]:
        found.append(Chip("exclamation-triangle", "sector is already", before, "share"))
    if item["momentum"] is not None and item["momentum"] < 0:
        found.append(
            Chip("exclamation-triangle", "12 months less the last", item["momentum"], "change")
        )
    if shares == 0 and working["budget"]:
        found.append(Chip("exclamation-triangle", "one share costs", item["price"], "rupees"))
    return found


def risk_level(volatility):
    """Place a volatility among five words: the level from 1 to 5, and the word."""
    level = sum(volatility >= bound for bound in RISK_BOUNDS)
    return level + 1, RISK_WORDS[level]


def _lower(after, before):
    return after is not None and before is not None and before - after >= WORTH_SAYING


def _at_least(value, bound):
    return value is not None and value >= bound
