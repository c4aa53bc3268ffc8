"""When the National Stock Exchange trades: sessions, hours and the state at an instant."""

import csv
import warnings
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import exchange_calendars
import numpy as np

IST = ZoneInfo("Asia/Kolkata")
FIRST_DAY = date(2007, 1, 1)
DATA_DIR = Path(__file__).resolve().parent.parent / "data"

LABELS = {
    "pre_open": "Pre-open",
    "open": "Open",
    "closing_auction": "Closing auction",
    "post_close": "Post-close",
    "closed": "Closed",
    "holiday": "Holiday",
}


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of a trading day in IST: `start` included, `end` excluded."""

    state: str
    start: time
    end: time


class TradingCalendar:
    """NSE sessions and their hours.

    Parameters
    ----------
    sessions : ndarray of datetime64[D]
        Every ordinary session of the published calendar, increasing.
    special : dict of date to tuple of Phase
        Sessions outside the ordinary calendar or with other hours; an empty tuple means
        ordinary hours (Union Budget on a Saturday).
    hours : tuple of (date, tuple of Phase)
        Dated rules, oldest first: the last one not after a day is that day's.

    Notes
    -----
    After the last published session every weekday counts as a session: holidays of a year not
    yet announced are unknown, and refusing to price that year would be worse.
    """

    def __init__(self, sessions, special, hours):
        extra = np.array(sorted(special), "datetime64[D]")
        self.sessions = np.union1d(np.asarray(sessions, "datetime64[D]"), extra)
        self._special = dict(special)
        self._hours = tuple(hours)
        self._known = set(self.sessions.tolist())
        self._last = max(self._known)

    def is_session(self, day: date) -> bool:
        """True when the exchange trades on `day`."""
        return day in self._known or (day > self._last and day.weekday() < 5)

    def previous_session(self, day: date) -> date:
        """Last session strictly before `day`."""
        day -= timedelta(days=1)
        while not self.is_session(day):
            day -= timedelta(days=1)
        return day

    def next_session(self, day: date) -> date:
        """First session strictly after `day`."""
        day += timedelta(days=1)
        while not self.is_session(day):
            day += timedelta(days=1)
        return day

    def session_on_or_before(self, day: date) -> date:
        """`day` itself when it is a session, else the one before it."""
        return day if self.is_session(day) else self.previous_session(day)

    def session_at(self, instant: datetime) -> date:
        """Session whose trading began last at an aware instant.

        Before a day's pre-open the latest prices, and what was traded at them, are still those of
        the session before.
        """
        local = instant.astimezone(IST)
        phases = self.phases(local.date())
        begun = bool(phases) and local.time() >= phases[0].start
        return local.date() if begun else self.previous_session(local.date())

    def last_finished_session(self, instant: datetime) -> date:
        """Latest session whose last price is made at an aware instant."""
        day = self.session_on_or_before(instant.astimezone(IST).date())
        close = self.close_time(day)
        return day if close is not None and instant >= close else self.previous_session(day)

    def sessions_between(self, start: date, end: date) -> np.ndarray:
        """Sessions from `start` to `end`, both included, as datetime64[D]."""
        low, high = np.datetime64(start, "D"), np.datetime64(end, "D")
        known = self.sessions[(self.sessions >= low) & (self.sessions <= high)]
        first = max(low, np.datetime64(self._last, "D") + 1)
        if high < first:
            return known
        later = np.arange(first, high + 1)
        return np.concatenate([known, later[np.is_busday(later)]])

    def phases(self, day: date) -> tuple[Phase, ...]:
        """Stretches of `day` in order; empty when the exchange is shut all day."""
        if not self.is_session(day):
            return ()
        if self._special.get(day):
            return self._special[day]
        ruling: tuple[Phase, ...] = ()
        for valid_from, phases in self._hours:
            if valid_from <= day:
                ruling = phases
        return ruling

    def state_at(self, instant: datetime) -> str:
        """State at an aware instant: a key of `LABELS`."""
        local = instant.astimezone(IST)
        if not self.is_session(local.date()):
            return "holiday"
        clock = local.time()
        for phase in self.phases(local.date()):
            if phase.start <= clock < phase.end:
                return phase.state
        return "closed"

    def label_at(self, instant: datetime) -> str:
        """State at an instant in words, with the time it lasts until ("Open until 15:30")."""
        local = instant.astimezone(IST)
        state = self.state_at(instant)
        for phase in self.phases(local.date()):
            if phase.state == state and phase.start <= local.time() < phase.end:
                return f"{LABELS[state]} until {phase.end:%H:%M}"
        upcoming = [p for p in self.phases(local.date()) if p.start > local.time()]
        if upcoming and upcoming[0].state != "post_close":
            return f"{LABELS[state]}, opens {upcoming[0].start:%H:%M}"
        return f"{LABELS[state]}, opens {self.next_session(local.date()):%d %b}"

    def close_time(self, day: date) -> datetime | None:
        """Instant at which the last price of `day` is made; None when it is no session."""
        ends = [p.end for p in self.phases(day) if p.state in ("open", "closing_auction")]
        return datetime.combine(day, ends[-1], IST) if ends else None


def _clock(text: str) -> time:
    return time.fromisoformat(text.strip())


def _windows(text: str) -> tuple[Phase, ...]:
    spans = (part.split("-") for part in text.split(";") if part)
    return tuple(Phase("open", _clock(start), _clock(end)) for start, end in spans)


@lru_cache(maxsize=1)
def nse_calendar() -> TradingCalendar:
    """Calendar of the NSE from 2007: published sessions of XBOM plus the dated data files.

    The exchange's special sessions and hours are data beside this package, because no calendar
    library carries them all (`market/data/special_sessions.csv`, `trading_hours.csv`).
    """
    with warnings.catch_warnings():
        # pandas 3 warns about a conversion inside exchange_calendars that stays right here.
        warnings.simplefilter("ignore")
        published = exchange_calendars.get_calendar("XBOM", start=FIRST_DAY.isoformat())
    with (DATA_DIR / "special_sessions.csv").open() as handle:
        special = {
            date.fromisoformat(row["date"]): _windows(row["windows"])
            for row in csv.DictReader(handle)
        }
    rules: dict[date, list[Phase]] = {}
    with (DATA_DIR / "trading_hours.csv").open() as handle:
        for row in csv.DictReader(handle):
            phase = Phase(row["state"], _clock(row["start"]), _clock(row["end"]))
            rules.setdefault(date.fromisoformat(row["valid_from"]), []).append(phase)
    hours = tuple((day, tuple(rules[day])) for day in sorted(rules))
    return TradingCalendar(published.sessions.values.astype("datetime64[D]"), special, hours)
