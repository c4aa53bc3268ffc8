"""Reads of market data: documents in, domain values out."""

import math
import time
from datetime import UTC, date, datetime
from functools import lru_cache

import numpy as np
from django.conf import settings
from django.core.cache import cache

from market.broadcast import read_clock, read_heartbeat, read_quotes
from market.domain.bars import PRICE_COLUMNS, Bars, decode_dates, decode_prices, decode_volumes
from market.domain.calendar import IST, LABELS, nse_calendar
from market.domain.instruments import InstrumentFacts
from market.domain.panel import PricePanel
from market.domain.quotes import MarketStatus, Quote
from market.domain.search import search
from market.models import CorporateAction, FeedState, Instrument, LatestQuote, PriceYear, Source

