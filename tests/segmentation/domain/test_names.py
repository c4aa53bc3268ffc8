import numpy as np
import pytest

from segmentation.domain.features import feature_dictionary, main_features
from segmentation.domain.names import Former, segment_names

KEYS = [feature.key for feature in main_features()]


def scores(**given):
    return np.array([given.get(key, 0.0) for key in KEYS])


def texts(*profiles, former=None):
    return [name.text for name in segment_names(profiles, main_features(), former)]


def former_of(profile, *others):
    name = segment_names([profile, *others], main_features())[0]
    return Former(name.to_document(), dict(zip(KEYS, profile.tolist(), strict=True)))


def test_names_say_what_distinguishes():
    found = texts(
        scores(annual_income=1.7, portfolio_value=1.6, median_holding_days=1.1),
        scores(trades_per_month=1.9, small_cap_share=1.5, volatility_held=1.4),
        scores(sip_share=1.1, portfolio_value=-0.2),
        scores(),
    )
    # Income and wealth are one family, small caps and volatility another: each speaks once.
    assert found == [
        "High-earning, patient holders",
        "Small-cap traders",
        "SIP builders",
        "Typical investors",
    ]


def test_what_segments_share_tells_none_of_them_from_another():
    # Three kinds of customers sell in falls; only where it is all there is to say is it said.
    found = texts(
        scores(trades_per_month=2, turnover=2, portfolio_value=-2.1, falls_net_buying=-1.4),
        scores(trades_per_month=2, turnover=2, risk_score=1.1, falls_net_buying=-1.3),
        scores(small_cap_share=1.7, falls_net_buying=-1.3),
    )
    assert found == [
        "Small-balance, dip-selling traders",
        "Bold traders",
        "Small-cap, dip-selling investors",
    ]


def test_one_weak_sign_of_pace_makes_no_trader():
    assert texts(scores(turnover=0.5, small_cap_share=1.7)) == [
        "Small-cap, high-turnover investors"
    ]
    assert texts(scores(turnover=0.5, trades_per_month=0.4)) == ["Traders"]
    assert texts(scores(turnover=-0.5, median_holding_days=0.5)) == ["Patient holders"]


@pytest.mark.parametrize("copies", [2, 5, 20])
def test_no_two_names_are_alike_even_of_twins(copies):
    for profile in (scores(), scores(risk_score=1.2, savings_rate=0.1)):
        found = texts(*[profile] * copies)
        assert len(set(found)) == copies


def test_random_runs_have_names_of_their_own():
    draw = np.random.default_rng(4)
    features = feature_dictionary(("Power", "Realty"))
    for _ in range(200):
        names = segment_names(draw.normal(size=(8, len(features))) * 0.8, features)
        assert len({name.text for name in names}) == 8


def test_a_sector_many_prefer_may_name_a_segment_and_one_they_shun_may_not():
    features = feature_dictionary(("Power", "Realty"))
    likes, shuns = np.zeros((2, len(features)))
    likes[-1], shuns[-2] = 1.5, -1.5
    found = segment_names([likes, shuns], features)
    assert [name.text for name in found] == ["Realty-minded investors", "Typical investors"]


NOW = scores(risk_score=-1.0, trades_per_month=-0.9, turnover=-0.6, annual_income=-0.5)
OTHER = scores(sip_share=1.5)


def test_a_kept_segment_keeps_its_name_while_what_it_says_is_true():
    former = {0: former_of(NOW, OTHER)}
    assert texts(NOW, OTHER)[0] == "Cautious, hands-off holders"
    # Overnight the order of what stands out changed; every word is still true.
    later = NOW + scores(risk_score=0.45, annual_income=-0.6)
    assert texts(later, OTHER)[0] != "Cautious, hands-off holders"
    assert texts(later, OTHER, former=former)[0] == "Cautious, hands-off holders"


@pytest.mark.parametrize(
    "change",
    [
        {"risk_score": 0.74},  # hardly cautious any more
        {"portfolio_value": 0.8},  # all words true, but these are other customers
        {"trades_per_month": 0.5, "turnover": 0.7},  # no holders any more
    ],
)
def test_a_name_that_is_no_longer_true_is_given_up(change):
    former = {0: former_of(NOW, OTHER)}
    later = NOW + scores(**change)
    assert texts(later, OTHER, former=former) == texts(later, OTHER)


def test_a_new_segment_takes_no_name_that_is_kept():
    former = {1: former_of(NOW, OTHER)}
    found = texts(NOW + scores(savings_rate=0.5), NOW, former=former)
    assert found[1] == "Cautious, hands-off holders"
    assert found[0] == "Thrifty, modest-income holders"


def test_runs_from_before_names_were_kept_are_named_anew():
    assert texts(NOW, former={0: Former({}, {})}) == texts(NOW)
