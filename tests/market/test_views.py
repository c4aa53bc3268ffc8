"""The market's pages as a logged-in customer and as a stranger get them."""

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from market import livestore, services
from market.domain.bars import Bars
from market.domain.instruments import InstrumentFacts

pytestmark = pytest.mark.django_db

DAYS = np.arange(np.datetime64("2025-01-01"), np.datetime64("2025-04-11"))


def bars(closes):
    closes = np.asarray(closes, float)
    return Bars(
        DAYS, closes, closes * 1.1, closes * 0.9, closes, closes, np.full(len(DAYS), 10, np.int64)
    )


@pytest.fixture
def market(transactional_db):
    livestore.client().flushdb()
    services.store_instruments(
        instruments=[
            InstrumentFacts("M&M", "Mahindra & Mahindra Ltd.", "INE101A01026", "Auto", "Large"),
            InstrumentFacts("TCS", "Tata Consultancy Services Ltd.", "INE467B01029", "IT", "Large"),
            InstrumentFacts("IDLE", "Never Traded Ltd.", "INE000A01011", "IT", "Micro"),
            InstrumentFacts("NIFTY50", "NIFTY 50", kind="index"),
        ]
    )
    services.switch_source(feed="simulated", source="simulated")
    rising = np.linspace(100, 199, 100)
    services.store_bars(
        source="simulated",
        bars={"TCS": bars(rising), "M&M": bars(rising[::-1]), "NIFTY50": bars(rising * 100)},
    )


@pytest.fixture
def investor(client, market):
    client.force_login(
        get_user_model().objects.create_user(email="a@example.com", password=None),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def test_list_says_what_rises_and_what_falls(investor):
    context = investor.get(reverse("market:list")).context
    # TCS went from 198 to 199, M&M from 101 to 100.
    assert context["headline"]["rising"] == 1
    assert context["headline"]["falling"] == 1
    assert context["headline"]["leader"]["symbol"] == "TCS"
    assert context["headline"]["benchmark"]["price"] == pytest.approx(19_900)
    assert [row["symbol"] for row in context["rows"]] == ["TCS", "M&M"]
    assert context["rows"][0]["change_fraction"] == pytest.approx(199 / 198 - 1)
    data = context["market_data"]
    assert data["sparks"]["TCS"][-1] == 199
    assert data["status"]["simulated"]


def test_stock_page_shows_its_figures(investor):
    context = investor.get(reverse("market:stock", args=["TCS"])).context
    figures = context["figures"]
    assert figures["high_52_weeks"] == pytest.approx(199 * 1.1)
    assert figures["low_52_weeks"] == pytest.approx(90)
    # It moves exactly as the index does.
    assert figures["beta"] == pytest.approx(1.0)
    returns = dict(figures["returns"])
    # 30 days before 10 April is 11 March, when the price was 169.
    assert returns["1 month"] == pytest.approx(199 / 169 - 1)
    assert returns["1 year"] is None
    assert len(context["stock_data"]["bars"]["dates"]) == 100


def test_stock_page_of_an_ampersand_and_of_one_without_prices(investor):
    assert investor.get("/market/M&M/").status_code == 200
    assert investor.get("/market/m%26m/").context["facts"].symbol == "M&M"
    empty = investor.get(reverse("market:stock", args=["IDLE"]))
    assert empty.status_code == 200
    assert empty.context["row"] is None


def test_unknown_symbol_is_not_found(investor):
    assert investor.get("/market/NOSUCH/").status_code == 404


def test_search_answers_json(investor):
    found = investor.get("/market/search/", {"q": "mahindra"}).json()["results"]
    assert [result["symbol"] for result in found] == ["M&M"]
    assert investor.get("/market/search/").json() == {"results": []}


@pytest.mark.parametrize("address", ["/market/", "/market/TCS/", "/market/search/?q=tcs"])
def test_strangers_are_sent_to_the_login(client, market, address):
    answer = client.get(address)
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]
