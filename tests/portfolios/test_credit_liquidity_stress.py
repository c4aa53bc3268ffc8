"""Credit, liquidity and stress, each against a published or hand-worked example."""

import math
from datetime import date

import numpy as np
import pytest

from portfolios.domain.credit import merton
from portfolios.domain.liquidity import (
    amihud,
    corwin_schultz,
    spread_and_deviation,
    spread_cost,
)
from portfolios.domain.stress import CRISES, Crisis, market_fall, stress


def test_mertons_model_on_hulls_example():
    # Hull, Options, Futures and Other Derivatives, section "Using equity prices to estimate
    # default probabilities": E = 3, sigma_E = 80 %, debt 10, r = 5 %, one year: assets 12.40,
    # their volatility 21.23 %, d2 = 1.1408, probability of default 12.7 %.
    found = merton(3.0, 0.80, 10.0, rate=0.05)
    assert found.assets == pytest.approx(12.40, abs=0.005)
    assert found.asset_volatility == pytest.approx(0.2123, abs=5e-5)
    assert found.distance == pytest.approx(1.1408, abs=5e-4)
    assert found.probability == pytest.approx(0.127, abs=5e-4)


def test_without_debt_nothing_defaults_and_what_is_unknown_stays_unknown():
    free = merton(5e9, 0.3, 0.0, rate=0.06)
    assert (free.distance, free.probability) == (math.inf, 0.0)
    assert merton(math.nan, 0.3, 1e9, rate=0.06) is None
    assert merton(5e9, 0.0, 1e9, rate=0.06) is None
    assert merton(5e9, 0.3, math.nan, rate=0.06) is None


def test_more_debt_or_more_volatility_brings_default_nearer():
    base = merton(1e11, 0.3, 5e10, rate=0.06).distance
    assert merton(1e11, 0.3, 2e11, rate=0.06).distance < base
    assert merton(1e11, 0.6, 5e10, rate=0.06).distance < base


def test_amihud_is_the_move_a_crore_makes():
    # 1 % on two crore a day: half a per cent a crore.
    returns, turnover = np.full((80, 1), -0.01), np.full((80, 1), 2e7)
    assert amihud(returns, turnover).tolist() == pytest.approx([0.005])
    assert np.isnan(amihud(returns[:59], turnover[:59])).all()


def test_a_range_that_is_only_the_spread_is_found_as_the_spread():
    # Trades bounce between a bid of 99 and an ask of 101 and the price does not move: the
    # spread is 2 on a middle of 100 (Corwin and Schultz 2012, section I).
    high, low, close = np.full((3, 1), 101.0), np.full((3, 1), 99.0), np.full((3, 1), 100.0)
    assert corwin_schultz(high, low, close).ravel().tolist() == pytest.approx([0.02, 0.02])
    # A gap over night moves both ends and is no spread.
    moved = np.array([[1.0], [1.1], [1.1]])
    assert corwin_schultz(high * moved, low * moved, close * moved)[0, 0] < 0.021


def test_a_bad_day_costs_half_the_spread_and_three_deviations():
    # 1,00,000 at 0.5 x (1 % + 3 x 0.2 %) = 800; 50,000 at 0.5 x (2 % + 3 x 1 %) = 1,250.
    cost = spread_cost(np.array([1e5, 5e4]), np.array([0.01, 0.02]), np.array([0.002, 0.01]))
    assert cost == pytest.approx(2050)
    mean, deviation = spread_and_deviation(np.tile([[0.01], [0.03]], (40, 1)))
    assert mean[0] == pytest.approx(0.02)
    assert deviation[0] == pytest.approx(math.sqrt(80 / 79) * 0.01)


def test_todays_weights_in_a_crisis():
    days = np.array(["2020-02-19", "2020-03-02", "2020-03-23"], "datetime64[D]")
    crisis = Crisis("Covid-19", date(2020, 2, 19), date(2020, 3, 23))
    closes = np.array([[100.0, 50.0, np.nan], [80.0, 45.0, np.nan], [60.0, 40.0, np.nan]])
    benchmark = np.array([12_000.0, 11_000.0, 7_800.0])  # -35 %
    found = stress(
        crisis, days, ("A", "B", "NEW"), closes, benchmark,
        weights=np.array([50.0, 30.0, 20.0]), betas=np.array([np.nan, np.nan, 1.2]),
    )  # fmt: skip
    # A -40 % x 0.5, B -20 % x 0.3, NEW by its beta 1.2 x -35 % = -42 % x 0.2.
    assert found.change == pytest.approx(-0.2 - 0.06 - 0.084)
    assert found.benchmark == pytest.approx(-0.35)
    assert found.proxied == ("NEW",)
    assert [name for name, _ in found.worst] == ["A", "NEW", "B"]


def test_a_crisis_outside_of_the_history_is_unknown():
    days = np.arange("2021-01-01", "2021-03-01", dtype="datetime64[D]")
    prices = np.full((len(days), 1), 1.0)
    found = stress(CRISES[0], days, ("A",), prices, prices[:, 0], np.ones(1), np.ones(1))
    assert math.isnan(found.change) and math.isnan(found.benchmark)


def test_crises_are_dated_in_order():
    assert all(c.start < c.end for c in CRISES)
    assert [c.start for c in CRISES] == sorted(c.start for c in CRISES)


def test_a_fall_of_the_market_by_betas():
    # 6,000 at beta 1.5 and 3,000 at 0.5 lose 30 % and 10 % where the market loses 20 %; 1,000
    # without a known beta 20 %: 1,800 + 300 + 200 = 2,300 of 10,000.
    values, betas = np.array([6000.0, 3000.0, 1000.0]), np.array([1.5, 0.5, np.nan])
    found = market_fall(0.2, ("A", "B", "C"), values, betas)
    assert (found.benchmark, found.change, found.lost) == pytest.approx((-0.2, -0.23, -2300.0))
    assert [symbol for symbol, _ in found.worst] == ["A", "B", "C"]
    assert dict(found.worst)["A"] == pytest.approx(-0.18) and found.unknown == ("C",)
    # Nothing loses more than all of it, and what moves against the market gains.
    lost = market_fall(0.3, ("A", "B"), np.array([500.0, 500.0]), np.array([4.0, -0.5]))
    assert lost.lost == pytest.approx(-500 + 75) and lost.worst == (("A", pytest.approx(-0.5)),)
