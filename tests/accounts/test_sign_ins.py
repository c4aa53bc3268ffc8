"""Records of sign-ins under addresses that changed: whose they are, handed out and erased."""

import pytest
from axes.models import AccessAttempt, AccessLog

from accounts import queries, services
from accounts.models import FormerAddress, User
from accounts.sign_ins import records_of
from finseg import privacy

pytestmark = pytest.mark.django_db

NEW = "asha.new@example.org"


def sign_in(address, ip):
    return AccessLog.objects.create(username=address, ip_address=ip, user_agent="x").ip_address


def move(user, address):
    user = User.objects.get(pk=user.pk)
    user.email = address
    user.save()
    return user


def seen(user):
    return sorted(row["ip_address"] for row in queries.personal_data_of(user)["sign-ins"])


def test_records_of_a_former_address_are_handed_out_and_erased(investor):
    before = sign_in(investor.email, "203.0.113.1")
    asha = move(investor, NEW)
    after = sign_in(NEW, "203.0.113.2")
    sign_in("ravi@example.org", "203.0.113.3")
    habit = AccessAttempt.objects.create(
        username=investor.email, ip_address="203.0.113.4", user_agent="x", failures_since_start=1
    )
    assert seen(asha) == [before, after]
    told = queries.personal_data_of(asha)
    assert [row["ip_address"] for row in told["failed sign-ins"]] == [habit.ip_address]
    assert [row["address"] for row in told["former addresses"]] == [investor.email]

    # Killed right after the account was closed: the rest is made up for.
    services.close_account(user=asha)
    assert privacy.finish_erasures() == 1
    assert AccessLog.objects.get().username == "ravi@example.org"
    assert not AccessAttempt.objects.exists() and not FormerAddress.objects.exists()


def test_an_address_that_changed_hands_gives_each_their_own_records(investor):
    first = sign_in(investor.email, "203.0.113.1")
    asha = move(investor, NEW)
    ravi = services.register(email="asha@example.org", password=None)
    second = sign_in(ravi.email, "203.0.113.2")
    assert (seen(asha), seen(ravi)) == ([first], [second])
    ravi = move(ravi, "ravi@example.org")
    assert (seen(asha), seen(ravi)) == ([first], [second])
    asha = move(asha, "asha@example.org")  # and back
    third = sign_in(asha.email, "203.0.113.3")
    assert (seen(asha), seen(ravi)) == ([first, third], [second])
    services.close_account(user=ravi)
    assert privacy.finish_erasures() == 1
    assert second not in AccessLog.objects.values_list("ip_address", flat=True)
    assert seen(asha) == [first, third]


def test_only_a_change_of_address_leaves_one_behind(investor):
    user = User.objects.get(pk=investor.pk)
    user.is_active = False
    user.save()
    user.save(update_fields=["is_active"])
    assert not FormerAddress.objects.exists()
    assert records_of(AccessLog, user).count() == 0


def test_former_addresses_go_with_the_records_under_them(investor):
    asha = move(investor, NEW)
    FormerAddress.objects.update(left_at=asha.date_joined - services.SIGN_INS_KEPT)
    assert services.forget_expired()["former addresses"] == 1


def test_an_account_made_active_again_does_not_count_as_erased(investor, monkeypatch):
    services.close_account(user=investor)
    User.objects.filter(pk=investor.pk).update(is_active=True)
    erased = []
    parts = [
        privacy.Part("accounts", None, lambda user: erased.append(user.number) or {}, ()),
    ]
    monkeypatch.setattr(privacy, "PARTS", parts)
    # Looked up by number alone, and not noted as done while somebody of that number is left.
    assert privacy.finish_erasures() == 0 and erased == [investor.number]
    assert services.unfinished_erasures() == [investor.number]
    monkeypatch.undo()
    assert privacy.finish_erasures() == 1
    assert not User.objects.filter(number=investor.number).exists()
    assert services.unfinished_erasures() == []
