"""Splits and bonus issues between ledger and prices: by hand, then against the real MongoDB."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from fractions import Fraction

import numpy as np
import pytest

from market import livestore
from market.services import store_corporate_actions, switch_source
from portfolios import queries
from portfolios.domain.bearing import unbearable
from portfolios.domain.entries import Entry
from portfolios.domain.flows import flows_of
from portfolios.domain.ledger import book_of
from portfolios.domain.splits import Split, factor, factors, unbooked
from portfolios.ledgers import differences
from portfolios.models import Portfolio, Transaction
from portfolios.services import (
    EntryRefused,
    book_actions,
    delete_entry,
    dismiss_action,
    due_dividends,
    entry_from,
    plan_of,
    rebuild_portfolio,
    record_entries,
    record_entry,
    record_trade,
    value_all_portfolios,
)
from tests.portfolios.conftest import SOURCE, quote, text_of
from tests.portfolios.imports.conftest import tradebook
from tests.portfolios.test_importing import booked, staged

JAN, EX, MARCH = date(2025, 1, 6), date(2025, 2, 3), date(2025, 3, 3)
ONE_TO_FIVE = {"INFY": (Split.of(EX, 5.0),)}


def trade(kind, quantity, price, day, sequence=0, **more):
    return Entry(kind, "INFY", D(quantity), D(price), day, D(0), sequence, **more)


def held(entries, splits):
    return book_of([*entries, *unbooked(entries, splits)]).positions["INFY"]


def moved(entries, splits, dismissed=()):
    """Day, shares, rupees in and out of each flow, in today's shares."""
    book = book_of([*entries, *unbooked(entries, splits, dismissed)])
    return [(f.day, f.shares, f.money_in, f.money_out) for f in flows_of(book, splits)]


def test_a_split_multiplies_shares_and_leaves_day_and_cost():
    # 10 bought at 500; after 1:5 they are 50 at 100. Sold 20 at 110 later: 2,200 - 2,000 = 200.
    bought, sold = trade("buy", 10, 500, JAN), trade("sell", 20, 110, MARCH)
    position = held([bought, sold], ONE_TO_FIVE)
    assert (position.quantity, position.cost, position.realised) == (30, 3000, 200)
    assert position.lots[0].day == JAN


def test_in_todays_shares_a_booked_split_moves_nothing():
    bought, sold = trade("buy", 10, 500, JAN), trade("sell", 20, 110, MARCH)
    assert moved([bought, sold], ONE_TO_FIVE) == [(JAN, 50, 5000, 0), (MARCH, -20, 0, 2200)]
    # Prices that do not know it: 10 shares of 500 are held, then 40 more come for nothing.
    by_hand = Entry("split", "INFY", D(0), D(0), EX, ratio=Fraction(5))
    assert moved([bought, by_hand], {}) == [(JAN, 10, 5000, 0), (EX, 40, 0, 0)]
    # In the prices and refused by the holder: 10 of today's shares are left of 50.
    key = ONE_TO_FIVE["INFY"][0].key("INFY")
    assert moved([bought], ONE_TO_FIVE, {key}) == [(JAN, 50, 5000, 0), (EX, -40, 0, 0)]


def test_a_split_entered_by_hand_is_not_booked_again():
    by_hand = Entry("split", "INFY", D(0), D(0), date(2025, 2, 5), ratio=Fraction(5))
    assert list(unbooked([trade("buy", 10, 500, JAN), by_hand], ONE_TO_FIVE)) == []
    never_held = trade("buy", 10, 500, MARCH)
    assert list(unbooked([never_held], ONE_TO_FIVE)) == []


def test_a_split_and_a_bonus_by_hand_that_the_market_reports_as_one_are_not_booked_again():
    # Bajaj Finance, June 2025: 1:2 and 4:1, which vendors give as 10. 10 shares become 100.
    by_hand = [
        Entry("bonus", "INFY", D(0), D(0), EX, sequence=2, ratio=Fraction(4)),
        Entry("split", "INFY", D(0), D(0), EX, sequence=3, ratio=Fraction(2)),
    ]
    bought = trade("buy", 10, 500, JAN, 1)
    as_one = {"INFY": (Split.of(EX, 10.0),)}
    assert held([bought, *by_hand], as_one).quantity == 100
    assert moved([bought, *by_hand], as_one) == [(JAN, 100, 5000, 0)]
    as_two = {"INFY": (Split.of(EX, 5.0), Split.of(EX, 2.0))}
    assert held([bought, *by_hand], as_two).quantity == 100
    # Only one of the two by hand is another matter: it is for the owner to say which.
    assert len(list(unbooked([bought, by_hand[0]], as_one))) == 1


def test_only_entries_before_the_day_are_scaled_and_splits_multiply():
    on_the_day = trade("buy", 10, 100, EX)
    assert held([on_the_day], ONE_TO_FIVE).quantity == 10
    counted = trade("buy", 10, 100, JAN, counted_on=EX)  # prices that were adjusted already
    assert held([counted], ONE_TO_FIVE).quantity == 10
    assert moved([counted], ONE_TO_FIVE) == [(JAN, 10, 1000, 0)]
    twice = {"INFY": (Split.of(EX, 5.0), Split.of(MARCH, 2.0))}
    assert held([trade("buy", 1, 500, JAN)], twice).quantity == 10
    assert factor(twice["INFY"], JAN) == 10
    assert factor(twice["INFY"], EX) == 2
    same_day = {"INFY": (Split.of(EX, 5.0), Split.of(EX, 2.0))}
    assert held([trade("buy", 1, 500, JAN)], same_day).quantity == 10
    assert moved([trade("buy", 1, 500, JAN)], same_day) == [(JAN, 10, 500, 0)]


def test_a_ratio_that_no_face_value_gives_is_a_bonus_issue_of_its_own_day():
    # 1:2 bonus, which prices know as 3:2: 7 shares get 3.5, of which 3 are shares of cost zero.
    entries = [trade("buy", 5, 90, JAN, 1), trade("buy", 2, 60, JAN, 2)]
    splits = {"INFY": (Split.of(EX, 1.5),)}
    (bonus,) = unbooked(entries, splits)
    assert (bonus.kind, bonus.ratio) == ("bonus", Fraction(1, 2))
    position = held(entries, splits)
    assert [(lot.day, lot.quantity, lot.cost) for lot in position.lots] == [
        (JAN, 2, 120), (JAN, 5, 450), (EX, 3, 0),
    ]  # fmt: skip
    # Of today's 10.5 shares half a share is gone.
    assert moved(entries, splits)[-1] == (EX, -0.5, 0, 0)


def test_the_fraction_of_a_share_is_paid_and_taxed_as_a_sale():
    # 7 shares, split 3:2: 10.5. Half a share at 62 pays 31; its cost is 0.5 / 7.5 of 450 = 30.
    entries = [
        trade("buy", 2, 60, JAN, 1), trade("buy", 5, 90, JAN, 2),
        Entry("split", "INFY", D(0), D(0), EX, ratio=Fraction(3, 2), fair=D(62)),
    ]  # fmt: skip
    position = book_of(entries).positions["INFY"]
    assert (position.quantity, position.cost, position.money_out) == (10, 540, 31)
    (paid,) = position.disposals
    assert (paid.quantity, paid.cost, paid.gain) == (D("0.5"), 30, 1)
    assert (paid.bought, paid.sold) == (JAN, EX)


def test_a_ratio_without_an_end_leaves_no_sale_short():
    # 4:3: each share 1.333...; two bought and both sold, then 10 bought: 13 shares of 13.33.
    entries = [
        trade("buy", 1, 90, JAN, 1), trade("buy", 1, 90, JAN, 2), trade("sell", 2, 90, JAN, 3),
        trade("buy", 10, 90, date(2025, 1, 8), 4), trade("sell", 13, 90, MARCH, 5),
    ]  # fmt: skip
    splits = {"INFY": (Split.of(EX, 1.333333),)}
    assert splits["INFY"][0].ratio == Fraction(4, 3)
    assert held(entries[:4], splits).quantity == 13
    assert held(entries, splits).lots == ()


def test_rows_are_scaled_in_columns_too():
    days = np.array(["2025-01-06", "2025-02-03", "2025-01-06"], "datetime64[D]")
    found = factors(np.array([1, 1, 0]), ("TCS", "INFY"), days, ONE_TO_FIVE)
    assert found.tolist() == [5, 1, 1]


@pytest.fixture
def after_split(portfolio):
    """10 INFY bought at 500, then a split 1:5; the quote, as vendors give it, is 100."""
    record_trade(
        portfolio=portfolio, kind="buy", symbol="INFY", quantity=10, price=500, trade_date=JAN
    )
    store_corporate_actions(source=SOURCE, actions=[("INFY", EX, "split", 5.0)])
    livestore.write_quotes(SOURCE, [quote("INFY", 100.0)])
    portfolio.refresh_from_db()
    return portfolio


def test_a_split_changes_neither_value_nor_profit(after_split):
    assert book_actions() == 1
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
    assert differences(stored) == {}
    value_all_portfolios()
    stored.refresh_from_db()
    assert (stored.value, stored.profit, stored.return_1y) == (5000, 0, 0)
    assert Transaction.objects.get(kind="buy").quantity == 10  # the ledger keeps what was traded


def test_a_split_is_booked_once_with_a_trail_and_stays_deleted(after_split, investor):
    assert [book_actions(), book_actions()] == [1, 0]
    (booked,) = Transaction.objects.filter(kind="split")
    assert (booked.origin, booked.ratio, booked.shares) == ("market", "5", 40)
    delete_entry(portfolio=after_split, pk=booked.pk, by=investor)
    after_split.refresh_from_db()
    assert (after_split.positions[0].quantity, after_split.dismissed) == (10, [booked.action])
    assert book_actions() == 0
    record_trade(
        portfolio=after_split, kind="buy", symbol="INFY", quantity=1, price=100, trade_date=MARCH
    )
    assert not Transaction.objects.filter(kind="split").exists()


def test_a_back_dated_purchase_takes_its_splits_along(portfolio):
    store_corporate_actions(source=SOURCE, actions=[("INFY", EX, "split", 5.0)])
    record_trade(
        portfolio=portfolio, kind="buy", symbol="INFY", quantity=10, price=500, trade_date=JAN
    )
    portfolio.refresh_from_db()
    assert portfolio.positions[0].quantity == 50
    record_trade(
        portfolio=portfolio, kind="buy", symbol="INFY", quantity=1, price=500,
        trade_date=date(2025, 1, 7),
    )  # fmt: skip
    portfolio.refresh_from_db()
    assert portfolio.positions[0].quantity == 55
    assert Transaction.objects.get(kind="split").shares == 44
    assert differences(portfolio) == {}


def test_a_dividend_of_the_market_is_booked_for_what_was_held(after_split):
    # 2 rupees a share of today before a split of 1:5 are 10 on the day; 10 shares bring 100.
    store_corporate_actions(source=SOURCE, actions=[("INFY", date(2025, 1, 20), "dividend", 2.0)])
    assert [book_actions(), book_actions()] == [1, 0]
    booked = Transaction.objects.get(kind="dividend")
    assert (booked.fair, booked.paid, booked.amount) == (10, 100, 100)
    after_split.refresh_from_db()
    assert (after_split.dividends, after_split.realised_profit, after_split.money_out) == (
        100, 100, 100,
    )  # fmt: skip
    # Five more shares found in the drawer: the dividend follows.
    record_trade(
        portfolio=after_split, kind="buy", symbol="INFY", quantity=5, price=500, trade_date=JAN
    )
    booked.refresh_from_db()
    assert booked.paid == 150


def test_shares_of_a_split_can_be_sold_and_no_more(after_split):
    sale = {"portfolio": after_split, "kind": "sell", "symbol": "INFY", "price": 100}
    with pytest.raises(EntryRefused, match=r"more than the 50 held.*splits of INFY"):
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
            portfolio=portfolio, kind="buy", symbol=symbol, quantity=10, price=100, trade_date=day
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
    book_actions()
    client.force_login(after_split.investor)
    page = client.get("/portfolio/transactions/").content.decode()
    assert "= 50 today" in page
    entry = {
        "kind": "buy", "symbol": "INFY", "quantity": 2, "price": 500, "trade_date": "2025-01-07",
        "charges": 0,
    }  # fmt: skip
    preview = client.post("/portfolio/trade/", entry).content.decode()
    assert "10 of today’s at" in preview
    assert '<b class="ms-1">60</b>' in preview


def test_a_split_by_hand_that_the_market_reports_too_counts_once_for_staff(portfolio):
    # 100 at 500, split 1:5 by hand: 500 of today's at 100. Nothing was gained.
    record_trade(
        portfolio=portfolio, kind="buy", symbol="INFY", quantity=100, price=500, trade_date=JAN
    )
    by_hand = entry_from(kind="split", symbol="INFY", ratio="5", trade_date=EX)
    record_entry(portfolio=portfolio, entry=by_hand)
    store_corporate_actions(source=SOURCE, actions=[("INFY", EX, "split", 5.0)])
    livestore.write_quotes(SOURCE, [quote("INFY", 100.0)])
    columns = queries.ledger_columns([portfolio.investor_number])
    assert (columns.quantity.tolist(), columns.price.tolist()) == ([500], [100])
    value_all_portfolios()
    portfolio.refresh_from_db()
    assert (portfolio.value, portfolio.return_1y) == (50_000, 0)
    assert Transaction.objects.get(kind="split").action == ""


def test_two_actions_by_hand_that_the_market_reports_as_one_count_once_for_staff(portfolio):
    record_trade(
        portfolio=portfolio, kind="buy", symbol="INFY", quantity=10, price=1000, trade_date=JAN
    )
    for kind, ratio in (("bonus", "4"), ("split", "2")):
        entry = entry_from(kind=kind, symbol="INFY", ratio=ratio, trade_date=EX)
        record_entry(portfolio=portfolio, entry=entry)
    store_corporate_actions(source=SOURCE, actions=[("INFY", EX, "split", 10.0)])
    livestore.write_quotes(SOURCE, [quote("INFY", 100.0)])
    book_actions()
    assert queries.ledger_columns().quantity.tolist() == [100]
    value_all_portfolios()
    portfolio.refresh_from_db()
    assert (portfolio.positions[0].quantity, portfolio.return_1y) == (100, 0)


def test_a_split_by_hand_days_after_the_markets_counts_once_as_well(portfolio):
    # 100, split 1:5 on 3 Feb; 10 bought on the 4th, of which the entry of the 5th makes 50.
    # In today's shares: 500, -400 on the 3rd, 10, and +440 on the 5th.
    for quantity, day in ((100, JAN), (10, date(2025, 2, 4))):
        record_trade(
            portfolio=portfolio, kind="buy", symbol="INFY", quantity=quantity, price=100,
            trade_date=day,
        )  # fmt: skip
    late = entry_from(kind="split", symbol="INFY", ratio="5", trade_date=date(2025, 2, 5))
    record_entry(portfolio=portfolio, entry=late)
    store_corporate_actions(source=SOURCE, actions=[("INFY", EX, "split", 5.0)])
    columns = queries.ledger_columns()
    by_day = dict(zip(columns.day.tolist(), columns.quantity.tolist(), strict=True))
    assert by_day == {JAN: 500, EX: -400, date(2025, 2, 4): 10, date(2025, 2, 5): 440}


def test_a_split_that_was_set_aside_leaves_what_was_held_for_staff(after_split):
    # 10 of 50 of today's shares are left, as its own page says.
    dismiss_action(portfolio=after_split, action=ONE_TO_FIVE["INFY"][0].key("INFY"))
    columns = queries.ledger_columns()
    assert columns.quantity.tolist() == [50, -40]
    value_all_portfolios()
    after_split.refresh_from_db()
    # 5,000 paid in this year for what is worth 1,000.
    assert after_split.return_1y == pytest.approx(-0.8)


def test_shares_of_a_merger_are_split_with_their_new_company(portfolio):
    # 100 INFY become 100 TCS on 3 Feb, and 200 on 3 March; all of it within the year.
    record_trade(
        portfolio=portfolio, kind="buy", symbol="INFY", quantity=100, price=310, trade_date=JAN
    )
    store_corporate_actions(source=SOURCE, actions=[("TCS", MARCH, "split", 2.0)])
    merger = entry_from(kind="merger", symbol="INFY", into="TCS", ratio="1", trade_date=EX)
    record_entry(portfolio=portfolio, entry=merger)
    livestore.write_quotes(SOURCE, [quote("TCS", 155.0)])
    value_all_portfolios()
    portfolio.refresh_from_db()
    assert portfolio.positions[0].quantity == 200
    assert (portfolio.value, portfolio.return_1y) == (31_000, 0)


def test_an_imported_holding_has_the_dividends_since_it_is_held(portfolio):
    # 50 shares as of today, held since January; 1:5 in February. 2 a share of today are 10 then,
    # on 10 shares: 100.
    held_since = Entry("transfer_in", "INFY", D(50), D(100), JAN, counted_on=date(2025, 3, 10))
    record_entries(portfolio=portfolio, entries=[(held_since, "holding-1")])
    actions = [
        ("INFY", date(2025, 1, 3), "dividend", 2.0),
        ("INFY", date(2025, 1, 20), "dividend", 2.0),
        ("INFY", EX, "split", 5.0),
    ]
    store_corporate_actions(source=SOURCE, actions=actions)
    assert [(d.day, d.fair) for d in due_dividends(portfolio)] == [(date(2025, 1, 20), 10)]
    assert book_actions() == 1
    portfolio.refresh_from_db()
    assert (portfolio.dividends, portfolio.positions[0].quantity) == (100, 50)
    assert not Transaction.objects.filter(kind="split").exists()
    assert differences(portfolio) == {}


CONSOLIDATED = Split.of(EX, 0.1)
KEY = CONSOLIDATED.key("INFY")


def test_a_consolidation_that_a_sale_cannot_follow_is_left_out():
    # 100 bought, 60 sold in March; ten into one in February would leave 10 for the sale of 60.
    bought, sold = trade("buy", 100, 50, JAN, 1), trade("sell", 60, 50, MARCH, 2)
    splits = list(unbooked([bought, sold], {"INFY": (CONSOLIDATED,)}))
    (left_out,) = unbearable([bought, sold], splits)
    assert (left_out.entry.action, left_out.fault.shortfall) == (KEY, 50)
    # A thousand would have been enough: 100, of which 40 are left.
    more = [replace(bought, quantity=D(1000)), sold]
    assert unbearable(more, splits) == []
    # More shares than before are no trouble, and what the ledger itself lacks is none of a split.
    assert unbearable([bought, sold], [Split.of(EX, 5.0).entry("INFY")]) == []
    oversold = [bought, trade("sell", 101, 50, MARCH, 2)]
    assert [each.fault.shortfall for each in unbearable(oversold, splits)] == [1]


@pytest.fixture
def not_held(portfolio):
    """100 INFY bought, 60 sold in March, and 5 TCS; then ten into one of February is reported."""
    for kind, symbol, quantity, day in (
        ("buy", "INFY", 100, JAN), ("sell", "INFY", 60, MARCH), ("buy", "TCS", 5, JAN),
    ):  # fmt: skip
        record_trade(
            portfolio=portfolio, kind=kind, symbol=symbol, quantity=quantity, price=50,
            trade_date=day,
        )  # fmt: skip
    store_corporate_actions(source=SOURCE, actions=[("INFY", EX, "split", 0.1)])
    book_actions()
    portfolio.refresh_from_db()
    return portfolio


def test_a_ledger_that_cannot_hold_a_consolidation_is_read_and_written_as_before(
    not_held, investor
):
    assert not Transaction.objects.filter(kind="split").exists()
    assert [p.quantity for p in not_held.positions] == [40, 5]
    assert (differences(not_held), rebuild_portfolio(portfolio=not_held)) == ({}, {})
    other = Transaction.objects.get(symbol="TCS")
    delete_entry(portfolio=not_held, pk=other.pk, by=investor)
    sale = {"portfolio": not_held, "kind": "sell", "symbol": "INFY", "price": 50}
    with pytest.raises(EntryRefused, match="1 more than the 40 held"):
        record_trade(quantity=41, trade_date=date(2025, 3, 4), **sale)
    not_held.refresh_from_db()
    assert [p.quantity for p in not_held.positions] == [40]
    # Reads of all customers say the same: 100 are 10 of today's, and 40 are left.
    assert queries.ledger_columns().quantity.sum() == pytest.approx(40)
    # 5,000 paid in, 3,000 taken out, 40 at 150: all within the year.
    value_all_portfolios()
    not_held.refresh_from_db()
    assert not_held.value == 6000
    assert not_held.return_1y == pytest.approx((6000 + 3000 - 5000) / 5000)


def test_a_file_sells_of_such_a_ledger_what_can_be_entered_by_hand(not_held):
    batch = staged(not_held, tradebook(("INFY", "2025-04-01", "sell", "15", "50", "1")))
    assert (batch.counts["new"], batch.counts["orphans"]) == (1, 0)
    assert booked(batch, confirmed=True).added == 1
    not_held.refresh_from_db()
    assert {p.symbol: p.quantity for p in not_held.positions} == {"INFY": 25, "TCS": 5}
    # More than is held lacks just those shares.
    batch = staged(not_held, tradebook(("INFY", "2025-04-02", "sell", "30", "50", "2")))
    (orphan,) = plan_of(batch)["orphans"]
    assert (batch.counts["new"], orphan["shares"]) == (0, 5)


def test_a_consolidation_is_booked_once_the_ledger_can_hold_it(not_held):
    record_trade(
        portfolio=not_held, kind="buy", symbol="INFY", quantity=900, price=50, trade_date=JAN
    )
    not_held.refresh_from_db()
    # 1,000 become 100, less 60.
    assert {p.symbol: p.quantity for p in not_held.positions} == {"INFY": 40, "TCS": 5}
    assert Transaction.objects.get(kind="split").action == KEY
    # From here on it is no doubt any more: what it leaves short is refused.
    sale = Transaction.objects.filter(kind="buy", quantity=900).get()
    with pytest.raises(EntryRefused, match="splits of INFY included"):
        delete_entry(portfolio=not_held, pk=sale.pk, by=None)


def test_a_sale_that_a_split_not_booked_yet_leaves_short_is_refused(portfolio):
    trade_of = {"portfolio": portfolio, "symbol": "INFY", "price": 50}
    record_trade(kind="buy", quantity=100, trade_date=JAN, **trade_of)
    store_corporate_actions(source=SOURCE, actions=[("INFY", EX, "split", 0.1)])
    with pytest.raises(EntryRefused, match="50 more than the 10 held"):
        record_trade(kind="sell", quantity=60, trade_date=MARCH, **trade_of)


def test_the_page_names_the_split_and_sets_it_aside(not_held, client):
    client.force_login(not_held.investor)
    for path in ("", "performance/", "risk/", "tax/", "transactions/"):
        assert client.get(f"/portfolio/{path}").status_code == 200, path
    assert "a consolidation of INFY is in the prices" in text_of(client.get("/portfolio/"))
    page = text_of(client.get("/portfolio/transactions/"))
    assert "Left out: a consolidation of INFY, ex-date 3 Feb 2025, of 10 shares into 1." in page
    assert "The sale of 60 INFY on 03 Mar 2025 is 50 more than the 10 held on that day." in page
    wrong = client.post(
        "/portfolio/actions/", {"do": "dismiss", "action": "split TCS 2025-01-01 2"}, follow=True
    )
    assert "Nothing was changed" in text_of(wrong)
    done = text_of(
        client.post("/portfolio/actions/", {"do": "dismiss", "action": KEY}, follow=True)
    )
    assert "Left out" not in done
    assert "Split INFY, 2025-02-03, 1/10" in done
    not_held.refresh_from_db()
    assert not_held.dismissed == [KEY]
    again = client.post("/portfolio/actions/", {"do": "restore", "action": KEY}, follow=True)
    assert "Left out: a consolidation of INFY" in text_of(again)
