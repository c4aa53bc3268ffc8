import math
from datetime import date, timedelta
from decimal import Decimal as D

import numpy as np
import pytest

from portfolios.domain import returns
from portfolios.domain.entries import Entry
from portfolios.domain.flows import flows_of
from portfolios.domain.history import value_history as value_flows
from portfolios.domain.ledger import book_of

DAYS = np.array(["2025-01-01", "2025-01-02", "2025-01-03"], "datetime64[D]")


def trade(side, quantity, price, day, symbol="A", charges=0):
    return Entry(side, symbol, D(quantity), D(str(price)), day, D(charges))


def value_history(entries, *rest):
    return value_flows(flows_of(book_of(entries), {}), *rest)


@pytest.fixture
def three_days():
    # Buy 10 at 100 on day 1, 10 more at 110 on day 2, sell 10 at 133.1 on day 3.
    return value_history(
        [
            trade("buy", 10, 100, date(2025, 1, 1)),
            trade("buy", 10, 110, date(2025, 1, 2)),
            trade("sell", 10, 133.1, date(2025, 1, 3)),
        ],
        DAYS,
        ("A",),
        np.array([[110.0], [121.0], [133.1]]),
    )


def test_history_values_and_flows(three_days):
    assert three_days.values.tolist() == pytest.approx([1100, 2420, 1331])
    assert three_days.money_in.tolist() == [1000, 1100, 0]
    assert three_days.money_out.tolist() == pytest.approx([0, 0, 1331])


def test_time_weighted_return_ignores_the_size_of_deposits(three_days):
    # Day 1: 1,100 / 1,000. Day 2: 2,420 / (1,100 + 1,100). Day 3: (1,331 + 1,331) / 2,420.
    # 10 % each, chained 33.1 %.
    daily = returns.daily_returns(three_days.values, three_days.money_in, three_days.money_out)
    assert daily.tolist() == pytest.approx([0.1, 0.1, 0.1])
    assert returns.chained(daily) == pytest.approx(0.331)
    short = returns.time_weighted(daily)
    assert math.isnan(short.value) and "3 days of trading are too few" in short.reason


def test_time_weighted_return_a_year():
    # 126 sessions of a price that ends 10 % up: 1.1 ^ (252 / 126) - 1 = 21 % a year.
    days = np.arange(126).astype("datetime64[D]")
    prices = np.linspace(100, 110, 126)[:, None]
    history = value_history([trade("buy", 1, 100, date(1970, 1, 1))], days, ("A",), prices)
    assert returns.time_weighted(
        returns.daily_returns(history.values, history.money_in, history.money_out)
    ).value == pytest.approx(0.21)


def test_days_without_holdings_have_no_return():
    daily = returns.daily_returns(np.array([0.0, 0.0]), np.zeros(2), np.zeros(2))
    assert np.isnan(daily).all()


def test_xirr_of_microsofts_example():
    # Documentation of Excel's XIRR: these five payments give 0.373362535.
    figure = returns.money_weighted(
        [date(2008, 1, 1), date(2008, 3, 1), date(2008, 10, 30), date(2009, 2, 15)],
        [-10_000, 2_750, 4_250, 3_250],
        value=2_750,
        as_of=date(2009, 4, 1),
    )
    assert figure.value == pytest.approx(0.373362535, abs=1e-8)


def test_xirr_of_the_published_example_of_pyxirrs_predecessor():
    # docs.rs/xirr 0.1.0, module documentation: 0.1635371584432641.
    figure = returns.money_weighted(
        [date(2015, 6, 11), date(2015, 7, 21), date(2015, 10, 17)],
        [-1000, -9000, -3000],
        value=20_000,
        as_of=date(2018, 6, 10),
    )
    assert figure.value == pytest.approx(0.1635371584432641, abs=1e-9)


def test_xirr_with_two_roots_is_undefined():
    # -1000 + 2300/x - 1320/x^2 = 0 has the roots x = 1.1 and x = 1.2.
    figure = returns.money_weighted(
        [date(2021, 1, 1), date(2022, 1, 1), date(2023, 1, 1)],
        [-1000, 2300, -1320],
        value=0,
        as_of=date(2023, 1, 1),
    )
    assert math.isnan(figure.value) and "2 different rates" in figure.reason


def years_later(*years):
    """Days whole years of 365 days after one."""
    return [date(2000, 1, 1) + timedelta(days=365 * year) for year in years]


def test_xirr_of_a_loss_can_have_several_rates_though_the_running_total_crosses_once():
    amounts, value = [-1_000_000, 990_000, -27_600], 20_000
    polynomial = np.zeros(22)
    polynomial[[0, 1, 20, 21]] = [*amounts, value]
    roots = np.roots(polynomial[::-1])
    real = roots[(abs(roots.imag) < 1e-9) & (roots.real > 0)].real
    assert sorted(1 / real - 1) == pytest.approx([-0.24343, -0.20880, -0.02068], abs=1e-5)
    *days, as_of = years_later(0, 1, 20, 21)
    figure = returns.money_weighted(days, amounts, value=value, as_of=as_of)
    assert math.isnan(figure.value) and "3 different rates" in figure.reason


def test_xirr_of_a_plan_that_loses_is_its_one_rate():
    # 100 a year, three times, worth 250 at the end of the third: 100 (x^3 + x^2 + x) = 250.
    *days, as_of = years_later(0, 1, 2, 3)
    figure = returns.money_weighted(days, [-100, -100, -100], value=250, as_of=as_of)
    x = 1 + figure.value
    assert figure.value < 0 and 100 * (x**3 + x**2 + x) == pytest.approx(250)


@pytest.mark.parametrize(
    ("amounts", "value", "reason"),
    [([-100], 0, "money paid in and a value"), ([100], 5, "money paid in and a value")],
)
def test_xirr_without_a_change_of_sign_is_undefined(amounts, value, reason):
    figure = returns.money_weighted(
        [date(2021, 1, 1)], amounts, value=value, as_of=date(2022, 1, 1)
    )
    assert math.isnan(figure.value) and reason in figure.reason


def test_xirr_beyond_all_measure_is_not_shown():
    # 250.50 grows to 2,655 overnight, in a period of a month: times 10.6 daily, 365 times over.
    days = [date(2025, 1, 1), date(2025, 1, 30)]
    found = returns.money_weighted(days, [-1.0, -250.50], value=2655.0, as_of=date(2025, 1, 31))
    assert not found.known and "10,00,000% a year" in found.reason


def test_xirr_of_a_few_days_is_no_yearly_rate():
    figure = returns.money_weighted([date(2021, 1, 1)], [-100], value=101, as_of=date(2021, 1, 8))
    assert math.isnan(figure.value) and "7 days are too few" in figure.reason


def test_absolute_return():
    # (1,500 + 600 - 1,400) / 1,400 = 50 %.
    assert returns.absolute(1500, 1400, 600).value == 0.5
    assert "No money" in returns.absolute(0, 0, 0).reason


def test_the_same_money_in_the_benchmark():
    # Day 1: 1,000 buys 10 units at 100. Day 2: the benchmark doubles, the portfolio is worth
    # 2,000 and 500 is taken out: a quarter, so 2.5 units at 200 bring 500 too and 7.5 stay.
    # Day 3: the benchmark stands at 220: 7.5 x 220 = 1,650.
    history = value_history(
        [trade("buy", 20, 50, date(2025, 1, 1)), trade("sell", 5, 100, date(2025, 1, 2))],
        DAYS,
        ("A",),
        np.array([[50.0], [100.0], [90.0]]),
    )
    same = returns.benchmark_equivalent(history, np.array([100.0, 200.0, 220.0]))
    assert same.values.tolist() == [1000, 1500, 1650]
    assert same.money_out.tolist() == [0, 500, 0]


def test_selling_everything_sells_the_whole_equivalent_even_where_it_is_worth_less():
    # The portfolio trebles, the benchmark halves: all 3,000 taken out sells all 10 units for 500.
    history = value_history(
        [trade("buy", 10, 100, date(2025, 1, 1)), trade("sell", 10, 300, date(2025, 1, 2))],
        DAYS,
        ("A",),
        np.array([[100.0], [300.0], [300.0]]),
    )
    same = returns.benchmark_equivalent(history, np.array([100.0, 50.0, 60.0]))
    assert same.values.tolist() == [1000, 0, 0]
    assert same.money_out.tolist() == [0, 500, 0]


def test_an_unknown_benchmark_gives_no_equivalent(three_days):
    assert returns.benchmark_equivalent(three_days, np.array([np.nan, 1.0, 1.0])) is None


def test_returns_by_month_chain_days_and_leave_unknown_ones_out():
    days = np.array(["2025-01-30", "2025-01-31", "2025-02-03"], "datetime64[D]")
    rows = returns.period_returns(
        days, np.array([0.1, 0.1, np.nan]), np.array([0.0, 0.02, 0.03]), unit="M"
    )
    january, february = rows
    assert (january.start, january.sessions) == (date(2025, 1, 1), 2)
    assert january.portfolio == pytest.approx(0.21)  # 1.1 x 1.1 - 1
    assert january.benchmark == pytest.approx(0.02)
    assert february.sessions == 0 and math.isnan(february.portfolio)


def test_a_part_of_a_month_or_year_is_told_apart():
    # Sessions from Thursday 16 January to Wednesday 5 March 2025, without weekends.
    days = np.arange("2025-01-16", "2025-03-06", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    still = np.zeros(len(days))
    parts = [
        (row.begun_late, row.ended_early, row.first, row.last)
        for unit in ("M", "Y")
        for row in returns.period_returns(days, still, still, unit=unit)
    ]
    first, last = date(2025, 1, 16), date(2025, 3, 5)
    assert parts == [
        (True, False, first, date(2025, 1, 31)),
        (False, False, date(2025, 2, 3), date(2025, 2, 28)),
        (False, True, date(2025, 3, 3), last),
        (True, True, first, last),
    ]
    days = returns.period_returns(days, still, still, unit="D")
    assert not any(row.begun_late or row.ended_early for row in days)


@pytest.mark.parametrize(
    ("first", "last", "parts"),
    [
        # Six days in a row can be closed, seven cannot.
        ("2025-01-07", "2025-01-25", (False, False)),
        ("2025-01-08", "2025-01-24", (True, True)),
    ],
)
def test_a_month_that_lacks_no_more_than_a_closure_is_whole(first, last, parts):
    days = np.array([first, last], "datetime64[D]")
    (row,) = returns.period_returns(days, np.zeros(2), np.zeros(2), unit="M")
    assert (row.begun_late, row.ended_early) == parts


def test_rolling_return():
    rolled = returns.rolling_return(np.array([0.1, 0.1, -0.5]), window=2)
    assert math.isnan(rolled[0])
    assert rolled[1:].tolist() == pytest.approx([0.21, -0.45])  # 1.1 x 0.5 - 1
