"""Recommendations made, kept and answered in a real database."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.models import Erasure
from market.queries import bars_of
from market.services import store_bars, switch_source
from portfolios.models import Portfolio
from portfolios.services import create_portfolio
from recommendations import queries, services
from recommendations.models import Feedback, RecommendationSet, TrackRecord
from recommendations.tasks import judge_past_picks, refresh_recommendations
from tests.recommendations.conftest import DAYS

pytestmark = pytest.mark.django_db


def symbols(user):
    return [item.symbol for item in queries.current_set(user).items]


def test_a_new_investor_is_advised_from_the_profile_alone(stocks, add_investor):
    user = add_investor("new@example.com")
    made = services.build_recommendations(user=user)
    assert len(made.items) == 5
    assert made.segment_key == ""
    assert made.as_of.isoformat() == "2025-12-31"
    assert "S03" in symbols(user)  # of the only sector preferred
    # One month of 12,00,000 / 12 - 50,000 to begin with, in parts of at most 12 % of it.
    assert made.working["budget"] == pytest.approx(50_000)
    assert made.working["basis"].startswith("one month of what you save")
    for item in made.items:
        assert item.amount == pytest.approx(item.shares * item.working["price"])
        assert 0 <= item.amount <= 6_000
    assert any(item.amount > 0 for item in made.items)


def test_segment_and_holdings_count_and_the_cautious_class_governs(
    stocks, add_investor, buy, put_in_segment
):
    user, other = add_investor("a@example.com", risk_score=90.0), add_investor("b@example.com")
    buy(user, "S00", 9_000)
    put_in_segment([user, other], {"S09": 0.34, "S00": 0.5}, revealed=10.0)
    assert services.build_all() == 2
    made = queries.current_set(user)
    assert made.segment_key == "s1"
    assert (made.working["risk_class"], made.working["revealed"]) == ("low", "low")
    assert "S00" not in symbols(user)
    ninth = next(item for item in made.items if item.symbol == "S09")
    assert ninth.working["peers"] == pytest.approx(0.34)
    assert ninth.working["volatility_after"] < made.working["volatility_before"]


def test_without_consent_no_peer_and_no_revealed_risk_is_used(stocks, add_investor, put_in_segment):
    user = add_investor("private@example.com", consent=False, risk_score=90.0)
    put_in_segment([user], {"S09": 0.9}, revealed=10.0)
    made = services.build_recommendations(user=user)
    assert made.segment_key == ""
    assert made.working["risk_class"] == "high"
    assert {item.working["peers"] for item in made.items} == {None}


def test_who_is_erased_while_recommendations_are_made_does_not_come_back(stocks, add_investor):
    gone, there = add_investor("gone@example.com"), add_investor("there@example.com")
    erasure = Erasure.objects.create(number=gone.number, requested_at=timezone.now())
    services.build_all()
    assert RecommendationSet.objects.get().investor_number == there.number
    # One that ended long ago is nothing to look for.
    erasure.finished_at = timezone.now() - timedelta(hours=1)
    erasure.save()
    services.build_all()
    assert RecommendationSet.objects.count() == 2


def test_without_answers_or_prices_nothing_is_recommended(add_investor, db):
    unasked = add_investor("unasked@example.com", risk_score=None)
    asked = add_investor("asked@example.com")
    assert services.build_recommendations(user=asked) is None  # no price is loaded
    assert services.build_recommendations(user=unasked) is None
    assert RecommendationSet.objects.count() == 0


def test_running_twice_changes_nothing_but_the_instant(stocks, add_investor):
    user = add_investor("twice@example.com")
    assert refresh_recommendations() == 1
    first = queries.current_set(user)
    assert refresh_recommendations() == 1
    second = queries.current_set(user)
    assert RecommendationSet.objects.count() == 1
    assert [item.working for item in first.items] == [item.working for item in second.items]
    assert second.built_at > first.built_at


def test_what_is_set_aside_stays_away_until_it_is_taken_back(stocks, add_investor):
    user = add_investor("picky@example.com")
    services.build_recommendations(user=user)
    unwanted = symbols(user)[0]
    assert services.give_feedback(user=user, symbol=unwanted, verdict="dismiss") == "dismiss"
    made = services.build_recommendations(user=user)
    assert unwanted not in symbols(user)
    assert made.working["left_out"]["Set aside by you"] == 1
    assert services.give_feedback(user=user, symbol=unwanted, verdict="dismiss") == ""
    services.build_recommendations(user=user)
    assert unwanted in symbols(user)
    with pytest.raises(services.UnknownStock):
        services.give_feedback(user=user, symbol="NOSUCH", verdict="like")
    with pytest.raises(ValueError, match="maybe"):
        services.give_feedback(user=user, symbol=unwanted, verdict="maybe")
    assert Feedback.objects.count() == 0


def test_a_set_is_outdated_by_a_trade_and_by_another_segment(stocks, add_investor, buy):
    user = add_investor("active@example.com")
    made = services.build_recommendations(user=user)
    assert not queries.is_outdated(made, user, segment_key="")
    assert queries.is_outdated(made, user, segment_key="s1")
    made.working["partial"] = True
    assert not queries.is_outdated(made, user, segment_key="", loading="100 of 500 stocks")
    assert queries.is_outdated(made, user, segment_key="", loading=None)
    made.working["partial"] = False
    buy(user, "S01", 5)
    assert queries.is_outdated(made, user, segment_key="")


def test_a_set_is_outdated_by_a_portfolio_that_was_closed(stocks, add_investor):
    user = add_investor("closing@example.com")
    second = create_portfolio(investor=user, name="Second")
    made = services.build_recommendations(user=user)
    assert not queries.is_outdated(made, user, segment_key="")
    # Sold out and closed since: what it held was counted.
    Portfolio.objects.filter(pk=second.pk).update(
        changed_at=timezone.now(), closed_at=timezone.now()
    )
    assert queries.is_outdated(made, user, segment_key="")


def test_the_past_is_judged_and_the_record_kept(stocks, add_investor, buy):
    with pytest.raises(services.TooLittleHistory):
        services.evaluate_past_picks()
    assert judge_past_picks() == 0
    assert TrackRecord.objects.count() == 0
    user = add_investor("old@example.com")
    # Day 757 of the 1,300 is the first with three years behind it.
    start = (np.datetime64("2025-12-31") - 700).item()
    buy(user, "S00", 100, day=start)
    record = services.evaluate_past_picks(step=50)
    table = {row["method"]: row for row in record.result["table"]}
    assert set(table) == {"model", "random", "popular", "peers", "momentum"}
    assert record.result["violations"] == 0
    assert record.result["investors"] == 1
    assert sum(record.result["weights"].values()) == pytest.approx(1.0)
    made = services.build_recommendations(user=user)
    assert made.working["learned_on"] == record.result["dates"]
    assert queries.outlook_of(made, record).width == record.result["bands"]["width"]


def test_the_record_knows_nothing_of_todays_segments_and_risk(
    stocks, add_investor, buy, put_in_segment
):
    users = [add_investor("a@example.com"), add_investor("b@example.com", risk_score=80.0)]
    start = (np.datetime64("2025-12-31") - 700).item()
    for user, symbol in zip(users, stocks, strict=False):
        buy(user, symbol, 100, day=start)
    before = services.evaluate_past_picks(step=50).result
    put_in_segment(users, {"S09": 0.9}, revealed=10.0)
    assert services.evaluate_past_picks(step=50).result == before


def test_dividends_lend_the_stocks_no_lead_over_a_price_index(stocks, add_investor, buy):
    buy(add_investor("a@example.com"), "S00", 100, day=(np.datetime64("2025-12-31") - 700).item())

    def lead():
        table = services.evaluate_past_picks(step=50).result["table"]
        return next(row["lead"] for row in table if row["method"] == "popular")

    before = lead()
    # Each stock now also pays 8 % a year, which only its adjusted closes show.
    paid = np.exp(0.08 * np.arange(DAYS) / 252)
    series = {symbol: bars_of(symbol) for symbol in stocks}
    store_bars(
        source="simulated",
        bars={
            symbol: replace(one, adj_close=one.close / paid[-1] * paid)
            for symbol, one in series.items()
        },
    )
    assert bars_of("S00").adj_close[0] < 0.8 * bars_of("S00").close[0]
    assert lead() == pytest.approx(before, abs=1e-9)


def test_a_replay_that_begins_earlier_takes_back_what_later_prices_said(stocks, add_investor, buy):
    user = add_investor("again@example.com")
    buy(user, "S00", 100, day=(np.datetime64("2025-12-31") - 700).item())
    services.evaluate_past_picks(step=50)
    assert services.build_recommendations(user=user).as_of == date(2025, 12, 31)
    switch_source(feed="replay", source="simulated", session_date=date(2026, 1, 1))
    assert queries.current_set(user) is not None
    assert queries.track_record() is not None
    switch_source(feed="replay", source="simulated", session_date=date(2025, 9, 1))
    assert queries.current_set(user) is None
    assert queries.track_record() is None
    assert services.build_recommendations(user=user).as_of == date(2025, 8, 31)


def test_features_of_a_new_price_version_take_the_place_of_the_old(stocks):
    old = queries.market_features()
    for day in (30, 31):
        switch_source(feed="replay", source="simulated", session_date=date(2025, 12, day))
        assert queries.market_features().as_of == date(2025, 12, day - 1)
    assert old.as_of == date(2025, 12, 31)
    assert len(cache._cache.get_client().keys("*recommendations:features:*")) == 1


def test_a_stock_swings_as_much_on_its_own_page(client, stocks, add_investor):
    client.force_login(add_investor("reader@example.com"))
    features = queries.market_features()
    for symbol in ("S00", "S11"):
        shown = client.get(reverse("market:stock", args=[symbol])).context["figures"]
        own = features.volatility[features.symbols.index(symbol)]
        assert shown["volatility"] == pytest.approx(own, rel=1e-12)
