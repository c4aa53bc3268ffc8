"""From columns to what one investor is shown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.sectors import sector_mask
from recommendations.domain.advise import advise, preferred_stocks
from recommendations.domain.suitability import LIMITS, REASONS
from tests.recommendations.domain.markets import features, investor


def shown(market=None, one=None, *, risk_class="medium", peers=None):
    market = features() if market is None else market
    return advise(
        market, investor() if one is None else one, risk_class=risk_class, peer_shares=peers
    )[0]


def test_a_newcomer_gets_five_stocks_of_five_sectors():
    advice = shown()
    assert [pick.symbol for pick in advice.picks] == list("FEDCB")  # by momentum
    assert advice.working["next"]["symbol"] == "A"
    assert advice.working["volatility_before"] is None
    # Budget 50,000 in equal parts of 10,000, capped at 12 % of it: 6,000, 60 shares.
    assert {pick.shares for pick in advice.picks} == {60}
    # Five equal stocks, uncorrelated: 0.2 / sqrt(5)
    assert advice.working["volatility_after"] == pytest.approx(0.2 / np.sqrt(5))


def test_the_effect_on_the_portfolio_by_hand():
    # 6,00,000 in A; base 7,50,000; parts of 30,000 each stay below every limit.
    advice = shown(one=investor([600_000, 0, 0, 0, 0, 0]))
    first = advice.picks[0]
    assert first.shares == 300
    working = first.working
    assert working["sector_before"] == 0
    # Of 7,50,000 after all five purchases.
    assert working["sector_after"] == pytest.approx(30_000 / 750_000)
    assert working["correlation"] == pytest.approx(0)
    # Bought alone: 30,000 / 6,30,000 = 1/21; sqrt((20/21)^2 + (1/21)^2) x 0.2
    assert working["trial_share"] == pytest.approx(1 / 21)
    assert working["volatility_after"] == pytest.approx(0.2 * np.sqrt(401) / 21)
    assert advice.working["volatility_before"] == pytest.approx(0.2)
    # All: sqrt(0.8^2 + 5 x 0.04^2) x 0.2
    assert advice.working["volatility_after"] == pytest.approx(0.2 * np.sqrt(0.648))


def test_what_is_left_out_is_counted_by_reason():
    advice = shown(one=investor([100_000, 0, 0, 0, 0, 0], dismissed=[5]))
    assert advice.working["left_out"] == {REASONS[2]: 1, REASONS[3]: 1}
    assert "F" not in {pick.symbol for pick in advice.picks}
    assert "A" not in {pick.symbol for pick in advice.picks}


def test_nothing_suitable_gives_an_empty_set_with_its_reasons():
    advice = shown(features(volatility=np.full(6, 0.9)))
    assert advice.picks == ()
    assert advice.working["left_out"] == {"Too volatile for you": 6}


def test_a_share_dearer_than_its_part_is_shown_without_an_amount():
    advice = shown(features(price=np.full(6, 40_000.0)))
    assert {pick.shares for pick in advice.picks} == {0}
    assert {pick.working["sector_after"] for pick in advice.picks} == {None}


def test_preferred_sectors_are_read_from_the_mask():
    masks = [sector_mask(["Power", "Textiles"]), 0]
    assert preferred_stocks(features(), masks).tolist() == [
        [False, True, False, True, False, False],
        [False] * 6,
    ]


@given(
    values=st.lists(st.sampled_from([0.0, 5e3, 5e4, 5e5]), min_size=6, max_size=6),
    income=st.floats(2e5, 5e6),
    risk_class=st.sampled_from(sorted(LIMITS)),
    seed=st.integers(0, 1000),
)
def test_no_purchase_breaks_a_limit(values, income, risk_class, seed):
    rng = np.random.default_rng(seed)
    market = features(
        volatility=rng.uniform(0.1, 0.7, 6),
        price=rng.uniform(10, 5_000, 6),
        sectors=np.array(["Power", "Power", "Realty", "Realty", "Textiles", "Healthcare"]),
        cap_classes=rng.choice(["Large", "Mid", "Small", "Micro"], 6),
        traded_value=rng.choice([1e7, 1e8, 1e9], 6),
    )
    limits = LIMITS[risk_class]
    advice = shown(market, investor(values, income=income), risk_class=risk_class)
    base = sum(values) + (advice.working["budget"] or 0)
    for pick in advice.picks:
        stock = market.symbols.index(pick.symbol)
        assert values[stock] == 0
        assert pick.volatility <= limits.volatility
        assert market.cap_classes[stock] in limits.cap_classes
        assert market.traded_value[stock] >= 5e7
        amount = 0 if np.isnan(pick.amount) else pick.amount
        assert amount <= limits.stock_share * base + 1e-6
        held = sum(
            v for v, s in zip(values, market.sectors, strict=True) if s == market.sectors[stock]
        )
        assert held + amount <= limits.sector_share * base + 1e-6
        assert amount <= 0.01 * market.traded_value[stock] + 1e-6
