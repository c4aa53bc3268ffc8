"""Yahoo Finance through yfinance: history with corporate actions, and quotes in batches."""

import math
import random
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import cache
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import yfinance
from yfinance.cache import get_tz_cache
from yfinance.data import YfData
from yfinance.exceptions import YFException, YFRateLimitError, YFTickerMissingError

from market.domain.bars import Bars
from market.domain.calendar import nse_calendar
from market.domain.quotes import Quote
from market.domain.reference import yahoo_symbols
from market.providers.base import (
    Action,
    BadAnswer,
    History,
    Problem,
    ProviderError,
    ProviderTimeout,
    Quotes,
    RateLimited,
    UnknownSymbol,
)

QUOTE_URL = "https://query1.finance.yahoo.com/v7/finance/quote"
BATCH = 100
THREADS = 4
TIMEOUT = 20.0
ATTEMPTS = 3
OPEN_PAUSE, SHUT_PAUSE = 15.0, 120.0


class YahooProvider:
    """Implements `PriceProvider` by yfinance's own sessions, cookies and parsing.

    Parameters
    ----------
    session : curl_cffi.requests.Session, optional
        yfinance's own when omitted.
    timeout : float
        Seconds for one answer.
    attempts : int
        Tries of one request; a wait with jitter that doubles lies between them.
    sleep : callable, optional
        Waits; tests pass their own.
    now : callable, optional
        Returns the current instant; tests pass their own.

    Notes
    -----
    "Possibly delisted" often means "try again later" at Yahoo, so a symbol without an answer is a
    `Problem`, and what is stored of it stays.
    """

    name = "yahoo"
    source = "yahoo"

    def __init__(
        self,
        session=None,
        *,
        timeout: float = TIMEOUT,
        attempts: int = ATTEMPTS,
        sleep: Callable[[float], object] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ):
        self._session, self._timeout = session, timeout
        self._attempts, self._sleep, self._now = attempts, sleep, now
        self._names = yahoo_symbols()
        self._last: dict[str, Quote] = {}
        # yfinance keeps a database of time zones beside the user's files and asks for each symbol
        # it does not find there: a folder of our own, filled beforehand, saves every second call.
        yfinance.set_tz_cache_location(_folder().name)
        yfinance.config.debug.hide_exceptions = False
        self._data = YfData(session=session) if session is not None else YfData()

    @property
    def session_date(self) -> date:
        """The last session until trading begins: so long Yahoo's quotes are that one's."""
        return nse_calendar().session_at(self._now())

    @property
    def pause(self) -> float:
        state = nse_calendar().state_at(self._now())
        trading = state in ("pre_open", "open", "closing_auction", "post_close")
        return (OPEN_PAUSE if trading else SHUT_PAUSE) * random.uniform(0.8, 1.2)

    def clock(self) -> datetime:
        return self._now()

    def yahoo_symbol(self, symbol: str) -> str:
        """Yahoo's spelling of an NSE symbol ("M&M" is "M&M.NS")."""
        return self._names.get(symbol, f"{symbol}.NS")

    def history(self, symbols: Sequence[str], start: date, end: date) -> History:
        """Daily bars, split-adjusted, with dividends and splits; a request a symbol."""
        with ThreadPoolExecutor(max_workers=THREADS) as pool:
            answers = list(pool.map(lambda s: self._one_history(s, start, end), symbols))
        bars, actions, problems = {}, [], []
        for symbol, answer in zip(symbols, answers, strict=True):
            if isinstance(answer, ProviderError):
                problems.append(Problem(symbol, answer.kind, str(answer)))
            else:
                bars[symbol], found = answer
                actions.extend(found)
        if not bars:
            raise_if_all(problems, RateLimited, ProviderTimeout, ProviderError)
        return History(bars, tuple(actions), tuple(problems))

    def _one_history(self, symbol: str, start: date, end: date):
        name = self.yahoo_symbol(symbol)
        get_tz_cache().store(name, "Asia/Kolkata")

        def ask() -> pd.DataFrame:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # An ampersand in the path is left alone by yfinance, and cut off by Yahoo.
                ticker = yfinance.Ticker(name.replace("&", "%26"), session=self._session)
                return ticker.history(
                    start=start.isoformat(),
                    end=(end + timedelta(days=1)).isoformat(),
                    auto_adjust=False,
                    actions=True,
                    timeout=self._timeout,
                )

        try:
            return _read_history(symbol, self._ask(ask))
        except ProviderError as error:
            return error

    def quotes(self, symbols: Sequence[str]) -> Quotes:
        """Quotes that differ from the last call's; a request for each `BATCH` symbols."""
        quotes, problems = {}, []
        for first in range(0, len(symbols), BATCH):
            batch = list(symbols[first : first + BATCH])
            try:
                answer = self._ask(lambda batch=batch: self._quote_answer(batch))
                got = _read_quotes({self.yahoo_symbol(s): s for s in batch}, answer)
            except ProviderError as error:
                problems += [Problem(s, error.kind, str(error)) for s in batch]
                continue
            quotes |= got
            problems += [
                Problem(s, "unknown_symbol", f"Yahoo gives no price for {s} now.")
                for s in batch
                if s not in got
            ]
        if not quotes:
            raise_if_all(problems, RateLimited, ProviderTimeout, BadAnswer, ProviderError)
        changed = {s: quote for s, quote in quotes.items() if self._last.get(s) != quote}
        self._last |= changed
        return Quotes(changed, tuple(problems))

    def _quote_answer(self, batch: list[str]):
        params = {"symbols": ",".join(map(self.yahoo_symbol, batch)), "formatted": "false"}
        return self._data.get_raw_json(QUOTE_URL, params=params, timeout=self._timeout)

    def _ask(self, request: Callable):
        """Call `request` with back-off; its failures come out as a `ProviderError`."""
        error: ProviderError = BadAnswer("Yahoo was not asked.")
        for attempt in range(self._attempts):
            if attempt:
                self._sleep(random.uniform(0.5, 1.5) * 2**attempt)
            try:
                return request()
            except Exception as failure:
                error = as_provider_error(failure)
            if isinstance(error, UnknownSymbol | BadAnswer):
                break
        raise error


def as_provider_error(failure: Exception) -> ProviderError:
    """What a failure inside yfinance, curl or JSON means to a caller."""
    kind, text = type(failure).__name__, str(failure)
    if isinstance(failure, ProviderError):
        return failure
    if isinstance(failure, YFRateLimitError) or " 429" in f" {text}":
        return RateLimited("Yahoo asks for fewer requests; trying again later.")
    if isinstance(failure, YFTickerMissingError):
        return UnknownSymbol(f"Yahoo gives no prices: {text}")
    if isinstance(failure, TimeoutError) or "Timeout" in kind or "timed out" in text:
        return ProviderTimeout("Yahoo did not answer in time.")
    if isinstance(failure, OSError) and "JSON" not in kind:
        status = getattr(getattr(failure, "response", None), "status_code", None)
        if status == 404:
            return UnknownSymbol("Yahoo knows no such symbol.")
        return ProviderError(f"Yahoo cannot be reached: {text or kind}")
    if isinstance(failure, ValueError | KeyError | TypeError | AttributeError | YFException):
        return BadAnswer(f"Yahoo answered something that cannot be read ({kind}).")
    return ProviderError(f"Yahoo failed: {kind}: {text}")


def raise_if_all(problems: list[Problem], *errors: type[ProviderError]) -> None:
    """Raise where every problem is one of `errors`: nothing at all could be had."""
    kinds = {problem.kind for problem in problems}
    if kinds and kinds <= {error.kind for error in errors}:
        named = [error for error in errors if {error.kind} == kinds]
        raise (named[0] if named else ProviderError)(problems[0].detail)


def _read_history(symbol: str, frame: pd.DataFrame) -> tuple[Bars, list[Action]]:
    """Bars and actions of yfinance's table; days without a close are left out."""
    columns = ("Open", "High", "Low", "Close", "Adj Close", "Volume")
    if frame is None or frame.empty:
        raise UnknownSymbol(f"Yahoo gives no prices of {symbol} in this period.")
    if not set(columns) <= set(frame.columns):
        raise BadAnswer(f"Yahoo's history of {symbol} lacks columns.")
    frame = frame[~frame.index.duplicated(keep="last")].sort_index()
    days = frame.index.tz_localize(None).to_numpy().astype("datetime64[D]")
    actions = [
        Action(symbol, days[row].astype(object), kind, float(values[row]))
        for kind, column in (("dividend", "Dividends"), ("split", "Stock Splits"))
        if column in frame
        for values in (frame[column].fillna(0).to_numpy(float),)
        for row in np.flatnonzero(values > 0)
    ]
    prices = [frame[name].to_numpy(float) for name in columns[:5]]
    volume = frame["Volume"].fillna(0).to_numpy(float).astype(np.int64)
    bars = Bars(days, *prices, volume)
    return bars.take(bars.close > 0), actions


def _read_quotes(names: dict[str, str], answer) -> dict[str, Quote]:
    """Quotes of a v7 answer by our symbol; an entry without a price is left out."""
    try:
        entries = answer["quoteResponse"]["result"]
    except (KeyError, TypeError):
        raise BadAnswer("Yahoo's quotes have an unknown form.") from None
    quotes = {}
    for entry in entries or ():
        symbol = names.get(entry.get("symbol"))
        price = number_of(entry.get("regularMarketPrice"))
        at = entry.get("regularMarketTime")
        if symbol is None or not price > 0 or not isinstance(at, int | float):
            continue
        volume = number_of(entry.get("regularMarketVolume"))
        quotes[symbol] = Quote(
            symbol=symbol,
            price=price,
            previous_close=number_of(entry.get("regularMarketPreviousClose")),
            open=number_of(entry.get("regularMarketOpen")),
            high=number_of(entry.get("regularMarketDayHigh")),
            low=number_of(entry.get("regularMarketDayLow")),
            volume=0 if math.isnan(volume) else int(volume),
            at=datetime.fromtimestamp(at, UTC),
            source="yahoo",
        )
    return quotes


def number_of(value) -> float:
    """A number of Yahoo's, plain or {"raw": ...}; NaN where there is none."""
    if isinstance(value, dict):
        value = value.get("raw")
    return float(value) if isinstance(value, int | float) else math.nan


@cache
def _folder() -> TemporaryDirectory:
    """Gone with the process."""
    return TemporaryDirectory(prefix="finseg-yfinance-")
