"""Generated customers measured in memory, as evaluation does."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from accounts.domain.sectors import SECTORS
from finseg.demo.archetypes import ARCHETYPES
from finseg.demo.customers import make_customers
from finseg.demo.measured import blurred, divided_by_ranks, measured_customers
from segmentation.domain.behaviour import MarketColumns
from segmentation.domain.features import feature_dictionary, main_features
from tests.demo.cast import small_market

KEYS = [feature.key for feature in main_features()]


@pytest.fixture(scope="module")
def market():
    return small_market()


def measured(market, otherwise):
    columns = MarketColumns(
        last_price=market.closes[-1],
        is_small=market.cap >= 2,
        returns=(market.closes[1:] / market.closes[:-1] - 1)[-252:],
        fall_months=market.days[[month[-1] for month in market.months]].astype("datetime64[M]")[
            market.fell
        ],
    )
    return measured_customers(60, seed=3, market=market, columns=columns, otherwise=otherwise)


def test_features_come_from_what_customers_declared_and_traded(market):
    values, kind = measured(market, 0.3)
    people = list(make_customers(60, seed=3, market=market, n_sectors=len(SECTORS)))
    assert values.shape == (60, len(feature_dictionary(SECTORS)))
    assert [ARCHETYPES[k].name for k in kind] == [each.archetype.name for each in people]
    income = values[:, KEYS.index("annual_income")]
    assert income.tolist() == [each.declared.annual_income for each in people]
    held = {}
    for trade in people[0].trades:
        sign = 1 if trade.kind == "buy" else -1
        held[trade.symbol] = held.get(trade.symbol, 0) + sign * float(trade.quantity)
    worth = sum(shares * market.closes[-1, int(name[1:])] for name, shares in held.items())
    assert values[0, KEYS.index("portfolio_value")] == pytest.approx(worth)
    assert values[:, 12:].sum() == sum(len(each.declared.sectors) for each in people)


def test_everyone_declares_as_they_are_or_somebody_else_does(market):
    scores = KEYS.index("risk_score")
    honest, kind = measured(market, 0.0)
    mixed, same = measured(market, 1.0)
    spread = [
        np.ptp([values[kinds == k, scores].mean() for k in np.unique(kinds)])
        for values, kinds in ((honest, kind), (mixed, same))
    ]
    assert spread[0] > 1.5 * spread[1]


def test_noise_blurs_behaviour_and_wealth_only(market):
    values, _ = measured(market, 0.3)
    noisy = blurred(values, 1.0, seed=1)
    same = [f.block not in ("wealth", "behaviour") for f in feature_dictionary(SECTORS)]
    np.testing.assert_array_equal(noisy[:, same], values[:, same])
    logs = [np.log10(v[:, KEYS.index("portfolio_value")]) for v in (values, noisy)]
    # Independent noise as wide as the differences: the deviation grows by the root of two.
    assert logs[1].std() / logs[0].std() == pytest.approx(np.sqrt(2), rel=0.2)
    np.testing.assert_allclose(blurred(values, 0.0, seed=1), values)


def test_ranks_find_the_kinds_too(market):
    values, kind = measured(market, 0.0)
    found = adjusted_rand_score(kind, divided_by_ranks(values, len(ARCHETYPES), random_state=1))
    assert 0.3 < found < 1
