"""Many portfolios over any period against each portfolio alone."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.domain import periods
from portfolios.domain.flows import Flow
from portfolios.domain.performance import part_of, perform
from portfolios.domain.returns import chained
from portfolios.domain.series import Movements, Points, carried_on, points_of

DAYS = np.arange("2024-01-01", "2024-02-01", dtype="datetime64[D]")
SYMBOLS = ("A", "B", "NEW")


def closes(seed=4):
    draw = np.random.default_rng(seed)
    found = 100 * np.exp(np.cumsum(draw.normal(0, 0.03, (len(DAYS), 3)), axis=0))
    found[:12, 2] = np.nan  # listed later than it was bought
    return found


@st.composite
def ledgers(draw):
    """Flows of up to three owners that never sell more than they hold, oldest first."""
    owners = []
    for _ in range(draw(st.integers(1, 3))):
        flows, held = [], dict.fromkeys(SYMBOLS, 0)
        for row in sorted(draw(st.lists(st.integers(0, len(DAYS) - 1), min_size=1, max_size=12))):
            day = DAYS[row].astype(object)
            kind = draw(st.sampled_from(["buy", "sell", "dividend", "fee"]))
            symbol = draw(st.sampled_from(SYMBOLS))
            price = draw(st.integers(50, 200))
            if kind == "fee":
                flows.append(Flow(kind, "", day, money_in=float(price)))
            elif kind == "dividend":
                flows.append(Flow(kind, symbol, day, money_out=float(price)))
            elif kind == "buy" or not held[symbol]:
                n = draw(st.integers(1, 50))
                held[symbol] += n
                flows.append(Flow("buy", symbol, day, n, n * price + 5.0, 0.0, price))
            else:
                n = draw(st.integers(1, held[symbol]))
                held[symbol] -= n
                flows.append(Flow("sell", symbol, day, -n, 0.0, n * price - 5.0, price))
        owners.append(flows)
    return owners


def movements(owners):
    rows = [
        (i, SYMBOLS.index(f.symbol) if f.symbol else -1, (f.day - DAYS[0].astype(object)).days,
         f.shares, f.money_in, f.money_out, f.price)
        for i, flows in enumerate(owners) for f in flows
    ]  # fmt: skip
    return Movements(*(np.array(column) for column in zip(*rows, strict=True)))


@given(ledgers())
def test_each_of_many_has_the_returns_it_has_alone(owners):
    found = points_of(movements(owners), closes(), len(owners))
    for i, flows in enumerate(owners):
        alone = perform(flows, DAYS, SYMBOLS, closes(), np.full(len(DAYS), np.nan))
        first = len(DAYS) - len(alone.history)
        assert np.isnan(found.level[:first, i]).all()
        assert found.value[first:, i] == pytest.approx(alone.history.values)
        total = chained(alone.daily)
        expected = 1.0 if math.isnan(total) else 1.0 + total
        assert found.level[-1, i] == pytest.approx(expected, abs=1e-6)  # nothing left
        gained = (
            alone.history.values[-1] + alone.history.money_out.sum() - alone.history.money_in.sum()
        )
        assert found.gain[-1, i] == pytest.approx(gained)


@given(ledgers(), st.integers(1, 29), st.integers(0, 29))
def test_two_evenings_give_the_return_of_the_performance_page(owners, at, further):
    found = points_of(movements(owners), closes(), len(owners))
    end = min(at + further, len(DAYS) - 1)
    of = [(p[at - 1], p[end]) for p in (found.level, found.value, found.gain)]
    between = periods.changes(tuple(a for a, _ in of), tuple(b for _, b in of))
    for i, flows in enumerate(owners):
        if not found.value[at - 1, i] > 0:
            assert math.isnan(between.rate[i])
            continue
        whole = perform(flows, DAYS, SYMBOLS, closes(), np.full(len(DAYS), np.nan))
        part = part_of(whole, start=DAYS[at], end=DAYS[end])
        expected = chained(part.daily)
        assert between.rate[i] == pytest.approx(0.0 if math.isnan(expected) else expected)
        gained = (
            part.history.values[-1] + part.history.money_out.sum() - part.history.money_in.sum()
        )
        assert between.gain[i] == pytest.approx(gained, abs=1e-6)
        # The page counts what was held on the eve as put in; here it is told apart.
        inside = part.history.money_in.sum() - found.value[at - 1, i]
        moved = inside - part.history.money_out.sum()
        assert between.moved[i] == pytest.approx(moved, abs=0.1)  # seven digits


@given(ledgers(), st.integers(20, 29))
def test_carried_on_is_what_working_out_anew_gives(owners, at):
    """An owner whose last flow lies before the known session, and whose stocks have closes."""
    moves = movements(owners)
    moves = moves.of(moves.row < at)
    if not len(moves):
        return
    anew = points_of(moves, closes(), len(owners))
    known = Points(*(p[at : at + 1] for p in (anew.level, anew.value, anew.gain)))
    stocks = moves.symbol >= 0
    later = carried_on(
        known, moves.owner[stocks], moves.symbol[stocks], moves.shares[stocks], closes()[at + 1 :]
    )
    for name in ("level", "value", "gain"):
        # Rounding leaves nothing of a position that was sold.
        expected = getattr(anew, name)[at + 1 :]
        assert getattr(later, name) == pytest.approx(expected, abs=1e-6, nan_ok=True)


def test_ends_are_counted_from_both_sides_above_a_minimum():
    figure = np.array([0.1, np.nan, -0.3, 0.5, 0.2])
    base = np.array([100.0, 100, 100, 5, 100])
    best, worst, counted = periods.ends(figure, base, 2, minimum=10)
    assert (best.tolist(), worst.tolist(), counted) == ([4, 0], [2, 0], 3)
    best, worst, counted = periods.ends(figure, base, 9)
    assert (best.tolist(), worst.tolist(), counted) == ([3, 4, 0, 2], [2, 0, 4, 3], 4)
    assert periods.ends(figure, base, 2, minimum=1e9)[2] == 0


def test_all_sessions_of_a_year_are_kept_and_the_last_of_each_month_before():
    days = np.arange("2022-01-01", "2024-03-11", dtype="datetime64[D]")
    stays = days[periods.kept(days)]
    recent = stays[stays > np.datetime64("2024-03-10") - 400]
    assert len(recent) == 400
    months = stays[: -len(recent)]
    assert months[0] == np.datetime64("2022-01-31") and months[-1] == np.datetime64("2023-01-31")
    assert len(months) == 13


@pytest.mark.parametrize(
    ("day", "first"), [("2025-03-31", "2024-04-01"), ("2025-04-01", "2025-04-01")]
)
def test_the_financial_year_begins_in_april(day, first):
    assert periods.fiscal_year(date.fromisoformat(day)) == date.fromisoformat(first)


def test_an_evening_is_the_last_session_on_or_before_a_day():
    known = [date(2025, 3, 7), date(2025, 3, 10)]
    assert periods.evening(known, date(2025, 3, 9)) == known[0]
    assert periods.evening(known, date(2025, 3, 10) + timedelta(9)) == known[1]
    assert periods.evening(known, date(2025, 3, 1)) is None


def test_money_taken_out_before_a_fall_explains_a_large_loss_of_few_rupees():
    # 70,000 on the eve; 63,000 taken out at once, and the 7,000 left fall by half to 3,500. The
    # other puts nothing in, but seven digits leave 0.02 of a rupee over: nothing was moved.
    start = ([1.0, 1.0], [70_000.0, 1_900_000.0], [0.0, 100_000.0])
    end = ([0.5, 1.1], [3_500.0, 2_090_000.02], [-3_500.0, 290_000.0])
    between = periods.changes(start, end)
    assert between.rate.tolist() == pytest.approx([-0.5, 0.1])
    assert between.gain.tolist() == pytest.approx([-3_500.0, 190_000.0])
    assert between.moved.tolist() == pytest.approx([-63_000.0, 0.0])
    # Of a whole history: 5,000 worth at its end and 1,000 gained, so 4,000 were put in.
    whole = periods.changes(None, ([1.25], [5_000.0], [1_000.0]))
    assert whole.moved.tolist() == [4_000.0]
