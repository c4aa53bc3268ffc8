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


def bars(closes, days=DAYS):
    closes = np.asarray(closes, float)
    return Bars(
        days, closes, closes * 1.1, closes * 0.9, closes, closes, np.full(len(days), 10, np.int64)
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
    # 99 returns make no figure of a year.
    assert figures["volatility"] is None
    assert figures["beta"] is None
    returns = dict(figures["returns"])
    # 30 days before 10 April is 11 March, when the price was 169.
    assert returns["1 month"] == pytest.approx(199 / 169 - 1)
    assert returns["1 year"] is None
    assert len(context["stock_data"]["bars"]["dates"]) == 100


def test_volatility_and_beta_are_of_the_last_252_sessions(investor):
    # 48 wild days, then 252 returns of +1 % and -1 % in turn, as the index: sample deviation
    # 1 % x sqrt(252 / 251), and a year's is that times sqrt(252), 15.906 %. The calendar year
    # before the last of these daily bars reaches into the wild days.
    steps = np.concatenate([np.tile([0.3, -0.2], 24), np.tile([0.01, -0.01], 126)])
    closes = 100 * np.cumprod(np.concatenate([[1.0], 1 + steps]))
    level = 100 * np.cumprod(np.concatenate([np.ones(49), 1 + steps[48:]]))
    days = np.datetime64("2025-04-11") + np.arange(len(closes))
    services.store_bars(
        source="simulated",
        bars={"TCS": bars(closes, days), "NIFTY50": bars(level, days)},
    )
    figures = investor.get(reverse("market:stock", args=["TCS"])).context["figures"]
    assert figures["volatility"] == pytest.approx(0.15906, abs=1e-5)
    assert figures["beta"] == pytest.approx(1.0)


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
