"""Behaviour of four customers, worked out by hand.

Two instruments: A (large cap, last price 100) and B (small cap, last price 50). The look is on
2024-12-31. The benchmark lost 5 % or more in July and October 2024.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from segmentation.domain.behaviour import MarketColumns, behaviour_columns, fall_months

AS_OF = np.datetime64("2024-12-31")
A, B = 0, 1
TRADES = [
    # number, instrument, day, quantity, price, by plan
    (1, A, "2024-01-01", 10, 80, False),
    (1, B, "2024-07-01", 20, 40, True),
    (1, A, "2024-10-01", -5, 90, False),
    (3, A, "2024-12-31", 10, 100, False),
    (4, B, "2024-06-01", 10, 40, True),
    (4, B, "2024-06-21", -10, 44, False),
    (9, A, "2024-06-01", 1, 1, False),  # not asked for
    (3, A, "2025-01-02", 5, 100, False),  # after the look
]


def ledger(trades=TRADES):
    number, symbol, day, quantity, price, plan = zip(*trades, strict=True)
    return SimpleNamespace(
        number=np.array(number, np.int64),
        symbol=np.array(symbol, np.int32),
        day=np.array(day, "datetime64[D]"),
        quantity=np.array(quantity, float),
        price=np.array(price, float),
        is_sip=np.array(plan),
        is_trade=np.ones(len(plan), bool),
    )


def market(returns):
    return MarketColumns(
        last_price=np.array([100.0, 50.0]),
        is_small=np.array([False, True]),
        returns=returns,
        fall_months=np.array(["2024-07", "2024-10"], "datetime64[M]"),
    )


def swings(sessions=80):
    """A moves 1 % up and down in turn; B stands still."""
    return np.column_stack([np.resize([0.01, -0.01], sessions), np.zeros(sessions)])


@pytest.fixture(scope="module")
def columns():
    return behaviour_columns(np.array([1, 2, 3, 4]), ledger(), market(swings()), as_of=AS_OF)


def test_value_and_composition_of_what_is_held(columns):
    # 1: 5 A x 100 + 20 B x 50 = 1,500; small 1,000 / 1,500; 1 / ((1/3)^2 + (2/3)^2) = 9/5.
    # 3: 10 A x 100. 2 never traded and 4 sold out: no value, and no share of nothing.
    assert columns["portfolio_value"].tolist() == [1500, 0, 1000, 0]
    np.testing.assert_allclose(columns["small_cap_share"], [2 / 3, np.nan, 0, np.nan])
    np.testing.assert_allclose(columns["effective_holdings"], [1.8, np.nan, 1, np.nan])


def test_trades_a_month_count_the_first_month_whole(columns):
    # 1: 3 trades in 366 days, both ends counted, of 365.25 / 12 days a month.
    # 3: one trade on the day itself is one in a month. 4: 2 in 214 days (1 June to 31 December).
    month = 365.25 / 12
    np.testing.assert_allclose(
        columns["trades_per_month"], [3 / (366 / month), np.nan, 1, 2 / (214 / month)]
    )


def test_turnover_is_the_lesser_side_over_average_cost(columns):
    # 1: bought 800 + 800, sold 450, so 450. Cost held, in rupee-days: 5 A (400) from 1 January
    # to 1 October, 275 days; 5 A (400) to the end, 366 days; 20 B (800) from 1 July, 184 days:
    # 110,000 + 146,400 + 147,200 = 403,600, over 366 days 1,102.73. A year has 365.25 days.
    expected = 450 / (403_600 / 366) * 365.25 / 366
    # 4: bought 400, sold 440, so 400; cost 400 x 21 days = 8,400, over 214 days.
    sold_out = 400 / (8_400 / 214) * 365.25 / 214
    np.testing.assert_allclose(columns["turnover"], [expected, np.nan, 0, sold_out])


def test_holding_period_is_the_median_age_by_cost(columns):
    # 1: 800 rupees held 183 days, 400 for 274, 400 for 365: half of 1,600 is reached at 183.
    # 3 bought today; 4 held 20 days.
    np.testing.assert_array_equal(columns["median_holding_days"], [183, np.nan, 0, 20])


def test_reaction_to_falls(columns):
    # 1: bought 800 in July and sold 450 in October: (800 - 450) / 1,250. 3 came after the falls,
    # so nothing is known; 4 had begun, and sat still.
    np.testing.assert_allclose(columns["falls_net_buying"], [0.28, np.nan, np.nan, 0])


def test_share_of_purchases_by_plan(columns):
    np.testing.assert_allclose(columns["sip_share"], [0.5, np.nan, 0, 1])


def test_volatility_of_what_is_held(columns):
    # 40 times +1 % and 40 times -1 %: sample deviation 0.01 x sqrt(80/79); x sqrt(252) a year.
    # 1 holds one third of it and two thirds that stand still.
    of_a = 0.01 * np.sqrt(80 / 79) * np.sqrt(252)
    np.testing.assert_allclose(
        columns["volatility_held"], [of_a / 3, np.nan, of_a, np.nan], rtol=1e-5
    )


def test_unknown_days_are_no_zero_returns():
    # A is unknown on every fourth session (60 of 80 remain) and keeps its deviation there:
    # sessions 0, 1, 2, 4, 5, 6 ... hold 40 ups and 20 downs, mean 1/3 %.
    returns = swings()
    returns[3::4, A] = np.nan
    known = returns[np.isfinite(returns[:, A]), A]
    expected = np.std(known, ddof=1) * np.sqrt(252)
    found = behaviour_columns(np.array([3]), ledger(), market(returns), as_of=AS_OF)
    np.testing.assert_allclose(found["volatility_held"], [expected], rtol=1e-5)


def test_too_few_sessions_give_no_volatility():
    found = behaviour_columns(np.array([1, 3]), ledger(), market(swings(59)), as_of=AS_OF)
    assert np.isnan(found["volatility_held"]).all()
    # B, two thirds of customer 1, has no prices: less than half is known on every session.
    returns = swings()
    returns[:, B] = np.nan
    found = behaviour_columns(np.array([1, 3]), ledger(), market(returns), as_of=AS_OF)
    assert np.isnan(found["volatility_held"]).tolist() == [True, False]


def test_a_ledger_without_trades_leaves_everything_unknown():
    empty = ledger(TRADES[:1])
    empty = SimpleNamespace(**{name: column[:0] for name, column in vars(empty).items()})
    found = behaviour_columns(np.array([1]), empty, market(swings()), as_of=AS_OF)
    assert found.pop("portfolio_value").tolist() == [0]
    assert all(np.isnan(column).all() for column in found.values())


def test_customers_come_out_the_same_alone_and_together(columns):
    alone = behaviour_columns(np.array([4]), ledger(), market(swings()), as_of=AS_OF)
    for name, column in columns.items():
        np.testing.assert_allclose(alone[name], column[3:])


def test_fall_months_compare_last_closes_of_adjoining_months():
    days = np.array(
        ["2024-01-30", "2024-01-31", "2024-02-29", "2024-03-28", "2024-05-31"], "datetime64[D]"
    )
    # February: 95 / 100 is exactly -5 %; March: 91 / 95 is -4.2 %; May follows on no April.
    falls = fall_months(days, np.array([120.0, 100.0, 95.0, 91.0, 50.0]))
    assert falls.astype(str).tolist() == ["2024-02"]
    assert len(fall_months(days[:0], np.zeros(0))) == 0


def test_nifty_fell_five_per_cent_in_the_months_one_remembers():
    """NIFTY 50: 2020-02 (-6.4 %), 2020-03 (-23.2 %), 2024-10 (-6.2 %), 2025-02 (-5.9 %)."""
    from pathlib import Path

    file = Path(__file__).parents[3].parent / "shared/data/nse/indices_price.csv.gz"
    if not file.is_file():
        pytest.skip(f"real index history is not there: {file}")
    import pandas as pd

    rows = pd.read_csv(file)
    rows = rows[rows["index"] == "NIFTY50"]
    rows = rows[(rows["date"] >= "2019-12-01") & (rows["date"] <= "2025-12-31")]
    falls = fall_months(rows["date"].to_numpy("datetime64[D]"), rows["close"].to_numpy(float))
    assert falls.astype(str).tolist() == ["2020-02", "2020-03", "2024-10", "2025-02"]
