"""Reads: what is known of the market and of investors, and what they were shown."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from django.core.cache import cache

from accounts import queries as accounts
from accounts.domain.questionnaire import risk_class_of
from market import queries as market
from portfolios import queries as portfolios
from recommendations.domain.advise import Investors
from recommendations.domain.features import (
    ASSUMED_LONG_RUN,
    MEAN_DAYS,
    MarketFeatures,
    carry_forward,
    measure,
)
from recommendations.domain.projection import BLOCK, Fan, band, fan, simulate_growth, together
from recommendations.domain.suitability import governing_class
from recommendations.models import Feedback, RecommendationSet, TrackRecord, Verdict
from segmentation import queries as segmentation
from segmentation.domain.risk import risk_class as revealed_class

BENCHMARK = "NIFTY50"
LONG_RUN_YEARS = 5
"""Shorter index histories say nothing about the long run."""

RANDOM_STATE = 20150101
"""Fixed, so that the same history always gives the same band."""

_FEATURES_SECONDS = 24 * 3600
_kept: dict[tuple, MarketFeatures] = {}


def current_set(user) -> RecommendationSet | None:
    """What the user is shown, if it was made from the prices that are active now."""
    return RecommendationSet.objects.filter(investor=user, source=market.active_source()).first()


def is_outdated(made: RecommendationSet, user, *, segment_key: str) -> bool:
    """Tell whether profile, trades or segment changed since a set was made.

    `segment_key` is the user's segment now; empty without one or without consent.
    """
    owners = (getattr(user, "profile", None), portfolios.portfolio_of(user))
    return segment_key != made.segment_key or any(
        owner.changed_at > made.built_at for owner in owners if owner is not None
    )


def verdicts_of(user) -> dict[str, str]:
    """What the user said of stocks, by symbol."""
    return dict(Feedback.objects.filter(investor=user).values_list("symbol", "verdict"))


def track_record() -> TrackRecord | None:
    """The evaluation on the prices that are active now, if one was made."""
    return TrackRecord.objects.filter(source=market.active_source()).first()


def market_features(*, as_of=None) -> MarketFeatures | None:
    """Give the features of all stocks on a day, or the last day; None without any history.

    Worked out once for a state of the prices and shared by all processes.
    """
    key = (market.active_source(), market.price_version(), as_of)
    if key not in _kept:
        name = "recommendations:features:{}:{}:{}".format(*key)
        found = cache.get(name) or _measure(as_of)
        if found is None:
            return None
        cache.set(name, found, _FEATURES_SECONDS)
        _kept.clear()
        _kept[key] = found
    return _kept[key]


def long_run_return(*, as_of=None) -> float:
    """Give the yearly growth of the NIFTY 50 over its loaded history, or the assumed rate."""
    panel = market.price_panel(symbols=[BENCHMARK], end=as_of)
    level = panel.column(BENCHMARK)
    known = np.flatnonzero(np.isfinite(level))
    if not len(known):
        return ASSUMED_LONG_RUN
    first, last = known[0], known[-1]
    years = float((panel.dates[last] - panel.dates[first]) / np.timedelta64(1, "D")) / 365.25
    if years < LONG_RUN_YEARS:
        return ASSUMED_LONG_RUN
    return float((level[last] / level[first]) ** (1 / years) - 1)


def _measure(as_of):
    panels = {
        column: market.price_panel(column=column, end=as_of)
        for column in ("adj_close", "close", "volume")
    }
    adjusted = panels["adj_close"]
    # The calendar is that of all instruments: on some of its days only an index has a bar.
    traded = np.flatnonzero(np.isfinite(adjusted.values).any(axis=1))[-MEAN_DAYS - 1 :]
    if len(traded) < 2:
        return None
    facts = {item.symbol: item for item in market.instruments()}
    return measure(
        adjusted.dates[traded],
        *(panel.values[traded] for panel in panels.values()),
        symbols=adjusted.symbols,
        sectors=[facts[symbol].sector for symbol in adjusted.symbols],
        cap_classes=[facts[symbol].cap_class for symbol in adjusted.symbols],
        long_run=long_run_return(as_of=as_of),
    )


@dataclass(frozen=True, eq=False)
class Outlook:
    """A year ahead of the stocks of a set: each alone, and all of them as bought."""

    fans: dict[str, Fan]
    together: np.ndarray | None
    width: float


def outlook_of(made: RecommendationSet, record: TrackRecord | None) -> Outlook:
    """Project the stocks of a set from the history they were chosen on.

    `together` is the 10, 50 and 90 % band, in rupees and by month, of the suggested
    purchases; None where none is suggested. The bands are as wide as the track record
    found to be needed.
    """
    width = record.result["bands"]["width"] if record else 1.0
    name = f"recommendations:outlook:{made.pk}:{made.built_at.timestamp()}:{width}"
    return cache.get_or_set(name, lambda: _outlook(made, width), _FEATURES_SECONDS)


def _outlook(made, width):
    adjusted = _adjusted_closes([item.symbol for item in made.items], made.as_of)
    if not made.items or len(adjusted) <= BLOCK:
        return Outlook({}, None, width)
    growth = simulate_growth(
        adjusted[1:] / adjusted[:-1] - 1,
        np.array([item.expected_return for item in made.items]),
        random_state=RANDOM_STATE,
        width=width,
    )
    filled = carry_forward(adjusted)
    fans = {
        item.symbol: fan(filled[:, place], growth[:, :, place], item.working["price"])
        for place, item in enumerate(made.items)
    }
    amounts = np.array([item.amount or 0.0 for item in made.items])
    return Outlook(fans, band(together(growth, amounts)) if amounts.any() else None, width)


def _adjusted_closes(symbols, as_of):
    """Closes of a few stocks on common days, the latest that count; read without the panel
    of all, which a process that only shows pages need not hold."""
    start = as_of - timedelta(days=2 * MEAN_DAYS)
    bars = [market.bars_of(symbol, start=start, end=as_of) for symbol in symbols]
    if not bars:
        return np.empty((0, 0))
    dates = np.unique(np.concatenate([one.dates for one in bars]))
    closes = np.full((len(dates), len(bars)), np.nan)
    for place, one in enumerate(bars):
        closes[np.searchsorted(dates, one.dates), place] = one.adj_close
    return closes[-MEAN_DAYS - 1 :]


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
    profiles = accounts.profile_columns(numbers)
    asked = np.isfinite(profiles["risk_score"])
    profiles = {name: values[asked] for name, values in profiles.items()}
    order = profiles["number"]
    segment_keys, revealed = _segments(order, profiles["consent"], numbers)
    stated = [risk_class_of(score) for score in profiles["risk_score"]]
    governing = np.array(
        [governing_class(*pair) for pair in zip(stated, revealed, strict=True)], dtype=object
    )
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
