"""Value objects of the live path: a quote, and the state of the market."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from market.domain.calendar import IST


@dataclass(frozen=True, slots=True)
class Quote:
    """Last known price of one instrument on its session.

    Parameters
    ----------
    symbol : str
    price, previous_close, open, high, low : float
        Rupees (index points for an index); NaN where the source does not tell.
    volume : int
        Shares traded so far in the session.
    at : datetime
        Instant of the last trade, timezone-aware UTC.
    source : str
        "yahoo", "file" or "simulated".
    """

    symbol: str
    price: float
    previous_close: float
    open: float
    high: float
    low: float
    volume: int
    at: datetime
    source: str

    @property
    def day(self) -> date:
        """Day of the last trade in India."""
        return self.at.astimezone(IST).date()

    def in_session(self, session: date) -> "Quote":
        """This quote as `session` sees it: one made before that day has not moved in it.

        Without this, a stock that did not trade would add an older day's change to today's.
        """
        if self.at >= datetime.combine(session, time.min, IST):
            return self
        return replace(self, previous_close=self.price)

    @property
    def change(self) -> float:
        """Rupees since the previous close; NaN when that close is unknown."""
        return self.price - self.previous_close

    @property
    def change_fraction(self) -> float:
        """Simple return since the previous close; NaN when it is unknown or not positive."""
        if not self.previous_close > 0:
            return float("nan")
        return self.price / self.previous_close - 1.0

    @property
    def turnover(self) -> float:
        """Rupees traded, approximated as last price times volume."""
        return self.price * self.volume


@dataclass(frozen=True, slots=True)
class MarketStatus:
    """What the top bar says about the market right now.

    Parameters
    ----------
    state : str
        "pre_open", "open", "closing_auction", "post_close", "closed" or "holiday".
    label : str
        The same in words a customer reads ("Open until 15:30").
    session_date : date
        Session the quotes belong to, in IST.
    clock : datetime
        The market's clock in IST: now, or the replayed instant.
    source : str
        Active source of prices.
    simulated : bool
        True when prices come from the built-in simulator.
    age_seconds : float or None
        Seconds since the feed last gave a sign of life; None if it never did.
    loading : str or None
        Progress of a background history load, in words.
    replaying : bool
        True when a stored session is played back.
    """

    state: str
    label: str
    session_date: date
    clock: datetime
    source: str
    simulated: bool
    age_seconds: float | None
    loading: str | None = None
    replaying: bool = False
