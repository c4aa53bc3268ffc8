"""The order of segments, their stored form, and what is offered to them."""

import math
from dataclasses import replace
from datetime import date

import pytest

from segmentation.domain.contents import Contents, Part
from segmentation.domain.growth import SegmentGrowth
from segmentation.domain.offers import MOST, OFFERS, offers_for
from segmentation.domain.ranking import SegmentFacts, effort_order

MAY, MARCH = date(2026, 5, 4), date(2026, 3, 4)
NAN = math.nan


@pytest.fixture
def facts():
    """A segment no rule fits."""
    return SegmentFacts(
        key="s1",
        customers=200,
        customers_before=160,
        growth={90: SegmentGrowth(90, 190, 10, 1000.0, 1100.0, -50.0, 150.0)},
        return_1y=NAN,
        total_return=0.12,
        medians={
            "sip_share": 0.29,
            "savings_rate": 0.5,
            "small_cap_share": 0.5,
            "effective_holdings": 6.0,
            "volatility_held": 0.22,
            "median_holding_days": 364.0,
            "turnover": 0.25,
            "trades_per_month": 0.4,
        },
        traded_1y=5_000.0,
        brokerage_1y=5.0,
        contents=Contents((Part("A", 0.6, 0.5),), (Part("Banks", 1.0),), (), 1),
        disagree=24,
        states_risk=100,
        open_to_offers=90,
        high_value=40,
        withdrew=1,
        stopped=0,
        quiet=1,
    )


def keys(facts, tier="high", today=MAY):
    return [offer.key for offer, _ in offers_for(facts, tier, today=today)]


def test_shares_of_a_segment(facts):
    assert facts.mismatch_share == 0.24 and facts.offers_share == 0.45
    assert facts.customers_rate == pytest.approx(0.25)  # 200 of 160
    assert facts.brokerage_each == 0.025
    nobody = replace(facts, customers=0, states_risk=0, customers_before=None)
    for name in ("mismatch_share", "offers_share", "customers_rate", "brokerage_each"):
        assert math.isnan(getattr(nobody, name)), name


def test_what_is_stored_comes_back(facts):
    document = facts.to_document()
    assert document["return_1y"] is None and document["contents"]["sectors"][0]["members"] is None
    back = SegmentFacts.from_document(document)
    assert repr(back) == repr(facts)  # NaN is equal to nothing, but written the same
    new = replace(facts, customers_before=None)
    assert SegmentFacts.from_document(new.to_document()).customers_before is None


def test_segments_are_ordered_by_places_and_the_unknown_comes_last():
    values, rates = [50.0, 90.0, 70.0, 10.0], [0.3, NAN, 0.1, 0.2]
    # Places by value 3, 1, 2, 4; by growth 1, 4, 3, 2; sums 4, 5, 5, 6.
    assert effort_order(values, rates) == [(0, 3, 1), (1, 1, 4), (2, 2, 3), (3, 4, 2)]
    assert [i for i, _, _ in effort_order(values, rates, by="value")] == [1, 2, 0, 3]
    assert [i for i, _, _ in effort_order(values, rates, by="growth")] == [0, 3, 2, 1]
    assert effort_order([], []) == []


def test_a_rule_fits_from_its_bound_on(facts):
    assert keys(facts) == []
    assert keys(replace(facts, disagree=25)) == ["ask-again"]
    assert keys(replace(facts, quiet=3)) == ["call"]
    assert keys(replace(facts, quiet=2, high_value=2)) == []
    assert keys(replace(facts, quiet=3, high_value=61)) == []
    for key, changed in (
        ("step-up", {"sip_share": 0.30}),
        ("advisory", {"turnover": 0.24}),
    ):
        assert keys(replace(facts, medians=facts.medians | changed)) == [key]
    few = replace(facts, medians=facts.medians | {"effective_holdings": 5.9})
    assert keys(few) == ["margin-of-safety", "large-cap-core"]
    large = replace(few, medians=few.medians | {"small_cap_share": 0.39})
    assert keys(large) == ["large-cap-core"]


def test_an_offer_has_its_tier_and_its_season(facts):
    idle = replace(facts, medians=facts.medians | {"turnover": 0.1, "median_holding_days": 365.0})
    assert keys(idle) == ["advisory"] and keys(idle, "medium") == []
    busy = replace(idle, medians=idle.medians | {"trades_per_month": 2.0})
    assert keys(busy) == []  # a plan of many orders is not hands-off
    assert keys(idle, "medium", MARCH) == ["harvest"]
    assert keys(replace(idle, total_return=-0.01), "medium", MARCH) == []


def test_every_reason_says_its_numbers_and_the_list_is_short(facts):
    everything = replace(
        facts,
        disagree=50,
        quiet=10,
        medians=facts.medians
        | {"effective_holdings": 3.1, "sip_share": 0.62, "turnover": 0.05}
        | {"median_holding_days": 430.0},
    )
    found = offers_for(everything, "high", today=MARCH)
    assert len(found) == MOST < len(OFFERS)
    said = dict(zip((offer.key for offer, _ in found), (why for _, why in found), strict=True))
    assert "50% of the customers" in said["ask-again"] and "50 of 100" in said["ask-again"]
    assert "10 of 40" in said["call"]
    assert "50% small caps and 3.1 effective holdings" in said["margin-of-safety"]
    assert "volatility of 22%" in said["large-cap-core"]
    for offer in OFFERS:
        why = offer.reason(everything, "high", MARCH)
        assert why and any(c.isdigit() for c in why), offer.key
        assert offer.source and offer.what.endswith("."), offer.key


def test_what_is_not_known_is_offered_nothing(facts):
    unknown = replace(
        facts, medians={}, total_return=NAN, states_risk=0, high_value=0, quiet=0, disagree=0
    )
    assert keys(unknown, today=MARCH) == []
