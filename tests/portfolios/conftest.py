"""A market of three stocks and a benchmark over 300 sessions, with quotes of the day after."""

import html
from datetime import UTC, date, datetime

import numpy as np
import pytest
from django.core.cache import cache

from accounts import services as accounts
from market import livestore
from market import services as market
from market.domain.bars import Bars
from market.domain.instruments import InstrumentFacts
from market.domain.quotes import Quote
from portfolios.services import create_portfolio, record_trade

SESSION = date(2025, 3, 10)
AT = datetime(2025, 3, 10, 6, 0, tzinfo=UTC)
SOURCE = "yahoo"
PRICES = {"INFY": 150.0, "TCS": 310.0, "HDFCBANK": 80.0, "NIFTY50": 22_000.0}
PREVIOUS = {"INFY": 148.0, "TCS": 312.0, "HDFCBANK": 80.0, "NIFTY50": 21_900.0}


def quote(symbol, price):
    return Quote(symbol, price, PREVIOUS[symbol], price, price, price, 1000, AT, SOURCE)


def text_of(response):
    return html.unescape(response.content.decode())


@pytest.fixture
def stocks(transactional_db):
    cache.clear()
    livestore.client().flushdb()
    market.store_instruments(
        instruments=[
            InstrumentFacts("INFY", "Infosys Ltd.", "", "Information Technology", "Large"),
            InstrumentFacts("TCS", "Tata Consultancy Services Ltd.", "", "Information Technology"),
            InstrumentFacts("HDFCBANK", "HDFC Bank Ltd.", "", "Financial Services", "Large"),
            InstrumentFacts("NIFTY50", "NIFTY 50", kind="index"),
        ]
    )
    market.switch_source(feed="yahoo", source=SOURCE, session_date=SESSION)
    days = np.arange("2024-01-01", str(SESSION), dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    random = np.random.default_rng(11)
    bars = {}
    for symbol, last in PREVIOUS.items():
        steps = random.normal(0, 0.012, len(days))
        close = last * np.exp(np.cumsum(steps) - steps.sum())  # ends at yesterday's close
        volume = np.full(len(days), 1_000_000)
        bars[symbol] = Bars(days, close, close * 1.01, close * 0.99, close, close, volume)
    market.store_bars(source=SOURCE, bars=bars)
    livestore.write_quotes(SOURCE, [quote(symbol, price) for symbol, price in PRICES.items()])
    return bars


@pytest.fixture
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def investor(stocks, quick_passwords):
    return accounts.register(email="asha@example.org", password="quiet river 1947 stone")


@pytest.fixture
def staff(stocks, quick_passwords):
    return accounts.register_staff(email="desk@example.org", password="quiet river 1947 stone")


@pytest.fixture
def portfolio(investor):
    return create_portfolio(investor=investor)


@pytest.fixture
def holding(portfolio):
    for symbol, day in (("INFY", date(2024, 6, 3)), ("TCS", date(2024, 9, 2))):
        record_trade(
            portfolio=portfolio, kind="buy", symbol=symbol, quantity=10, price=120, trade_date=day
        )
    portfolio.refresh_from_db()
    return portfolio
