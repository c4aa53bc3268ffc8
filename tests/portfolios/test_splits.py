"""Ledgers in today's shares: by hand, then against the real MongoDB."""

from datetime import date
from decimal import Decimal as D
from fractions import Fraction

import numpy as np
import pytest

from market import livestore
from market.services import store_corporate_actions, switch_source
from portfolios import queries
from portfolios.domain.ledger import Trade, position_of
from portfolios.domain.splits import Split, factor, factors, in_todays_shares
from portfolios.management.commands import verify_portfolios
from portfolios.models import Portfolio, Transaction
from portfolios.rebuilding import apply_splits
from portfolios.services import TradeRefused, record_trade, value_all_portfolios
from tests.portfolios.conftest import SESSION, SOURCE, quote

JAN, EX, MARCH = date(2025, 1, 6), date(2025, 2, 3), date(2025, 3, 3)
ONE_TO_FIVE = {"INFY": (Split.of(EX, 5.0),)}


def trade(side, quantity, price, day, sequence=0, **more):
    return Trade(side, "INFY", D(quantity), D(price), day, D(0), sequence, **more)


def held(trades, splits):
    return position_of("INFY", in_todays_shares(trades, splits))


def test_a_split_multiplies_shares_divides_the_price_and_leaves_the_cost():
    # 10 bought at 500; after 1:5 they are 50 at 100. Sold 20 at 110 later: 2,200 - 2,000 = 200.
    bought, sold = trade("buy", 10, 500, JAN), trade("sell", 20, 110, MARCH)
    (now,) = in_todays_shares([bought], ONE_TO_FIVE)
    assert (now.quantity, now.price, now.amount, now.day) == (50, 100, 5000, JAN)
    position = held([bought, sold], ONE_TO_FIVE)
    assert (position.quantity, position.cost, position.realised) == (30, 3000, 200)


def test_only_trades_before_the_day_are_scaled_and_splits_multiply():
    on_the_day = trade("buy", 10, 100, EX)
    assert in_todays_shares([on_the_day], ONE_TO_FIVE) == [on_the_day]
    counted = trade("buy", 10, 100, JAN, counted_on=EX)  # prices that were adjusted already
    assert in_todays_shares([counted], ONE_TO_FIVE) == [counted]
    twice = {"INFY": (Split.of(EX, 5.0), Split.of(MARCH, 2.0))}
    assert [t.quantity for t in in_todays_shares([trade("buy", 1, 500, JAN)], twice)] == [10]
    assert factor(twice["INFY"], JAN) == 10
    assert factor(twice["INFY"], EX) == 2


def test_a_fraction_of_a_share_is_left_out_and_its_cost_stays():
    # 3:2 on 5 and 2 shares: 10.5, of which 10 are shares.
    trades = [trade("buy", 5, 90, JAN, 1), trade("buy", 2, 60, JAN, 2)]
    position = held(trades, {"INFY": (Split.of(EX, 1.5),)})
    assert [lot.quantity for lot in position.lots] == [D("7.5"), D("2.5")]
    assert [round(lot.cost, 8) for lot in position.lots] == [450, 120]


def test_a_ratio_without_an_end_leaves_no_sale_short():
    # 4:3: each share 1.333...; two bought and both sold, then 10 bought: 13 shares of 13.33.
    trades = [
        trade("buy", 1, 90, JAN, 1), trade("buy", 1, 90, JAN, 2), trade("sell", 2, 90, JAN, 3),
        trade("buy", 10, 90, date(2025, 1, 8), 4), trade("sell", 13, 90, MARCH, 5),
    ]  # fmt: skip
    splits = {"INFY": (Split.of(EX, 1.333333),)}
    assert splits["INFY"][0].ratio == Fraction(4, 3)
    assert held(trades[:4], splits).quantity == 13
    assert held(trades, splits).lots == ()


def test_rows_are_scaled_in_columns_too():
    days = np.array(["2025-01-06", "2025-02-03", "2025-01-06"], "datetime64[D]")
    found = factors(np.array([1, 1, 0]), ("TCS", "INFY"), days, ONE_TO_FIVE)
    assert found.tolist() == [5, 1, 1]


@pytest.fixture
def after_split(portfolio):
    """10 INFY bought at 500, then a split 1:5; the quote, as vendors give it, is 100."""
    record_trade(
        portfolio=portfolio, side="buy", symbol="INFY", quantity=10, price=500, trade_date=JAN
    )
    store_corporate_actions(source=SOURCE, actions=[("INFY", EX, "split", 5.0)])
    livestore.write_quotes(SOURCE, [quote("INFY", 100.0)])
    portfolio.refresh_from_db()
    return portfolio


def test_a_split_changes_neither_value_nor_profit(after_split):
    assert apply_splits() == 1
    stored = Portfolio.objects.get(pk=after_split.pk)
    valuation = queries.valuation_of(stored)
    assert (valuation.value.value, valuation.invested.value) == (5000, 5000)
    assert valuation.total.value == 0
    assert valuation.holdings[0].quantity == 50
    # From the previous close, 148, to 100 on 50 shares.
    assert valuation.today.value == -2400
    assert queries.value_history(stored)[1][-1] == 5000
    columns = queries.ledger_columns([stored.investor_number])
    assert (columns.quantity.tolist(), columns.price.tolist()) == ([50], [100])
    assert queries.position_columns([stored.investor_number]).quantity.tolist() == [50]
    assert verify_portfolios.differences(stored) == {}
    value_all_portfolios()
    stored.refresh_from_db()
    assert (stored.value, stored.profit, stored.return_1y) == (5000, 0, 0)
    assert Transaction.objects.get().quantity == 10  # the ledger keeps what was traded


def test_splits_are_applied_once_and_taken_back_with_their_source(after_split):
    assert [apply_splits(), apply_splits()] == [1, 0]
    switch_source(feed="simulated", source="simulated", session_date=SESSION)
    assert apply_splits() == 1
    after_split.refresh_from_db()
    assert after_split.positions[0].quantity == 10


def test_shares_of_a_split_can_be_sold_and_no_more(after_split):
    sale = {"portfolio": after_split, "side": "sell", "symbol": "INFY", "price": 100}
    with pytest.raises(TradeRefused, match=r"more than the 50 held.*after the splits of INFY"):
        record_trade(quantity=51, trade_date=MARCH, **sale)
    record_trade(quantity=50, trade_date=MARCH, **sale)
    after_split.refresh_from_db()
    assert after_split.positions == []
    assert after_split.realised_profit == 0


def test_a_portfolio_without_a_price_a_year_ago_has_no_yearly_return(portfolio):
    # Bought before the history's first day, 2024-01-01: the opening value is not known; at zero
    # all of the holding would count as gained. The one bought since then has its return.
    def buy(symbol, day):
        record_trade(
            portfolio=portfolio, side="buy", symbol=symbol, quantity=10, price=100, trade_date=day
        )

    livestore.client().flushdb()
    livestore.write_quotes(SOURCE, [quote("INFY", 150.0)])
    buy("INFY", JAN)
    value_all_portfolios()
    portfolio.refresh_from_db()
    assert portfolio.return_1y == pytest.approx(0.5)
    switch_source(feed="yahoo", source=SOURCE, session_date=date(2024, 12, 20))
    buy("TCS", date(2023, 6, 1))
    value_all_portfolios()
    portfolio.refresh_from_db()
    assert portfolio.return_1y is None
    assert portfolio.value is not None


def test_the_pages_say_what_a_trade_is_today(after_split, client):
    apply_splits()
    client.force_login(after_split.investor)
    page = client.get("/portfolio/transactions/").content.decode()
    assert "= 50 today" in page
    entry = {
        "side": "buy", "symbol": "INFY", "quantity": 2, "price": 500, "trade_date": "2025-01-07",
        "charges": 0,
    }  # fmt: skip
    preview = client.post("/portfolio/trade/", entry).content.decode()
    assert "10 of today’s at" in preview
    assert '<b class="ms-1">60</b>' in preview
