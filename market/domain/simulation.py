"""A market that never was: seeded daily returns and bars with the habits of NSE stocks.

The log return of stock i on day t is::

    r = drift + beta_i * market_t + size_i * breadth_t + sector_t[sector of i] + own_i,t

Each shock is a GARCH(1, 1) process with Student-t innovations, so that tails are fat and quiet and
wild days cluster. Companies pay no dividends and never split: the adjusted close is the close.

The constants below were measured on 562 NSE stocks with at least 1,100 of the 1,237 sessions of
2021-2025 (dividend-adjusted closes, one-day moves above 35 % left out) and on the NIFTY 50 of those
years; docs/methods.md says how.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from market.domain.instruments import InstrumentFacts

TRADING_DAYS = 252
FIRST_SESSION = date(2021, 1, 1)

MARKET_VOLATILITY = 0.128
"""A year; with what breadth and sectors leave in 50 large stocks the index comes to 14.0 %."""
MARKET_DRIFT = 0.12
"""Log return a year. The NIFTY had 12.7 %, the median stock 22 %; but these are the survivors."""
BREADTH_VOLATILITY = 0.145
"""Of what mid and small caps share beyond the NIFTY: equal-weighted small caps have 19.7 % a year
and a correlation of 0.68 with it."""
SECTOR_VOLATILITY = {
    "Information Technology": 0.13,
    "Metals & Mining": 0.14,
    "Realty": 0.14,
    "Media Entertainment & Publication": 0.12,
    "Healthcare": 0.10,
    "Automobile and Auto Components": 0.10,
    "Power": 0.10,
    "Oil Gas & Consumable Fuels": 0.10,
}
OTHER_SECTOR_VOLATILITY = 0.08
VOLATILITY = {"Large": 0.285, "Mid": 0.344, "Small": 0.408, "Micro": 0.428}
"""Median annual volatility of a stock; the middle 80 % lie within 24 % of it."""
VOLATILITY_SPREAD = 0.18
SIZE_LOADING = {"Large": 0.15, "Mid": 0.55, "Small": 1.0, "Micro": 1.0}
BETA_MEAN, BETA_SPREAD = 0.97, 0.27
TURNOVER = {"Large": 196e7, "Mid": 69e7, "Small": 23e7, "Micro": 10e7}
"""Median rupees traded a day."""
TURNOVER_SPREAD = 0.75
LEVEL = {"Large": 1280.0, "Mid": 1375.0, "Small": 624.0, "Micro": 404.0}
"""Median price at the end of 2025."""
MARKET_VALUE = {"Large": 1.4e12, "Mid": 4.0e11, "Small": 1.2e11, "Micro": 4.0e10}
OVERNIGHT_SHARE = 0.18
"""Share of a day's variance that happens before the opening."""
VOLUME_SPREAD, VOLUME_MEMORY, VOLUME_REACTION = 0.50, 0.45, 0.45
DEFAULT_SEED = 2040
"""A path whose index happens to have the measured volatility, drift and clustering."""
INDEX_LEVELS = {"NIFTY50": 14_000.0}
OTHER_INDEX_LEVEL = 10_000.0
TICK = 0.05


@dataclass(frozen=True, slots=True)
class Clustering:
    """GARCH(1, 1) of unit variance with Student-t innovations of `df` degrees of freedom."""

    alpha: float
    beta: float
    df: float


MARKET_CLUSTERING = Clustering(0.10, 0.87, 5.5)
OWN_CLUSTERING = Clustering(0.14, 0.75, 4.0)


def clustered_shocks(rng: np.random.Generator, n_days: int, n: int, law: Clustering) -> np.ndarray:
    """Shocks of unit variance whose size depends on the size of the shocks before.

    Parameters
    ----------
    rng : numpy.random.Generator
        Drawn from row by row, so that more days extend a path without changing it.
    n_days, n : int
    law : Clustering

    Returns
    -------
    ndarray of shape (n_days, n)

    References
    ----------
    .. [1] Bollerslev (1987), A conditionally heteroskedastic time series model for speculative
       prices and rates of return, Review of Economics and Statistics 69, eq. 1-3.
    """
    innovations = rng.standard_t(law.df, size=(n_days, n)) / np.sqrt(law.df / (law.df - 2))
    np.clip(innovations, -12.0, 12.0, out=innovations)
    shocks = np.empty_like(innovations)
    variance = np.ones(n)
    constant = 1.0 - law.alpha - law.beta
    for day in range(n_days):
        shocks[day] = np.sqrt(variance) * innovations[day]
        variance = constant + law.alpha * shocks[day] ** 2 + law.beta * variance
        np.minimum(variance, 30.0, out=variance)
    return shocks


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """What distinguishes the simulated stocks, arrays of shape (n_assets,).

    Volatilities and drift are per year, levels in rupees, turnover in rupees a day.
    """

    beta: np.ndarray
    size: np.ndarray
    sector: np.ndarray
    sector_volatility: np.ndarray
    own_volatility: np.ndarray
    drift: np.ndarray
    level: np.ndarray
    turnover: np.ndarray
    shares: np.ndarray

    @property
    def variance(self) -> np.ndarray:
        """Annual variance of each stock's log return."""
        return (
            (self.beta * MARKET_VOLATILITY) ** 2
            + (self.size * BREADTH_VOLATILITY) ** 2
            + self.sector_volatility[self.sector] ** 2
            + self.own_volatility**2
        )


class SimulatedMarket:
    """The same market for the same seed and instruments, on any machine.

    Parameters
    ----------
    equities : sequence of InstrumentFacts
        Their order is part of the seed.
    constituents : dict of str to tuple of str
        Members of each index; an index without known members is left out.
    seed : int
    """

    def __init__(self, equities, constituents, *, seed: int = DEFAULT_SEED):
        self.equities: tuple[InstrumentFacts, ...] = tuple(equities)
        self.symbols = tuple(facts.symbol for facts in self.equities)
        self.seed = seed
        self.sectors = tuple(sorted({facts.sector for facts in self.equities}))
        self.traits = self._draw_traits()
        position = {symbol: i for i, symbol in enumerate(self.symbols)}
        self.members = {
            index: np.array([position[s] for s in symbols if s in position])
            for index, symbols in constituents.items()
            if any(s in position for s in symbols)
        }

    def _draw_traits(self) -> Traits:
        rng, n = self.rng(1), len(self.equities)
        cap = [facts.cap_class or "Small" for facts in self.equities]
        sector = np.array([self.sectors.index(facts.sector) for facts in self.equities])

        def by_cap(table: dict[str, float]) -> np.ndarray:
            return np.array([table[c] for c in cap])

        sector_volatility = np.array(
            [SECTOR_VOLATILITY.get(name, OTHER_SECTOR_VOLATILITY) for name in self.sectors]
        )
        total = by_cap(VOLATILITY) * np.exp(VOLATILITY_SPREAD * rng.standard_normal(n))
        beta = np.clip(BETA_MEAN + BETA_SPREAD * rng.standard_normal(n), 0.3, 1.8)
        size = by_cap(SIZE_LOADING)
        shared = (
            (beta * MARKET_VOLATILITY) ** 2
            + (size * BREADTH_VOLATILITY) ** 2
            + sector_volatility[sector] ** 2
        )
        own = np.sqrt(np.maximum(total**2 - shared, (0.45 * total) ** 2))
        drift = MARKET_DRIFT * beta + 0.05 * rng.standard_normal(n)
        level = np.clip(by_cap(LEVEL) / 1.6 * np.exp(0.9 * rng.standard_normal(n)), 15.0, 12_000.0)
        turnover = by_cap(TURNOVER) * np.exp(TURNOVER_SPREAD * rng.standard_normal(n))
        value = by_cap(MARKET_VALUE) * np.exp(0.7 * rng.standard_normal(n))
        return Traits(
            beta=beta,
            size=size,
            sector=sector,
            sector_volatility=sector_volatility,
            own_volatility=own,
            drift=drift,
            level=level,
            turnover=turnover,
            shares=value / level,
        )

    def rng(self, *purpose: int) -> np.random.Generator:
        """Generator of one purpose: a new draw for one never shifts the draws for another."""
        return np.random.default_rng([self.seed, *purpose])

    def log_returns(self, n_days: int) -> np.ndarray:
        """Total log returns of the first `n_days` sessions, shape (n_days, n_assets)."""
        traits, day = self.traits, np.sqrt(TRADING_DAYS)
        n, n_sectors = len(self.equities), len(self.sectors)
        common = clustered_shocks(self.rng(2), n_days, 2, MARKET_CLUSTERING) / day
        sectors = clustered_shocks(self.rng(3), n_days, n_sectors, OWN_CLUSTERING) / day
        own = clustered_shocks(self.rng(4), n_days, n, OWN_CLUSTERING) / day
        returns = own * traits.own_volatility
        returns += np.outer(common[:, 0] * MARKET_VOLATILITY, traits.beta)
        returns += np.outer(common[:, 1] * BREADTH_VOLATILITY, traits.size)
        returns += (sectors * traits.sector_volatility)[:, traits.sector]
        returns += traits.drift / TRADING_DAYS
        # Price bands of the exchange stop a stock at 20 % a day.
        return np.clip(returns, np.log(0.8), np.log(1.2))
