"""Daily bars of the simulated market: prices, ranges, volumes and the indices made of them."""

from collections.abc import Mapping

import numpy as np

from market.domain.bars import Bars
from market.domain.simulation import (
    INDEX_LEVELS,
    OTHER_INDEX_LEVEL,
    OVERNIGHT_SHARE,
    TICK,
    TRADING_DAYS,
    VOLUME_MEMORY,
    VOLUME_REACTION,
    VOLUME_SPREAD,
    SimulatedMarket,
)


def daily_bars(
    market: SimulatedMarket,
    sessions: np.ndarray,
    *,
    first: int = 0,
    closes: Mapping[str, float] | None = None,
) -> dict[str, Bars]:
    """Daily bars of every stock and index.

    Parameters
    ----------
    market : SimulatedMarket
    sessions : ndarray of datetime64[D]
        All sessions since the market began; the day's place in it picks its shocks.
    first : int
        Place of the first session wanted.
    closes : mapping of str to float, optional
        Closes of the session before `first`, to go on from; the market's own levels when omitted.

    Returns
    -------
    dict of str to Bars
        By symbol, stocks first. Later sessions never change earlier ones.
    """
    closes = closes or {}
    n_days = len(sessions)
    if first >= n_days:
        return {}
    returns = market.log_returns(n_days)
    start = np.array(
        [closes.get(s, level) for s, level in zip(market.symbols, market.traits.level, strict=True)]
    )
    path = np.exp(np.cumsum(returns[first:], axis=0))
    close = _to_tick(start * path)
    before = np.vstack([start, close[:-1]])
    opened, high, low = _ranges(market, before, close, first)
    volume = _volumes(market, returns, close, first)
    days = sessions[first:]
    bars = {
        symbol: Bars(
            days,
            opened[:, i].copy(),
            high[:, i].copy(),
            low[:, i].copy(),
            close[:, i].copy(),
            close[:, i].copy(),
            volume[:, i].copy(),
        )
        for i, symbol in enumerate(market.symbols)
    }
    for index in market.members:
        bars[index] = _index_bars(market, index, days, before, opened, close, closes, first)
    return bars


def _to_tick(prices: np.ndarray) -> np.ndarray:
    return np.round(np.maximum(np.round(prices / TICK), 1.0) * TICK, 2)


def _ranges(market, before, close, first):
    """Open, high and low given two closes.

    The night's part of a day's move is drawn from the bridge between the closes; the extremes of
    the day from those of a Brownian bridge: P(max > m) = exp(-2 m (m - b) / v) for end b and
    variance v (Karatzas and Shreve, 1991, problem 2.8.6), inverted.
    """
    rng = market.rng(5)
    shape = (first + len(close), close.shape[1])
    night, up, down = (draw[first:] for draw in _day_rows(rng, shape))
    variance = market.traits.variance / TRADING_DAYS
    move = np.log(close / before)
    spread = np.sqrt(OVERNIGHT_SHARE * (1 - OVERNIGHT_SHARE) * variance)
    gap = OVERNIGHT_SHARE * move + spread * night
    day = move - gap
    # A wild day has a wild range: its own size counts beside the usual one.
    local = (1 - OVERNIGHT_SHARE) * (0.7 * variance + 0.4 * move**2)
    top = 0.5 * (day + np.sqrt(day**2 - 2 * local * np.log(up)))
    bottom = 0.5 * (day - np.sqrt(day**2 - 2 * local * np.log(down)))
    opened = _to_tick(before * np.exp(gap))
    high = np.maximum.reduce([_to_tick(opened * np.exp(top)), opened, close])
    low = np.minimum.reduce([_to_tick(opened * np.exp(bottom)), opened, close])
    return opened, high, low


def _day_rows(rng, shape):
    """A normal and two uniform draws for each cell, day by day so that paths only grow."""
    draws = rng.random((shape[0], 3, shape[1]))
    draws = np.clip(draws, 1e-12, 1 - 1e-12)
    # A logistic draw scaled to unit variance is near enough to a normal for the size of a gap.
    night = np.log(draws[:, 0] / (1 - draws[:, 0])) * (np.sqrt(3) / np.pi)
    return night, draws[:, 1], draws[:, 2]


def _volumes(market, returns, close, first):
    traits = market.traits
    noise = market.rng(6).standard_normal(returns.shape) * VOLUME_SPREAD
    scale = np.sqrt(traits.variance / TRADING_DAYS)
    activity = VOLUME_REACTION * (np.abs(returns) / scale - 0.7)
    memory = np.zeros(returns.shape[1])
    level = np.empty_like(returns)
    for day in range(len(returns)):
        memory = VOLUME_MEMORY * memory + noise[day] + activity[day]
        level[day] = memory
    shares = traits.turnover / close * np.exp(level[first:])
    return np.maximum(shares, 1).astype(np.int64)


def _index_bars(market, index, days, before, opened, close, closes, first):
    """Index by market value of its members, as `level x sum(shares x price)`."""
    members = market.members[index]
    shares = market.traits.shares[members]
    worth_before = before[:, members] @ shares
    steps = (close[:, members] @ shares) / worth_before
    start = closes.get(index, INDEX_LEVELS.get(index, OTHER_INDEX_LEVEL))
    levels = np.round(start * np.cumprod(steps), 2)
    previous = np.r_[start, levels[:-1]]
    opening = np.round(previous * (opened[:, members] @ shares) / worth_before, 2)
    edge = market.rng(7, len(members)).random((first + len(days), 2))[first:] * 0.006
    high = np.round(np.maximum(opening, levels) * (1 + edge[:, 0]), 2)
    low = np.round(np.minimum(opening, levels) * (1 - edge[:, 1]), 2)
    return Bars(days, opening, high, low, levels, levels, np.zeros(len(days), np.int64))
