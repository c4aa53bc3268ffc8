"""How the stocks that pass the rules are ordered for each investor."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from recommendations.domain.features import MarketFeatures
from recommendations.domain.suitability import TRIAL_SHARE

WEIGHTS = {
    "peers": 0.30,
    "sector": 0.20,
    "diversification": 0.20,
    "momentum": 0.20,
    "steadiness": 0.10,
}
"""What each part of the score counts before anything is learned: set by judgement.
`learning.learned_weights` moves the foretelling parts by their record on past dates."""

LABELS = {
    "peers": "Held by your segment",
    "sector": "Sector you prefer",
    "diversification": "Lowers your volatility",
    "momentum": "Momentum, 12 months less the last",
    "steadiness": "Expected return for its risk",
}


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
    together : ndarray of shape (n_investors, n_stocks)
        Covariance of each portfolio with each stock.
    own : ndarray of shape (n_investors,)
        Variance of each portfolio; 0 for nothing held.
    """

    total: np.ndarray
    parts: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]
    together: np.ndarray
    own: np.ndarray


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
    together = holdings @ features.covariance
    own = np.einsum("ij,ij->i", together, holdings)
    change = volatility_change(
        together, own[:, None], np.diag(features.covariance), share=TRIAL_SHARE
    )
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
    return Scores(total, parts, counted, together, own)


def volatility_change(together, own, variances, *, share):
    """Tell how buying a stock would change a portfolio's volatility.

    With a `share` a of the new portfolio in stock j:
    ``sqrt((1-a)^2 w'Cw + 2 a (1-a) (Cw)_j + a^2 C_jj) - sqrt(w'Cw)``.

    Parameters
    ----------
    together : float or ndarray
        Covariance of the portfolio with the stock, ``(Cw)_j``.
    own : float or ndarray
        Variance of the portfolio, ``w'Cw``.
    variances : float or ndarray
        Variance of the stock, ``C_jj``.
    share : float or ndarray

    Returns
    -------
    float or ndarray
        Fraction a year, of the shape the arguments broadcast to.
    """
    after = (1 - share) ** 2 * own + 2 * share * (1 - share) * together + share**2 * variances
    return np.sqrt(after) - np.sqrt(own)


def _percentiles(values, known):
    """Place each known stock between 0 (lowest of its row) and 1; 0 where there is no figure."""
    ranks = np.zeros(values.shape)
    placed = known & np.isfinite(values).all(axis=0)
    amount = int(placed.sum())
    if amount > 1:
        ranks[:, placed] = (rankdata(values[:, placed], axis=1) - 1) / (amount - 1)
    return ranks
