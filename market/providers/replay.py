"""Stored history or tick files as a live feed, at a chosen speed."""

import csv
import gzip
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from market.domain.calendar import IST
from market.domain.quotes import Quote
from market.domain.tape import Tape, tape_from_minutes, tape_from_ticks
from market.providers.base import BadAnswer, History, Problem, Quotes, UnknownSymbol

TICK_COLUMNS = {"ts", "ltp"}
MINUTE_COLUMNS = {"symbol", "date", "open", "high", "low", "close", "volume"}


class ReplayProvider:
    """Implements `PriceProvider` over tapes.

    Parameters
    ----------
    sessions : sequence of date
        Sessions to play, in order; after the last one the first begins again.
    load_tape : callable
        Gives the tape of a session.
    load_history : callable
        Gives the stored `History` of (symbols, start, end).
    speed : float
        Seconds of market time a second.
    monotonic : callable, optional
        Seconds that only grow; tests pass their own.
    """

    name = "replay"
    source = "file"
    pause = 0.25

    def __init__(
        self,
        sessions: Sequence[date],
        load_tape: Callable[[date], Tape],
        load_history: Callable[[Sequence[str], date, date], History],
        *,
        speed: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ):
        if not sessions:
            raise ValueError("there is no session to replay")
        if not speed > 0:
            raise ValueError("the speed of a replay is positive")
        self._sessions = list(sessions)
        self._load_tape, self._load_history = load_tape, load_history
        self._speed, self._monotonic = speed, monotonic
        self._insert(0)

    @property
    def session_date(self) -> date:
        return self._tape.session_date

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self._clock_ms() / 1000, UTC)

    def history(self, symbols: Sequence[str], start: date, end: date) -> History:
        return self._load_history(symbols, start, end)

    def quotes(self, symbols: Sequence[str]) -> Quotes:
        """Quotes of what traded up to the replayed instant; rolls over to the next session."""
        if self._next >= len(self._tape.at):
            self._insert((self._playing + 1) % len(self._sessions))
        tape, now = self._tape, self._clock_ms()
        end = int(np.searchsorted(tape.at, now, side="right"))
        fresh = slice(self._next, end)
        self._next = end
        codes, prices = tape.symbol[fresh], tape.price[fresh]
        wanted = set(symbols)
        problems = tuple(
            Problem(s, "unknown_symbol", f"{s} did not trade in the replayed session.")
            for s in symbols
            if s not in self._known
        )
        if not len(codes):
            return Quotes(problems=problems)
        np.fmax.at(self._high, codes, prices)
        np.fmin.at(self._low, codes, prices)
        unopened = np.isnan(self._open[codes])
        # Reversed, so that the earliest of several trades is written last and stays.
        self._open[codes[unopened][::-1]] = prices[unopened][::-1]
        last = {int(code): fresh.start + row for row, code in enumerate(codes)}
        quotes = {
            tape.symbols[code]: self._quote(code, row)
            for code, row in last.items()
            if tape.symbols[code] in wanted
        }
        return Quotes(quotes=quotes, problems=problems)

    def _quote(self, code: int, row: int) -> Quote:
        tape = self._tape
        return Quote(
            symbol=tape.symbols[code],
            price=float(tape.price[row]),
            previous_close=float(tape.previous_close[code]),
            open=float(self._open[code]),
            high=float(self._high[code]),
            low=float(self._low[code]),
            volume=int(tape.volume[row]),
            at=datetime.fromtimestamp(tape.at[row] / 1000, UTC),
            source=self.source,
        )

    def _insert(self, position: int) -> None:
        self._playing = position
        self._tape = tape = self._load_tape(self._sessions[position])
        if not len(tape.at):
            raise UnknownSymbol(f"There are no trades on {tape.session_date} to replay.")
        n = len(tape.symbols)
        self._open, self._high, self._low = (np.full(n, np.nan) for _ in range(3))
        self._next = 0
        self._known = set(tape.symbols)
        self._began = self._monotonic()

    def _clock_ms(self) -> int:
        passed = (self._monotonic() - self._began) * self._speed * 1000
        return int(min(self._tape.at[0] + passed, self._tape.at[-1]))


def read_tape_file(path: Path, *, symbol: str = "NIFTY50") -> Tape:
    """Tape of a tick file (ts, ltp) or a one-minute file (symbol, date, open ... volume), in IST.

    Parameters
    ----------
    path : Path
        CSV, optionally gzipped.
    symbol : str
        What a tick file, which does not say, is about.

    Raises
    ------
    BadAnswer
        If the file has neither set of columns or no readable row.
    """
    try:
        with _open_text(path) as handle:
            columns = set(next(csv.reader(handle), []))
    except (OSError, UnicodeDecodeError) as error:
        raise BadAnswer(f"{path} cannot be read: {error}") from error
    if columns >= TICK_COLUMNS:
        rows = pd.read_csv(path).dropna(subset=["ts", "ltp"])
        at = _epoch_ms(rows["ts"])
        if len(at):
            return tape_from_ticks(_day_of(at[0]), symbol, at, rows["ltp"].to_numpy(float))
    elif columns >= MINUTE_COLUMNS:
        rows = pd.read_csv(path).dropna(subset=["symbol", "date", "close"])
        at = _epoch_ms(rows["date"])
        if len(at):
            days = (at + 19_800_000) // 86_400_000
            chosen = days == days[-1]
            rows, at = rows[chosen], at[chosen]
            return tape_from_minutes(
                _day_of(at[0]),
                rows["symbol"].to_numpy(str),
                at,
                rows[["open", "high", "low", "close"]].to_numpy(float),
                rows["volume"].to_numpy(np.int64),
            )
    else:
        raise BadAnswer(
            f"{path.name} has neither the columns ts, ltp nor symbol, date, open, high, low, "
            "close, volume."
        )
    raise BadAnswer(f"{path.name} holds no readable row.")


def _open_text(path: Path):
    if path.suffix == ".gz":
        return gzip.open(path, "rt", newline="")
    return path.open(newline="")


def _epoch_ms(texts: pd.Series) -> np.ndarray:
    stamps = pd.to_datetime(texts).dt.tz_localize(IST).dt.tz_convert("UTC").dt.tz_localize(None)
    return stamps.to_numpy("datetime64[ms]").astype(np.int64)


def _day_of(at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms / 1000, IST).date()
