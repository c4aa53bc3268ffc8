"""How well holdings diversify, what would diversify them more, and optimised weights beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.covariance import LedoitWolf

from market.domain.statistics import TRADING_DAYS

FEWEST_DAYS = 120
TRIAL = 0.05
"""Share of the portfolio that a stock is tried with."""
HEAVIEST = 0.35
"""Most that an optimised portfolio puts in one stock, where as many stocks allow it."""


@dataclass(frozen=True, slots=True, eq=False)
class Mix:
    """Weights with what they mean for risk.

    Attributes
    ----------
    name : str
    weights : ndarray of shape (n,)
        Sum to 1.
    volatility : float
        Fraction a year.
    diversification : float
        Weighted mean volatility over that of the whole (Choueifaty and Coignard 2008).
    bets : float
        Effective number of bets along principal components (Meucci 2009).
    """

    name: str
    weights: np.ndarray
    volatility: float
    diversification: float
    bets: float

    @property
    def independent(self) -> float:
        """How many equally risky, unrelated stocks would diversify as much: the ratio squared.

        n equal, unrelated stocks have the ratio √n; stocks that move as one have 1 [1]_.

        References
        ----------
        .. [1] Choueifaty, Froidure, Reynier (2013), "Properties of the most diversified portfolio",
           Journal of Investment Strategies 2(2).
        """
        return self.diversification**2


def shrunk_covariance(returns: np.ndarray) -> np.ndarray:
    """Yearly covariance of stocks, shrunk after Ledoit and Wolf (2004).

    Parameters
    ----------
    returns : ndarray of shape (n_days, n)
        Daily returns; only days known for all count.

    Returns
    -------
    ndarray of shape (n, n)
        NaN below `FEWEST_DAYS` such days.
    """
    together = returns[~np.isnan(returns).any(axis=1)]
    n = returns.shape[1]
    if len(together) < FEWEST_DAYS or n == 0:
        return np.full((n, n), np.nan)
    return np.asarray(LedoitWolf().fit(together).covariance_) * TRADING_DAYS


def mix_of(name: str, weights: np.ndarray, covariance: np.ndarray) -> Mix:
    """Measure weights by a covariance matrix.

    Parameters
    ----------
    name : str
    weights : ndarray of shape (n,)
        Any scale, not negative, not all zero.
    covariance : ndarray of shape (n, n)
        A year.
    """
    share = weights / weights.sum()
    variance = float(share @ covariance @ share)
    whole = np.sqrt(variance)
    alone = float(share @ np.sqrt(np.diag(covariance)))
    return Mix(name, share, float(whole), alone / whole, effective_bets(share, covariance))


def effective_bets(weights: np.ndarray, covariance: np.ndarray) -> float:
    """Number of uncorrelated bets: exp of the entropy of the principal components' variances.

    Parameters
    ----------
    weights : ndarray of shape (n,)
    covariance : ndarray of shape (n, n)

    Returns
    -------
    float
        1 where all variance lies along one component, at most n.

    References
    ----------
    .. [1] Meucci (2009), "Managing diversification", Risk 22(5).
    """
    inertia, axes = np.linalg.eigh(covariance)
    parts = (axes.T @ weights) ** 2 * np.maximum(inertia, 0.0)
    share = parts / parts.sum()
    share = share[share > 1e-15]
    return float(np.exp(-np.sum(share * np.log(share))))


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Stocks by how much `TRIAL` of the portfolio in them would calm it, the calmest first.

    Attributes
    ----------
    place : ndarray of int64
        Positions among the candidates given.
    volatility : ndarray
        Of the portfolio with the stock, fraction a year.
    correlation : ndarray
        Of the stock with the portfolio.
    """

    place: np.ndarray
    volatility: np.ndarray
    correlation: np.ndarray


def diversifiers(
    portfolio: np.ndarray, candidates: np.ndarray, *, share: float = TRIAL
) -> Candidates:
    """Rank stocks by the volatility of the portfolio once a share of it is in them.

    Parameters
    ----------
    portfolio : ndarray of shape (n_days,)
        Daily returns of today's weights.
    candidates : ndarray of shape (n_days, n)
        Daily returns of the stocks on the same days.
    share : float

    Returns
    -------
    Candidates
        Without stocks that have fewer than `FEWEST_DAYS` common days.
    """
    known = ~np.isnan(candidates) & ~np.isnan(portfolio)[:, None]
    days = known.sum(axis=0)
    stock = np.where(known, candidates, 0.0)
    own = np.where(known, portfolio[:, None], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        stock_mean, own_mean = stock.sum(axis=0) / days, own.sum(axis=0) / days
        stock_var = ((stock - stock_mean) ** 2 * known).sum(axis=0) / (days - 1)
        own_var = ((own - own_mean) ** 2 * known).sum(axis=0) / (days - 1)
        both = ((stock - stock_mean) * (own - own_mean) * known).sum(axis=0) / (days - 1)
        rest = 1.0 - share
        variance = rest**2 * own_var + share**2 * stock_var + 2 * share * rest * both
        correlation = both / np.sqrt(stock_var * own_var)
    volatility = np.sqrt(variance * TRADING_DAYS)
    usable = np.flatnonzero((days >= FEWEST_DAYS) & np.isfinite(volatility))
    order = usable[np.argsort(volatility[usable], kind="stable")]
    return Candidates(order, volatility[order], correlation[order])


def optimised(returns: np.ndarray) -> dict[str, np.ndarray]:
    """Weights of three optimisers on the same stocks, by their names.

    Parameters
    ----------
    returns : ndarray of shape (n_days, n)
        Daily returns; only days known for all count.

    Returns
    -------
    dict of str to ndarray of shape (n,)
        Empty with fewer than two stocks or `FEWEST_DAYS` common days.

    Notes
    -----
    Minimum variance [1]_, hierarchical risk parity [2]_ and maximum diversification [3]_ by
    skfolio, on the covariance shrunk after Ledoit and Wolf. None looks at expected returns.

    References
    ----------
    .. [1] Markowitz (1952), Journal of Finance 7(1).
    .. [2] Lopez de Prado (2016), Journal of Portfolio Management 42(4).
    .. [3] Choueifaty and Coignard (2008), Journal of Portfolio Management 35(1).
    """
    together = returns[~np.isnan(returns).any(axis=1)]
    n = returns.shape[1]
    if n < 2 or len(together) < FEWEST_DAYS:
        return {}
    return {name: optimise(together) for name, optimise in _optimisers(n).items()}


def alternatives(
    returns: np.ndarray, weights: np.ndarray, found: dict[str, np.ndarray] | None = None
) -> list[Mix]:
    """Today's weights, and those of three optimisers on the same stocks, measured alike.

    Parameters
    ----------
    returns : ndarray of shape (n_days, n)
    weights : ndarray of shape (n,)
        Of today.
    found : dict of str to ndarray, optional
        Of `optimised` on these returns, which is done here where it is not given.

    Returns
    -------
    list of Mix
        Today's first; empty where `optimised` is.
    """
    found = optimised(returns) if found is None else found
    if not found:
        return []
    covariance = shrunk_covariance(returns)
    mixes = {"Today": weights} | found
    return [mix_of(name, each, covariance) for name, each in mixes.items()]


def _optimisers(n: int) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    # Imported where it is used: it brings a solver that no other page needs.
    from skfolio.moments import LedoitWolf as Shrunk
    from skfolio.optimization import HierarchicalRiskParity, MaximumDiversification, MeanRisk
    from skfolio.prior import EmpiricalPrior

    prior = EmpiricalPrior(covariance_estimator=Shrunk())
    heaviest = max(HEAVIEST, 1.0 / n)

    def fitted(model):
        def weights(returns):
            found = np.maximum(np.asarray(model.fit(returns).weights_, float), 0.0)
            return np.where(found < 1e-4, 0.0, found)

        return weights

    return {
        "Minimum variance": fitted(MeanRisk(prior_estimator=prior, max_weights=heaviest)),
        "Hierarchical risk parity": fitted(
            HierarchicalRiskParity(prior_estimator=prior, max_weights=heaviest)
        ),
        "Maximum diversification": fitted(
            MaximumDiversification(prior_estimator=prior, max_weights=heaviest)
        ),
    }


@dataclass(frozen=True, slots=True)
class Step:
    """One trade towards other weights: whole shares, bought above zero and sold below."""

    symbol: str
    shares: int
    rupees: float


def steps_towards(
    symbols: tuple[str, ...], shares: np.ndarray, prices: np.ndarray, weights: np.ndarray
) -> list[Step]:
    """Trades that lead from what is held to weights, sales first, with no money added.

    Parameters
    ----------
    symbols : tuple of str, length n
    shares, prices : ndarray of shape (n,)
        Held, and rupees a share.
    weights : ndarray of shape (n,)
        Wanted, summing to 1.

    Returns
    -------
    list of Step
        Rounded down to whole shares, so that purchases never cost more than sales bring.
    """
    value = float(shares @ prices)
    wanted = np.floor(weights * value / prices)
    change = (wanted - shares).astype(int)
    return sorted(
        (
            Step(symbol, int(n), float(n * price))
            for symbol, n, price in zip(symbols, change, prices, strict=True)
            if n
        ),
        key=lambda step: step.rupees,
    )
