"""Hard rules: which stocks must not be put before an investor, and why not."""

from dataclasses import dataclass

import numpy as np

from recommendations.domain.features import MarketFeatures

RISK_CLASSES = ("low", "medium", "high")

SUITABLE, NO_DATA, DISMISSED, OWNED, VOLATILE, CAP_CLASS, ILLIQUID, CONCENTRATED, POOR = range(9)

REASONS = {
    NO_DATA: "Too little history",
    DISMISSED: "Set aside by you",
    OWNED: "Held already",
    VOLATILE: "Too volatile for you",
    CAP_CLASS: "Company too small for you",
    ILLIQUID: "Too little traded",
    CONCENTRATED: "Would crowd a sector",
    POOR: "Expected to earn too little",
}
"""Why a stock is left out, in the order in which the rules are tried."""

TRIAL_SHARE = 0.05
"""Part of the portfolio at which a stock is tried where no amount is known yet."""

PART_OF_LONG_RUN = 0.5
"""Of the market's long-run return a stock must be expected to earn: for less than half of it
nobody is paid for the risk of a single stock."""

MIN_TRADED_VALUE = 5e7
"""Rupees a day, median of 60 days: below it a small order can move the price."""


@dataclass(frozen=True)
class Limits:
    """What a risk class allows.

    Attributes
    ----------
    volatility : float
        Most a stock may swing, fraction a year.
    cap_classes : tuple of str
    stock_share, sector_share : float
        Most in one stock, and in one sector, of portfolio and budget together.
    """

    volatility: float
    cap_classes: tuple[str, ...]
    stock_share: float
    sector_share: float


LIMITS = {
    "low": Limits(0.28, ("Large",), 0.10, 0.25),
    "medium": Limits(0.40, ("Large", "Mid"), 0.12, 0.30),
    "high": Limits(0.60, ("Large", "Mid", "Small"), 0.15, 0.35),
}


def governing_class(stated, revealed):
    """Pick the more cautious of what an investor says and what their trades show.

    Parameters
    ----------
    stated : str
        "low", "medium" or "high", from the questionnaire.
    revealed : str
        The same from holdings and trades; empty where there are none.

    Returns
    -------
    str
    """
    if revealed not in RISK_CLASSES:
        return stated
    return min(stated, revealed, key=RISK_CLASSES.index)


def exclusion_codes(features: MarketFeatures, *, limits, owned, dismissed, crowded):
    """Tell of every stock whether investors of one risk class may be shown it.

    Parameters
    ----------
    features : MarketFeatures
    limits : Limits
    owned, dismissed, crowded : ndarray of bool, shape (n_investors, n_stocks)
        Held now; set aside by the investor; of a sector that a purchase would take
        above its share (see `crowded_sectors`).

    Returns
    -------
    ndarray of int8, shape (n_investors, n_stocks)
        `SUITABLE`, or the first rule that forbids it.
    """
    rules = [
        (NO_DATA, ~features.known | ~np.isfinite(features.price)),
        (DISMISSED, dismissed),
        (OWNED, owned),
        (VOLATILE, ~(features.volatility <= limits.volatility)),
        (CAP_CLASS, ~np.isin(features.cap_classes, limits.cap_classes)),
        (ILLIQUID, ~(features.traded_value >= MIN_TRADED_VALUE)),
        (CONCENTRATED, crowded),
        (POOR, ~(features.expected_return >= PART_OF_LONG_RUN * features.long_run)),
    ]
    codes = np.zeros(owned.shape, dtype=np.int8)
    for code, forbidden in rules:
        codes[(codes == SUITABLE) & forbidden] = code
    return codes


def crowded_sectors(sector_values, budget, *, limits):
    """Find the sectors that one more purchase would take above their share.

    The purchase tried is a twentieth of portfolio and budget together.

    Parameters
    ----------
    sector_values : ndarray of shape (n_investors, n_sectors)
        Rupees held in each sector.
    budget : ndarray of shape (n_investors,)
        Rupees to be invested; NaN counts as nothing.
    limits : Limits

    Returns
    -------
    ndarray of bool, shape (n_investors, n_sectors)
    """
    base = sector_values.sum(axis=1, keepdims=True) + np.nan_to_num(budget)[:, None]
    return sector_values + TRIAL_SHARE * base > limits.sector_share * base
