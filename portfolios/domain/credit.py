"""Default risk of the companies held, from their equity's value and volatility and their debt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.optimize import root
from scipy.stats import norm

HORIZON = 1.0


@dataclass(frozen=True, slots=True)
class Default:
    """Merton's view of a company.

    Attributes
    ----------
    distance : float
        Deviations that the assets lie above the debt in a year.
    probability : float
        That they do not, within a year: risk-neutral.
    assets, asset_volatility : float
        Rupees, and fraction a year, that explain the equity.
    """

    distance: float
    probability: float
    assets: float
    asset_volatility: float


def merton(
    equity: float, equity_volatility: float, debt: float, *, rate: float, horizon: float = HORIZON
) -> Default | None:
    """Distance to default: equity as a call on the assets, struck at the debt.

    Parameters
    ----------
    equity : float
        Market value, rupees.
    equity_volatility : float
        Fraction a year.
    debt : float
        Face value, rupees.
    rate : float
        Risk-free, continuously compounded, a year.
    horizon : float
        Years.

    Returns
    -------
    Default or None
        None where an input is unknown or not positive, or no assets explain the equity. Without
        debt nothing can default: an infinite distance.

    References
    ----------
    .. [1] Merton (1974), Journal of Finance 29(2).
    """
    if not (equity > 0 and equity_volatility > 0 and debt >= 0) or math.isinf(equity + debt):
        return None
    if debt == 0:
        return Default(math.inf, 0.0, equity, equity_volatility)

    def terms(assets: float, volatility: float) -> tuple[float, float]:
        width = volatility * math.sqrt(horizon)
        d1 = (math.log(assets / debt) + (rate + volatility**2 / 2) * horizon) / width
        return d1, d1 - width

    def off(logs):
        assets, volatility = math.exp(logs[0]) * equity, math.exp(logs[1])
        d1, d2 = terms(assets, volatility)
        worth = assets * norm.cdf(d1) - debt * math.exp(-rate * horizon) * norm.cdf(d2)
        return [
            worth / equity - 1.0,
            norm.cdf(d1) * volatility * assets / (equity_volatility * equity) - 1.0,
        ]

    share = equity / (equity + debt)
    found = root(off, [math.log(1.0 / share), math.log(equity_volatility * share)], tol=1e-10)
    if not found.success or max(abs(each) for each in off(found.x)) > 1e-6:
        return None
    assets, volatility = math.exp(found.x[0]) * equity, math.exp(found.x[1])
    _, distance = terms(assets, volatility)
    return Default(distance, float(norm.cdf(-distance)), assets, volatility)
