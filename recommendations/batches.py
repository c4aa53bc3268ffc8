"""Reads of many investors at once, as columns: today's groups, and the whole past."""

from dataclasses import dataclass

import numpy as np

from accounts import queries as accounts
from accounts.domain.questionnaire import risk_class_of
from market import queries as market
from portfolios import queries as portfolios
from recommendations.domain.advise import Investors
from recommendations.domain.features import MarketFeatures
from recommendations.domain.ledgers import LedgerHistory
from recommendations.domain.long_run import long_run_by_day
from recommendations.domain.suitability import governing_class
from recommendations.models import Feedback, Verdict
from segmentation import queries as segmentation
from segmentation.domain.risk import risk_class as revealed_class

BENCHMARK = "NIFTY50"


def investor_groups(features: MarketFeatures, *, numbers=None, chunk=2000):
    """Read investors in groups that share risk class and segment.

    Parameters
    ----------
    features : MarketFeatures
        Fixes the columns of what is held.
    numbers : collection of int, optional
        All investors when left out. Investors who never answered the questionnaire are
        passed over: without it nobody can say what suits them.
    chunk : int
        Most investors in one group, which bounds the memory it takes.

    Yields
    ------
    risk_class : str
    segment_key : str
        Empty for an investor without a segment or without consent to profiling.
    investors : Investors
    revealed : ndarray of str
        Risk class that each one's trades show; empty where unknown.
    """
    profiles = _with_risk_score(accounts.profile_columns(numbers))
    order = profiles["number"]
    segment_keys, revealed = _segments(order, profiles["consent"], numbers)
    governing = _governing(profiles, revealed)
    held = _Held(portfolios.position_columns(numbers), features)
    dismissed = _dismissed(numbers)
    column = {symbol: place for place, symbol in enumerate(features.symbols)}
    for pair in sorted(set(zip(governing, segment_keys, strict=True))):
        members = np.flatnonzero((governing == pair[0]) & (segment_keys == pair[1]))
        for start in range(0, len(members), chunk):
            rows = members[start : start + chunk]
            flags = np.zeros((len(rows), len(column)), dtype=bool)
            for place, number in enumerate(order[rows]):
                for symbol in dismissed.get(int(number), ()):
                    if symbol in column:
                        flags[place, column[symbol]] = True
            yield (
                *pair,
                Investors(
                    numbers=order[rows],
                    annual_income=profiles["annual_income"][rows],
                    monthly_spending=profiles["monthly_spending"][rows],
                    sector_masks=profiles["sector_mask"][rows],
                    values=held.values(order[rows]),
                    dismissed=flags,
                ),
                revealed[rows],
            )


def peer_shares(features: MarketFeatures, segment_key: str):
    """Give the share of a segment's members who hold each stock; None without a segment."""
    if not segment_key:
        return None
    shares = segmentation.peer_holdings(segment_key)
    if not shares:
        return None
    return np.array([shares.get(symbol, 0.0) for symbol in features.symbols])


def _segments(numbers, consent, wanted):
    """Segment and revealed risk class of each number; empty strings where there is none."""
    customers = segmentation.customer_columns(wanted)
    place = np.searchsorted(customers["number"], numbers)
    place = np.minimum(place, max(len(customers["number"]) - 1, 0))
    if not len(customers["number"]):
        empty = np.full(len(numbers), "", dtype=object)
        return empty, empty.copy()
    known = (customers["number"][place] == numbers) & consent
    keys = np.where(known, customers["segment_key"][place], "").astype(object)
    keys[keys == None] = ""  # noqa: E711  (elementwise)
    scores = np.where(known, customers["revealed_risk"][place], np.nan)
    return keys, np.array([revealed_class(score) for score in scores], dtype=object)


class _Held:
    """Positions in rupees, looked up for many investors at a time."""

    def __init__(self, positions, features):
        place = {symbol: column for column, symbol in enumerate(features.symbols)}
        columns = np.array([place.get(symbol, -1) for symbol in positions.symbols], dtype=int)
        column = columns[positions.symbol] if len(columns) else np.empty(0, dtype=int)
        keep = column >= 0
        price = np.nan_to_num(features.price)
        by_number = np.argsort(positions.number[keep], kind="stable")
        self.number = positions.number[keep][by_number]
        self.column = column[keep][by_number]
        self.rupees = (positions.quantity[keep] * price[column[keep]])[by_number]
        self.width = len(features.symbols)

    def values(self, numbers):
        """Rupees held of each stock: shape (len(numbers), n_stocks)."""
        first = np.searchsorted(self.number, numbers, side="left")
        last = np.searchsorted(self.number, numbers, side="right")
        values = np.zeros((len(numbers), self.width))
        for row, (start, end) in enumerate(zip(first, last, strict=True)):
            values[row, self.column[start:end]] = self.rupees[start:end]
        return values


def _dismissed(numbers):
    rows = Feedback.objects.filter(verdict=Verdict.DISMISS)
    if numbers is not None:
        rows = rows.filter(investor_number__in=list(numbers))
    found: dict[int, list[str]] = {}
    for number, symbol in rows.values_list("investor_number", "symbol"):
        found.setdefault(number, []).append(symbol)
    return found


@dataclass(frozen=True, eq=False)
class Past:
    """All that an evaluation needs: prices of every day, ledgers, and who the investors are.

    Attributes
    ----------
    benchmark : ndarray of shape (n_days,)
        Level of the price index, carried over unknown days.
    long_run : ndarray of shape (n_days,)
        The market's yearly return as known on each day.
    risk_classes : ndarray of str
        As stated in the questionnaire. Segments and what trades reveal are left out: both
        are made from today's portfolios, of which nothing was known on a past date.
    """

    dates: np.ndarray
    adjusted: np.ndarray
    close: np.ndarray
    volume: np.ndarray
    benchmark: np.ndarray
    long_run: np.ndarray
    symbols: tuple[str, ...]
    sectors: list[str]
    cap_classes: list[str]
    ledger: LedgerHistory
    profiles: dict[str, np.ndarray]
    risk_classes: np.ndarray


def past() -> Past:
    """Read the whole loaded history, with the ledgers of all who agreed to be profiled.

    Earlier answers, sectors and cap classes of companies are not kept: those are today's.
    """
    panels = {
        column: market.price_panel(column=column) for column in ("adj_close", "close", "volume")
    }
    adjusted = panels["adj_close"]
    traded = np.isfinite(adjusted.values).any(axis=1)
    index = market.price_panel(symbols=[BENCHMARK])
    facts = {item.symbol: item for item in market.instruments()}
    profiles = _with_risk_score(accounts.profile_columns())
    profiles = {name: values[profiles["consent"]] for name, values in profiles.items()}
    return Past(
        dates=adjusted.dates[traded],
        adjusted=adjusted.values[traded],
        close=panels["close"].values[traded],
        volume=panels["volume"].values[traded],
        benchmark=index.carried_forward()[traded, 0],
        long_run=long_run_by_day(index.dates, index.column(BENCHMARK))[traded],
        symbols=adjusted.symbols,
        sectors=[facts[symbol].sector for symbol in adjusted.symbols],
        cap_classes=[facts[symbol].cap_class for symbol in adjusted.symbols],
        ledger=LedgerHistory(portfolios.ledger_columns(), adjusted.symbols),
        profiles=profiles,
        risk_classes=_stated(profiles),
    )


def _with_risk_score(profiles):
    asked = np.isfinite(profiles["risk_score"])
    return {name: values[asked] for name, values in profiles.items()}


def _governing(profiles, revealed):
    pairs = zip(_stated(profiles), revealed, strict=True)
    return np.array([governing_class(*pair) for pair in pairs], dtype=object)


def _stated(profiles):
    return np.array([risk_class_of(score) for score in profiles["risk_score"]], dtype=object)
