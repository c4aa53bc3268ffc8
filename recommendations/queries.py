"""Reads: what is known of the market and of investors, and what they were shown."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.core.cache import cache

from accounts.queries import rows_of
from market import queries as market
from portfolios import queries as portfolios
from recommendations.batches import BENCHMARK
from recommendations.domain.features import MEAN_DAYS, MarketFeatures, carry_forward, measure
from recommendations.domain.long_run import ASSUMED_LONG_RUN, long_run_by_day
from recommendations.domain.projection import BLOCK, Fan, band, fan, simulate_growth, together
from recommendations.models import Feedback, RecommendationSet, TrackRecord

RANDOM_STATE = 20150101
"""Fixed, so that the same history always gives the same band."""

_FEATURES_SECONDS = 24 * 3600
_FORMAT = 3
"""Part of the cache's names: raise it when what is kept there, or its meaning, changes."""

_kept: dict[tuple, MarketFeatures] = {}


def current_set(user) -> RecommendationSet | None:
    """What the user is shown, if it was made from the prices that are active now.

    A replay that began again on an earlier day takes back what was made from later prices.
    """
    made = RecommendationSet.objects.filter(investor=user, source=market.active_source()).first()
    return made if made is None or _is_past(made.as_of) else None


def is_outdated(
    made: RecommendationSet, user, *, segment_key: str, loading: str | None = None
) -> bool:
    """Tell whether profile, trades, segment or a first load of prices went on since.

    `segment_key` is the user's segment now, empty without one or without consent;
    `loading` is what the market status says of a load that is still going on.
    """
    if made.working.get("partial") and not loading:
        return True
    profile = getattr(user, "profile", None)
    changes = (profile and profile.changed_at, portfolios.last_change_of(user))
    return segment_key != made.segment_key or any(
        changed > made.built_at for changed in changes if changed is not None
    )


def fresh_set(user, *, profile, segment, loading=None) -> RecommendationSet | None:
    """What every page shows of recommendations; None where they are to be made (anew).

    Parameters
    ----------
    user : User
    profile : Profile or None
    segment : SegmentView or None
        The user's now; without consent to profiling it does not count.
    loading : str or None
        What the market status says of a load that is still going on.
    """
    if profile is None or profile.risk_score is None:
        return None
    key = segment.key if segment is not None and profile.consent else ""
    made = current_set(user)
    if made is None or is_outdated(made, user, segment_key=key, loading=loading):
        return None
    return made


def verdicts_of(user) -> dict[str, str]:
    """What the user said of stocks, by symbol."""
    return dict(Feedback.objects.filter(investor=user).values_list("symbol", "verdict"))


def track_record() -> TrackRecord | None:
    """The evaluation on the prices that are active now, if one was made.

    One that judged by days that a replay has not come to yet is not to be seen, nor used.
    """
    record = TrackRecord.objects.filter(source=market.active_source()).first()
    judged_to = record.result.get("prices_to") if record else None
    return record if judged_to and _is_past(date.fromisoformat(judged_to)) else None


def _is_past(day: date) -> bool:
    """Whether prices of a day may be known: all that are stored, but while replaying."""
    state = market.feed_state()
    replaying = state is not None and state.feed == "replay" and state.session_date is not None
    return not replaying or day < state.session_date


def market_features(*, as_of=None) -> MarketFeatures | None:
    """Give the features of all stocks on a day, or the last day; None without any history.

    Those of the last day are worked out once for a state of the prices and shared by all
    processes.
    """
    source, version = market.active_source(), market.price_version()
    key = (source, version, as_of)
    if key not in _kept:
        found = _shared(source, version) if as_of is None else _measure(as_of)
        if found is None:
            return None
        _kept.clear()
        _kept[key] = found
    return _kept[key]


def _shared(source, version):
    """The last day's features from the cache all processes share, or put there.

    They are megabytes, and prices may change every few seconds: a source has one place, which
    the next version takes over, and not one for each version.
    """
    name = f"recommendations:features:{_FORMAT}:{source}"
    stored, found = cache.get(name) or (None, None)
    if stored != version:
        found = _measure(None)
        if found is not None:
            cache.set(name, (version, found), _FEATURES_SECONDS)
    return found


def long_run_return(*, as_of=None) -> float:
    """Give the yearly growth of the NIFTY 50 over its loaded history, or the assumed rate."""
    panel = market.price_panel(symbols=[BENCHMARK], end=as_of)
    known = long_run_by_day(panel.dates, panel.column(BENCHMARK))
    return float(known[-1]) if len(known) else ASSUMED_LONG_RUN


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
    name = f"recommendations:outlook:{_FORMAT}:{made.pk}:{made.built_at.timestamp()}:{width}"
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


def personal_data_of(user):
    """Everything this app keeps about a user, table by table, as plain values."""
    return {
        "recommendations": rows_of(RecommendationSet.objects.filter(investor=user)),
        "feedback": rows_of(Feedback.objects.filter(investor=user)),
    }
