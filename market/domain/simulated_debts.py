"""Debts of companies that never were: what the simulated market owes, by sector.

The levels are judgement and measured nowhere: heavy industries owe much, software houses little.
They exist so that the figures built on debt can be tried, and are labelled wherever they show.
"""

from datetime import date, timedelta

import numpy as np

from market.domain.debts import Debt
from market.domain.simulation import FIRST_SESSION, SimulatedMarket

ORIGIN = "Simulated market"
LEVERAGE = {
    "Power": 0.60,
    "Utilities": 0.60,
    "Telecommunication": 0.50,
    "Construction": 0.40,
    "Metals & Mining": 0.35,
    "Realty": 0.30,
    "Oil Gas & Consumable Fuels": 0.30,
    "Construction Materials": 0.25,
    "Textiles": 0.25,
    "Information Technology": 0.02,
    "Fast Moving Consumer Goods": 0.04,
    "Healthcare": 0.06,
}
OTHER_LEVERAGE = 0.12
"""Median debt over the value of the shares when the simulated market began."""
LEVERAGE_SPREAD = 0.9
FREE_OF_DEBT = 0.10
"""Share of companies that owe nothing."""
FINANCIAL = "Financial Services"
PUBLISHED_AFTER = timedelta(days=45)
"""Accounts are out this long after their quarter (SEBI's listing obligations, reg. 33)."""


def simulated_debts(market: SimulatedMarket, symbols, *, today: date) -> dict[str, Debt]:
    """Debts and shares as of the last quarter whose accounts would be out.

    Parameters
    ----------
    market : SimulatedMarket
    symbols : iterable of str
    today : date

    Returns
    -------
    dict of str to Debt
        Financial companies and what the market does not know are left out.
    """
    rng, n = market.rng(9), len(market.symbols)
    ratio = np.array([LEVERAGE.get(each.sector, OTHER_LEVERAGE) for each in market.equities])
    ratio = ratio * np.exp(LEVERAGE_SPREAD * rng.standard_normal(n))
    ratio[rng.random(n) < FREE_OF_DEBT] = 0.0
    owed = np.round(ratio * market.traits.shares * market.traits.level, -5)
    place = {each.symbol: i for i, each in enumerate(market.equities) if each.sector != FINANCIAL}
    quarter = last_quarter(today)
    return {
        symbol: Debt(
            symbol=symbol,
            as_of=quarter,
            total=float(owed[place[symbol]]),
            shares=float(np.round(market.traits.shares[place[symbol]])),
            shares_as_of=FIRST_SESSION,
            source="simulated",
            origin=ORIGIN,
        )
        for symbol in symbols
        if symbol in place
    }


def last_quarter(today: date) -> date:
    """End of the last calendar quarter whose accounts are out."""
    day = today - PUBLISHED_AFTER
    first_of_quarter = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return first_of_quarter - timedelta(days=1)
