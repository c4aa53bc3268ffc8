from datetime import date
from decimal import Decimal as D

import numpy as np
import pytest

from portfolios.domain import returns
from portfolios.domain.contribution import contributions, grouped
from portfolios.domain.entries import Entry
from portfolios.domain.flows import flows_of
from portfolios.domain.history import value_table
from portfolios.domain.ledger import book_of

DAYS = np.array(["2025-01-01", "2025-01-02", "2025-01-03", "2025-01-06"], "datetime64[D]")


@pytest.fixture
def table():
    """10 A at 100 and 5 B at 200; A pays 30, B is sold at 190, a fee of 20; A ends at 120."""
    entries = [
        Entry("buy", "A", D(10), D(100), date(2025, 1, 1)),
        Entry("buy", "B", D(5), D(200), date(2025, 1, 1)),
        Entry("dividend", "A", D(0), D(0), date(2025, 1, 3), cash=D(30)),
        Entry("sell", "B", D(5), D(190), date(2025, 1, 3)),
        Entry("fee", "", D(0), D(0), date(2025, 1, 6), cash=D(20)),
    ]
    prices = np.array([[100.0, 200.0], [110.0, 210.0], [105.0, 190.0], [120.0, 180.0]])
    return value_table(flows_of(book_of(entries), {}), DAYS, ("A", "B"), prices)


def test_lines_sum_to_the_absolute_return(table):
    # A: 1,200 + 30 - 1,000 = 230; B: 950 - 1,000 = -50; the fee -20. Put in: 2,020.
    rows = contributions(table, None, None)
    assert [(r.name, r.gain) for r in rows] == [("A", 230), ("", -20), ("B", -50)]
    whole = table.history()
    total = returns.absolute(
        float(whole.values[-1]), float(whole.money_in.sum()), float(whole.money_out.sum())
    )
    assert sum(r.share for r in rows) == pytest.approx(total.value) == pytest.approx(160 / 2020)


def test_a_period_begins_with_what_was_held_the_evening_before(table):
    # On 3 January A was worth 1,100 the evening before and ends at 1,050 with 30 paid; B 1,050.
    rows = contributions(table, DAYS[2], DAYS[2])
    assert [(r.name, r.start, r.gain) for r in rows] == [("A", 1100, -20), ("B", 1050, -100)]
    part = table.history().between(DAYS[2], DAYS[2])
    assert (part.opening, part.money_in.tolist()) == (True, [2150, 0])
    daily = returns.daily_returns(part.values, part.money_in, part.money_out)
    assert daily.tolist() == pytest.approx([0.0, (1050 + 980) / 2150 - 1])


def test_holdings_and_sectors_have_histories_of_their_own(table):
    own = table.history(["B"])
    assert own.values.tolist() == [1000, 1050, 0, 0]
    assert own.money_out.tolist() == [0, 0, 950, 0]
    sectors = grouped(contributions(table, None, None), lambda name: "Costs" if not name else "IT")
    assert [(r.name, r.gain) for r in sectors] == [("IT", 180), ("Costs", -20)]
    assert len(table.history(["NONE"])) == 0


def test_the_daily_returns_of_a_part_are_those_of_the_whole(table):
    whole = table.history()
    part = whole.between(DAYS[1], None)
    everything = returns.daily_returns(whole.values, whole.money_in, whole.money_out)
    cut = returns.daily_returns(part.values, part.money_in, part.money_out)
    assert cut.tolist() == pytest.approx([0.0, *everything[1:].tolist()])


def test_a_part_of_a_performance_has_its_own_returns(table):
    from portfolios.domain.performance import part_of, perform

    flows = flows_of(book_of([Entry("buy", "A", D(10), D(100), date(2025, 1, 1))]), {})
    closes = np.array([[100.0], [110.0], [105.0], [120.0]])
    whole = perform(flows, DAYS, ("A",), closes, np.array([100.0, 102.0, 101.0, 110.0]))
    assert whole.absolute.value == pytest.approx(0.2)
    part = part_of(whole, start=DAYS[2])
    # From 1,100 the evening before to 1,200; the benchmark from 102 to 110.
    assert part.absolute.value == pytest.approx(1200 / 1100 - 1)
    assert part.benchmark_absolute.value == pytest.approx(110 / 102 - 1)
    assert part.daily[1:].tolist() == pytest.approx(whole.daily[2:].tolist())
    assert np.isnan(part.daily[0])
    assert part_of(whole, symbols=["A"]).absolute.value == whole.absolute.value
    assert part_of(whole, symbols=["NONE"]) is None
    assert part_of(whole, start=np.datetime64("2026-01-01")) is None
