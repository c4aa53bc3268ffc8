"""The built-in market as a source of prices: open around the clock, labelled as simulated."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime

import numpy as np

from market.domain.calendar import IST, nse_calendar
from market.domain.quotes import Quote
from market.domain.simulated_debts import simulated_debts
from market.domain.simulated_history import daily_bars
from market.domain.simulated_session import SECONDS_PER_SESSION, SimulatedSession
from market.domain.simulation import FIRST_SESSION, SimulatedMarket
from market.providers.base import Debts, History, Problem, Quotes

LONGEST_GAP = 3_600.0
"""A computer that slept does not make up for more than an hour of trading."""


class SimulatedProvider:
    """Implements `PriceProvider` and `DebtProvider` over a `SimulatedMarket`.

    Parameters
    ----------
    market : SimulatedMarket
    now : callable, optional
        Returns the current instant; tests pass their own.
    """

    name = "simulated"
    source = "simulated"
    pause = 0.25

    def __init__(
        self, market: SimulatedMarket, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ):
        self.market = market
        self._now = now
        self._session: SimulatedSession | None = None
        self._last_step = 0.0
        self._announce_all = False

    @property
    def session_date(self) -> date:
        """Latest session of the exchange's calendar: weekends go on trading Friday's."""
        return nse_calendar().session_on_or_before(self._now().astimezone(IST).date())

    def clock(self) -> datetime:
        return self._now()

    def history(
        self,
        symbols: Sequence[str],
        start: date,
        end: date,
        *,
        closes: Mapping[str, float] | None = None,
    ) -> History:
        """Daily bars; `closes` are those of the session before `start`, to go on from."""
        sessions = nse_calendar().sessions_between(FIRST_SESSION, end)
        first = int(np.searchsorted(sessions, np.datetime64(start, "D")))
        if closes is None:
            made = daily_bars(self.market, sessions)
            made = {symbol: bars.take(slice(first, None)) for symbol, bars in made.items()}
        else:
            made = daily_bars(self.market, sessions, first=first, closes=closes)
        unknown = [s for s in symbols if s not in self.market.members]
        known = set(self.market.symbols)
        return History(
            bars={s: made[s] for s in symbols if s in made and len(made[s])},
            problems=tuple(
                Problem(s, "unknown_symbol", f"{s} is not part of the simulated market.")
                for s in unknown
                if s not in known
            ),
        )

    def debts(self, symbols: Sequence[str]) -> Debts:
        """What the simulated companies owe; of financial companies it tells nothing."""
        made = simulated_debts(self.market, symbols, today=self.session_date)
        return Debts(
            made,
            tuple(
                Problem(s, "unknown_symbol", f"The simulated market tells no debt of {s}.")
                for s in symbols
                if s not in made
            ),
        )

    def start_session(
        self, closes: Mapping[str, float], *, quotes: Mapping[str, Quote] | None = None
    ) -> None:
        """Open the session after `closes`, going on from `quotes` if they are of that session.

        A fresh session begins where the clock says it would be by now, so that a first visitor
        sees a day with a range and not a row of zeros.
        """
        now = self._now().astimezone(IST)
        elapsed = (now - datetime.combine(now.date(), datetime.min.time(), IST)).total_seconds()
        salt = int(elapsed) if quotes else 0
        self._session = SimulatedSession(
            self.market, closes, session_date=self.session_date, salt=salt
        )
        if quotes:
            self._session.resume(quotes)
        else:
            self._session.advance(min(max(elapsed, 600.0), SECONDS_PER_SESSION))
        self._last_step = time.monotonic()
        self._announce_all = True

    def quotes(self, symbols: Sequence[str]) -> Quotes:
        """Quotes of the stocks that traded since the last call; the first call gives all."""
        if self._session is None:
            raise RuntimeError("start_session comes before quotes")
        if self._session.session_date != self.session_date:
            self.start_session(self._closes())
        elapsed = time.monotonic() - self._last_step
        self._last_step += elapsed
        touched = self._session.advance(min(elapsed, LONGEST_GAP))
        if self._announce_all:
            touched = np.flatnonzero(~np.isnan(self._session.open))
            self._announce_all = False
        at = self._now()
        made = self._session.quotes(touched.tolist(), at)
        if len(touched):
            made += self._session.index_quotes(at)
        wanted = set(symbols)
        known = {*self.market.symbols, *self.market.members}
        return Quotes(
            quotes={quote.symbol: quote for quote in made if quote.symbol in wanted},
            problems=tuple(
                Problem(s, "unknown_symbol", f"{s} is not part of the simulated market.")
                for s in symbols
                if s not in known
            ),
        )

    def _closes(self) -> dict[str, float]:
        session = self._session
        assert session is not None
        closes = dict(zip(self.market.symbols, session.price.tolist(), strict=True))
        closes |= {quote.symbol: quote.price for quote in session.index_quotes(self._now())}
        return {symbol: price for symbol, price in closes.items() if price == price}
