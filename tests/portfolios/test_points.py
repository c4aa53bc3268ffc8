"""Stored points of all portfolios, night after night, against each portfolio's own page."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from django.core.management import call_command

from accounts import services as accounts
from market import services as market
from market.domain.bars import Bars
from market.domain.calendar import nse_calendar
from portfolios import blocks, services
from portfolios.analysis import performance_of
from portfolios.domain.entries import Entry
from portfolios.domain.performance import part_of
from portfolios.domain.returns import chained
from portfolios.models import HoldingBlock, PeriodPoint, Portfolio
from portfolios.services import (
    create_portfolio,
    delete_entry,
    record_entry,
    record_trade,
    store_points,
    value_all_portfolios,
)
from tests.portfolios.conftest import SOURCE

LAST = date(2025, 3, 7)  # the last session with bars


@pytest.fixture
def three(holding, investor):
    """A customer with two portfolios, and one with dividends, fees, a transfer and a merger."""
    second = create_portfolio(investor=investor, name="Second")
    trade(second, "HDFCBANK", 40, date(2024, 2, 5), kind="buy")
    trade(second, "HDFCBANK", 40, date(2024, 11, 4), kind="sell")
    other = accounts.register(email="ravi@example.org", password="quiet river 1947 stone")
    third = create_portfolio(investor=other)
    trade(third, "TCS", 30, date(2024, 3, 2), kind="buy")  # a Saturday
    for entry in (
        Entry("dividend", "TCS", Decimal(0), Decimal(0), date(2024, 6, 10), cash=Decimal(300)),
        Entry("fee", "", Decimal(0), Decimal(0), date(2024, 7, 1), cash=Decimal(118)),
        Entry("transfer_in", "INFY", Decimal(12), Decimal(80), date(2024, 8, 5)),
        Entry("transfer_out", "INFY", Decimal(5), Decimal(0), date(2024, 9, 9)),
        Entry(
            "merger", "HDFCBANK", Decimal(0), Decimal(0), date(2024, 12, 2),
            ratio=Fraction(2), into="INFY",
        ),
    ):  # fmt: skip
        if entry.kind == "merger":
            trade(third, "HDFCBANK", 10, date(2024, 10, 1), kind="buy")
        record_entry(portfolio=third, entry=entry)
    return [holding, second, third]


def trade(portfolio, symbol, quantity, day, *, kind):
    record_trade(
        portfolio=portfolio, kind=kind, symbol=symbol, quantity=quantity, price=100, trade_date=day
    )


def points():
    """Level, value and gain by portfolio and session."""
    rolls = blocks.read_rolls()
    keys = np.concatenate([roll.keys for roll in rolls])
    shown = np.concatenate([roll.shown for roll in rolls])
    found = {}
    for session in blocks.common_sessions():
        stored = blocks.read_points(rolls, session)
        for place in np.flatnonzero(shown):
            row = (stored.level[place], stored.value[place], stored.gain[place])
            # numpy takes the zeros off the end of a key.
            found[bytes(keys[place]).ljust(12, b"\0"), session] = row
    return found


def expect_own_pages(portfolios, found):
    for portfolio in portfolios:
        key = portfolio.pk.binary
        whole = performance_of(portfolio)
        for start, end in ((None, LAST), (date(2024, 9, 3), LAST), (LAST, LAST)):
            part = part_of(
                whole,
                start=None if start is None else np.datetime64(start, "D"),
                end=np.datetime64(end, "D"),
            )
            level, value, gain = found[key, end]
            before = 1.0, 0.0, 0.0
            if start is not None:
                before = found[key, max(s for _, s in found if s < start)]
                if not before[1] > 0:
                    continue
            assert level / before[0] - 1 == pytest.approx(chained(part.daily), abs=1e-6)
            history = part.history
            assert value == pytest.approx(history.values[-1], rel=1e-6, abs=0.01)
            gained = history.values[-1] + history.money_out.sum() - history.money_in.sum()
            assert gain - before[2] == pytest.approx(gained, rel=1e-5, abs=0.01)


def test_points_are_what_the_portfolios_own_pages_say(three):
    assert store_points() == 3
    expect_own_pages(three, points())


def another_session(bars):
    """One more close of every stock, as the evening brings it."""
    day = nse_calendar().next_session(LAST)
    for symbol, old in bars.items():
        more = Bars(*(np.append(getattr(old, n), getattr(old, n)[-1] * 1.07)
                      if n != "dates" else np.append(old.dates, np.datetime64(day, "D"))
                      for n in old.__slots__))  # fmt: skip
        market.store_bars(source=SOURCE, bars={symbol: more})
    return day


def test_a_night_carries_on_what_working_anew_gives(three, stocks, monkeypatch):
    store_points()
    another_session(stocks)
    worked = []
    real = services.points._work_out
    monkeypatch.setattr(
        services.points,
        "_work_out",
        lambda roll, market, owners, wanted: (
            worked.append(len(owners)) or real(roll, market, owners, wanted)
        ),
    )
    Portfolio.objects.update(changed_at=Portfolio.objects.first().created_at - timedelta(days=1))
    store_points()
    carried = points()
    call_command("store_points", "--anew")
    assert worked == [0, 3]
    anew = points()
    assert carried.keys() == anew.keys()
    for key, row in carried.items():
        assert row == pytest.approx(anew[key], rel=1e-5, nan_ok=True), key


def test_a_change_of_the_past_and_a_new_portfolio_are_taken_up(three, investor):
    store_points()
    trade(three[0], "INFY", 25, date(2024, 5, 6), kind="buy")
    sale = three[1].transactions.get(kind="sell")
    delete_entry(portfolio=three[1], pk=sale.pk, by=investor)
    three.append(create_portfolio(investor=investor, name="New"))
    trade(three[3], "TCS", 3, date(2024, 4, 1), kind="buy")
    assert store_points() == 4
    expect_own_pages(three, points())


def test_splits_that_are_booked_paid_out_in_part_or_refused(three, investor):
    """Two INFY shares became three: the third customer's seven leave half a share, paid out."""
    actions = [(symbol, date(2024, 10, 14), "split", ratio) for symbol, ratio in
               (("INFY", 1.5), ("TCS", 2.0))]  # fmt: skip
    market.store_corporate_actions(source=SOURCE, actions=actions)
    assert services.book_actions() == 2
    split = three[0].transactions.get(kind="split", symbol="TCS")
    delete_entry(portfolio=three[0], pk=split.pk, by=investor)  # does not want it
    assert three[2].transactions.get(kind="bonus", symbol="INFY").paid > 0
    three = [Portfolio.objects.get(pk=each.pk) for each in three]
    store_points()
    expect_own_pages(three, points())


def test_what_is_being_rewritten_is_not_read(three, monkeypatch):
    store_points()
    long_ago = three[0].created_at - timedelta(days=1)
    Portfolio.objects.update(changed_at=long_ago)
    trade(three[0], "INFY", 25, date(2024, 5, 6), kind="buy")

    def cut_short(*args):
        raise OSError("the machine stopped")

    monkeypatch.setattr(services.points, "_write", cut_short)
    with pytest.raises(OSError):
        store_points()
    keys = {key for key, _ in points()}
    assert three[0].pk.binary not in keys and three[1].pk.binary in keys
    monkeypatch.undo()
    store_points()
    expect_own_pages(three, points())


def test_another_source_of_prices_begins_anew(three, stocks):
    store_points()
    for symbol, old in stocks.items():
        market.store_bars(source="file", bars={symbol: old})
    market.switch_source(feed="replay", source="file", session_date=date(2025, 1, 15))
    store_points()
    assert {roll.source for roll in blocks.read_rolls()} == {"file"}
    assert max(blocks.common_sessions()) == date(2025, 1, 14)


def test_an_erased_customer_is_in_no_block(three, investor):
    value_all_portfolios()
    store_points()
    assert investor.number in blocks.read_held().numbers
    services.erase_customer(user=investor)
    held = blocks.read_held()
    assert investor.number not in held.numbers
    assert set(held.numbers[held.owner]) == {three[2].investor_number}
    assert not any(investor.number in roll.numbers for roll in blocks.read_rolls())
    store_points()
    rolls = blocks.read_rolls()
    assert not any(investor.number in roll.numbers for roll in rolls)
    stored = blocks.read_points(rolls, LAST)
    assert np.count_nonzero(~np.isnan(stored.level)) == 1


def test_who_is_erased_while_points_are_worked_out_leaves_nothing(three, investor, monkeypatch):
    store_points()
    work_out = services.points._work_out

    def meanwhile(*given):
        services.erase_customer(user=investor)
        work_out(*given)

    monkeypatch.setattr(services.points, "_work_out", meanwhile)
    store_points(anew=True)
    monkeypatch.undo()
    (roll,) = blocks.read_rolls()
    assert investor.number not in roll.numbers and roll.waiting.tolist() == [0, 1]
    store_points()
    stored = blocks.read_points(blocks.read_rolls(), LAST)
    assert np.isnan(stored.value).tolist() == [True, True, False]


def test_who_is_erased_while_holdings_are_stored_is_in_no_block(three, investor, monkeypatch):
    add = services.holdings.HoldingsWriter.add

    def after(writer, batch):
        services.erase_customer(user=investor)
        add(writer, batch)

    monkeypatch.setattr(services.holdings.HoldingsWriter, "add", after)
    value_all_portfolios()
    held = blocks.read_held()
    assert investor.number not in held.numbers
    assert set(held.numbers[held.owner]) == {three[2].investor_number}


def test_a_write_by_a_roll_that_is_out_of_date_is_not_taken(three, investor):
    store_points()
    (old,) = blocks.read_rolls()
    services.points.forget_points(investor.number)
    other = three[2].investor_number
    with pytest.raises(services.points._Changed):
        services.points._grown(old, old.numbers == other, old.keys[:0], old.numbers[:0])
    services.points.forget_points(other)
    (roll,) = blocks.read_rolls()
    assert not roll.numbers.any()


def test_a_session_counts_once_every_block_has_it(three, monkeypatch):
    monkeypatch.setattr(services.points, "BLOCK", 2)
    store_points()
    assert len(blocks.read_rolls()) == 2
    assert blocks.common_sessions()[-1] == LAST
    late = {"block": 1, "session": blocks.at_midnight(LAST)}
    blocks.collection_of(PeriodPoint).delete_one(late)  # tonight's run has not come to it
    assert blocks.common_sessions()[-1] == LAST - timedelta(days=1)
    assert blocks.sessions_of(0)[-1] == LAST


def test_holdings_are_read_from_one_whole_run(three, monkeypatch):
    monkeypatch.setattr("portfolios.batches.BATCH", 2)
    assert blocks.read_held() is None
    value_all_portfolios()
    first = blocks.read_held()
    monkeypatch.setattr(services.holdings.HoldingsWriter, "finish", lambda self: None)
    value_all_portfolios()
    assert blocks.read_held().at == first.at
    monkeypatch.undo()
    for _ in range(2):
        value_all_portfolios()
    held = blocks.read_held()
    assert held.at > first.at and not blocks.collection_of(HoldingBlock).count_documents(
        {"run": first.at}
    )
    rows = {
        (int(held.numbers[o]), held.symbols[s], q)
        for o, s, q in zip(held.owner, held.symbol, held.quantity, strict=True)
    }
    expected = {
        (p.investor_number, position.symbol, position.quantity)
        for p in Portfolio.objects.all()
        for position in p.positions
    }
    assert rows == expected


def test_old_sessions_but_the_last_of_a_month_go(three):
    store_points()
    kept = blocks.common_sessions()
    assert [d for d in kept if d < date(2024, 2, 1)] == [date(2024, 1, 31)]
    assert PeriodPoint.objects.count() == len(kept)
