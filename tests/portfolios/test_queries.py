"""Columnar reads and rankings against the real MongoDB."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.utils import timezone

from accounts import services as accounts
from portfolios import queries
from portfolios.models import Portfolio
from portfolios.services import create_portfolio, record_trade


def test_ledgers_and_positions_as_columns(portfolio):
    other = create_portfolio(investor=accounts.register(email="b@example.org", password=None))
    trade = {"portfolio": portfolio, "symbol": "INFY", "price": "140.5", "charges": 2}
    record_trade(kind="buy", quantity=10, trade_date=date(2025, 1, 6), is_sip=True, **trade)
    record_trade(kind="sell", quantity=4, trade_date=date(2025, 1, 7), **trade)
    record_trade(
        portfolio=other, kind="buy", symbol="TCS", quantity=1, price=300,
        trade_date=date(2025, 1, 8),
    )  # fmt: skip
    all_of_them = queries.ledger_columns()
    assert len(all_of_them) == 3
    mine = queries.ledger_columns([portfolio.investor_number])
    order = np.argsort(mine.day)
    assert mine.number.tolist() == [portfolio.investor_number] * 2
    assert [mine.symbols[i] for i in mine.symbol[order]] == ["INFY", "INFY"]
    assert mine.day[order].astype(str).tolist() == ["2025-01-06", "2025-01-07"]
    assert mine.quantity[order].tolist() == [10, -4]
    assert mine.price.tolist() == [140.5, 140.5] and mine.charges.tolist() == [2, 2]
    assert mine.is_sip[order].tolist() == [True, False]

    positions = queries.position_columns([portfolio.investor_number])
    assert positions.quantity.tolist() == [6]
    assert positions.cost.tolist() == [pytest.approx(1407 * 0.6)]
    assert len(queries.position_columns()) == 2
    assert len(queries.ledger_columns([])) == len(queries.position_columns([])) == 0


def test_changes_are_found_by_when_they_happened(portfolio):
    before = timezone.now()
    record_trade(
        portfolio=portfolio, kind="buy", symbol="INFY", quantity=1, price=100,
        trade_date=date(2025, 1, 6),
    )  # fmt: skip
    assert queries.changed_since(before - timedelta(seconds=1)) == {portfolio.investor_number}
    assert queries.changed_since(timezone.now() + timedelta(seconds=1)) == set()


def test_rankings_leave_out_what_is_unknown_or_too_small(investor):
    now = timezone.now()
    for i, (gain, value) in enumerate([(0.1, 5e4), (0.9, 500.0), (-0.2, 5e4), (None, None)]):
        Portfolio.objects.create(
            investor=investor, investor_number=i, name=str(i), changed_at=now,
            total_return=gain, value=value,
        )  # fmt: skip
    assert [p.investor_number for p in queries.top_portfolios()] == [1, 0, 2]
    assert [p.investor_number for p in queries.worst_portfolios()] == [2, 0, 1]
    assert [p.investor_number for p in queries.top_portfolios(1, minimum=10_000)] == [0]
    with pytest.raises(ValueError, match="ranked by"):
        queries.top_portfolios(by="password")


def test_a_value_history_ends_at_the_value_of_the_page(portfolio):
    assert len(queries.value_history(portfolio)[0]) == 0
    record_trade(
        portfolio=portfolio, kind="buy", symbol="INFY", quantity=10, price=120,
        trade_date=date(2024, 6, 3),
    )  # fmt: skip
    portfolio.refresh_from_db()
    dates, values, same = queries.value_history(portfolio, days=30)
    assert dates[-1] == np.datetime64("2025-03-10")
    assert dates[0] >= dates[-1] - 30
    assert values[-1] == queries.valuation_of(portfolio).value.value == 1500
    assert not np.isnan(same).any()


def test_movers_of_the_day(portfolio):
    for symbol in ("INFY", "TCS", "HDFCBANK"):
        record_trade(
            portfolio=portfolio, kind="buy", symbol=symbol, quantity=1, price=100,
            trade_date=date(2025, 1, 6),
        )  # fmt: skip
    portfolio.refresh_from_db()
    risen, fallen = queries.movers_today(queries.valuation_of(portfolio))
    # INFY 150 after 148, TCS 310 after 312, HDFCBANK unchanged.
    assert [h.symbol for h in risen] == ["INFY"]
    assert [h.symbol for h in fallen] == ["TCS"]
