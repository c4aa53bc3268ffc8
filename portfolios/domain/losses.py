"""Value at risk and expected shortfall by four methods, from daily returns of today's weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter
from scipy.stats import norm

from portfolios.domain.figures import Figure, Input, missing

DAYS = 500
FEWEST = 250
DECAY = 0.94
LEVELS = (0.95, 0.99)
HORIZONS = (1, 10)
METHODS = ("filtered", "historical", "gaussian", "cornish_fisher")
HEADLINE = "filtered"
NAMES = {
    "filtered": "Filtered historical simulation",
    "historical": "Plain historical simulation",
    "gaussian": "Gaussian, EWMA volatility",
    "cornish_fisher": "Cornish-Fisher",
}
_PATHS, _SEED = 5_000, 20_250_331


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss as a fraction of the value, not below zero.

    Attributes
    ----------
    at_risk : float
        Exceeded with probability 1 - level.
    shortfall : float
        Mean of the losses beyond it.
    reason : str
        Why both are NaN.
    """

    at_risk: float
    shortfall: float
    reason: str = ""


def ewma_volatility(returns: np.ndarray, *, decay: float = DECAY) -> np.ndarray:
    """Volatility expected for each day from the days before it, and for the day after the last.

    Parameters
    ----------
    returns : ndarray of shape (n_days,)
        Without NaN.

    Returns
    -------
    ndarray of shape (n_days + 1,)
        sigma_t^2 = decay sigma_{t-1}^2 + (1 - decay) r_{t-1}^2, begun with the
        mean square of the first 20 returns (RiskMetrics 1996).
    """
    first = np.mean(returns[:20] ** 2)
    # The recursion is a filter of order one, begun at `first`.
    rest, _ = lfilter([1.0 - decay], [1.0, -decay], returns**2, zi=[decay * first])
    return np.sqrt(np.concatenate([[first], rest]))


def loss(
    returns: np.ndarray, *, method: str = HEADLINE, level: float = 0.95, days: int = 1
) -> Loss:
    """Loss of the next `days` days that is exceeded with probability 1 - `level`.

    Parameters
    ----------
    returns : ndarray of shape (n_days,)
        Daily returns as fractions, oldest first; the last `DAYS` known ones count.
    method : {"filtered", "historical", "gaussian", "cornish_fisher"}
    level : float
    days : int

    Returns
    -------
    Loss
        NaN with the reason below `FEWEST` returns, without movement, or where the Cornish-Fisher
        expansion is not monotone.

    Notes
    -----
    Filtered: returns over their EWMA volatility are drawn, and the volatility followed along each
    path [1]_ [2]_; for one day that is the empirical quantile times tomorrow's volatility. Plain:
    the empirical quantile; overlapping sums are taken for more than a day. Gaussian: mean zero and
    EWMA volatility times the square root of the days [3]_. Cornish-Fisher: the Gaussian quantile
    corrected for skewness and kurtosis, inside its domain of validity [4]_.

    References
    ----------
    .. [1] Hull and White (1998), Journal of Risk 1(1).
    .. [2] Barone-Adesi, Giannopoulos and Vosper (1999), Journal of Futures Markets 19(5).
    .. [3] J.P. Morgan (1996), RiskMetrics Technical Document, 4th ed.
    .. [4] Maillard (2012), "A user's guide to the Cornish Fisher expansion".
    """
    if method not in METHODS:
        raise ValueError(f"no method {method!r}")
    known = returns[~np.isnan(returns)][-DAYS:]
    if len(known) < FEWEST:
        return _none(f"{len(known)} days of prices are known for what is held; it takes {FEWEST}.")
    if not np.ptp(known) > 0:
        return _none("The prices of what is held did not move.")
    tail = 1.0 - level
    if method == "historical":
        sums = known if days == 1 else _sums(known, days)
        return _empirical(sums, tail)
    sigma = ewma_volatility(known)
    if not (sigma > 0).all():
        return _none("The prices of what is held did not move.")
    if method == "filtered":
        shocks = known / sigma[:-1]
        if days == 1:
            return _empirical(shocks * sigma[-1], tail)
        return _empirical(_paths(shocks, sigma[-1], days), tail)
    spread = float(sigma[-1]) * math.sqrt(days)
    z = float(norm.ppf(tail))
    if method == "gaussian":
        return Loss(max(-z * spread, 0.0), max(float(norm.pdf(z)) / tail * spread, 0.0))
    return _cornish_fisher(known, spread, tail, days)


def _none(reason: str) -> Loss:
    return Loss(math.nan, math.nan, reason)


def _sums(returns: np.ndarray, days: int) -> np.ndarray:
    """Compounded returns of every run of `days` days."""
    logs = np.cumsum(np.concatenate([[0.0], np.log1p(returns)]))
    return np.expm1(logs[days:] - logs[:-days])


def _paths(shocks: np.ndarray, sigma: float, days: int) -> np.ndarray:
    """Compounded returns of simulated paths whose volatility follows what happens on them."""
    drawn = np.random.default_rng(_SEED).choice(shocks, (_PATHS, days))
    variance = np.full(_PATHS, sigma**2)
    total = np.ones(_PATHS)
    for day in range(days):
        step = drawn[:, day] * np.sqrt(variance)
        total *= 1.0 + np.maximum(step, -1.0)
        variance = DECAY * variance + (1.0 - DECAY) * step**2
    return total - 1.0


def _empirical(outcomes: np.ndarray, tail: float) -> Loss:
    quantile = float(np.quantile(outcomes, tail))
    beyond = outcomes[outcomes <= quantile]
    return Loss(max(-quantile, 0.0), max(-float(beyond.mean()), 0.0))


def _cornish_fisher(returns: np.ndarray, spread: float, tail: float, days: int) -> Loss:
    centred = (returns - returns.mean()) / returns.std()
    # Over more days skewness and excess kurtosis shrink as those of a sum.
    skew = float(np.mean(centred**3)) / math.sqrt(days)
    excess = float(np.mean(centred**4) - 3.0) / days
    if not is_valid(skew, excess):
        return _none(
            f"Skewness {skew:.2f} and excess kurtosis {excess:.1f} lie outside of the domain in "
            "which the expansion holds."
        )
    # The mean of the quantiles beyond, by the midpoint rule.
    probabilities = tail * (np.arange(200) + 0.5) / 200
    quantile = float(_expanded(norm.ppf(tail), skew, excess))
    beyond = float(np.mean(_expanded(norm.ppf(probabilities), skew, excess)))
    return Loss(max(-quantile * spread, 0.0), max(-beyond * spread, 0.0))


def _expanded(z, skew: float, excess: float):
    return (
        z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * excess / 24 - (2 * z**3 - 5 * z) * skew**2 / 36
    )


def is_valid(skew, excess):
    """Whether the Cornish-Fisher expansion is monotone for these parameters (Maillard 2012).

    Numbers or arrays of them.

    Its derivative a z^2 + b z + c, with a = K/8 - S^2/6, b = S/3 and c = 1 - K/8 + 5 S^2/36, must
    not change sign.
    """
    a, b, c = excess / 8 - skew**2 / 6, skew / 3, 1 - excess / 8 + 5 * skew**2 / 36
    curved = (a > 0) & (b * b - 4 * a * c <= 0)
    return curved | ((a == 0) & (b == 0) & (c > 0))


def loss_figure(
    returns: np.ndarray, value: float, *, method: str, level: float, days: int
) -> tuple[Figure, Figure]:
    """Value at risk and expected shortfall in rupees, each with its working.

    Parameters
    ----------
    returns : ndarray of shape (n_days,)
    value : float
        Rupees held today.
    """
    found = loss(returns, method=method, level=level, days=days)
    share = f"{1 - level:.0%}"
    formula = {
        "filtered": f"value × {share} quantile of returns drawn at today’s volatility",
        "historical": f"value × {share} quantile of the returns as they were",
        "gaussian": f"value × Gaussian {share} quantile × EWMA volatility × √days",
        "cornish_fisher": f"value × {share} quantile, skewness and kurtosis in it × volatility",
    }[method]
    if found.reason or not value > 0:
        reason = found.reason or "Nothing is held that has a price."
        gone = missing(reason, formula=formula)
        return gone, gone
    known = min(int(np.count_nonzero(~np.isnan(returns))), DAYS)
    inputs = (
        Input("Value", value),
        Input("Days of returns", known, "count"),
        Input("Loss, share of the value", found.at_risk, "share"),
    )
    beyond = (
        *inputs[:2],
        Input("Mean loss beyond it, share of the value", found.shortfall, "share"),
    )
    return (
        Figure(found.at_risk * value, formula=formula, inputs=inputs),
        Figure(
            found.shortfall * value,
            formula="value × mean of the losses beyond the value at risk",
            inputs=beyond,
        ),
    )
