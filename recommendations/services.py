"""Making recommendations, for one investor at once or for all at night, and taking feedback."""

import logging
import math
from datetime import UTC, datetime

import numpy as np
from django.db import connections, router
from django.utils import timezone
from pymongo import ReplaceOne

from accounts.models import User
from accounts.queries import erased_since
from market import queries as market
from recommendations import batches, queries
from recommendations.domain.advise import Investors, advise, rank
from recommendations.domain.calibration import calibrate
from recommendations.domain.evaluation import (
    Tally,
    add_outcomes,
    count_violations,
    picks_of,
    summarise,
)
from recommendations.domain.features import MEAN_DAYS, YEAR, carry_forward, measure
from recommendations.domain.learning import learned_weights
from recommendations.domain.ranking import WEIGHTS
from recommendations.models import Feedback, RecommendationSet, TrackRecord, Verdict

logger = logging.getLogger(__name__)


SOON = np.timedelta64(91, "D")
"""How long after a date a purchase counts as one the recommendation foresaw."""


class TooLittleHistory(Exception):
    """There is no past date to try the method on."""


class UnknownStock(Exception):
    """Feedback named a stock that is not among the instruments."""


def build_recommendations(*, user, as_of=None):
    """Make one investor's recommendations anew and keep them.

    Parameters
    ----------
    user : User
    as_of : date, optional
        Last day of prices to use; the last known day when left out.

    Returns
    -------
    RecommendationSet or None
        None where nothing can be said: no answered questionnaire, or no price history.
    """
    build_all(as_of=as_of, numbers=[user.number])
    return queries.current_set(user)


def build_all(*, as_of=None, numbers=None):
    """Make the recommendations of all investors, or of those numbered, and keep them.

    Each investor's set is replaced as a whole, so that running it twice changes nothing
    but the instant.

    Returns
    -------
    int
        Investors who got a set.
    """
    # Changes that come while this runs are later than it, and make the set outdated.
    started = timezone.now()
    features = queries.market_features(as_of=as_of)
    if features is None:
        return 0
    users = User.objects.all() if numbers is None else User.objects.filter(number__in=numbers)
    owner = dict(users.values_list("number", "pk"))
    record = queries.track_record()
    weights = record.result["weights"] if record else WEIGHTS
    partial = bool(market.market_status().loading)
    learned_on = record.result["dates"] if record else 0
    common = {
        "source": market.active_source(),
        "as_of": datetime.combine(features.as_of, datetime.min.time(), UTC),
        "built_at": started,
    }
    alias = router.db_for_write(RecommendationSet)
    collection = connections[alias].get_collection(RecommendationSet._meta.db_table)
    done = 0
    for risk_class, segment_key, investors, revealed in batches.investor_groups(
        features, numbers=numbers
    ):
        peers = batches.peer_shares(features, segment_key)
        advice = advise(
            features, investors, risk_class=risk_class, peer_shares=peers, weights=weights
        )
        writes = []
        for one, shown in zip(advice, revealed, strict=True):
            if one.number not in owner:
                continue
            working = {
                **one.working,
                "revealed": str(shown),
                "long_run": features.long_run,
                "learned_on": learned_on,
                "partial": partial,
            }
            document = {
                **common,
                "investor_id": owner[one.number],
                "investor_number": one.number,
                "segment_key": segment_key,
                "items": [_document(pick) for pick in one.picks],
                "working": working,
            }
            writes.append(ReplaceOne({"investor_number": one.number}, document, upsert=True))
        if writes:
            collection.bulk_write(writes, ordered=False)
        done += len(writes)
    # Nobody whose account is erased meanwhile comes back with this.
    RecommendationSet.objects.filter(investor_number__in=erased_since(started)).delete()
    logger.info("recommendations made for %d investors as of %s", done, features.as_of)
    return done


def give_feedback(*, user, symbol, verdict):
    """Keep what an investor says of a stock; saying the same again takes it back.

    Returns
    -------
    str
        The verdict that holds now, empty when it was taken back.

    Raises
    ------
    UnknownStock
        If there is no such instrument; nothing is saved.
    """
    verdict = Verdict(verdict).value
    if symbol not in {item.symbol for item in market.instruments()}:
        raise UnknownStock(symbol)
    same = Feedback.objects.filter(investor=user, symbol=symbol, verdict=verdict)
    if same.delete()[0]:
        return ""
    Feedback.objects.update_or_create(
        investor=user,
        symbol=symbol,
        defaults={"verdict": verdict, "investor_number": user.number},
    )
    return verdict


def evaluate_past_picks(*, sample=300, step=21, random_state=20150101, progress=None):
    """Choose on past dates with the prices and holdings known then; keep what came of it.

    Investors are grouped by the risk class they stated, and their peers are who stated the
    same: segments are of today. Stocks and NIFTY 50 are compared by price alone, since the
    index is one of prices: dividends are left out on both sides.

    Parameters
    ----------
    sample : int
        Customers to choose for on each date, drawn at random.
    step : int
        Trading days between dates.
    random_state : int
    progress : callable, optional
        Called after each date with the dates done and the dates in all.

    Returns
    -------
    TrackRecord

    Raises
    ------
    TooLittleHistory
        If no date has three years behind it, a year before it and holdings on it; nothing
        is saved.
    """
    past = batches.past()
    first = past.ledger.first_day()
    days = [
        day
        for day in range(MEAN_DAYS, len(past.dates) - YEAR, step)
        if first is not None and past.dates[day] > first
    ]
    if not days:
        raise TooLittleHistory
    rng = np.random.default_rng(random_state)
    count = min(sample, len(past.profiles["number"]))
    chosen = np.sort(rng.choice(len(past.profiles["number"]), count, replace=False))
    tallies, benchmarks, foretold = [], [], []
    for done, day in enumerate(days, start=1):
        # Only dates whose following year was over by then have anything to teach.
        known = [row for earlier, row in zip(days, foretold, strict=False) if earlier + YEAR <= day]
        tally = _evaluated(
            past, day, chosen, rng, weights=learned_weights(known, years=len(known) * step / YEAR)
        )
        tallies.append(tally)
        foretold.append(tally.mean_leads())
        benchmarks.append(past.benchmark[day + YEAR] / past.benchmark[day] - 1)
        if progress:
            progress(done, len(days))
    bands = calibrate(past.dates, past.adjusted, long_run=past.long_run, random_state=random_state)
    result = {
        **summarise(tallies, benchmarks, stocks=len(past.symbols)),
        "dates": len(days),
        "investors": count,
        "prices_to": str(past.dates[-1]),
        "weights": learned_weights(foretold, years=len(days) * step / YEAR),
        "bands": {
            "dates": bands.dates,
            "outcomes": bands.outcomes,
            "held_raw": bands.held_raw if bands.outcomes else None,
            "held": bands.held if bands.outcomes else None,
            "width": bands.width,
        },
    }
    record, _ = TrackRecord.objects.update_or_create(
        source=market.active_source(),
        defaults={
            "first": past.dates[days[0]].item(),
            "last": past.dates[days[-1]].item(),
            "result": result,
            "evaluated_at": timezone.now(),
        },
    )
    return record


def _evaluated(past, day, chosen, rng, *, weights):
    """What all methods would have chosen at the end of a past day, and what followed."""
    seen = slice(max(0, day - MEAN_DAYS), day + 1)
    features = measure(
        past.dates[seen],
        past.adjusted[seen],
        past.close[seen],
        past.volume[seen],
        symbols=past.symbols,
        sectors=past.sectors,
        cap_classes=past.cap_classes,
        long_run=float(past.long_run[day]),
    )
    forward = carry_forward(past.close[day : day + YEAR + 1])[-1] / past.close[day] - 1
    today = past.dates[day]
    everyone, classes = past.profiles["number"], past.risk_classes
    popularity = past.ledger.holder_shares(everyone, today)
    tally = Tally()
    for risk in sorted(set(classes[chosen])):
        rows = chosen[classes[chosen] == risk]
        numbers = everyone[rows]
        investors = Investors(
            numbers=numbers,
            annual_income=past.profiles["annual_income"][rows],
            monthly_spending=past.profiles["monthly_spending"][rows],
            sector_masks=past.profiles["sector_mask"][rows],
            values=past.ledger.quantities(numbers, today) * np.nan_to_num(features.price),
            dismissed=np.zeros((len(rows), len(past.symbols)), dtype=bool),
        )
        peers = past.ledger.holder_shares(everyone[classes == risk], today)
        ranked = rank(features, investors, risk_class=risk, peer_shares=peers, weights=weights)
        tally.violations += count_violations(features, investors, ranked.chosen, risk_class=risk)
        add_outcomes(
            tally,
            ranked,
            picks_of(features, ranked, popularity=popularity, peer_shares=peers, rng=rng),
            volatility=features.volatility,
            forward=forward,
            bought_later=past.ledger.bought(numbers, today, today + SOON),
        )
    return tally


def _document(pick):
    known = math.isfinite(pick.amount)
    return {
        "symbol": pick.symbol,
        "score": pick.score,
        "expected_return": pick.expected_return,
        "volatility": pick.volatility,
        "amount": pick.amount if known else None,
        "shares": pick.shares if known else None,
        "working": pick.working,
    }


def erase_customer(*, user):
    """Delete what a user was recommended and what they said of it; returns how many of each."""
    shown = RecommendationSet.objects.filter(investor=user).delete()[0]
    return {
        "recommendations": shown,
        "feedback": Feedback.objects.filter(investor=user).delete()[0],
    }
