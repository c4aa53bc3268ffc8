"""Customers' features as they would have been on past days."""

from collections.abc import Iterator

import numpy as np

from accounts.domain.sectors import multi_hot
from accounts.queries import profile_columns
from market.domain.instruments import DEFAULT_BENCHMARK
from market.queries import instruments, price_panel
from portfolios.queries import ledger_columns
from segmentation.domain.behaviour import (
    SESSIONS_A_YEAR,
    MarketColumns,
    behaviour_columns,
    fall_months,
)
from segmentation.domain.declared import declared_columns
from segmentation.queries import FEATURE_KEYS
from segmentation.services.features import SMALL_CAPS

_WEEK = 7


class NoHistory(RuntimeError):
    """There are no prices or no trades to look back on; nothing was changed."""


def market_as_of(symbols, as_of) -> MarketColumns:
    """What the market told of the symbols on a past day: its closes, not today's quotes.

    Cap classes are today's: the past ones are not stored.
    """
    closes = price_panel(symbols=symbols, end=as_of)
    adjusted = price_panel(column="adj_close", symbols=symbols, end=as_of)
    benchmark = price_panel(symbols=(DEFAULT_BENCHMARK,), end=as_of)
    prices = adjusted.values[-(SESSIONS_A_YEAR + 1) :]
    caps = {facts.symbol: facts.cap_class for facts in instruments()}
    return MarketColumns(
        last_price=_last_known(closes.values),
        is_small=np.array([caps.get(symbol) in SMALL_CAPS for symbol in symbols], bool),
        returns=prices[1:] / prices[:-1] - 1,
        fall_months=fall_months(benchmark.dates, benchmark.column(DEFAULT_BENCHMARK)),
    )


def weekly_features(weeks) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Features of consenting customers on weekly dates up to the last session, oldest first.

    Ledgers and prices are cut at each date. What customers declare is as of today: former
    answers are kept in the audit trail only. Those who had not traded by the first date are
    left out, so that all dates speak of the same customers.

    Parameters
    ----------
    weeks : int

    Yields
    ------
    str, ndarray of int64 shape (n,), ndarray of float64 shape (n, n_features)
        The date, numbers ascending, and the columns of the feature dictionary.

    Raises
    ------
    NoHistory
    """
    dates = price_panel(symbols=(DEFAULT_BENCHMARK,)).dates
    if len(dates) == 0:
        raise NoHistory("There are no stored prices of NIFTY 50 to look back on.")
    days = [dates[-1] - _WEEK * back for back in range(weeks - 1, -1, -1)]
    ledger = ledger_columns()
    profile = profile_columns()
    known = profile["consent"] & np.isin(profile["number"], ledger.number[ledger.day <= days[0]])
    if not known.any():
        raise NoHistory(f"No consenting customer had traded by {days[0]}.")
    profile = {name: column[known] for name, column in profile.items()}
    declared = declared_columns(
        **{name: profile[name] for name in ("annual_income", "monthly_spending", "risk_score")}
    )
    sectors = multi_hot(profile["sector_mask"])
    for day in days:
        market = market_as_of(ledger.symbols, day)
        columns = declared | behaviour_columns(profile["number"], ledger, market, as_of=day)
        main = np.column_stack([columns[key] for key in FEATURE_KEYS])
        yield str(day), profile["number"], np.hstack([main, sectors])


def _last_known(values):
    """Last finite value of each column; NaN without any."""
    known = np.isfinite(values)
    if len(values) == 0:
        return np.full(values.shape[1], np.nan)
    last = len(values) - 1 - np.argmax(known[::-1], axis=0)
    return np.where(known.any(axis=0), values[last, np.arange(values.shape[1])], np.nan)
