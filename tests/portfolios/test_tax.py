"""Capital gains worked by hand from the Act's own rules."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.domain.entries import Entry
from portfolios.domain.open_lots import by_stock, open_lots
from portfolios.domain.schedule_112a import SCHEDULE_112A, schedule_112a
from portfolios.domain.tax import (
    exemption_of,
    financial_year,
    long_from,
    losses_left,
    tax_rate,
    tax_years,
    taxed_book,
    term_of,
    year_name,
    year_with,
)


def trade(kind, quantity, price, day, symbol="AAA"):
    return Entry(kind, symbol, D(quantity), D(str(price)), day)


def years(*entries, fair=None):
    return {each.year: each for each in tax_years(taxed_book(entries), fair)}


def test_the_financial_year_begins_in_april():
    assert financial_year(date(2025, 3, 31)) == 2024
    assert financial_year(date(2025, 4, 1)) == 2025
    assert (year_name(2024), year_name(1999)) == ("2024-25", "1999-00")


def test_more_than_twelve_months_are_long():
    assert term_of(date(2024, 1, 10), date(2025, 1, 10)) == "short"
    assert term_of(date(2024, 1, 10), date(2025, 1, 11)) == "long"
    assert term_of(date(2024, 1, 10), date(2024, 1, 10)) == "intraday"
    assert long_from(date(2024, 2, 29)) == date(2025, 3, 1)


def test_rates_and_exemptions_are_those_of_the_day():
    assert tax_rate("short", date(2024, 7, 22)) == D("0.15")
    assert tax_rate("short", date(2024, 7, 23)) == D("0.20")
    assert tax_rate("long", date(2018, 3, 31)) == 0
    assert tax_rate("long", date(2024, 7, 22)) == D("0.10")
    assert tax_rate("long", date(2024, 7, 23)) == D("0.125")
    assert [exemption_of(year) for year in (2017, 2018, 2023, 2024, 2026)] == [
        0, 100_000, 100_000, 125_000, 125_000,
    ]  # fmt: skip


def test_what_is_exempt_is_neither_set_off_nor_takes_a_loss():
    # s. 10(38), and CBDT's answers of 4 February 2018: a long-term loss made until 31 March 2018
    # is not carried forward. 2,90,000 - 1,00,000 = 1,90,000 at 10 %.
    lost = years(
        trade("buy", 100, 1000, date(2016, 1, 4)),
        trade("sell", 100, 900, date(2018, 3, 1)),
        trade("buy", 100, 1000, date(2018, 3, 5), "BBB"),
        trade("sell", 100, 3900, date(2019, 3, 20), "BBB"),
    )
    assert (lost[2017].carried, lost[2018].brought, lost[2018].tax) == ({}, 0, 19_000)
    # A short-term loss of 40,000 beside an exempt gain of 50,000 is there for the 60,000 gained a
    # year later: 20,000 at 15 %.
    spared = years(
        trade("buy", 100, 1000, date(2016, 1, 4)),
        trade("sell", 100, 1500, date(2018, 3, 1)),
        trade("buy", 100, 1000, date(2018, 1, 8), "BBB"),
        trade("sell", 100, 600, date(2018, 3, 1), "BBB"),
        trade("buy", 100, 1000, date(2018, 6, 4), "CCC"),
        trade("sell", 100, 1600, date(2018, 9, 3), "CCC"),
    )
    assert (spared[2017].tax, spared[2018].brought, spared[2018].tax) == (0, 40_000, 3_000)
    assert spared[2017].long == 50_000  # and is still shown


def test_a_year_with_both_rates_takes_the_exemption_where_it_saves_most():
    # Long gains of 2,00,000 before 23 July 2024 (10 %) and 3,00,000 after (12.5 %): the exemption
    # of 1,25,000 leaves 1,75,000 at 12.5 % = 21,875 and 2,00,000 at 10 % = 20,000.
    year = years(
        trade("buy", 1000, 100, date(2022, 1, 3)),
        trade("sell", 400, 600, date(2024, 5, 6)),
        trade("sell", 600, 600, date(2024, 9, 2)),
    )[2024]
    assert year.long == 500_000
    assert year.taxed == (("long", D("0.10"), 200_000), ("long", D("0.125"), 175_000))
    assert (year.tax, year.exemption_used, year.exemption_left) == (41_875, 125_000, 0)


def test_a_gain_below_the_exemption_pays_nothing_and_says_what_is_left():
    year = years(
        trade("buy", 100, 100, date(2023, 1, 2)), trade("sell", 100, 600, date(2025, 5, 5))
    )[2025]
    assert (year.tax, year.exemption_used, year.exemption_left) == (0, 50_000, 75_000)


def test_short_losses_go_against_the_highest_rate_and_long_ones_against_long_gains_only():
    # FY 2025-26: short gain 1,00,000 (20 %), short loss 40,000, long loss 30,000. The short loss
    # leaves 60,000 at 20 % = 12,000; the long loss finds no long gain and is carried forward.
    year = years(
        trade("buy", 100, 1000, date(2025, 4, 7), "GAIN"),
        trade("sell", 100, 2000, date(2025, 8, 4), "GAIN"),
        trade("buy", 100, 1000, date(2025, 4, 7), "LOSS"),
        trade("sell", 100, 600, date(2025, 8, 4), "LOSS"),
        trade("buy", 100, 1000, date(2023, 4, 3), "OLD"),
        trade("sell", 100, 700, date(2025, 8, 4), "OLD"),
    )[2025]
    assert (year.short, year.long, year.tax) == (60_000, -30_000, 12_000)
    assert year.carried == {2025: (0, 30_000)}


def test_further_long_gains_are_free_up_to_losses_and_exemption_together():
    # A long loss of 30,000 this year and a short one of 20,000 of the year before, and nothing
    # else: 50,000 of losses and the exemption of 1,25,000 leave 1,75,000 free; each 1,000 more
    # brings 125.
    lost = [
        trade("buy", 100, 1000, date(2024, 5, 6), "SHORT"),
        trade("sell", 100, 800, date(2024, 8, 5), "SHORT"),
        trade("buy", 100, 1000, date(2023, 4, 3), "LONG"),
        trade("sell", 100, 700, date(2025, 8, 4), "LONG"),
        trade("buy", 1, 1000, date(2023, 4, 3), "MORE"),
    ]
    before = list(years(*lost).values())
    assert losses_left(before, 2025) == 50_000 and before[-1].exemption_left == 125_000
    for gain, tax in ((175_000, 0), (176_000, 125)):
        assert (
            years(*lost, trade("sell", 1, 1000 + gain, date(2025, 9, 1), "MORE"))[2025].tax == tax
        )
    # Those of 2024-25 go with 2032-33, those of 2025-26 a year later.
    assert [losses_left(before, year) for year in (2032, 2033, 2034)] == [50_000, 30_000, 0]
    assert losses_left([], 2025) == 0


def test_a_loss_is_carried_forward_and_lapses_after_eight_years():
    lost = [
        trade("buy", 100, 1000, date(2015, 4, 6)),
        trade("sell", 100, 500, date(2015, 8, 3)),  # short loss of 50,000 in 2015-16
    ]

    def sold(day):  # a short gain of 80,000
        return [
            trade("buy", 100, 1000, day.replace(day=1), "BBB"),
            trade("sell", 100, 1800, day, "BBB"),
        ]

    in_time = years(*lost, *sold(date(2023, 9, 4)))[2023]
    assert (in_time.brought, in_time.tax) == (50_000, 4_500)  # 30,000 at 15 %
    too_late = years(*lost, *sold(date(2024, 9, 4)))[2024]
    assert (too_late.brought, too_late.tax) == (0, 16_000)  # 80,000 at 20 %


@pytest.mark.parametrize(
    ("fair", "price", "cost", "gain"),
    [
        # The three examples of CBDT's notes on section 112A, bought at 100:
        (200, 250, 200, 50),  # fair value between cost and price: it is the cost
        (200, 150, 150, 0),  # price between cost and fair value: the gain is nil
        (50, 150, 100, 50),  # fair value below cost: the cost stays
        (200, 50, 100, -50),  # sold below cost: the loss is the true one
    ],
)
def test_gains_until_january_2018_are_grandfathered(fair, price, cost, gain):
    year = years(
        trade("buy", 1, 100, date(2017, 1, 2)),
        trade("sell", 1, price, date(2019, 1, 2)),
        fair=lambda symbol, day: D(fair),
    )[2018]
    assert (year.gains[0].cost, year.long) == (cost, gain)


def test_shares_bought_later_know_no_fair_value():
    year = years(
        trade("buy", 1, 100, date(2018, 2, 1)),
        trade("sell", 1, 250, date(2020, 1, 2)),
        fair=lambda symbol, day: D(200),
    )[2019]
    assert year.long == 150


def test_an_intraday_round_trip_is_business_and_no_capital_gain():
    year = years(trade("buy", 10, 100, date(2025, 5, 5)), trade("sell", 10, 120, date(2025, 5, 5)))[
        2025
    ]
    assert (year.intraday, year.short, year.tax) == (200, 0, 0)


def test_sales_say_beforehand_what_they_will_be_taxed():
    held = [trade("buy", 1000, 100, date(2023, 1, 2))]
    first = trade("sell", 500, 500, date(2025, 6, 2))
    # A gain of 2,00,000, of which 1,25,000 are exempt: 75,000 at 12.5 %.
    before, after = year_with(held, [first])
    assert before is None and (after.tax, after.exemption_used) == (9_375, 125_000)
    # The exemption is gone then: another 1,00,000 at 12.5 %, whether booked before or together.
    second = trade("sell", 250, 500, date(2025, 7, 1))
    before, after = year_with([*held, first], [second])
    assert after.tax - before.tax == 12_500
    assert year_with(held, [second, first])[1] == after
    assert year_with([*held, first], [second], taxed=taxed_book([*held, first]))[1] == after


def test_a_trade_of_the_day_turns_out_to_have_been_no_delivery():
    day = date(2025, 6, 2)
    held = [trade("buy", 100, 100, date(2025, 1, 2)), trade("buy", 40, 150, day)]
    # 40 of the 50 meet the day's purchase: 40 × 10 is of business, 10 × 60 a gain at 20 %.
    before, after = year_with(held, [trade("sell", 50, 160, day)])
    assert before is None and (after.intraday, after.short, after.tax) == (400, 600, 120)
    # 50 sold earlier that day from what was held: 50 × 60, until 30 of them are bought back at 155.
    sold = [held[0], trade("sell", 50, 160, day)]
    before, after = year_with(sold, [trade("buy", 30, 155, day)])
    assert (before.intraday, before.short) == (0, 3000)
    assert (after.intraday, after.short, after.tax) == (150, 1200, 240)
    assert year_with(held, [trade("buy", 1, 150, day)]) == (None, None)


def test_open_lots_tell_the_days_to_long_term():
    book = taxed_book(
        [trade("buy", 10, 100, date(2024, 6, 3)), trade("buy", 5, 150, date(2025, 1, 6))]
    )
    old, new = open_lots(book, {"AAA": D(160)}, date(2025, 6, 10))
    assert (old.term, old.days_left, old.gain) == ("long", 0, 600)
    assert (new.term, new.days_left, new.gain) == ("short", 211, 50)  # until 7 January 2026
    assert open_lots(book, {}, date(2025, 6, 10))[0].gain is None


def test_lots_of_a_stock_add_up():
    book = taxed_book(
        [
            trade("buy", 10, 100, date(2024, 6, 3)),
            trade("buy", 5, 150, date(2025, 1, 6)),
            trade("buy", 2, 170, date(2025, 3, 3)),
            trade("buy", 1, 50, date(2025, 6, 10), "BBB"),
        ]
    )
    first, second = by_stock(open_lots(book, {"AAA": D(160)}, date(2025, 6, 10)))
    assert (first.symbol, first.count, first.quantity, first.cost) == ("AAA", 3, 17, 2090)
    # 600 on the old lot; 5 x 10 gained and 2 x 10 lost on the others.
    assert (first.value, first.long, first.short, first.days_left) == (2720, 600, 30, 211)
    assert (second.symbol, second.value, second.long, second.short) == ("BBB", None, None, None)


def test_schedule_112a_has_the_returns_columns():
    year = years(
        trade("buy", 10, 100, date(2017, 1, 2)),
        trade("sell", 10, 250, date(2024, 9, 2)),
        trade("buy", 10, 100, date(2025, 1, 2)),
        trade("sell", 10, 150, date(2025, 2, 3)),  # short-term: not in it
        fair=lambda symbol, day: D(200),
    )[2024]
    (row,) = schedule_112a(year, {"AAA": "INE000A01010"}, {"AAA": "Triple A Ltd."})
    assert len(row) == len(SCHEDULE_112A)
    assert row == [
        "AE", "BE", "INE000A01010", "Triple A Ltd.", "10", "250", "2500", "2000", "1000",
        "2000", "200", "2000", "0", "2000", "500",
    ]  # fmt: skip


AMOUNTS = st.integers(-300_000, 300_000)


@given(st.lists(st.tuples(AMOUNTS, st.booleans(), st.booleans()), min_size=1, max_size=8))
def test_no_order_of_set_off_is_dearer_than_none(sales):
    """Losses and exemption never raise a tax, and never make more of themselves than there is."""
    entries = []
    for place, (gain, is_long, late) in enumerate(sales):
        name = f"S{place}"
        sold = date(2024, 9, 2) if late else date(2024, 5, 6)
        bought = date(2022, 1, 3) if is_long else date(2024, 4, 2)
        entries += [
            trade("buy", 1, 400_000, bought, name), trade("sell", 1, 400_000 + gain, sold, name)
        ]  # fmt: skip
    (year,) = tax_years(taxed_book(entries))
    gains = sum(max(g.amount, 0) * g.rate for g in year.gains)
    assert 0 <= year.tax <= gains
    assert 0 <= year.exemption_used <= year.exemption
    lost = sum(-g.amount for g in year.gains if g.amount < 0)
    carried = sum(sum(each) for each in year.carried.values())
    earned = sum(g.amount for g in year.gains if g.amount > 0)
    taxed = sum(amount for _, _, amount in year.taxed)
    assert earned - taxed == lost - carried + year.exemption_used
