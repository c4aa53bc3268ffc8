"""The columnar definitions against the ones of a single portfolio."""

import math
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest

from portfolios.domain import batch
from portfolios.domain.holdings import Account, DayFlow, Held
from portfolios.domain.valuation import value_portfolio


def test_many_portfolios_are_worth_what_each_is_alone():
    prices = {
        "A": (110.0, 100.0),
        "B": (50.0, 52.0),
        "C": (math.nan, math.nan),
        "NEW": (60.0, math.nan),
        "FREE": (0.0, 10.0),
    }
    portfolios = [
        ([Held("A", 10, 900.0), Held("B", 4, 220.0)], Account(40, 2000, 900), {}),
        (
            [Held("A", 15, 1500.0)],
            Account(0, 1500, 0),
            {"A": DayFlow(5, 0, 522, 0), "B": DayFlow(0, 3, 0, 153)},
        ),
        ([Held("A", 1, 90.0), Held("C", 7, 70.0)], Account(0, 160, 0), {}),
        ([Held("C", 7, 70.0)], Account(0, 70, 0), {}),
        ([], Account(0, 0, 0), {}),
        # Bought today at 50, first day of trading: 10 x (60 - 50) = 100 today.
        ([Held("NEW", 10, 500.0)], Account(0, 500, 0), {"NEW": DayFlow(10, 0, 500, 0)}),
        # Half of it held since before: the start of the day is unknown.
        ([Held("NEW", 10, 500.0)], Account(0, 500, 0), {"NEW": DayFlow(5, 0, 250, 0)}),
        # Bought at 50 and sold at 55 today, with no close before: 10 x 5.
        ([], Account(50, 500, 550), {"NEW": DayFlow(10, 10, 500, 550)}),
        ([Held("FREE", 3, 30.0)], Account(0, 30, 0), {}),
    ]
    place = {symbol: i for i, symbol in enumerate(prices)}
    rows = [(i, place[h.symbol], h) for i, (held, _, _) in enumerate(portfolios) for h in held]
    flows = [
        (i, place[s], f.bought - f.sold, f.money_in, f.money_out)
        for i, (_, _, of) in enumerate(portfolios)
        for s, f in of.items()
    ]
    columns = [np.array(column) for column in zip(*flows, strict=True)]
    found = batch.value_portfolios(
        np.array([r[0] for r in rows]),
        np.array([r[1] for r in rows]),
        np.array([r[2].quantity for r in rows], float),
        np.array([r[2].cost for r in rows]),
        prices=np.array([p[0] for p in prices.values()]),
        previous=np.array([p[1] for p in prices.values()]),
        realised=np.array([a.realised for _, a, _ in portfolios], float),
        money_in=np.array([a.money_in for _, a, _ in portfolios], float),
        day_flow=tuple(columns),
    )
    np.testing.assert_allclose(found.today[5:], [100, math.nan, 50, math.nan])
    at = datetime(2025, 1, 1, tzinfo=UTC)
    quotes = {s: SimpleNamespace(price=p, previous_close=c, at=at) for s, (p, c) in prices.items()}
    for i, (held, account, of) in enumerate(portfolios):
        alone = value_portfolio(held, quotes, account=account, flows=of)
        expected = [
            alone.value.value,
            alone.invested.value,
            alone.today.value,
            alone.total.value,
            alone.total_fraction.value,
        ]
        together = [
            getattr(found, name)[i]
            for name in ("value", "invested", "today", "profit", "total_return")
        ]
        np.testing.assert_allclose(together, expected, err_msg=f"portfolio {i}")


def test_the_return_of_a_year_counts_the_opening_value_as_put_in():
    # 1,000 a year ago, 500 put in, 200 taken out, 1,600 now: 300 on 1,500 is 20 %.
    found = batch.year_returns(
        np.array([1000.0, 0.0]), np.array([1600.0, 0.0]), np.array([500.0, 0]), np.array([200.0, 0])
    )
    assert found[0] == pytest.approx(0.2)
    assert math.isnan(found[1])
