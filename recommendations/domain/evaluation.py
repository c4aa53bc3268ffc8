"""Walk-forward: what the model and simpler rules would have chosen, and what came of it."""

from dataclasses import dataclass, field

import numpy as np

from recommendations.domain.advise import Investors, Ranked
from recommendations.domain.amounts import budgets
from recommendations.domain.choose import PICKS
from recommendations.domain.features import MarketFeatures
from recommendations.domain.learning import FORETELLING, best_tenth_lead
from recommendations.domain.suitability import (
    LIMITS,
    MIN_TRADED_VALUE,
    PART_OF_LONG_RUN,
    SUITABLE,
    TRIAL_SHARE,
)

METHODS = {
    "model": "This model",
    "random": "Random suitable stocks",
    "popular": "Most held by all customers",
    "peers": "Most held at the same stated risk",
    "momentum": "Highest momentum",
}


@dataclass
class Tally:
    """Outcomes of one date, gathered group by group."""

    returns: dict[str, list] = field(default_factory=lambda: {name: [] for name in METHODS})
    volatility: dict[str, list] = field(default_factory=lambda: {name: [] for name in METHODS})
    bought: dict[str, list] = field(default_factory=lambda: {name: [] for name in METHODS})
    chosen: set = field(default_factory=set)
    violations: int = 0
    leads: list[dict[str, float]] = field(default_factory=list)

    def mean_leads(self):
        """How well each foretelling part told the following year, averaged over groups."""
        return {
            name: float(np.nanmean([row[name] for row in self.leads]))
            if any(np.isfinite(row[name]) for row in self.leads)
            else float("nan")
            for name in FORETELLING
        }


def picks_of(features: MarketFeatures, ranked: Ranked, *, popularity, peer_shares, rng):
    """Choose five stocks by each method out of the same suitable ones.

    Parameters
    ----------
    features : MarketFeatures
    ranked : Ranked
        The model's own choice, and the rules that bind all methods.
    popularity : ndarray of shape (n_stocks,)
        Share of all customers who hold each stock.
    peer_shares : ndarray of shape (n_stocks,) or None
        The same among customers of the same stated risk class; None takes that of all.
    rng : numpy.random.Generator

    Returns
    -------
    dict of str to ndarray of int, shape (n, 5)
        Columns by method; -1 where there is none.
    """
    allowed = ranked.codes == SUITABLE
    shape = allowed.shape
    by = {
        "random": rng.random(shape),
        "popular": np.broadcast_to(popularity, shape),
        "peers": np.broadcast_to(popularity if peer_shares is None else peer_shares, shape),
        "momentum": np.broadcast_to(np.nan_to_num(features.momentum, nan=-1.0), shape),
    }
    return {"model": ranked.chosen} | {name: _top(values, allowed) for name, values in by.items()}


def add_outcomes(tally: Tally, ranked: Ranked, picks, *, volatility, forward, bought_later):
    """Add what came of the picks of one group of investors.

    Parameters
    ----------
    tally : Tally
    ranked : Ranked
    picks : dict of str to ndarray of int, shape (n, 5)
    volatility, forward : ndarray of shape (n_stocks,)
        How much each stock swung before, and its price return over the year that followed:
        without dividends, as the benchmark's.
    bought_later : ndarray of bool, shape (n, n_stocks)
        Stocks the investor bought by themselves soon after.
    """
    for name, columns in picks.items():
        some = columns >= 0
        returns = np.where(some, forward[columns], np.nan)
        known = np.isfinite(returns).any(axis=1)
        tally.returns[name].extend(np.nanmean(returns[known], axis=1))
        swings = np.where(some, volatility[columns], np.nan)
        tally.volatility[name].extend(np.nanmean(swings[some.any(axis=1)], axis=1))
        hits = np.take_along_axis(bought_later, np.maximum(columns, 0), axis=1) & some
        tally.bought[name].extend(hits.any(axis=1))
    allowed = (ranked.codes == SUITABLE).any(axis=0)
    outcomes = np.where(allowed, forward, np.nan)
    tally.leads.append(
        {name: best_tenth_lead(ranked.scores.parts[name], outcomes) for name in FORETELLING}
    )
    tally.chosen |= set(picks["model"][picks["model"] >= 0].tolist())


def count_violations(features: MarketFeatures, investors: Investors, chosen, *, risk_class):
    """Count the model's picks that break any of the eight rules, checked anew one by one."""
    limits = LIMITS[risk_class]
    least = PART_OF_LONG_RUN * features.long_run
    held = investors.values.sum(axis=1)
    spare = np.nan_to_num(budgets(investors.annual_income, investors.monthly_spending, held))
    broken = 0
    for row, column in np.argwhere(chosen >= 0):
        stock = chosen[row, column]
        whole = held[row] + spare[row]
        same = features.sectors == features.sectors[stock]
        sector = investors.values[row, same].sum() + TRIAL_SHARE * whole
        broken += (
            not features.known[stock]
            or not np.isfinite(features.price[stock])
            or not features.volatility[stock] <= limits.volatility
            or not features.expected_return[stock] >= least
            or sector > limits.sector_share * whole
            or features.cap_classes[stock] not in limits.cap_classes
            or not features.traded_value[stock] >= MIN_TRADED_VALUE
            or investors.values[row, stock] > 0
            or bool(investors.dismissed[row, stock])
        )
    return int(broken)


def summarise(tallies, benchmarks, *, stocks):
    """Sum up all dates.

    Parameters
    ----------
    tallies : list of Tally
        One a date.
    benchmarks : sequence of float
        Return of the benchmark over the year that followed each date.
    stocks : int
        Stocks there were to choose from.

    Returns
    -------
    dict
        `table`: for each method its mean lead over the benchmark, the share of dates on
        which it beat it, how much its stocks swing, and the share of investors who bought
        one of them by themselves; `rival`: the simpler rule that led most; `coverage`:
        share of all stocks the model ever chose; `violations`.
    """
    table = []
    for name, label in METHODS.items():
        means = np.array([np.mean(tally.returns[name]) for tally in tallies])
        lead = means - np.asarray(benchmarks)
        table.append(
            {
                "method": name,
                "label": label,
                "lead": float(lead.mean()),
                "beat": float((lead > 0).mean()),
                "volatility": _mean(tally.volatility[name] for tally in tallies),
                "hit": _mean(tally.bought[name] for tally in tallies),
            }
        )
    chosen = set().union(*(tally.chosen for tally in tallies))
    return {
        "table": table,
        "rival": max(table[1:], key=lambda row: row["lead"]),
        "coverage": len(chosen) / stocks,
        "violations": sum(tally.violations for tally in tallies),
    }


def _mean(lists):
    return float(np.mean([value for values in lists for value in values]))


def _top(values, allowed):
    ranked = np.where(allowed, values, -np.inf)
    columns = np.argsort(-ranked, axis=1, kind="stable")[:, :PICKS]
    return np.where(np.isfinite(np.take_along_axis(ranked, columns, axis=1)), columns, -1)
