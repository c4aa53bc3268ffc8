"""One session of the simulated market, tick by tick from the last closes."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import numpy as np

from market.domain.quotes import Quote
from market.domain.simulation import (
    BREADTH_VOLATILITY,
    MARKET_VOLATILITY,
    TICK,
    TRADING_DAYS,
    SimulatedMarket,
)

SECONDS_PER_SESSION = 86_400
"""The simulated session is open around the clock: a day's variance is spread over all of it."""
TRADES_PER_SECOND = {"Large": 0.9, "Mid": 0.5, "Small": 0.3, "Micro": 0.2}
HALF_SPREAD = {"Large": 0.0002, "Mid": 0.0003, "Small": 0.0006, "Micro": 0.0010}
BAND = 0.20
LONGEST_STEP = 600.0


class SimulatedSession:
    """Prices of every stock and index during one session.

    Parameters
    ----------
    market : SimulatedMarket
    closes : mapping of str to float
        Closes of the session before; a symbol without one is not traded.
    session_date : date
        Picks the shocks together with the seed.
    salt : int
        Picks other shocks where a session is resumed after a restart.
    """

    def __init__(
        self,
        market: SimulatedMarket,
        closes: Mapping[str, float],
        *,
        session_date: date,
        salt: int = 0,
    ):
        self.market = market
        self.session_date = session_date
        self._rng = market.rng(8, session_date.toordinal(), salt)
        self.previous = np.array([closes.get(s, np.nan) for s in market.symbols])
        self._index_previous = {i: closes[i] for i in market.members if i in closes}
        self._traded = ~np.isnan(self.previous)
        self._fair = self.previous.copy()
        self.price = self.previous.copy()
        self.open = np.full_like(self.price, np.nan)
        self.high, self.low = self.open.copy(), self.open.copy()
        self.volume = np.zeros(len(self.price), np.int64)
        caps = [facts.cap_class or "Small" for facts in market.equities]
        self._rate = np.array([TRADES_PER_SECOND[cap] for cap in caps])
        self._half_spread = np.array([HALF_SPREAD[cap] for cap in caps])
        self._index_ranges: dict[str, list[float]] = {}

    def resume(self, quotes: Mapping[str, Quote]) -> None:
        """Go on from quotes of the same session."""
        for position, symbol in enumerate(self.market.symbols):
            quote = quotes.get(symbol)
            if quote is None or not quote.price > 0:
                continue
            self._fair[position] = self.price[position] = quote.price
            self.open[position] = quote.open
            self.high[position], self.low[position] = quote.high, quote.low
            self.volume[position] = quote.volume
        for index in self._index_previous:
            quote = quotes.get(index)
            if quote is not None and quote.open == quote.open:
                self._index_ranges[index] = [quote.open, quote.high, quote.low]

    def advance(self, seconds: float) -> np.ndarray:
        """Let time pass; returns positions of the stocks that traded, increasing.

        A long time is taken in steps, so that the day's range looks like one.
        """
        touched = np.zeros(len(self.price), bool)
        while seconds > 0:
            step = min(seconds, LONGEST_STEP)
            touched |= self._step(step)
            seconds -= step
        return np.flatnonzero(touched)

    def _step(self, seconds: float) -> np.ndarray:
        traits, rng, n = self.market.traits, self._rng, len(self.price)
        scale = np.sqrt(seconds / SECONDS_PER_SESSION / TRADING_DAYS)
        shared = rng.standard_normal(2 + len(self.market.sectors)) * scale
        move = rng.standard_normal(n) * traits.own_volatility * scale
        move += traits.beta * (shared[0] * MARKET_VOLATILITY)
        move += traits.size * (shared[1] * BREADTH_VOLATILITY)
        move += (shared[2:] * traits.sector_volatility)[traits.sector]
        self._fair *= np.exp(move)
        np.clip(self._fair, self.previous * (1 - BAND), self.previous * (1 + BAND), out=self._fair)
        traded = (rng.random(n) < 1 - np.exp(-self._rate * seconds)) & self._traded
        side = np.where(rng.random(n) < 0.5, 1.0, -1.0)
        price = np.maximum(np.round(self._fair * (1 + side * self._half_spread) / TICK), 1) * TICK
        self.price[traded] = np.round(price[traded], 2)
        size = (
            traits.turnover / SECONDS_PER_SESSION / self._fair * seconds * rng.exponential(size=n)
        )
        share = 1 - np.exp(-self._rate * seconds)
        self.volume[traded] += np.maximum(1, (size / share)[traded]).astype(np.int64)
        first = traded & np.isnan(self.open)
        self.open[first] = self.high[first] = self.low[first] = self.price[first]
        self.high[traded] = np.maximum(self.high[traded], self.price[traded])
        self.low[traded] = np.minimum(self.low[traded], self.price[traded])
        return traded

    def quotes(self, positions: Iterable[int], at: datetime) -> list[Quote]:
        """Quotes of the stocks at `positions`."""
        return [
            Quote(
                symbol=self.market.symbols[i],
                price=float(self.price[i]),
                previous_close=float(self.previous[i]),
                open=float(self.open[i]),
                high=float(self.high[i]),
                low=float(self.low[i]),
                volume=int(self.volume[i]),
                at=at,
                source="simulated",
            )
            for i in positions
        ]

    def index_quotes(self, at: datetime) -> list[Quote]:
        """Quotes of the indices, computed from the prices of their members."""
        quotes = []
        for index, previous in self._index_previous.items():
            members = self.market.members[index]
            members = members[self._traded[members]]
            shares = self.market.traits.shares[members]
            worth = self.previous[members] @ shares
            level = round(float(previous * (self.price[members] @ shares) / worth), 2)
            span = self._index_ranges.get(index)
            if span is None:
                # A stock that has not traded yet opens the index at its previous close.
                opens = np.where(
                    np.isnan(self.open[members]), self.previous[members], self.open[members]
                )
                opened = round(float(previous * (opens @ shares) / worth), 2)
                span = self._index_ranges[index] = [opened, opened, opened]
            span[1], span[2] = max(span[1], level), min(span[2], level)
            quotes.append(
                Quote(index, level, previous, span[0], span[1], span[2], 0, at, "simulated")
            )
        return quotes
