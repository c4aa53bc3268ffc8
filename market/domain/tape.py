"""A session on tape: trades in order of time, from tick files or woven from daily bars."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

OPENING_SECOND = 9 * 3600 + 15 * 60
SESSION_SECONDS = 6 * 3600 + 15 * 60
STEP_SECONDS = 15
TICK = 0.05
_IST_OFFSET_MS = 19_800_000


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """Trades of one session.

    Parameters
    ----------
    session_date : date
    symbols : tuple of str
    previous_close : ndarray of shape (n_symbols,)
        NaN where unknown.
    at : ndarray of shape (n_trades,), int64
        Epoch milliseconds, not decreasing.
    symbol : ndarray of shape (n_trades,), int32
        Position in `symbols`.
    price : ndarray of shape (n_trades,), float64
    volume : ndarray of shape (n_trades,), int64
        Shares traded in the session up to this trade.
    """

    session_date: date
    symbols: tuple[str, ...]
    previous_close: np.ndarray
    at: np.ndarray
    symbol: np.ndarray
    price: np.ndarray
    volume: np.ndarray


def session_start_ms(day: date) -> int:
    """Midnight IST of `day` as epoch milliseconds."""
    return int(np.datetime64(day, "ms").astype(np.int64)) - _IST_OFFSET_MS


def tape_from_bars(
    day: date, bars: Mapping[str, tuple[float, float, float, float, float, int]], *, seed: int = 0
) -> Tape:
    """Weave a session of trades that agrees with its daily bars.

    Parameters
    ----------
    day : date
    bars : mapping of str to (open, high, low, close, previous_close, volume)
    seed : int

    Returns
    -------
    Tape
        A trade about every `STEP_SECONDS` for each symbol. Each path opens at the open, touches
        high and low in the order the day's direction suggests, ends on the close, and never leaves
        the range; what lies between is invented.
    """
    symbols = tuple(bars)
    table = np.array([row[:5] for row in bars.values()], float).reshape(-1, 5)
    opened, high, low, close, previous = table.T
    opened = np.where(np.isnan(opened), close, opened)
    high = np.fmax(np.fmax(high, opened), close)
    low = np.fmin(np.fmin(low, opened), close)
    volume = np.array([row[5] for row in bars.values()], np.int64)
    rng = np.random.default_rng([seed, day.toordinal()])
    n, steps = len(symbols), SESSION_SECONDS // STEP_SECONDS
    clock = np.linspace(0.0, 1.0, steps)[:, None]
    early, late = rng.uniform(0.05, 0.45, n), rng.uniform(0.55, 0.95, n)
    rising = close >= opened
    first, second = np.where(rising, low, high), np.where(rising, high, low)
    path = np.where(
        clock < early,
        opened + (first - opened) * clock / early,
        np.where(
            clock < late,
            first + (second - first) * (clock - early) / (late - early),
            second + (close - second) * (clock - late) / (1 - late),
        ),
    )
    noise = np.cumsum(rng.standard_normal((steps, n)), axis=0) / np.sqrt(steps)
    noise -= clock * noise[-1]
    path = np.round((path + noise * (high - low) * 0.35) / TICK) * TICK
    path = np.clip(path, low, high)
    rows = np.arange(n)
    path[np.minimum((early * steps).astype(int), steps - 2), rows] = first
    path[np.minimum((late * steps).astype(int), steps - 2), rows] = second
    path[0], path[-1] = opened, close
    # Every symbol trades at its own moment within a step: a page moves all the time.
    offsets = rng.integers(0, STEP_SECONDS * 1000, n)
    start = session_start_ms(day) + OPENING_SECOND * 1000
    at = start + np.arange(steps)[:, None] * STEP_SECONDS * 1000 + offsets
    shares = (volume * clock).astype(np.int64)
    order = np.argsort(at.ravel(), kind="stable")
    return Tape(
        day,
        symbols,
        previous,
        at.ravel()[order],
        np.broadcast_to(rows.astype(np.int32), (steps, n)).ravel()[order],
        np.round(path.ravel()[order], 2),
        shares.ravel()[order],
    )


def tape_from_minutes(
    day: date,
    symbols: np.ndarray,
    minutes: np.ndarray,
    prices: np.ndarray,
    volumes: np.ndarray,
) -> Tape:
    """Tape of one-minute bars: open, high, low and close a quarter of a minute apart.

    Parameters
    ----------
    day : date
    symbols : ndarray of str, shape (n_bars,)
    minutes : ndarray of shape (n_bars,), int64
        Epoch milliseconds at which each bar begins.
    prices : ndarray of shape (n_bars, 4)
        Open, high, low, close.
    volumes : ndarray of shape (n_bars,), int64
    """
    names, codes = np.unique(symbols, return_inverse=True)
    order = np.lexsort((minutes, codes))
    running = np.cumsum(volumes[order])
    starts = np.r_[True, codes[order][1:] != codes[order][:-1]]
    before = np.where(starts, running - volumes[order], 0)
    total = np.empty_like(running)
    total[order] = running - np.maximum.accumulate(before)
    at = (minutes[:, None] + np.arange(4) * 15_000).ravel()
    rank = np.argsort(at, kind="stable")
    return Tape(
        day,
        tuple(names.tolist()),
        np.full(len(names), np.nan),
        at[rank],
        np.repeat(codes, 4).astype(np.int32)[rank],
        prices.ravel()[rank],
        np.repeat(total, 4)[rank],
    )


def tape_from_ticks(day: date, symbol: str, at: np.ndarray, price: np.ndarray) -> Tape:
    """Tape of one symbol's ticks; `at` in epoch milliseconds, any order."""
    order = np.argsort(at, kind="stable")
    n = len(at)
    return Tape(
        day,
        (symbol,),
        np.array([np.nan]),
        at[order],
        np.zeros(n, np.int32),
        price[order],
        np.zeros(n, np.int64),
    )
