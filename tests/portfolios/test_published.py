"""Returns, lots and gains against figures that others have published; each test names its source.

Figures alone are carried over: amounts, days and what is expected of them.
"""

import math
from datetime import date, timedelta
from decimal import Decimal as D

import numpy as np
import pytest

from portfolios.domain import returns
from portfolios.domain.entries import Entry
from portfolios.domain.flows import flows_of
from portfolios.domain.ledger import book_of
from portfolios.domain.performance import part_of, perform

END = date(2023, 6, 12)


def xirr(payments):
    """Our rate of payments given as lines of day and amount; the last one is the value."""
    rows = sorted(
        (date.fromisoformat(day), float(amount))
        for day, amount in (line.split(",") for line in payments.split())
    )
    *flows, (as_of, value) = rows
    days, amounts = [day for day, _ in flows], [amount for _, amount in flows]
    return returns.money_weighted(days, amounts, value=value, as_of=as_of)


# pyxirr, tests/samples and tests/test_scheduled.rs: payments and the rate expected of them.
DEPOSITS = """
    2015-05-04,-200.00 2015-05-07,-75.00 2015-05-15,-620.00 2015-05-04,-0.01 2015-05-06,-100.00
    2015-05-14,-299.99 2015-05-19,-20.00 2015-05-26,-100.00 2015-05-27,-340.00 2015-06-01,-500.00
    2015-06-05,-100.00 2015-06-18,-1008.52 2015-06-22,-65.00 2015-06-22,-120.00 2015-06-22,-450.00
    2015-06-30,-450.75 2015-07-06,-80.00 2015-07-13,-130.00 2015-07-16,-1050.00 2015-07-31,-1000.00
    2015-08-10,-65.00 2015-08-17,-400.00 2015-09-14,-100.00 2015-09-16,-956.88 2015-09-28,-117.00
    2015-10-01,-50.00 2015-10-02,-1130.00 2015-10-29,-70.00 2015-11-02,-188 2015-11-06,-250
    2015-12-29,-100 2015-12-31,9518.08"""
ZEROS = """
    2021-12-31,0 2022-12-31,0 2023-12-31,-100 2024-12-31,10 2025-12-31,0 2026-12-31,10
    2027-12-31,10 2028-12-31,10 2029-12-31,200 2030-12-31,0 2031-12-31,0 2032-12-31,0
    2033-12-31,0"""
NEARLY_ALL_LOST = "2021-06-08,-1000000 2022-06-29,5000 2023-06-08,-3 2023-06-30,0"
MATHWORKS = "2007-01-12,-10000 2008-02-14,2500 2008-03-03,2000 2008-06-14,3000 2008-12-01,4000"


@pytest.mark.parametrize(
    ("payments", "expected"),
    [
        pytest.param(DEPOSITS, -0.13423264098831872, id="minus_0_13"),
        pytest.param(ZEROS, 0.175680730580782, id="zeros"),
        pytest.param(NEARLY_ALL_LOST, -0.993785049929284, id="minus_0_993"),
        # The same test takes this one, Actual/365, from the MathWorks page on xirr.
        pytest.param(MATHWORKS, 0.10064378342638, id="act/365F"),
    ],
)
def test_xirr_of_pyxirrs_samples(payments, expected):
    assert xirr(payments).value == pytest.approx(expected, abs=1e-9)


def test_a_sample_that_fits_no_rate_has_none():
    """30-20 of pyxirr's samples, whose expected rate is not a number."""
    figure = xirr(
        """2024-09-09,-203.365347602624 2030-12-24,1208.31894521971 2027-01-06,62.911729089493
        2037-03-04,23.214035363974 2035-11-13,-1797.01688426533 2041-06-22,-2017.27457461588
        2037-12-19,3997.91924991427 2028-04-10,1115.24111568803 2040-09-15,-1915.56819372739
        2042-02-02,1484.15862672955 2035-02-27,1247.32460407966 2035-02-04,-42.316649900985
        2037-05-15,973.000278031422 2036-08-01,1169.69300353766 2024-12-03,-24.233785734572
        2041-12-20,-1130.58496750037 2031-11-01,-265.351566140742 2036-11-28,37.001024894264
        2026-01-10,555.940111271138 2030-08-18,-1794.45399928709 2032-07-16,-1953.03088397946
        2042-06-06,-171.922891863423 2029-10-09,-1910.9048070744 2033-03-20,343.762478283701
        2026-07-30,2453.50647798804 2026-07-13,-2607.11784778847 2038-02-26,2697.77682033517
        2042-03-22,-2529.313275386 2033-04-05,606.724921312875 2043-05-27,188.397614961121"""
    )
    assert math.isnan(figure.value) and figure.reason == "No rate fits the payments."


def test_a_sample_with_two_rates_gets_neither():
    """1938 of pyxirr's samples. It expects -59.5 %; so is another rate, and neither is theirs."""
    figure = xirr(
        """1937-07-02,-10 1937-07-03,10 1937-07-04,1338.17 1938-07-29,10147.5
        1938-08-11,-578133.57 1938-08-12,-12559.95 1938-04-22,1519.64 1938-05-22,10147.5
        1938-06-22,-11500 1938-10-22,544.47 1938-08-28,701.78 1938-09-09,-600.68
        1938-09-10,-601.95 1938-09-11,-518.2 1938-11-10,36000 1938-11-12,22308.68
        1938-12-11,-753.37 1939-01-07,-20.05 1939-02-10,-43.15 1939-03-11,-742.98
        1939-08-17,-11220 1939-10-17,1.27 1939-04-04,11220 1939-04-09,-3846.05
        1939-04-12,1058.75 1939-06-18,-2.94 1939-05-11,-36000 1939-05-12,-15016.3
        1939-06-11,-6.49 1939-08-02,-36.72 1939-08-10,-72.54 1939-08-12,15892.29
        1939-08-26,-88.71 1939-09-08,-53.5 1939-09-10,-260.09 1939-11-01,-3.85
        1939-11-12,-289.11 1939-12-10,-46.99 1939-12-13,63.32 1940-01-10,63.32
        1940-02-09,621.47 1940-02-10,-383.63 1940-03-11,63.32 1940-04-11,63.32
        1940-05-11,419.94 1940-08-11,-4.87 1941-01-10,1507.56 1941-09-12,-14.49
        1940-11-30,-1.31 1941-08-01,7064.85 1941-08-11,-0.82 1941-11-10,3554.11
        1942-02-10,16891.26"""
    )
    assert math.isnan(figure.value) and "2 different rates" in figure.reason


@pytest.mark.parametrize(
    ("paid", "value", "expected"),
    [
        # Portfolio Performance manual, "The money-weighted rate of return": amounts with the
        # days left to 12 June 2023, the value then, and the rate the manual works out.
        pytest.param([(155, 878)], 190.06, 0.0885, id="example 1"),
        pytest.param([(155, 878), (84, 514), (67, 255)], 396.85, 0.1560, id="example 2"),
        pytest.param([(155, 878), (84, 514), (67, 255)], 426.82, 0.2028, id="example 3"),
        pytest.param([(177.94, 730), (84, 514), (67, 255)], 426.82, 0.1763, id="example 4"),
        pytest.param([(66, 255)], 111.76, 1.1253, id="example 5"),
        pytest.param(
            [(153, 878), (83, 514), (-30, 179), (-107, 61)], 190.06, 0.1800, id="example 6"
        ),
        pytest.param([(77.5, 817)], 105, 0.1453, id="example 7"),
        # Example 8 is left out: its 9.16 % does not solve its own equation, 8.96 % does.
    ],
)
def test_xirr_of_portfolio_performances_manual(paid, value, expected):
    figure = returns.money_weighted(
        [END - timedelta(left) for _, left in paid],
        [-amount for amount, _ in paid],
        value=value,
        as_of=END,
    )
    assert figure.value == pytest.approx(expected, abs=5e-5)


def trade(kind, shares, price, day, sequence=0, charges=0):
    return Entry(kind, "A", D(shares), D(str(price)), day, D(str(charges)), sequence)


def test_portfolio_performances_share_from_its_entries():
    """Share-1 of the manual's demo portfolio, two years to 12 June 2023: both its returns.

    Fees count and taxes do not, as the manual has it for a single security. Of the quotes it
    gives those of the days that its calculation names; TTWROR 14.98 %, and the IRR of all three
    years 18.00 %.
    """
    bought, further = END - timedelta(878), END - timedelta(514)
    paid_out, sold = END - timedelta(179), END - timedelta(61)
    entries = [
        trade("buy", 10, 15, bought, 1, charges=3),
        trade("buy", 5, 16, further, 2, charges=3),
        Entry("dividend", "A", D(0), D(0), paid_out, D(0), 3, cash=D(30)),
        trade("sell", 5, "22.4", sold, 4, charges=5),
    ]
    quotes = {
        bought: 15.0,
        date(2021, 6, 11): 17.794,
        further - timedelta(1): 16.026,
        paid_out - timedelta(1): 287.49 / 15,
        paid_out: 283.47 / 15,
        sold - timedelta(1): 339.0 / 15,
        sold: 22.4,
        END: 19.006,
    }
    days = np.array(list(quotes), "datetime64[D]")
    closes = np.array(list(quotes.values()))[:, None]
    flows = flows_of(book_of(entries), {})
    whole = perform(flows, days, ("A",), closes, np.full(len(days), np.nan))
    assert whole.money_weighted.value == pytest.approx(0.1800, abs=5e-5)
    two_years = part_of(whole, start=np.datetime64("2021-06-12"))
    assert returns.chained(two_years.daily) == pytest.approx(0.1498, abs=5e-5)


def test_time_weighted_return_of_portfolio_performances_manual():
    """The whole demo portfolio: -9.94 %, 8.31 % and 28.73 %, together 25.58 %."""
    found = returns.daily_returns(
        np.array([177.94, 160.26, 264.57, 426.82]), np.array([177.94, 0, 84, 67]), np.zeros(4)
    )
    assert found[1:] == pytest.approx([-0.0994, 0.0831, 0.2873], abs=5e-5)
    assert returns.chained(found) == pytest.approx(0.2558, abs=5e-5)


def test_time_weighted_return_of_portfolio_performances_spreadsheet():
    """ClientIndexTest of Portfolio Performance: nine days with money in and out on most."""
    money_in = np.array([10_000, 0, 200, 0, 0, 0, 5_400, 0, 0.0])
    money_out = np.array([0, 0, 0, 400, 0, 0, 0, 3_697.04, 0])
    earned = np.array([0, 230, 200, -234.41, 293.99, 293.99, 195.99, -882.52, -1_003.85])
    values = np.cumsum(money_in - money_out + earned)
    daily = returns.daily_returns(values, money_in, money_out)
    expected = [
        0, 0.023, 0.019175455, -0.0220517, 0.0294117647, 0.0285714286, 0.012261967,
        -0.0545454545, -0.0865384615,
    ]  # fmt: skip
    assert daily == pytest.approx(expected, abs=1e-6)
    assert returns.chained(daily) == pytest.approx(-0.056182678, abs=1e-6)


def gains_and_cost(*trades):
    days = [date(2024, 1, 1) + timedelta(n) for n in range(len(trades))]
    entries = [trade(*each, day, n) for n, (each, day) in enumerate(zip(trades, days, strict=True))]
    return book_of(entries).positions["A"]


def test_gains_of_portfolio_performances_manual():
    """Its page on the cost principle, both examples, first in, first out."""
    first = [("buy", 100, 95), ("buy", 200, 105), ("buy", 100, 107), ("sell", 150, 110)]
    position = gains_and_cost(*first)
    assert position.gains == 1750
    assert position.quantity * 110 - position.cost == 1050
    assert position.average_cost == D("105.8")
    position = gains_and_cost(*first, ("buy", 50, 100), ("buy", 300, "107.5"), ("sell", 200, 108))
    assert position.gains == 2250
    assert position.quantity * 108 - position.cost == 600
    assert position.average_cost == D("106.5")


@pytest.mark.parametrize(
    ("trades", "gain", "cost", "unrealised"),
    [
        # CapitalGainsCalculationTest and CostCalculationTest of Portfolio Performance: shares and
        # rupees of each trade; worth is counted at 100 a share.
        pytest.param(
            [(109, 3149.20), (-15, 531.50), (52, 1684.92), (32, 959.30)],
            98.12, 5360.04, 12439.96, id="sold before more is bought",
        ),
        pytest.param(
            [(109, 3149.20), (52, 1684.92), (-15, 531.50)],
            98.12, 4400.74, 10199.26, id="sold after more is bought",
        ),
        pytest.param(
            [(100, 3149.20), (-100, 531.50), (50, 1684.92), (-50, 531.50)],
            -3771.12, 0, 0, id="all sold twice",
        ),
    ],
)  # fmt: skip
def test_gains_and_cost_of_portfolio_performances_tests(trades, gain, cost, unrealised):
    """Amounts are of whole trades, so the price a share is what leaves the least of a rounding."""
    position = gains_and_cost(
        *(
            ("buy" if shares > 0 else "sell", abs(shares), D(str(amount)) / abs(shares))
            for shares, amount in trades
        )
    )
    assert float(position.gains) == pytest.approx(gain, abs=0.01)
    assert float(position.cost) == pytest.approx(cost, abs=0.01)
    assert float(position.quantity * 100 - position.cost) == pytest.approx(unrealised, abs=0.01)


def test_lots_left_of_portfolio_performances_manual():
    """Its page on the purchase value: of 5 at 100 and 10 at 90, twelve sold leave 3 at 90."""
    position = gains_and_cost(("buy", 5, 100), ("buy", 10, 90), ("sell", 12, 80))
    assert [(lot.quantity, lot.cost) for lot in position.lots] == [(3, 270)]
    position = gains_and_cost(("buy", 5, 100), ("buy", 10, 90), ("sell", 12, 80), ("buy", 15, 110))
    assert position.cost == 1920
