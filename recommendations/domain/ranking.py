"""How the stocks that pass the rules are ordered for each investor."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from recommendations.domain.features import MarketFeatures

WEIGHTS = {
    "peers": 0.30,
    "sector": 0.20,
    "diversification": 0.20,
    "momentum": 0.20,
    "steadiness": 0.10,
}
"""What each part of the score counts. Set by judgement, not learned from past periods."""

LABELS = {
    "peers": "Held by your segment",
    "sector": "Sector you prefer",
    "diversification": "Lowers your volatility",
    "momentum": "Momentum, 12 months less the last",
    "steadiness": "Expected return for its risk",
}

TRIAL_SHARE = 0.05
"""Share of the portfolio a stock is tried at when its effect on volatility is compared."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores and their parts.

    Attributes
    ----------
    total : ndarray of shape (n_investors, n_stocks)
        0 to 1; NaN where a stock's figures are unknown.
    parts : dict of str to ndarray
        Each part's value, 0 to 1, of shape (n_investors, n_stocks) or (n_stocks,).
    weights : dict of str to ndarray of shape (n_investors,)
        What each part counts for each investor; sums to 1.
    """

    total: np.ndarray
    parts: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]


def score(features: MarketFeatures, *, holdings, preferred, peer_shares, weights=WEIGHTS):
    """Score every stock for every investor.

    A part that says nothing about an investor (no segment, no preferred sector, nothing
    held) does not count, and the others count proportionally more.

    Parameters
    ----------
    features : MarketFeatures
    holdings : ndarray of shape (n_investors, n_stocks)
        Portfolio weights, each row summing to 1, or to 0 for nothing held.
    preferred : ndarray of bool, shape (n_investors, n_stocks)
        Whether the stock is of a sector the investor prefers.
    peer_shares : ndarray of shape (n_stocks,) or None
        Share of the segment's members who hold the stock; None without a segment.
    weights : dict of str to float

    Returns
    -------
    Scores
    """
    count = len(holdings)
    peers = np.zeros(len(features.symbols)) if peer_shares is None else peer_shares
    has_peers = np.full(count, peers.max(initial=0) > 0)
    change = volatility_change(features.covariance, holdings, share=TRIAL_SHARE)
    parts = {
        "peers": peers / (peers.max(initial=0) or 1.0),
        "sector": preferred.astype(float),
        "diversification": _percentiles(-change, features.known),
        "momentum": _percentiles(features.momentum[None], features.known)[0],
        "steadiness": _percentiles(
            (features.expected_return / features.volatility)[None], features.known
        )[0],
    }
    says_something = {
        "peers": has_peers,
        "sector": preferred.any(axis=1),
        "diversification": holdings.sum(axis=1) > 0,
        "momentum": np.full(count, True),
        "steadiness": np.full(count, True),
    }
    counted = {name: weights[name] * says_something[name] for name in parts}
    whole = np.sum(list(counted.values()), axis=0)
    counted = {name: value / whole for name, value in counted.items()}
    total = np.zeros(holdings.shape)
    for name, part in parts.items():
        total += counted[name][:, None] * part
    total[:, ~features.known] = np.nan
    return Scores(total, parts, counted)


def portfolio_volatility(covariance, holdings):
    """Volatility a year of each row of weights: ``sqrt(w' C w)``; NaN for nothing held."""
    variance = np.einsum("ij,ij->i", holdings @ covariance, holdings)
    return np.where(holdings.sum(axis=1) > 0, np.sqrt(variance), np.nan)


def volatility_change(covariance, holdings, *, share):
    """Tell how buying each stock would change each portfolio's volatility.

    With `share` a of the new portfolio in stock j:
    ``sqrt((1-a)^2 w'Cw + 2 a (1-a) (Cw)_j + a^2 C_jj) - sqrt(w'Cw)``.

    Parameters
    ----------
    covariance : ndarray of shape (n_stocks, n_stocks)
    holdings : ndarray of shape (n_investors, n_stocks)
    share : float or ndarray broadcastable to (n_investors, n_stocks)

    Returns
    -------
    ndarray of shape (n_investors, n_stocks)
    """
    together = holdings @ covariance
    own = np.einsum("ij,ij->i", together, holdings)[:, None]
    after = (
        (1 - share) ** 2 * own
        + 2 * share * (1 - share) * together
        + share**2 * np.diag(covariance)
    )
    return np.sqrt(after) - np.sqrt(own)


def correlation_with(covariance, holdings):
    """Correlation of each stock with each portfolio; NaN for nothing held."""
    together = holdings @ covariance
    own = np.sqrt(np.einsum("ij,ij->i", together, holdings))[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(own > 0, together / (own * np.sqrt(np.diag(covariance))), np.nan)


def _percentiles(values, known):
    """Place each known stock between 0 (lowest of its row) and 1 (highest)."""
    ranks = np.zeros(values.shape)
    amount = int(known.sum())
    if amount > 1:
        ranks[:, known] = (rankdata(values[:, known], axis=1) - 1) / (amount - 1)
    return ranks
