"""Demo customers trade as a ledger allows, reproducibly, and as their kind would."""

from collections import Counter, defaultdict
from decimal import Decimal

import numpy as np
import pytest

from accounts.domain.questions import QUESTIONS
from finseg.demo.archetypes import ARCHETYPES
from finseg.demo.behaviour import Trade, market_months, month_events
from finseg.demo.customers import booked, make_customers, questionnaire_answers
from portfolios.domain.ledger import book_of
from tests.demo.cast import small_market


@pytest.fixture(scope="module")
def market():
    return small_market()


@pytest.fixture(scope="module")
def customers(market):
    return list(make_customers(300, seed=3, market=market, n_sectors=22))


def test_shares_of_archetypes_are_a_whole():
    assert sum(archetype.share for archetype in ARCHETYPES) == pytest.approx(1.0)


def test_months_cover_every_day_once():
    days = np.array(["2024-01-30", "2024-01-31", "2024-02-01", "2024-04-02"], "datetime64[D]")
    assert [list(month) for month in market_months(days)] == [[0, 1], [2], [3]]


def test_a_plan_takes_its_turn_among_the_months_days():
    assert month_events(np.array([2, 9]), 4) == [(2, False), (4, True), (9, False)]


def test_every_ledger_can_be_booked(customers):
    for customer in customers:
        assert customer.trades
        bought = Counter()
        for trade in customer.trades:
            bought[trade.symbol] += trade.quantity if trade.kind == "buy" else -trade.quantity
        # book_of raises on a sale of more than is held.
        held = {position.symbol: position.quantity for position in book_of(customer.trades).open}
        assert held == {symbol: left for symbol, left in bought.items() if left}


def test_trades_are_at_the_close_of_their_day(customers, market):
    row = {day.astype(object): i for i, day in enumerate(market.days)}
    column = {symbol: i for i, symbol in enumerate(market.symbols)}
    for trade in customers[0].trades:
        assert float(trade.price) == market.closes[row[trade.day], column[trade.symbol]]


def test_charges_of_a_buy_are_tax_and_stamp():
    # 10 shares at 100.00: 1,000 x 0.1 % tax = 1.00, x 0.015 % stamp = 0.15; together 1.15.
    market = small_market()
    market.closes[5, 3] = 100.0
    day = market.days[5].astype(object)
    assert booked(Trade(5, 3, 10, False), 1, day, market).charges == Decimal("1.15")
    assert booked(Trade(5, 3, -10, False), 1, day, market).charges == Decimal("1.00")


def test_a_larger_demo_begins_with_the_customers_of_a_smaller_one(customers, market):
    again = list(make_customers(3, seed=3, market=market, n_sectors=22, start=2))
    assert again == customers[2:5]


def test_another_seed_is_another_population(customers, market):
    assert list(make_customers(2, seed=4, market=market, n_sectors=22)) != customers[:2]


def test_kinds_behave_as_described(customers):
    trades = defaultdict(list)
    planned = Counter()
    for customer in customers:
        trades[customer.archetype.name].append(len(customer.trades))
        planned[customer.archetype.name] += bool(customer.by_plan)
    assert np.median(trades["active trader"]) > 4 * np.median(trades["careful saver"])
    assert planned["steady builder"] > 0.8 * len(trades["steady builder"])
    assert planned["active trader"] == 0


def test_words_and_deeds_disagree_for_some(customers):
    # 30 % say what another kind would: among savers (stated attitude 0.15) a few sound bold.
    savers = [c.declared.attitude for c in customers if c.archetype.name == "careful saver"]
    bold = np.mean(np.array(savers) > 0.5)
    assert 0.02 < bold < 0.35


def test_answers_follow_the_attitude():
    rng = np.random.default_rng(0)
    timid = np.mean([questionnaire_answers(rng, 0.0) for _ in range(50)])
    daring = np.mean([questionnaire_answers(rng, 1.0) for _ in range(50)])
    assert timid < 0.5
    assert daring > 0.8 * (min(len(q.options) for q in QUESTIONS) - 1)
