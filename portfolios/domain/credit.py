"""Default risk of companies, from their equity's value and volatility and their debt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

HORIZON = 1.0
STEPS = 60
CLOSE = 1e-8
"""Relative error of both equations that a solution may have."""


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
    """`merton_all` of one company; None where an input is unknown, or nothing explains the equity.

    Without debt nothing can default: an infinite distance.
    """
    distance, probability, assets, volatility = merton_all(
        np.array([equity]), np.array([equity_volatility]), np.array([debt]),
        rate=rate, horizon=horizon,
    )  # fmt: skip
    if math.isnan(distance[0]):
        return None
    return Default(*(float(each[0]) for each in (distance, probability, assets, volatility)))


def merton_all(
    equity: np.ndarray,
    equity_volatility: np.ndarray,
    debt: np.ndarray,
    *,
    rate: float,
    horizon: float = HORIZON,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Distance to default: equity as a call on the assets, struck at the debt.

    Parameters
    ----------
    equity : ndarray of shape (n,)
        Market value, rupees.
    equity_volatility : ndarray of shape (n,)
        Fraction a year.
    debt : ndarray of shape (n,)
        Face value, rupees; due at the horizon.
    rate : float
        Risk-free, continuously compounded, a year.
    horizon : float
        Years.

    Returns
    -------
    distance, probability, assets, asset_volatility : ndarray of shape (n,)
        As in `Default`; NaN where an input is unknown or not positive, or no assets explain the
        equity. Without debt the distance is infinite.

    Notes
    -----
    E = V N(d1) - D exp(-rT) N(d2) and sigma_E E = N(d1) sigma_V V are solved for V and sigma_V by
    Newton's steps in their logarithms, all companies at once.

    References
    ----------
    .. [1] Merton (1974), "On the pricing of corporate debt", Journal of Finance 29(2).
    .. [2] Jones, Mason, Rosenfeld (1984), Journal of Finance 39(3), for the second equation.
    """
    inputs = np.stack([equity, equity_volatility, debt])
    found = [np.full(len(equity), np.nan) for _ in range(4)]
    usable = (equity > 0) & (equity_volatility > 0) & (debt >= 0)
    usable &= np.isfinite(inputs).all(axis=0)
    free = usable & (debt == 0)
    certain = (np.full(len(equity), np.inf), np.zeros(len(equity)), equity, equity_volatility)
    for whole, value in zip(found, certain, strict=True):
        whole[free] = value[free]
    owing = usable & (debt > 0)
    if owing.any():
        solved = _solve(equity[owing], equity_volatility[owing], debt[owing], rate, horizon)
        for whole, part in zip(found, solved, strict=True):
            whole[owing] = part
    distance, probability, assets, volatility = found
    return distance, probability, assets, volatility


def _solve(equity, deviation, debt, rate, horizon):
    """Newton's method; NaN where it has not come to rest after `STEPS`."""
    owed, root = debt * np.exp(-rate * horizon), math.sqrt(horizon)
    # Riskless debt would make the assets equity and debt, and all of their risk the equity's.
    assets = np.log1p(owed / equity)
    log_volatility = np.log(deviation) - assets
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        for _ in range(STEPS):
            value, volatility = equity * np.exp(assets), np.exp(log_volatility)
            width = volatility * root
            d1 = (np.log(value / debt) + rate * horizon) / width + width / 2
            d2 = d1 - width
            inside, density = ndtr(d1), np.exp(-(d1**2) / 2) / math.sqrt(2 * math.pi)
            off = (value * inside - owed * ndtr(d2)) / equity - 1.0
            scale = volatility * value / (deviation * equity)
            off_risk = inside * scale - 1.0
            error = np.maximum(np.abs(off), np.abs(off_risk))
            if not (error > CLOSE / 100).any():
                break
            # Slopes of the two errors by log assets and by log volatility.
            a, b = value * inside / equity, value * density * width / equity
            c, d = scale * (inside + density / width), scale * (inside - density * d2)
            determinant = a * d - b * c
            assets = assets - np.clip((off * d - b * off_risk) / determinant, -0.5, 0.5)
            log_volatility = log_volatility - np.clip(
                (a * off_risk - c * off) / determinant, -0.5, 0.5
            )
        known = error < CLOSE
    return tuple(np.where(known, each, np.nan) for each in (d2, ndtr(-d2), value, volatility))
