"""Reasons for and against."""

import pytest

from recommendations.domain.rationale import against, chips, reasons, risk_level

WORKING = {
    "limits": {"volatility": 0.40, "stock_share": 0.12, "sector_share": 0.30},
    "volatility_before": 0.162,
    "value": 100_000,
    "budget": 20_000,
    "holdings": 3,
}


def item(**changes):
    fields = {
        "price": 500.0,
        "sector": "Power",
        "preferred": True,
        "peers": 0.34,
        "momentum": 0.2,
        "one_year": 0.33,
        "drawdown": -0.09,
        "correlation": 0.44,
        "volatility_after": 0.158,
        "sector_before": 0.0,
        "sector_after": 0.025,
        "parts": {
            "peers": [0.9, 0.3],
            "sector": [1.0, 0.2],
            "diversification": [0.5, 0.2],
            "momentum": [0.8, 0.2],
            "steadiness": [0.9, 0.1],
        },
    }
    return {**fields, **changes}


def test_the_weightiest_true_reasons_come_first():
    # 0.27 and 0.20 of the score.
    assert reasons(item(), WORKING) == ["peers", "sector"]


def test_a_reason_that_is_not_so_is_not_given():
    poor = item(peers=0.0, preferred=False, one_year=0.1, volatility_after=0.17)
    assert reasons(poor, WORKING) == ["steadiness"]


def test_chips_leave_out_what_is_unknown():
    texts = [chip.text for chip in chips(item(), WORKING)]
    assert texts == [
        "Your segment",
        "New sector",
        "Moves with yours",
        "One year",
        "Volatility of today’s holdings",
    ]
    newcomer = {**WORKING, "volatility_before": None}
    bare = item(peers=None, sector_after=None, correlation=None, volatility_after=None)
    assert [chip.text for chip in chips(bare, newcomer)] == ["One year"]


def test_the_change_of_volatility_is_after_less_before():
    assert chips(item(), WORKING)[-1].value == pytest.approx(-0.004)


def test_what_speaks_against_it_is_said():
    assert against(item(), WORKING, volatility=0.33, shares=5) == []
    bad = item(sector_before=0.26, momentum=-0.05)
    found = against(bad, WORKING, volatility=0.35, shares=0)
    assert [(chip.unit, chip.value) for chip in found] == [
        ("share", 0.35),
        ("share", 0.26),
        ("change", -0.05),
        ("rupees", 500.0),
    ]


@pytest.mark.parametrize(
    ("volatility", "level"), [(0.1, 1), (0.18, 2), (0.3, 3), (0.41, 4), (0.6, 5)]
)
def test_five_levels_of_risk(volatility, level):
    assert risk_level(volatility)[0] == level
