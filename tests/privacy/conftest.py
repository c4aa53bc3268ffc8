"""One of ninety customers, with something in every table."""

from datetime import date
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from axes.models import AccessLog
from django.core.cache import cache
from django.utils import timezone

from accounts import services
from accounts.audit import record_look
from portfolios.services import store_points, value_all_portfolios
from recommendations.models import Feedback, RecommendationSet
from segmentation.models import Customer
from segmentation.services import publish_run, reassign_changed, train_run
from segmentation.services.cases import take_case
from sip.models import SipPlan
from tests.segmentation.conftest import customers, staff, stocks

__all__ = ["customers", "staff", "stocks"]

PASSWORD = "seven green kites above a lake"


@pytest.fixture
def me(customers, staff):
    """One of ninety, in two runs, with something in every table."""
    cache.clear()
    user = next(u for u in customers if u.number % 3 == 2)  # trades small caps
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    publish_run(run=train_run(k=3))
    train_run(k=2)
    services.submit_questionnaire(user=user, answers=[0] * 10)  # states low, takes high
    services.withdraw_consent(user=user)
    services.give_consent(user=user)
    reassign_changed()
    value_all_portfolios()
    store_points()
    shared = {"investor": user, "investor_number": user.number}
    RecommendationSet.objects.create(
        **shared, source="yahoo", as_of=date(2025, 3, 10), segment_key="s1", built_at=timezone.now()
    )
    Feedback.objects.create(**shared, symbol="TCS", verdict="like")
    SipPlan.objects.create(
        investor=user, name="School", amount=Decimal(5000), annual_rate=0.09, years=10,
        start_date=date(2026, 1, 1),
    )  # fmt: skip
    AccessLog.objects.create(username=user.email, ip_address="127.0.0.1", user_agent="x")
    take_case(number=user.number, by=staff)
    record_look(actor=staff, about=Customer.objects.get(number=user.number))
    return user
