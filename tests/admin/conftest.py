"""A small bank: two members of staff, a superuser, customers in two segments of one run."""

import numpy as np
import pytest
from django.utils import timezone

from accounts import services
from accounts.models import User
from market.models import Instrument
from portfolios.models import Portfolio, Position
from segmentation.models import (
    Customer,
    Publication,
    RunStatus,
    Segment,
    SegmentationRun,
)
from segmentation.services.members import move_members

PASSWORD = "quiet river 1947 stone"


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def sign_in(client, user):
    """Sign in without the page, which has tests of its own."""
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def staff(db):
    return services.register_staff(email="desk@bank.example", password=PASSWORD)


@pytest.fixture
def newcomer(db):
    """Bank staff whose group was taken away: may sign in, may see nothing."""
    user = services.register_staff(email="new@bank.example", password=PASSWORD)
    user.groups.clear()
    return user


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root@bank.example", PASSWORD)


@pytest.fixture
def run(db):
    run = SegmentationRun.objects.create(
        number=1,
        status=RunStatus.READY,
        k=2,
        customers=2,
        comparison=[
            {
                "k": 2,
                "silhouette": 0.412,
                "calinski_harabasz": 1234.0,
                "smallest": 0.5,
                "stability": 0.93,
                "separation": 0.98,
                "fit": True,
                "verdict": "Holds.",
            }
        ],
        quality={"silhouette": 0.412, "stability": 0.93},
    )
    Segment.objects.create(
        run=run,
        key="S1",
        name="Affluent holders",
        description="Typical here: portfolio value ₹24 lakh.",
        tier="high",
        risk_class="low",
        customers=1,
        total_value=2_476_953.0,
        average_value=2_476_953.0,
        profile={"typical": {"portfolio_value": 2_476_953.0}, "scores": {"portfolio_value": 1.5}},
    )
    Segment.objects.create(
        run=run,
        key="S2",
        name="Bold traders",
        tier="low",
        risk_class="high",
        customers=1,
        total_value=73_018.0,
        average_value=73_018.0,
    )
    Publication.objects.create(name=Publication.CURRENT, run=run, published_at=timezone.now())
    return run


def add_customer(run, email, **fields):
    """An investor with a portfolio, as the read model shows them."""
    user = services.register(email=email, password=None)
    now = timezone.now()
    Portfolio.objects.create(
        investor=user,
        investor_number=user.number,
        positions=[Position(symbol="INFY", quantity=10, cost="15000.00")],
        invested=15000.0,
        value=fields["portfolio_value"],
        profit=fields["portfolio_value"] - 15000.0,
        total_return=fields["total_return"],
        valued_at=now,
        changed_at=now,
    )
    move_members(run.pk, np.array([user.number]), np.array([fields["segment_key"]]))
    return Customer.objects.create(user=user, number=user.number, email=email, **fields)


@pytest.fixture
def customers(run):
    Instrument.objects.create(symbol="INFY", name="Infosys Ltd.", sector="Information Technology")
    return [
        add_customer(
            run,
            "asha@example.org",
            portfolio_value=2_476_953.0,
            total_return=0.2746,
            risk_score=61.0,
            revealed_risk=10.0,
            risk_class="low",
            stated_class="medium",
            disagrees=True,
            segment_key="S1",
        ),
        add_customer(
            run,
            "ravi@example.org",
            portfolio_value=73_018.0,
            total_return=-0.3225,
            risk_score=80.0,
            revealed_risk=77.0,
            risk_class="high",
            stated_class="high",
            segment_key="S2",
        ),
    ]
