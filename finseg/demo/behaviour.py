"""What a demo customer declares and does: pure functions of a random generator."""

from dataclasses import dataclass

import numpy as np

from finseg.demo.archetypes import ARCHETYPES, DECLARES_OTHERWISE

CAP_ORDER = ("Large", "Mid", "Small", "Micro")
TRADES_AT_MOST_A_MONTH = 30
PLAN_DAY = 4  # the fifth session of a month
PLAN_STOCKS = 6


@dataclass(frozen=True)
class Market:
    """What customers see when they trade.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n_days,)
    symbols : tuple of str, length n
    closes : ndarray of shape (n_days, n)
        Rupees; NaN where a stock did not trade.
    cap : ndarray of int, shape (n,)
        Index into `CAP_ORDER`.
    sector : ndarray of int, shape (n,)
        Index of the sector.
    volatility : ndarray of shape (n,)
        Fraction a year.
    months : list of ndarray
        Day indices of each calendar month, oldest first.
    fell : ndarray of bool, shape (n_months,)
        Whether the benchmark lost 5 % or more in the month.
    """

    days: np.ndarray
    symbols: tuple[str, ...]
    closes: np.ndarray
    cap: np.ndarray
    sector: np.ndarray
    volatility: np.ndarray
    months: list[np.ndarray]
    fell: np.ndarray


@dataclass(frozen=True)
class Declared:
    annual_income: int
    monthly_spending: int
    birth_year: int
    horizon_years: int
    sectors: tuple[int, ...]
    attitude: float


@dataclass(frozen=True)
class Trade:
    day: int
    stock: int
    quantity: int
    is_sip: bool


def market_months(days):
    """Day indices of each calendar month, oldest first."""
    month = days.astype("datetime64[M]")
    starts = np.flatnonzero(np.r_[True, month[1:] != month[:-1]])
    return np.split(np.arange(len(days)), starts[1:])


def declare(rng, archetype, *, n_sectors, year, otherwise=DECLARES_OTHERWISE):
    """What the customer says; now and then what somebody else would have said.

    Parameters
    ----------
    otherwise : float
        Probability of the latter.

    Returns
    -------
    Declared
        Rupees a year and a month, a year of birth, years, sector indices, attitude 0 to 1.
    """
    median, sigma = archetype.income
    income = median * np.exp(rng.normal(0.0, sigma))
    spending = income * np.clip(1.0 - rng.normal(archetype.saving, 0.08), 0.15, 0.98) / 12
    spoken = archetype
    if rng.random() < otherwise:
        spoken = ARCHETYPES[rng.integers(len(ARCHETYPES))]
    age = int(np.clip(rng.normal(52 - 22 * spoken.risk, 8), 21, 78))
    return Declared(
        annual_income=int(round(income, -3)),
        monthly_spending=int(round(spending, -2)),
        birth_year=year - age,
        horizon_years=int(np.clip(rng.normal(6 + 12 * spoken.risk, 4), 1, 30)),
        sectors=tuple(sorted(rng.choice(n_sectors, size=rng.integers(1, 5), replace=False))),
        attitude=float(np.clip(rng.normal(spoken.risk, 0.10), 0.0, 1.0)),
    )


def favourites(rng, archetype, market, sectors, day):
    """The stocks a customer keeps coming back to, among those trading on the first day."""
    cap = np.asarray(archetype.caps)[market.cap]
    cap = cap / np.maximum(np.bincount(market.cap, minlength=4)[market.cap], 1)
    weight = cap * np.exp(-archetype.calm * (market.volatility - 0.35) * 4)
    weight = weight * np.where(np.isin(market.sector, sectors), 3.0, 1.0)
    weight = np.where(np.isnan(market.closes[day]), 0.0, weight)
    open_to_choice = np.flatnonzero(weight > 0)
    size = min(rng.integers(archetype.holdings[0], archetype.holdings[1] + 1), len(open_to_choice))
    p = weight[open_to_choice] / weight[open_to_choice].sum()
    return rng.choice(open_to_choice, size=size, replace=False, p=p)


def trade_history(rng, archetype, declared, market):
    """All trades of one customer, oldest first.

    Never sells more than is held; prices are the day's closes, so only days are returned.

    Returns
    -------
    list of Trade
        `quantity` is positive for a buy and negative for a sale.
    """
    low, high = archetype.months
    length = min(rng.integers(low, high + 1), len(market.months))
    months = range(len(market.months) - length, len(market.months))
    liked = favourites(rng, archetype, market, declared.sectors, market.months[months[0]][0])
    saved = max(declared.annual_income / 12 - declared.monthly_spending, 3_000.0)
    budget = saved * archetype.invested * np.exp(rng.normal(0.0, 0.35))
    by_plan = rng.random() < archetype.sip
    pace = archetype.trades * np.exp(rng.normal(0.0, 0.25))
    planned_stocks = liked[:PLAN_STOCKS]
    held: dict[int, int] = {}
    trades: list[Trade] = []

    def buy(day, stock, rupees, is_sip=False):
        price = market.closes[day, stock]
        quantity = 0 if np.isnan(price) else int(rupees / price)
        if quantity:
            held[stock] = held.get(stock, 0) + quantity
            trades.append(Trade(day, stock, quantity, is_sip))

    def sell(day, fraction):
        owned = [s for s, q in held.items() if q and not np.isnan(market.closes[day, s])]
        if owned:
            stock = owned[rng.integers(len(owned))]
            quantity = max(1, int(held[stock] * fraction))
            held[stock] -= quantity
            trades.append(Trade(day, stock, -quantity, False))

    share = 1.0 / max(pace * (1.0 - archetype.sell), 0.35)
    for month in months:
        days = market.months[month]
        mood = archetype.dip if market.fell[month] else 1.0
        count = rng.poisson(0.3) if by_plan else rng.poisson(pace)
        wished = np.sort(rng.choice(days, size=min(count, TRADES_AT_MOST_A_MONTH)))
        plan_day = days[min(PLAN_DAY, len(days) - 1)] if by_plan else None
        for day, planned in month_events(wished, plan_day):
            if planned:
                for stock in planned_stocks:
                    buy(day, stock, budget / len(planned_stocks), is_sip=True)
            elif mood < 0 or rng.random() < archetype.sell:
                sell(day, rng.choice((0.34, 0.5, 1.0)))
            else:
                liking = liked[rng.integers(len(liked))]
                buy(day, liking, budget * share * mood * rng.uniform(0.6, 1.4))
    if not trades:
        day = market.months[-1][-1]
        cheapest = min(liked, key=lambda stock: market.closes[day, stock])
        buy(day, cheapest, max(budget, 2 * market.closes[day, cheapest]))
    return trades


def month_events(wished, plan_day):
    """The month's occasions to trade in order of their days: (day, is it the plan's)."""
    events = [(day, False) for day in wished]
    if plan_day is not None:
        events.append((plan_day, True))
    return sorted(events)
