"""A small market and three kinds of customers, written straight into the database."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.domain.sectors import sector_mask
from accounts.models import InvestorProfile, User
from accounts.services import register_staff
from market import livestore
from market import services as market
from market.domain.bars import Bars
from market.domain.instruments import InstrumentFacts
from portfolios.models import Portfolio, Position, Transaction

SESSION = date(2025, 3, 10)
LARGE, SMALL = ("TCS", "ITC", "HDFCBANK", "INFY"), ("TINY1", "TINY2")
KINDS = 3


@pytest.fixture
def stocks(transactional_db):
    cache.clear()
    livestore.client().flushdb()
    market.store_instruments(
        instruments=[
            *(InstrumentFacts(name, name, "", "Financial Services", "Large") for name in LARGE),
            *(InstrumentFacts(name, name, "", "Realty", "Small") for name in SMALL),
            InstrumentFacts("NIFTY50", "NIFTY 50", kind="index"),
        ]
    )
    market.switch_source(feed="yahoo", source="yahoo", session_date=SESSION)
    days = np.arange("2024-01-01", str(SESSION), dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    draw = np.random.default_rng(11)
    bars = {}
    for name in (*LARGE, *SMALL, "NIFTY50"):
        swing = 0.03 if name in SMALL else 0.01
        close = 100.0 * np.exp(np.cumsum(draw.normal(0, swing, len(days))))
        bars[name] = Bars(days, close, close, close, close, close, np.full(len(days), 1_000))
    market.store_bars(source="yahoo", bars=bars)


def kind_of(number):
    """0 wealthy holders, 1 starters on a plan, 2 traders of small caps."""
    return number % KINDS


def trades_of(number, draw):
    """Symbol, days before the session, shares, by plan."""
    kind = kind_of(number)
    if kind == 0:
        return [(name, 400 - 30 * i, int(draw.integers(900, 1100)), False)
                for i, name in enumerate(LARGE)]  # fmt: skip
    if kind == 1:
        return [("ITC", 360 - 30 * i, int(draw.integers(8, 12)), True) for i in range(12)]
    rows = []
    for i in range(12):
        shares = int(draw.integers(80, 120))
        rows += [("TINY1", 380 - 30 * i, shares, False), ("TINY1", 370 - 30 * i, -shares, False)]
    return [*rows, ("TINY2", 20, 200, False)]


def add_customers(count, *, consenting=lambda number: True):
    """Write customers numbered from 20,001 with their profiles and ledgers."""
    draw = np.random.default_rng(5)
    numbers = range(20_001, 20_001 + count)
    users = User.objects.bulk_create(
        User(email=f"c{number}@example.org", number=number, password="!") for number in numbers
    )
    income = (4_000_000, 700_000, 1_500_000)
    score = (40, 50, 85)
    profiles, portfolios, lines = [], [], []
    for user in users:
        kind = kind_of(user.number)
        sectors = ("Power",) if user.number % 2 else ("Realty", "Power")
        profiles.append(
            InvestorProfile(
                user=user,
                investor_number=user.number,
                annual_income=Decimal(int(income[kind] * draw.uniform(0.9, 1.1))),
                monthly_spending=Decimal(income[kind]) / 12 * Decimal("0.6"),
                preferred_sectors=list(sectors),
                sector_mask=sector_mask(sectors),
                risk_score=score[kind] + draw.normal() * 3,
                profiling_consent=consenting(user.number),
            )
        )
        trades = trades_of(user.number, draw)
        held: dict = {}
        for name, _, shares, _ in trades:
            held[name] = held.get(name, 0) + shares
        portfolio = Portfolio(
            investor=user,
            investor_number=user.number,
            positions=[
                Position(symbol=name, quantity=shares, cost=Decimal(shares) * 100)
                for name, shares in held.items()
                if shares
            ],
            changed_at=timezone.now(),
        )
        portfolios.append(portfolio)
        lines.append((portfolio, trades))
    InvestorProfile.objects.bulk_create(profiles)
    Portfolio.objects.bulk_create(portfolios)
    Transaction.objects.bulk_create(
        Transaction(
            portfolio=portfolio,
            investor_number=portfolio.investor_number,
            kind="buy" if shares > 0 else "sell",
            symbol=name,
            trade_date=SESSION - timedelta(days=before),
            quantity=abs(shares),
            price=Decimal(100),
            is_sip=planned,
            sequence=row,
        )
        for portfolio, trades in lines
        for row, (name, before, shares, planned) in enumerate(trades)
    )
    return users


@pytest.fixture
def customers(stocks):
    """Ninety customers, thirty of each kind; the last three do not consent."""
    return add_customers(90, consenting=lambda number: number <= 20_087)


@pytest.fixture
def staff(stocks, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return register_staff(email="desk@example.org", password="quiet river 1947 stone")
