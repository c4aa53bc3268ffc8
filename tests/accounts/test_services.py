"""Writes about people, on a real MongoDB."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from axes.models import AccessLog
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import queries, services
from accounts.domain.sectors import sector_mask
from accounts.models import User

pytestmark = pytest.mark.django_db

# By hand in test_questionnaire: score 61, capacity 66, willingness 56.
MIXED = [3, 2, 2, 2, 1, 2, 2, 3, 3, 1]
FACTS = {
    "annual_income": Decimal("1200000"),
    "monthly_spending": Decimal("60000.50"),
    "birth_year": 1990,
    "horizon_years": 10,
    "sectors": ["Healthcare", "Chemicals"],
}


def test_a_registered_investor_has_a_number_and_an_empty_profile():
    first = services.register(email="Asha@Example.org", password="a long enough one")
    second = services.register(email="ravi@example.org", password="a long enough one")
    assert first.email == "asha@example.org"
    assert second.number == first.number + 1
    assert first.customer_number == f"C-{first.number}"
    assert not first.is_staff
    profile = queries.profile_of(first)
    assert profile.number == first.number
    assert profile.risk_score is None
    assert profile.consent is False
    assert len(profile.missing) == 5


def test_numbers_reserved_in_bulk_are_never_given_again():
    start = User.objects.next_numbers(500)
    assert User.objects.next_numbers() == start + 500


def test_declared_facts_come_back_and_wrong_ones_change_nothing():
    user = services.register(email="asha@example.org", password=None)
    services.update_profile(user=user, **FACTS)
    stored = queries.profile_of(user)
    assert stored.annual_income == Decimal("1200000")
    assert stored.monthly_spending == Decimal("60000.50")
    assert stored.sectors == ("Chemicals", "Healthcare")
    with pytest.raises(services.InvalidProfile) as refused:
        services.update_profile(
            user=user, **{**FACTS, "annual_income": Decimal("5"), "horizon_years": 99}
        )
    assert list(refused.value.errors) == ["horizon_years"]
    assert queries.profile_of(user) == stored


def test_a_questionnaire_scores_and_keeps_the_former_scores():
    user = services.register(email="asha@example.org", password=None)
    assert services.submit_questionnaire(user=user, answers=[0] * 10).score == 0
    assert services.submit_questionnaire(user=user, answers=MIXED).score == 61
    profile = queries.profile_of(user)
    assert profile.risk_score == 61
    assert profile.risk_class == "medium"
    history = queries.risk_history(user)
    assert [(each.score, each.capacity, each.willingness) for each in history] == [
        (61, 66, 56),
        (0, 0, 0),
    ]
    assert history[0].answers == MIXED


def test_consent_is_given_and_withdrawn_once_each_and_its_history_stays():
    user = services.register(email="asha@example.org", password=None)
    assert services.withdraw_consent(user=user) is True  # A first no is a decision too.
    assert services.withdraw_consent(user=user) is False
    assert services.give_consent(user=user) is True
    assert services.give_consent(user=user) is False
    assert queries.profile_of(user).consent is True
    assert services.withdraw_consent(user=user) is True
    assert queries.profile_of(user).consent is False
    history = queries.consent_history(user)
    assert [each.granted for each in history] == [False, True, False]
    assert {each.wording_version for each in history} == {"2026-11"}
    with pytest.raises(ValueError, match="ever shown"):
        services.give_consent(user=user, wording_version="1999-01")


def test_consent_to_offers_is_a_decision_of_its_own():
    asha, ravi = (
        services.register(email=f"{name}@example.org", password=None) for name in ("asha", "ravi")
    )
    assert services.give_consent(user=asha) is True
    assert queries.profile_of(asha).offers is False
    assert queries.consenting_numbers("offers").tolist() == []
    assert services.give_consent(user=asha, wording_version="offers-2026-11") is True
    assert services.give_consent(user=asha, wording_version="offers-2026-11") is False
    services.give_consent(user=ravi, wording_version="offers-2026-11")
    assert queries.consenting_numbers("offers").tolist() == [asha.number, ravi.number]
    assert queries.consenting_numbers("profiling").tolist() == [asha.number]
    assert services.withdraw_consent(user=asha, purpose="offers") is True
    stored = queries.profile_of(asha)
    assert (stored.consent, stored.offers) == (True, False)
    assert queries.consenting_numbers("offers").tolist() == [ravi.number]
    assert [each.granted for each in queries.consent_history(asha, "offers")] == [False, True]
    assert [each.granted for each in queries.consent_history(asha)] == [True]
    assert queries.profile_columns()["offers"].tolist() == [False, True]


def test_saving_facts_in_one_window_does_not_bring_back_a_consent_withdrawn_in_another():
    user = services.register(email="asha@example.org", password=None)
    services.give_consent(user=user)
    stale = User.objects.get(pk=user.pk)
    assert stale.profile.profiling_consent
    services.withdraw_consent(user=user)
    services.update_profile(user=stale, **FACTS)
    assert queries.profile_of(user).consent is False


def test_columns_hold_every_investor_with_nan_for_what_is_not_declared():
    silent = services.register(email="silent@example.org", password=None)
    asha = services.register(email="asha@example.org", password=None)
    services.register_staff(email="staff@example.org", password=None)
    services.update_profile(user=asha, **FACTS)
    services.submit_questionnaire(user=asha, answers=MIXED)
    services.give_consent(user=asha)
    columns = queries.profile_columns()
    assert columns["number"].tolist() == [silent.number, asha.number]
    assert columns["number"].dtype == columns["sector_mask"].dtype == np.int64
    assert columns["consent"].tolist() == [False, True]
    assert columns["sector_mask"].tolist() == [0, sector_mask(FACTS["sectors"])]
    for name, expected in (
        ("annual_income", 1_200_000),
        ("monthly_spending", 60_000.5),
        ("birth_year", 1990),
        ("horizon_years", 10),
        ("risk_score", 61),
    ):
        assert columns[name].dtype == np.float64
        assert np.isnan(columns[name][0])
        assert columns[name][1] == expected
    only = queries.profile_columns([asha.number, 7])
    assert only["number"].tolist() == [asha.number]
    assert queries.profile_columns([])["consent"].shape == (0,)


def test_changes_are_found_from_an_instant_on():
    asha = services.register(email="asha@example.org", password=None)
    ravi = services.register(email="ravi@example.org", password=None)
    assert queries.changed_since(timezone.now() - timedelta(hours=1)) == {
        asha.number,
        ravi.number,
    }
    instant = timezone.now()
    services.give_consent(user=asha)
    assert queries.changed_since(instant) == {asha.number}
    services.submit_questionnaire(user=ravi, answers=MIXED)
    assert queries.changed_since(instant) == {asha.number, ravi.number}


def test_staff_get_the_groups_permissions_and_lose_them_with_the_role():
    staff = services.register_staff(email="staff@example.org", password=None)
    assert staff.is_staff
    assert staff.has_perm("accounts.view_personal_data")
    assert staff.has_perm("accounts.view_user")
    assert not staff.has_perm("accounts.add_user")
    assert not staff.has_perm("accounts.delete_user")
    assert queries.profile_of(staff) is None
    services.change_role(user=staff, role="investor")
    former = User.objects.get(pk=staff.pk)
    assert not former.is_staff
    assert not former.has_perm("accounts.view_user")
    assert queries.profile_of(former).number == staff.number


def test_what_is_past_its_time_is_forgotten_and_nothing_else():
    now = timezone.now()
    for days, key in ((-1, "old"), (1, "live")):
        Session.objects.create(
            session_key=key, session_data="", expire_date=now + timedelta(days=days)
        )
    for age in (181, 179):
        log = AccessLog.objects.create(ip_address="203.0.113.9", username="asha@example.org")
        AccessLog.objects.filter(pk=log.pk).update(attempt_time=now - timedelta(days=age))
    assert services.forget_expired() == {
        "sessions": 1,
        "e-mail links": 0,
        "sign-ins": 1,
        "failed sign-ins": 0,
        "former addresses": 0,
        "looks of bank staff": 0,
    }
    assert services.forget_expired()["sessions"] == 0
    assert Session.objects.get().session_key == "live"
