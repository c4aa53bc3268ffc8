"""A small market of twelve stocks, and investors to advise, in a real database."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from accounts.domain.sectors import SECTORS, sector_mask
from accounts.models import InvestorProfile, User
from market.domain.bars import Bars
from market.domain.instruments import InstrumentFacts
from market.services import store_bars, store_instruments, switch_source
from portfolios.services import create_portfolio, record_trade
from segmentation.models import Customer, Publication, Segment, SegmentationRun
from segmentation.services.members import move_members

DAYS = 1300
SYMBOLS = [f"S{place:02}" for place in range(12)]


def bars(dates, returns, volume=5_000_000):
    price = 100 * np.cumprod(1 + returns)
    return Bars(dates, price, price, price, price, price, np.full(len(dates), volume))


@pytest.fixture
def stocks(db):
    """Twelve large caps of twelve sectors that swing 16 to 27 % a year, and the index."""
    dates = np.datetime64("2025-12-31") - np.arange(DAYS)[::-1]
    rng = np.random.default_rng(11)
    market = rng.normal(0.0004, 0.008, DAYS)
    facts = [
        InstrumentFacts(symbol, f"Company {symbol}", "", SECTORS[place], "Large")
        for place, symbol in enumerate(SYMBOLS)
    ]
    store_instruments(instruments=[*facts, InstrumentFacts("NIFTY50", "NIFTY 50", kind="index")])
    switch_source(feed="simulated", source="simulated", session_date=date(2025, 12, 31))
    series = {
        symbol: bars(dates, market + rng.normal(0, 0.006 + 0.0007 * place, DAYS))
        for place, symbol in enumerate(SYMBOLS)
    }
    store_bars(source="simulated", bars={**series, "NIFTY50": bars(dates, market)})
    return SYMBOLS


@pytest.fixture
def add_investor(db):
    """Make an investor with an answered questionnaire; `changes` are fields of the profile."""

    def add(email, *, consent=True, **changes):
        user = User.objects.create_user(email=email, password="x")
        fields = {
            "annual_income": 1_200_000,
            "monthly_spending": 50_000,
            "risk_score": 50.0,
            "profiling_consent": consent,
            "preferred_sectors": [SECTORS[3]],
            "sector_mask": sector_mask([SECTORS[3]]),
        }
        InvestorProfile.objects.update_or_create(
            user=user, investor_number=user.number, defaults={**fields, **changes}
        )
        return User.objects.get(pk=user.pk)

    return add


@pytest.fixture
def buy():
    def buy(user, symbol, quantity, *, day=date(2025, 6, 2), price=100):
        record_trade(
            portfolio=create_portfolio(investor=user),
            kind="buy",
            symbol=symbol,
            quantity=quantity,
            price=price,
            trade_date=day,
        )

    return buy


@pytest.fixture
def put_in_segment(db):
    """Publish a run with one segment whose members hold some stocks, and put users in it."""

    def put(users, holdings, *, revealed=50.0):
        run = SegmentationRun.objects.create(number=1, status="ready")
        Segment.objects.create(
            run=run,
            key="s1",
            name="Steady builders",
            tier="medium",
            risk_class="medium",
            customers=len(users),
            holdings=holdings,
        )
        for user in users:
            move_members(run.pk, np.array([user.number]), np.array(["s1"]))
            Customer.objects.create(
                user=user,
                number=user.number,
                email=user.email,
                segment_key="s1",
                revealed_risk=revealed,
            )
        Publication.objects.create(run=run, published_at=datetime(2025, 12, 31, tzinfo=UTC))

    return put
