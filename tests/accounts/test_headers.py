"""Headers of real answers: a strict content policy, and where it gives way."""

import pytest

pytestmark = pytest.mark.django_db


def policy_of(response):
    directives = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {each[0]: set(each[1:]) for each in directives if each}


def test_product_pages_run_no_inline_code_and_nothing_from_elsewhere(client):
    policy = policy_of(client.get("/accounts/login/"))
    assert policy["default-src"] == {"'none'"}
    assert policy["script-src"] == policy["style-src"] == {"'self'"}
    assert policy["frame-ancestors"] == policy["base-uri"] == {"'none'"}
    assert policy["form-action"] == {"'self'"}
    assert not any("unsafe" in source for sources in policy.values() for source in sources)


def test_only_the_admin_is_relaxed_and_no_further_than_it_needs(client, staff):
    client.force_login(staff)
    relaxed = policy_of(client.get("/admin/"))
    strict = policy_of(client.get("/accounts/login/?next=/admin/", follow=True))
    assert relaxed["script-src"] == {"'self'", "'unsafe-eval'"}
    assert relaxed["style-src"] == {"'self'"}
    for directive in strict.keys() - {"script-src", "style-src"}:
        assert relaxed[directive] == strict[directive]


def test_other_headers_that_guard_a_page(client):
    answer = client.get("/accounts/login/")
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_pages_of_the_account_carry_no_inline_code(client, investor):
    client.force_login(investor)
    for page in (
        *("/accounts/profile/", "/accounts/questionnaire/1/", "/accounts/consent/"),
        *("/accounts/email/", "/accounts/password/change/", "/accounts/2fa/"),
    ):
        text = client.get(page).content.decode()
        assert "style=" not in text, page
        assert " onclick=" not in text, page
        assert "<script>" not in text, page
