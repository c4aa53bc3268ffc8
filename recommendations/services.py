"""Making recommendations, for one investor at once or for all at night, and taking feedback."""

import logging
import math
from datetime import UTC, datetime

from django.db import connections, router
from django.utils import timezone
from pymongo import ReplaceOne

from accounts.models import User
from market import queries as market
from recommendations import queries
from recommendations.domain.advise import advise
from recommendations.models import Feedback, RecommendationSet, Verdict

logger = logging.getLogger(__name__)


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
    common = {
        "source": market.active_source(),
        "as_of": datetime.combine(features.as_of, datetime.min.time(), UTC),
        "built_at": started,
    }
    alias = router.db_for_write(RecommendationSet)
    collection = connections[alias].get_collection(RecommendationSet._meta.db_table)
    done = 0
    for risk_class, segment_key, investors, revealed in queries.investor_groups(
        features, numbers=numbers
    ):
        peers = queries.peer_shares(features, segment_key)
        advice = advise(features, investors, risk_class=risk_class, peer_shares=peers)
        writes = []
        for one, shown in zip(advice, revealed, strict=True):
            if one.number not in owner:
                continue
            working = {**one.working, "revealed": str(shown), "long_run": features.long_run}
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
