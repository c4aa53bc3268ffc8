"""The rules that no score can outweigh."""

import numpy as np
import pytest

from recommendations.domain import suitability as rules
from tests.recommendations.domain.markets import features

NONE = np.zeros((1, 6), dtype=bool)


def codes(market, risk_class="medium", **flags):
    given = {"owned": NONE, "dismissed": NONE, "crowded": NONE, **flags}
    return rules.exclusion_codes(market, limits=rules.LIMITS[risk_class], **given)[0].tolist()


@pytest.mark.parametrize(
    ("stated", "revealed", "governing"),
    [
        ("high", "low", "low"),
        ("low", "high", "low"),
        ("high", "medium", "medium"),
        ("high", "", "high"),
    ],
)
def test_the_more_cautious_of_word_and_deed_governs(stated, revealed, governing):
    assert rules.governing_class(stated, revealed) == governing


def test_each_rule_gives_its_own_reason():
    market = features(
        known=np.array([False, True, True, True, True, True]),
        volatility=np.array([0.2, 0.41, 0.2, 0.2, 0.2, 0.4]),
        cap_classes=np.array(["Large", "Large", "Small", "Large", "Mid", "Large"]),
        traded_value=np.array([1e9, 1e9, 1e9, 4.9e7, 5e7, 1e9]),
    )
    assert codes(market) == [
        rules.NO_DATA,
        rules.VOLATILE,
        rules.CAP_CLASS,
        rules.ILLIQUID,
        rules.SUITABLE,
        rules.SUITABLE,
    ]


def test_what_is_held_dismissed_or_crowding_is_left_out():
    flag = np.eye(6, dtype=bool)
    found = codes(features(), owned=flag[[0]], dismissed=flag[[1]], crowded=flag[[2]])
    assert found[:4] == [rules.OWNED, rules.DISMISSED, rules.CONCENTRATED, rules.SUITABLE]


def test_half_of_the_long_run_is_the_least_to_be_expected():
    # The market's long run is 11 %.
    market = features(expected_return=np.array([0.054, 0.056, np.nan, -0.1, 0.2, 0.055]))
    fine, poor = rules.SUITABLE, rules.POOR
    assert codes(market) == [poor, fine, poor, poor, fine, fine]


def test_unknown_figures_never_pass():
    market = features(volatility=np.full(6, np.nan), traded_value=np.full(6, np.nan))
    assert set(codes(market, "high")) == {rules.VOLATILE}
    assert set(codes(features(price=np.full(6, np.nan)))) == {rules.NO_DATA}


def test_a_sector_is_crowded_when_one_more_purchase_takes_it_above_its_share():
    # Portfolio 80,000 and budget 20,000: base 1,00,000, purchase tried 5,000. With 26,000
    # held the sector would reach 31 % of the base, with 24,000 29 %; the limit is 30 %.
    values = np.array([[26_000.0, 24_000.0, 30_000.0, 0.0]])
    crowded = rules.crowded_sectors(values, np.array([20_000.0]), limits=rules.LIMITS["medium"])
    assert crowded[0].tolist() == [True, False, True, False]


def test_who_holds_nothing_is_crowded_nowhere():
    nothing = np.zeros((1, 3))
    for budget in (50_000.0, np.nan):
        found = rules.crowded_sectors(nothing, np.array([budget]), limits=rules.LIMITS["low"])
        assert not found.any()
