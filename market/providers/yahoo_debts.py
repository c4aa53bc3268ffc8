"""What companies owe, from Yahoo Finance: one summary a company, asked one after the other."""

import math
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime

from market.domain.calendar import IST
from market.domain.debts import Debt, refusal
from market.providers.base import (
    BadAnswer,
    Debts,
    Problem,
    ProviderError,
    ProviderTimeout,
    RateLimited,
)
from market.providers.yahoo import YahooProvider, number_of, raise_if_all

SUMMARY_URL = "https://query2.finance.yahoo.com/v10/finance/quoteSummary"
MODULES = "financialData,defaultKeyStatistics"
PAUSE = 1.0
"""Seconds between two requests: 750 companies take a quarter of an hour, once a week."""


class YahooDebts(YahooProvider):
    """Implements `DebtProvider` by yfinance's sessions, cookies and crumbs.

    Notes
    -----
    `Ticker.info` would make three requests of it; the one that tells the balance sheet is enough.
    """

    def debts(self, symbols: Sequence[str]) -> Debts:
        """Latest debt and shares of each company; those left when Yahoo asks for fewer requests
        are in neither part of the answer.
        """
        debts: dict[str, Debt] = {}
        problems: list[Problem] = []
        today = self._now().astimezone(IST).date()
        for place, symbol in enumerate(symbols):
            if place:
                self._sleep(PAUSE * random.uniform(0.8, 1.2))
            try:
                debts[symbol] = self._one_debt(symbol, today)
            except ProviderError as error:
                problems.append(Problem(symbol, error.kind, str(error)))
                if isinstance(error, RateLimited):
                    break
        if not debts:
            raise_if_all(problems, RateLimited, ProviderTimeout, ProviderError)
        return Debts(debts, tuple(problems))

    def _one_debt(self, symbol: str, today: date) -> Debt:
        name = self.yahoo_symbol(symbol).replace("&", "%26")
        params = {"modules": MODULES, "formatted": "false", "corsDomain": "finance.yahoo.com"}
        answer = self._ask(
            lambda: self._data.get_raw_json(
                f"{SUMMARY_URL}/{name}", params=params, timeout=self._timeout
            )
        )
        return read_debt(symbol, answer, today=today)


def read_debt(symbol: str, answer, *, today: date) -> Debt:
    """The record in a quote summary.

    Raises
    ------
    BadAnswer
        If it has another form, lacks a figure, or tells one that cannot be true; with the reason.
    """
    try:
        summary = answer["quoteSummary"]["result"][0]
        money = summary.get("financialData") or {}
        statistics = summary.get("defaultKeyStatistics") or {}
    except (KeyError, TypeError, IndexError, AttributeError):
        raise BadAnswer(f"Yahoo's summary of {symbol} has an unknown form.") from None
    total, shares = (
        number_of(money.get("totalDebt")),
        number_of(statistics.get("sharesOutstanding")),
    )
    quarter = number_of(statistics.get("mostRecentQuarter"))
    lacking = [
        name
        for name, value in (
            ("total debt", total),
            ("shares outstanding", shares),
            ("date of the balance sheet", quarter),
        )
        if math.isnan(value)
    ]
    if lacking:
        raise BadAnswer(f"Yahoo does not tell {symbol}'s {' nor its '.join(lacking)}.")
    try:
        day = datetime.fromtimestamp(quarter, UTC).date()
    except (OverflowError, OSError, ValueError):
        raise BadAnswer(f"Yahoo's date of {symbol}'s balance sheet cannot be read.") from None
    debt = Debt(symbol, day, total, shares, today, "yahoo", "Yahoo Finance")
    reason = refusal(debt, today=today, currency=str(money.get("financialCurrency") or ""))
    if reason:
        raise BadAnswer(f"What Yahoo says of {symbol} was refused: {reason}.")
    return debt
