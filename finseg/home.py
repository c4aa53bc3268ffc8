"""The strip of indices that home and the live market show."""

import logging
from dataclasses import dataclass
from datetime import datetime

from market import queries as market
from market.domain.instruments import LEADING_INDICES

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StripItem:
    symbol: str
    name: str
    price: float
    change: float
    at: datetime


def index_strip(limit=6):
    """Latest level and change of the leading indices; empty while none is known.

    The home page has to open even when prices cannot be read.
    """
    try:
        names = {item.symbol: item.name for item in market.instruments("index")}
        quotes = market.latest_quotes(tuple(names))
    except Exception:
        log.exception("indices could not be read for the home page")
        return []
    order = [
        *(s for s in LEADING_INDICES if s in quotes),
        *(s for s in names if s not in LEADING_INDICES),
    ]
    return [
        StripItem(s, names[s], quotes[s].price, quotes[s].change_fraction, quotes[s].at)
        for s in order
        if s in quotes
    ][:limit]
