"""The one door: sign-up, sign-in, sign-out, forgotten passwords, guessing, second factors."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from axes.models import AccessAttempt
from django.contrib.auth import get_user
from django.urls import reverse

from accounts import queries
from accounts.models import User
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def sign_in(client, email, password=PASSWORD, after=""):
    return client.post(LOGIN, {"login": email, "password": password, "next": after})


def confirm_password(client):
    """Whoever changes the way in types the password once more."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def test_sign_up_opens_a_profile_and_leads_to_the_questionnaire(client, mailoutbox):
    assert client.get("/accounts/signup/").status_code == 200
    answer = client.post("/accounts/signup/", {"email": "Asha@Example.org", "password1": PASSWORD})
    assert answer.status_code == 302
    assert answer.url == "/accounts/questionnaire/"
    user = User.objects.get(email="asha@example.org")
    assert get_user(client) == user
    assert queries.profile_of(user).number == user.number
    assert not user.is_staff
    assert mailoutbox[0].to == ["asha@example.org"]


def test_nobody_signs_up_as_staff(client):
    given = {"email": "eve@example.org", "password1": PASSWORD}
    claimed = {"role": "staff", "is_staff": "on", "is_superuser": "on", "groups": "1"}
    client.post("/accounts/signup/", given | claimed)
    user = User.objects.get(email="eve@example.org")
    assert (user.role, user.is_staff, user.is_superuser) == ("investor", False, False)
    assert not user.groups.exists()


def test_a_short_password_creates_nobody(client):
    answer = client.post("/accounts/signup/", {"email": "a@example.org", "password1": "short"})
    assert "at least 12 characters" in answer.content.decode()
    assert not User.objects.exists()


def test_investor_and_staff_use_the_same_door_and_land_at_their_work(client, investor, staff):
    assert sign_in(client, investor.email).url == "/dashboard/"
    assert get_user(client) == investor
    assert client.post("/accounts/logout/").url == "/"
    assert not get_user(client).is_authenticated
    assert sign_in(client, staff.email.upper()).url == "/admin/"
    assert get_user(client) == staff


def test_the_admins_own_door_leads_to_the_one_door_and_back(client, staff):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == f"{LOGIN}?next=%2Fadmin%2F"
    assert sign_in(client, staff.email, after="/admin/").url == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_an_investor_is_told_that_the_admin_is_for_staff(client, investor):
    client.force_login(investor)
    assert client.get("/admin/", follow=True).status_code == 403


def test_no_redirect_leaves_the_site(client, investor):
    for after in (
        *("https://evil.example/", "//evil.example/"),
        *("javascript:alert(1)", "/\\evil.example"),
    ):
        assert sign_in(client, investor.email, after=after).url == "/dashboard/"
        client.post("/accounts/logout/")


def test_a_next_page_of_the_site_is_honoured(client, investor):
    assert sign_in(client, investor.email, after="/sip/?amount=5000").url == "/sip/?amount=5000"


def test_signing_out_needs_a_post(client, investor):
    client.force_login(investor)
    assert client.get("/accounts/logout/").status_code == 200
    assert get_user(client) == investor


def test_guessing_is_locked_for_that_address_and_says_so(client, investor):
    for _ in range(4):
        assert sign_in(client, investor.email, "a wrong password").status_code == 200
    locked = sign_in(client, investor.email, "a wrong password")
    assert locked.status_code == 429
    assert "locked for 15 minutes" in locked.content.decode()
    refused = sign_in(client, investor.email)
    assert refused.status_code == 429
    assert "The right password is refused too" in refused.content.decode()
    assert not get_user(client).is_authenticated
    attempt = AccessAttempt.objects.get()
    assert attempt.username == "asha@example.org"
    assert PASSWORD not in attempt.post_data
    assert "a wrong password" not in attempt.post_data


def test_the_owner_is_not_locked_out_by_a_stranger(client, investor):
    for _ in range(6):
        client.post(
            LOGIN,
            {"login": investor.email, "password": "a guess"},
            REMOTE_ADDR="203.0.113.9",
        )
    assert sign_in(client, investor.email).url == "/dashboard/"


def test_a_forged_forwarding_header_does_not_escape_the_lock(client, investor):
    for i in range(6):
        answer = client.post(
            LOGIN,
            {"login": investor.email, "password": "a guess"},
            headers={"x-forwarded-for": f"198.51.100.{i}"},
        )
    assert answer.status_code == 429


def test_a_forgotten_password_is_set_anew_by_mail(client, investor, mailoutbox):
    client.post("/accounts/password/reset/", {"email": investor.email})
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mailoutbox[0].body)
    form = client.get(link[1], follow=True)
    page = form.redirect_chain[-1][0]
    fresh = "a new river 2031 stone"
    client.post(page, {"password1": fresh, "password2": fresh})
    client.post("/accounts/logout/")
    assert sign_in(client, investor.email).status_code == 200
    assert sign_in(client, investor.email, fresh).url == "/dashboard/"
    assert client.get(link[1], follow=True).context["token_fail"]


def test_an_unknown_address_is_not_given_away(client, investor):
    known = client.post("/accounts/password/reset/", {"email": investor.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_an_address_changes_once_its_new_mailbox_confirms(client, investor, mailoutbox):
    sign_in(client, investor.email)
    refused = client.post("/accounts/email/", {"email": "asha.new@example.org", "action_add": ""})
    assert refused.url.startswith("/accounts/reauthenticate/")
    confirm_password(client)
    client.post("/accounts/email/", {"email": "asha.new@example.org", "action_add": ""})
    investor.refresh_from_db()
    assert investor.email == "asha@example.org"
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", mailoutbox[-1].body)
    assert client.get(link[1]).status_code == 200
    client.post(link[1])
    investor.refresh_from_db()
    assert investor.email == "asha.new@example.org"


def test_a_second_factor_is_enrolled_and_asked_for(client, investor):
    EmailAddress.objects.create(user=investor, email=investor.email, verified=True, primary=True)
    sign_in(client, investor.email)
    confirm_password(client)
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    stored = Authenticator.objects.get(user=investor, type="totp")
    assert secret not in str(stored.data)

    client.post("/accounts/logout/")
    assert sign_in(client, investor.email).url == reverse("mfa_authenticate")
    assert not get_user(client).is_authenticated
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert wrong.status_code == 200
    recovery = stored.user.authenticator_set.get(type="recovery_codes").wrap()
    client.post(reverse("mfa_authenticate"), {"code": recovery.get_unused_codes()[0]})
    assert get_user(client) == investor

    client.post("/accounts/logout/")
    sign_in(client, investor.email)
    # The code of the next half minute: one that was used already is refused.
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret, -1)})
    assert get_user(client) == investor


def test_nobody_adds_a_second_factor_to_an_address_that_is_not_theirs(client, investor):
    sign_in(client, investor.email)
    confirm_password(client)
    answer = client.get(reverse("mfa_activate_totp"), follow=True)
    assert "verif" in answer.content.decode()
    client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert not Authenticator.objects.exists()


def code_of(secret, position=1):
    return f"{hotp_value(secret, list(yield_hotp_counters_from_time())[position]):06d}"
