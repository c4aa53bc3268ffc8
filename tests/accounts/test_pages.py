"""The investor's own pages: facts, questionnaire, result, consent; who may open them."""

import pytest
from django.test import Client

from accounts import queries, services
from accounts.domain.questions import QUESTIONS

pytestmark = pytest.mark.django_db

MIXED = [3, 2, 2, 2, 1, 2, 2, 3, 3, 1]  # 61, by hand in test_questionnaire.
PAGES = [
    "/accounts/profile/",
    "/accounts/questionnaire/",
    "/accounts/questionnaire/1/",
    "/accounts/risk/",
    "/accounts/consent/",
]


@pytest.fixture
def signed_in(client, investor):
    client.force_login(investor)
    return client


def test_a_visitor_is_sent_to_the_door_and_staff_have_no_such_page(client, staff):
    for page in PAGES:
        assert client.get(page).url == f"/accounts/login/?next={page}"
    client.force_login(staff)
    for page in PAGES:
        assert client.get(page).status_code == 403


def test_ten_questions_one_at_a_time_lead_to_an_explained_result(signed_in, investor):
    assert signed_in.get("/accounts/questionnaire/").url == "/accounts/questionnaire/1/"
    for step, answer in enumerate(MIXED, start=1):
        page = signed_in.get(f"/accounts/questionnaire/{step}/").content.decode()
        assert f"Question {step} of 10" in page
        assert page.count('type="radio"') == len(QUESTIONS[step - 1].options)
        answered = signed_in.post(f"/accounts/questionnaire/{step}/", {"answer": answer})
    assert answered.url == "/accounts/risk/"
    result = signed_in.get("/accounts/risk/").content.decode()
    assert "You score 61 of 100: medium risk" in result
    assert "can bear 66 of 100" in result
    assert "willing to bear 56 of 100" in result
    assert "May we group you" in result
    assert queries.profile_of(investor).risk_score == 61


def test_going_back_keeps_the_answer_and_leaving_keeps_the_place(signed_in):
    signed_in.post("/accounts/questionnaire/1/", {"answer": 3})
    signed_in.post("/accounts/questionnaire/2/", {"answer": 0})
    back = signed_in.get("/accounts/questionnaire/1/").content.decode()
    assert 'value="3" required checked' in back
    assert signed_in.get("/accounts/questionnaire/").url == "/accounts/questionnaire/3/"


def test_no_answer_or_a_foreign_one_is_said_and_not_kept(signed_in):
    for answer in ("", "5", "-1", "buy"):
        page = signed_in.post("/accounts/questionnaire/1/", {"answer": answer})
        assert page.status_code == 422
        assert "Nothing was saved for this question." in page.content.decode()
    assert signed_in.get("/accounts/questionnaire/").url == "/accounts/questionnaire/1/"


def test_the_last_question_first_leads_to_the_missing_ones(signed_in, investor):
    assert signed_in.post("/accounts/questionnaire/10/", {"answer": 0}).url == (
        "/accounts/questionnaire/1/"
    )
    assert queries.profile_of(investor).risk_score is None
    assert signed_in.get("/accounts/questionnaire/99/").url == "/accounts/questionnaire/"


def test_facts_are_saved_as_people_write_them(signed_in, investor):
    answer = signed_in.post(
        "/accounts/profile/",
        {
            "annual_income": "₹12,00,000",
            "monthly_spending": "60,000",
            "birth_year": "1990",
            "horizon_years": "",
            "sectors": ["Healthcare", "Power"],
        },
    )
    assert answer.url == "/accounts/profile/"
    profile = queries.profile_of(investor)
    assert (profile.annual_income, profile.monthly_spending) == (1_200_000, 60_000)
    assert profile.horizon_years is None
    assert profile.sectors == ("Healthcare", "Power")
    page = signed_in.get("/accounts/profile/").content.decode()
    # 12 x 60,000 of 12,00,000 spent: 40 % kept.
    assert "You keep 40% of your income before tax" in page


def test_a_wrong_fact_is_named_and_nothing_is_saved(signed_in, investor):
    page = signed_in.post(
        "/accounts/profile/", {"annual_income": "lots", "birth_year": "2020", "horizon_years": "5"}
    )
    text = page.content.decode()
    assert page.status_code == 422
    assert "Nothing was saved." in text
    assert "Enter a number." in text
    assert "18 to 120 years old" in text
    assert queries.profile_of(investor).horizon_years is None


def test_consent_is_asked_given_and_withdrawn_with_its_history(signed_in, investor):
    page = signed_in.get("/accounts/consent/").content.decode()
    assert "Profiling is your choice" in page
    signed_in.post("/accounts/consent/decide/", {"decision": "give", "wording": "2026-11"})
    assert queries.profile_of(investor).consent
    assert (
        "recommendations go by your answers alone"
        in signed_in.get("/accounts/consent/").content.decode()
    )
    signed_in.post("/accounts/consent/decide/", {"decision": "withdraw"})
    assert not queries.profile_of(investor).consent
    page = signed_in.get("/accounts/consent/").content.decode()
    assert page.count("2026-11</td>") == 2
    assert "Agreed" in page
    assert "Refused or withdrawn" in page


def test_offers_are_asked_about_apart_from_profiling(signed_in, investor):
    page = signed_in.get("/accounts/consent/").content.decode()
    assert "May we write to you with offers?" in page and "Yes, write to me" in page
    given = {"decision": "give", "purpose": "offers", "wording": "offers-2026-11"}
    # The words of one purpose are no consent to the other.
    signed_in.post("/accounts/consent/decide/", given | {"wording": "2026-11"})
    assert not queries.profile_of(investor).offers
    said = signed_in.post("/accounts/consent/decide/", given, follow=True).content.decode()
    assert "You agreed that we write to you" in said
    stored = queries.profile_of(investor)
    assert stored.offers and not stored.consent
    withdrawn = {"decision": "withdraw", "purpose": "offers"}
    said = signed_in.post("/accounts/consent/decide/", withdrawn, follow=True).content.decode()
    assert "leaves you out" in said and not queries.profile_of(investor).offers
    signed_in.post("/accounts/consent/decide/", {"decision": "give", "purpose": "anything"})
    assert queries.consent_history(investor) == []


def test_consent_to_words_that_were_not_shown_is_not_taken(signed_in, investor):
    signed_in.post("/accounts/consent/decide/", {"decision": "give", "wording": "1999-01"})
    signed_in.post("/accounts/consent/decide/", {"decision": "maybe"})
    assert not queries.profile_of(investor).consent
    assert queries.consent_history(investor) == []
    assert signed_in.get("/accounts/consent/decide/").status_code == 405


def test_scores_of_an_older_questionnaire_are_not_explained_by_todays_questions(
    signed_in, investor, monkeypatch
):
    monkeypatch.setattr(services, "QUESTIONNAIRE_VERSION", "0")
    services.submit_questionnaire(user=investor, answers=MIXED)
    page = signed_in.get("/accounts/risk/").content.decode()
    assert "belong to an earlier questionnaire" in page
    assert "What raised it most" not in page


def test_a_form_from_another_site_is_refused(investor):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(investor)
    assert strict.post("/accounts/profile/", {"birth_year": "1990"}).status_code == 403
    assert queries.profile_of(investor).birth_year is None


def test_more_changes_a_minute_than_allowed_are_refused_with_a_sentence(signed_in, monkeypatch):
    monkeypatch.setattr("accounts.permissions.time.time", lambda: 1_800_000_000)
    monkeypatch.setattr("finseg.security.WRITES_PER_MINUTE", 3)
    for _ in range(3):
        assert signed_in.post("/accounts/consent/decide/").status_code == 302
    refused = signed_in.post("/accounts/consent/decide/")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    assert "This last request was not carried out" in refused.content.decode()
    assert signed_in.get("/accounts/consent/").status_code == 200
