"""The recommendations page."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from recommendations import services
from recommendations.domain.ranking import WEIGHTS
from recommendations.models import Feedback, RecommendationSet, TrackRecord

pytestmark = pytest.mark.django_db
PAGE, FEEDBACK = "recommendations:page", "recommendations:feedback"


def test_the_page_belongs_to_investors(client):
    assert client.get(reverse(PAGE)).status_code == 302
    client.force_login(User.objects.create_superuser(email="staff@example.com", password="x"))
    assert client.get(reverse(PAGE)).status_code == 403


def test_before_the_questionnaire_the_page_says_what_to_do(client, add_investor):
    client.force_login(add_investor("unasked@example.com", risk_score=None))
    page = client.get(reverse(PAGE)).content.decode()
    assert "ten questions" in page
    assert "Not investment advice" not in page
    assert RecommendationSet.objects.count() == 0


def test_before_the_prices_the_page_says_so(client, add_investor):
    client.force_login(add_investor("early@example.com"))
    assert "Waiting for prices" in client.get(reverse(PAGE)).content.decode()


def test_a_first_visit_makes_and_shows_own_stocks_alone(client, stocks, add_investor, buy):
    other, user = add_investor("other@example.com"), add_investor("me@example.com", consent=False)
    for symbol in stocks[:6]:
        buy(other, symbol, 1)
    services.build_recommendations(user=other)
    client.force_login(user)
    answer = client.get(reverse(PAGE))
    page = answer.content.decode()
    assert answer.context["made"].investor_number == user.number
    assert "Not investment advice" in page
    assert "have not agreed to be grouped" in page
    assert page.count("<article") == 5
    assert page.count('data-chart="fan"') == 5
    assert "Not measured yet" in page


def test_sorting_by_return_and_by_risk(client, stocks, add_investor):
    client.force_login(add_investor("me@example.com"))
    by = {
        sort: client.get(reverse(PAGE), {"sort": sort}).context["cards"]
        for sort in ("return", "risk", "nonsense")
    }
    returns = [card.item.expected_return for card in by["return"]]
    risks = [card.item.volatility for card in by["risk"]]
    assert returns == sorted(returns, reverse=True)
    assert risks == sorted(risks)
    assert [card.item.symbol for card in by["nonsense"]] == [
        card.item.symbol for card in by["return"]
    ]
    for card in by["return"]:
        assert card.low < card.item.expected_return < card.high


def test_feedback_is_the_users_own(client, stocks, add_investor):
    user = add_investor("me@example.com")
    client.force_login(user)
    first = client.get(reverse(PAGE)).context["cards"][0].item.symbol
    client.post(reverse(FEEDBACK), {"symbol": first, "verdict": "like"})
    assert Feedback.objects.get().investor_number == user.number
    gone = client.post(
        reverse(FEEDBACK), {"symbol": first, "verdict": "dismiss"}, HTTP_HX_REQUEST="true"
    )
    assert first not in [card.item.symbol for card in gone.context["cards"]]
    assert gone.context["dismissed"] == [first]
    assert "<html" not in gone.content.decode()
    for wrong in ({"symbol": "NOSUCH", "verdict": "like"}, {"symbol": first, "verdict": "buy"}):
        refused = client.post(reverse(FEEDBACK), wrong)
        assert refused.status_code == 400
        assert b"Nothing was saved" in refused.content
    assert Feedback.objects.count() == 1


@pytest.mark.parametrize(
    ("chance", "said"),
    [(0.12, "no worse: the model’s order added no return"), (0.04, "the market’s doing")],
)
def test_the_record_says_whether_chance_did_as_well(client, stocks, add_investor, chance, said):
    row = {"volatility": 0.2, "beat": 0.5, "hit": 0.1}
    own = {"label": "This model", "lead": 0.1, **row}
    random = {"label": "Random suitable stocks", "lead": chance, **row}
    result = {
        "table": [own, random],
        "rival": random,
        "dates": 40,
        "investors": 9,
        "violations": 0,
        "weights": WEIGHTS,
        "prices_to": "2025-12-31",
        "bands": {"held": 0.8, "width": 1.0},
    }
    TrackRecord.objects.create(
        source="simulated",
        first=date(2021, 1, 1),
        last=date(2024, 12, 31),
        result=result,
        evaluated_at=timezone.now(),
    )
    client.force_login(add_investor("reader@example.com"))
    page = client.get(reverse(PAGE)).content.decode()
    assert said in page
    assert "No dates were held back" in page
    assert ("No simpler rule came out better" in page) == (chance < 0.1)


def test_the_dashboard_names_the_stock_its_page_shows_first(client, stocks, add_investor, buy):
    user = add_investor("me@example.com")
    client.force_login(user)
    first = client.get(reverse(PAGE)).context["cards"][0].item.symbol
    shown = client.get("/dashboard/")
    assert shown.context["suggested"][0].symbol == first
    assert f"{first} first" in shown.content.decode()
    # A trade outdates the set: the card promises nothing that the page would make anew.
    buy(user, first, 1)
    assert client.get("/dashboard/").context["suggested"] == []
    assert "Made on opening" in client.get("/dashboard/").content.decode()
