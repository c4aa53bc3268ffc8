"""Daily bars in columns: encoding for storage and validation before it."""

from dataclasses import dataclass

import numpy as np

PRICE_COLUMNS = ("open", "high", "low", "close", "adj_close")
JUMP_THRESHOLD = 0.45
"""One-day move beyond which a bar is reported as suspicious (NSE's widest price band is 20 %)."""

REASONS = (
    "date is missing or cannot be read",
    "close is missing",
    "a price is zero or negative",
    "high is below low",
    "open or close lies outside low..high",
    "volume is negative",
    "date lies in the future or before 1990",
    "same symbol and date as a later row",
    "a number cannot be read",
    "the exchange was closed and the row repeats the day before",
)
UNREADABLE_NUMBER, STALE = len(REASONS) - 2, len(REASONS) - 1
_TOLERANCE = 0.02
"""Adjusted opens stray a little from adjusted ranges at every vendor; a wrong unit strays more."""
_FIRST_DAY = np.datetime64("1990-01-01", "D")


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Daily bars of one symbol, oldest first.

    Parameters
    ----------
    dates : ndarray of shape (n,), datetime64[D]
    open, high, low, close, adj_close : ndarray of shape (n,), float64
        `close` is adjusted for splits, `adj_close` for splits and dividends.
    volume : ndarray of shape (n,), int64
    """

    dates: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    adj_close: np.ndarray
    volume: np.ndarray

    def __len__(self) -> int:
        return len(self.dates)

    def take(self, index) -> "Bars":
        """Rows chosen by slice, mask or positions."""
        return Bars(*(getattr(self, name)[index] for name in self.__slots__))

    def merged(self, newer: "Bars") -> "Bars":
        """Union by date; where both have a day, `newer` wins."""
        kept = self.take(~np.isin(self.dates, newer.dates))
        joined = Bars(
            *(np.concatenate([getattr(kept, n), getattr(newer, n)]) for n in self.__slots__)
        )
        return joined.take(np.argsort(joined.dates, kind="stable"))

    def equals(self, other: "Bars") -> bool:
        """True when every column is the same, NaN equal to NaN."""
        return len(self) == len(other) and all(
            np.array_equal(getattr(self, n), getattr(other, n), equal_nan=n in PRICE_COLUMNS)
            for n in self.__slots__
        )

    def changes_from(self, before: "Bars") -> int:
        """Number of bars that `before`, whose days are all among these, has not in this form."""
        rows = np.searchsorted(self.dates, before.dates)
        same = np.logical_and.reduce(
            [
                (getattr(self, name)[rows] == getattr(before, name))
                | (np.isnan(getattr(self, name)[rows]) & np.isnan(getattr(before, name)))
                for name in (*PRICE_COLUMNS, "volume")
            ]
        )
        return len(self) - int(same.sum())


def encode_dates(dates: np.ndarray) -> bytes:
    """Days since 1970-01-01 as little-endian int32."""
    return dates.astype("datetime64[D]").astype(np.int64).astype("<i4").tobytes()


def decode_dates(data: bytes) -> np.ndarray:
    """Inverse of `encode_dates`: datetime64[D] of shape (n,)."""
    return np.frombuffer(data, "<i4").astype(np.int64).astype("datetime64[D]")


def encode_prices(prices: np.ndarray) -> bytes:
    """Prices as little-endian float64."""
    return np.ascontiguousarray(prices, "<f8").tobytes()


def decode_prices(data: bytes) -> np.ndarray:
    """Inverse of `encode_prices`: read-only float64 of shape (n,)."""
    return np.frombuffer(data, "<f8")


def encode_volumes(volumes: np.ndarray) -> bytes:
    """Volumes as little-endian int64."""
    return np.ascontiguousarray(volumes, "<i8").tobytes()


def decode_volumes(data: bytes) -> np.ndarray:
    """Inverse of `encode_volumes`: read-only int64 of shape (n,)."""
    return np.frombuffer(data, "<i8")


def reject_reasons(
    symbol_codes: np.ndarray, bars: Bars, *, today: np.datetime64, needs_adjusted: bool = True
) -> np.ndarray:
    """Say for each row of a long table why it cannot be stored.

    Parameters
    ----------
    symbol_codes : ndarray of shape (n,), integer
        Code of the row's symbol; rows of one symbol need not be adjacent.
    bars : Bars
        The rows' columns, in the order of the file; unreadable dates are NaT.
    today : datetime64[D]
        Rows dated later are refused.
    needs_adjusted : bool
        Also require a positive `adj_close`.

    Returns
    -------
    ndarray of shape (n,), int8
        Position in `REASONS`, -1 for a good row. The first matching reason wins. Missing open,
        high or low (NaN) is allowed: vendors leave them out for early years.
    """
    low, high = bars.low * (1 - _TOLERANCE), bars.high * (1 + _TOLERANCE)
    with np.errstate(invalid="ignore"):
        outside = ((bars.open < low) | (bars.open > high)) | (
            (bars.close < low) | (bars.close > high)
        )
        names = PRICE_COLUMNS if needs_adjusted else PRICE_COLUMNS[:4]
        not_positive = np.logical_or.reduce(
            [~(p > 0) & ~np.isnan(p) | np.isinf(p) for p in (getattr(bars, n) for n in names)]
        )
        checks = (
            np.isnat(bars.dates),
            np.isnan(bars.close) | (np.isnan(bars.adj_close) if needs_adjusted else False),
            not_positive,
            bars.high < bars.low,
            outside,
            bars.volume < 0,
            (bars.dates > today) | (bars.dates < _FIRST_DAY),
            _repeated(symbol_codes, bars.dates),
        )
    reasons = np.full(len(bars), -1, np.int8)
    for code in range(len(checks) - 1, -1, -1):
        reasons[checks[code]] = code
    return reasons


def suspicious_jumps(close: np.ndarray, threshold: float = JUMP_THRESHOLD) -> np.ndarray:
    """Positions of bars whose simple return exceeds `threshold` in size.

    Parameters
    ----------
    close : ndarray of shape (n,)
        Split-adjusted closes of one symbol, oldest first.

    Returns
    -------
    ndarray of int
        Positions into `close`; such bars are reported as data health and never altered, because
        some are real crashes (YESBANK, 2020-03-06) and others misdated splits.
    """
    if len(close) < 2:
        return np.empty(0, np.int64)
    with np.errstate(invalid="ignore", divide="ignore"):
        moves = close[1:] / close[:-1] - 1.0
    return np.flatnonzero(np.abs(moves) > threshold) + 1


def _repeated(symbol_codes: np.ndarray, dates: np.ndarray) -> np.ndarray:
    """Rows that a later row of the same symbol and day replaces."""
    order = np.lexsort((np.arange(len(dates)), dates.astype(np.int64), symbol_codes))
    codes, days = symbol_codes[order], dates[order]
    repeated = np.zeros(len(dates), bool)
    if len(order) > 1:
        repeated[order[:-1]] = (codes[1:] == codes[:-1]) & (days[1:] == days[:-1])
    return repeated
