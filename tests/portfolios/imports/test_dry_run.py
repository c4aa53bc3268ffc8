"""What an import would do: new, known, refused, and sales without shares."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from fractions import Fraction

from portfolios.domain.charges import broker_plans, charges_of, charges_of_order
from portfolios.domain.entries import Entry
from portfolios.domain.imports.dry_run import Choices, Existing, plan_import
from portfolios.domain.imports.layouts import recognise
from portfolios.domain.imports.mapping import Mapping, read_rows
from portfolios.domain.imports.openings import Opening
from portfolios.domain.imports.resolving import Resolver
from portfolios.domain.imports.tables import read_tables
from portfolios.domain.ledger import book_of, shortfalls
from portfolios.domain.splits import Split
from tests.portfolios.imports.conftest import FACTS, TODAY, csv_of, tradebook

BUY = ("INFY", "2024-07-01", "buy", "10", "1500", "1")
SELL = ("INFY", "2025-03-03", "sell", "4", "1600", "2")


def run_of(data, existing=(), resolver=None, **more):
    reading = recognise(read_tables(data)).read()
    return plan_import(reading, existing, resolver or Resolver(FACTS), latest_day=TODAY, **more)


def booked(run, existing=()):
    """The ledger after an import."""
    return [*existing, *(Existing(each.entry, each.key) for each in run.new)]


def book_after(run, existing=()):
    return book_of(each.entry for each in booked(run, existing))


def test_the_same_file_twice_adds_nothing():
    data = tradebook(BUY, SELL)
    first = run_of(data)
    assert [p.row for p in first.new] == [2, 3] and not first.known
    again = run_of(data, booked(first))
    assert again.new == [] and [k.row for k in again.known] == [2, 3]
    assert {k.why for k in again.known} == {"Imported before."}


def test_files_that_overlap_add_what_is_new():
    first = run_of(tradebook(BUY, SELL))
    later = run_of(tradebook(SELL, ("INFY", "2025-04-01", "buy", "1", "1400", "3")), booked(first))
    assert [p.entry.day for p in later.new] == [date(2025, 4, 1)]


def test_a_row_twice_in_a_file_is_one_trade_and_equal_trades_are_several():
    twice = run_of(tradebook(BUY, BUY))
    assert len(twice.new) == 1 and "before" in twice.known[0].why
    # The same shares at the same price under another number: an order filled in two parts.
    parts = run_of(tradebook(BUY, (*BUY[:-1], "9")))
    assert len(parts.new) == 2
    # And a file without numbers: equal rows are counted, so that twice is still nothing.
    data = tradebook((*BUY[:-1], ""), (*BUY[:-1], ""))
    first = run_of(data)
    assert len({p.key for p in first.new}) == 2
    assert run_of(data, booked(first)).new == []


def test_a_trade_entered_by_hand_is_known():
    entry = Entry("buy", "INFY", D(10), D(1500), date(2024, 7, 1), charges=D(20), sequence=1)
    run = run_of(tradebook(BUY, SELL), [Existing(entry)])
    assert [p.row for p in run.new] == [3]
    assert "entered or from another file" in run.known[0].why
    # Another number of the same broker is another trade.
    first = run_of(tradebook(BUY))
    assert len(run_of(tradebook((*BUY[:-1], "8")), booked(first)).new) == 1


def test_symbols_by_isin_series_former_name_and_company():
    rows = [
        ("INFY-EQ", "2024-07-01", "buy", "1", "1500", "1"),
        ("INFY-BE", "2024-07-01", "buy", "1", "1500", "2"),
        ("INFOSYSTCH", "2024-07-01", "buy", "1", "1500", "3"),
        ("NSE:INFY", "2024-07-01", "buy", "1", "1500", "4"),
        ("M&M", "2024-07-01", "buy", "1", "1500", "5"),
        ("SGBAUG28", "2024-07-01", "buy", "1", "1500", "6"),
        ("NIFTY50", "2024-07-01", "buy", "1", "1500", "7"),
    ]
    run = run_of(tradebook(*rows))
    assert [p.entry.symbol for p in run.new] == ["INFY", "INFY", "INFY", "INFY", "M&M"]
    assert run.unknown == {"SGBAUG28": 1, "NIFTY50": 1}
    assert run.refused[0].reason == "“SGBAUG28” is not a stock known here."
    chosen = run_of(tradebook(*rows), resolver=Resolver(FACTS, {"SGBAUG28": "TCS"}))
    assert chosen.new[-1].entry.symbol == "TCS"


def test_a_symbol_of_one_stock_beside_the_isin_of_another_is_not_guessed_at():
    infosys, old = "INE009A01021", "INFOSYSTCH"
    isins = {"TCS": infosys, "TCS-EQ": "INE467B01029", old: infosys, "INFY": "INE000000000"}
    plain = tradebook(*((symbol, "2024-07-01", "buy", "1", "1500", symbol) for symbol in isins))
    data = plain.decode()
    for symbol, isin in isins.items():
        data = data.replace(f"\n{symbol},,", f"\n{symbol},{isin},")
    run = run_of(data.encode())
    # A former symbol is no other stock's, and an ISIN not known here tells nothing.
    assert [p.entry.symbol for p in run.new] == ["TCS", "INFY", "INFY"]
    assert [each.reason for each in run.refused] == [
        f"The symbol is that of TCS, and the ISIN {infosys} that of INFY: say which stock is meant."
    ]
    assert run.unknown == {"TCS": 1}
    chosen = run_of(data.encode(), resolver=Resolver(FACTS, {"TCS": "INFY"}))
    assert [p.entry.symbol for p in chosen.new] == ["INFY", "TCS", "INFY", "INFY"]


def test_a_company_name_must_be_one_company(resolver):
    def symbol(name, **more):
        heads = ["Company Name", "ISIN", "Shares", "Price"]
        mapping = Mapping(
            "x", "x", "holdings",
            {"name": heads[0], "isin": heads[1], "quantity": heads[2], "price": heads[3]},
        )  # fmt: skip
        (sheet,) = read_tables(csv_of(heads, [name, more.get("isin", ""), "1", "1"]))
        return resolver.symbol_of(read_rows(mapping, sheet, 0).candidates[0])

    assert symbol("MAHINDRA & MAHINDRA LIMITED") == symbol("Mahindra and Mahindra Ltd") == "M&M"
    assert symbol("MAHINDRA & MAHINDRA FINANCIAL") == "M&MFIN"
    assert symbol("MAHINDRA AND MAHIN") == ""  # cut off where two companies begin alike
    assert symbol("YES") == ""  # too little to go by
    assert symbol("Anything", isin="INE009A01021") == "INFY"  # the ISIN stands above the name
    assert symbol("Infosys Ltd", isin="INF204KB14I2") == ""  # a fund's ISIN


def test_symbols_below_company_and_companies_below_symbol_are_taken(resolver):
    mapping = Mapping(
        "x", "x", "trades",
        {"name": "Company", "symbol": "Scrip", "day": "Date", "quantity": "Qty", "price": "Rate"},
    )  # fmt: skip
    rows = [
        ["INFY", "", "2024-07-01", "1", "1500"],
        ["M&M-EQ", "", "2024-07-01", "1", "2800"],
        ["", "Infosys Ltd", "2024-07-01", "2", "1500"],
        ["State Bank of India", "", "2024-07-01", "1", "800"],
        ["Infy", "", "2024-07-02", "1", "1500"],
    ]
    (sheet,) = read_tables(csv_of(["Company", "Scrip", "Date", "Qty", "Rate"], *rows))
    run = plan_import(read_rows(mapping, sheet, 0), [], resolver, latest_day=TODAY)
    assert [p.entry.symbol for p in run.new] == ["INFY", "M&M", "INFY", "SBIN", "INFY"]
    # Symbols say for sure which stock is meant; names are to be looked at, and so is what only
    # reads like a symbol.
    assert run.named == {"INFOSYS LTD": "INFY", "State Bank of India": "SBIN", "Infy": "INFY"}


def test_shares_that_cannot_be_booked_are_refused_with_the_reason():
    run = run_of(
        tradebook(
            ("INFY", "2024-07-01", "buy", "1.5", "1500", "1"),
            ("INFY", "2024-07-01", "buy", "1", "0", "2"),
            ("INFY", "2026-07-01", "buy", "1", "1500", "3"),
            ("INFY", "1980-07-01", "buy", "1", "1500", "4"),
            ("INFY", "2024-07-01", "gift", "1", "1500", "5"),
            ("INFY", "0001-01-01", "buy", "1", "1500", "6"),
            ("INFY", "9999-12-31", "buy", "1", "1500", "7"),
        )
    )
    assert not run.new and [r.row for r in run.refused] == [2, 3, 4, 5, 6, 7, 8]
    assert "whole numbers" in run.refused[0].reason
    assert "later than the latest session" in run.refused[2].reason
    assert run.refused[4].reason == "“gift” is neither a purchase nor a sale."
    assert run.refused[5].reason.startswith("01 Jan 0001 lies before 1990, where a ledger begins")
    assert run.refused[6].reason == ("31 Dec 9999 is later than the latest session, 17 Dec 2025.")


def test_sales_without_purchases_are_left_out_until_the_investor_says_more():
    data = tradebook(SELL, ("INFY", "2025-03-10", "buy", "5", "1550", "3"),
                     ("INFY", "2025-04-01", "sell", "7", "1700", "4"))  # fmt: skip
    run = run_of(data)
    # 4 shares lack on 3 March; 7 less the 5 bought since lack on 1 April.
    (orphan,) = run.orphans
    assert [(s.entry.day, s.missing) for s in orphan.missing] == [
        (date(2025, 3, 3), 4), (date(2025, 4, 1), 2),
    ]  # fmt: skip
    assert (orphan.rows, orphan.left_out, orphan.shares) == ((2, 4), (2, 4), 6)
    assert orphan.day == date(2025, 3, 2)
    assert [p.row for p in run.new] == [3]

    openings = {"INFY": Opening(D(1000))}
    run = run_of(data, choices=Choices(openings=openings))
    assert run.orphans[0].left_out == () and [p.row for p in run.new] == [2, 3, 4, 0]
    position = book_after(run).positions["INFY"]
    # First in, first out: all six opening shares are sold, 5 of 5 bought are sold: none left.
    assert position.quantity == 0
    # 4 x 1600 + 7 x 1700 - (6 x 1000 + 5 x 1550) = 18,300 - 13,750
    assert position.gains == 4550
    assert {p.entry.day for p in run.new if not p.row} == {date(2025, 3, 2)}
    again = run_of(data, booked(run), choices=Choices(openings=openings))
    assert again.new == [] and again.orphans == []


def test_opening_shares_are_counted_as_on_their_own_day():
    # A share became 5 between the two sales: 2 old ones lack, then 5 new ones, which 1 old was.
    splits = {"INFY": (Split(date(2025, 3, 20), Fraction(5)),)}
    data = tradebook(
        ("INFY", "2025-03-03", "sell", "2", "5000", "1"),
        ("INFY", "2025-04-01", "sell", "5", "1000", "2"),
    )
    choices = Choices(openings={"INFY": Opening(D(4000), date(2020, 1, 1))})
    run = run_of(data, splits=splits, choices=choices)
    (opening,) = (p.entry for p in run.new if not p.row)
    assert (opening.quantity, opening.price, opening.day) == (3, 4000, date(2020, 1, 1))
    book = book_of([*(p.entry for p in run.new), splits["INFY"][0].entry("INFY")])
    # 2 x 5000 + 5 x 1000 - 3 x 4000
    assert book.positions["INFY"].gains == 3000 and book.positions["INFY"].quantity == 0
    # Three new shares were part of an old one: a whole one was there, and two new are left.
    some = tradebook(("INFY", "2025-04-01", "sell", "3", "1000", "2"))
    run = run_of(some, splits=splits, choices=choices)
    book = book_of([*(p.entry for p in run.new), splits["INFY"][0].entry("INFY")])
    assert run.orphans[0].shares == 1 and book.positions["INFY"].quantity == 2


def test_a_sale_in_the_ledger_keeps_the_shares_that_an_import_would_take():
    entries = [
        Entry("buy", "INFY", D(10), D(1400), date(2024, 1, 1), sequence=1),
        Entry("sell", "INFY", D(10), D(1500), date(2025, 6, 2), sequence=2),
    ]
    run = run_of(tradebook(SELL), [Existing(entry) for entry in entries])
    (orphan,) = run.orphans
    assert (orphan.rows, orphan.left_out, run.new) == ((0,), (2,), [])
    assert book_after(run, [Existing(e) for e in entries]).positions["INFY"].quantity == 0


def test_every_shortfall_is_found_in_one_pass():
    day = date(2024, 1, 1)
    entries = [
        Entry("buy", "A", D(3), D(1), day, sequence=1),
        Entry("sell", "A", D(5), D(1), day, sequence=2),
        Entry("sell", "A", D(1), D(1), date(2024, 1, 2), sequence=3),
        Entry("transfer_out", "B", D(7), D(0), day, sequence=4),
    ]
    assert sorted((s.entry.sequence, s.missing) for s in shortfalls(entries)) == [
        (2, 2), (3, 1), (4, 7),
    ]  # fmt: skip
    # Left out, the sale of 5 leaves 3 shares, of which 1 is sold.
    assert [s.entry.sequence for s in shortfalls(entries, optional={2, 4})] == [2, 4]


def holdings(*rows):
    return csv_of(["Instrument", "Qty.", "Avg. cost", "LTP"], *rows)


def test_holdings_open_positions_and_never_add_to_them():
    data = holdings(["INFY", "25", "1450.50", "1600"], ["TCS", "10", "3200", "3400"])
    opened = date(2025, 1, 6)
    run = run_of(data, choices=Choices(opened_on=opened))
    assert [(p.entry.kind, p.entry.day, p.entry.counted_on) for p in run.new] == [
        ("transfer_in", opened, TODAY)
    ] * 2
    assert book_after(run).positions["INFY"].average_cost == D("1450.50")
    again = run_of(data, booked(run))
    assert again.new == [] and len(again.known) == 2
    # A month later: more shares. What changed is not known to be a purchase, and at what price.
    more = run_of(holdings(["INFY", "30", "1460", "1"]), booked(run))
    assert more.new == [] and "The ledger says 25 INFY, the file 30." in more.refused[0].reason
    # Shares of one stock on two rows, as brokers list them by exchange, are held together.
    split = holdings(["TCS", "4", "3200", "1"], ["TCS", "6", "3200", "1"])
    assert len(run_of(split).new) == 2 and len(run_of(split, booked(run)).known) == 2


def test_charges_are_filled_in_by_a_broker_s_plan():
    plan = broker_plans()["flat"]
    day = "2025-03-03"
    rows = [("INFY", "2024-07-01", "buy", "30", "1500", "1"),
            ("INFY", day, "sell", "10", "1600", "2"),
            ("INFY", day, "sell", "5", "1601", "3")]  # fmt: skip
    data = tradebook(*rows).decode().replace(",92,", ",9,").replace(",93,", ",9,").encode()
    assert [p.entry.charges for p in run_of(data).new] == [0, 0, 0]
    run = run_of(data, choices=Choices(plan=plan))
    whole = charges_of("sell", D(24005), date(2025, 3, 3), plan=plan).total
    one, two = (p.entry.charges for p in run.new if p.entry.kind == "sell")
    # One order of 16,000 and 8,005: charged once, and divided by amount.
    assert one + two == whole and two == (whole * 8005 / 24005).quantize(D("0.01"), "ROUND_DOWN")
    buy = charges_of("buy", D(45000), date(2024, 7, 1), plan=plan).total
    assert next(p.entry.charges for p in run.new if p.entry.kind == "buy") == buy > 0
    # Bought on the day of a sale, before this file: 10 of the 15 sold were never delivered.
    bought = Entry("buy", "INFY", D(10), D(1590), date(2025, 3, 3), D(30), sequence=1)
    beside = run_of(data, [Existing(bought)], choices=Choices(plan=plan))
    inside = sum(p.entry.charges for p in beside.new if p.entry.kind == "sell")
    assert inside == charges_of_order("sell", D(8005), D(16000), date(2025, 3, 3), plan=plan).total
    assert inside < whole and not run.notes
    assert "square off trades in the ledger: INFY of 3 Mar 2025. What is" in beside.notes[0]
    # Two orders: brokerage twice, the depository once.
    two_orders = run_of(tradebook(*rows), choices=Choices(plan=plan))
    apart = sum(p.entry.charges for p in two_orders.new if p.entry.kind == "sell")
    free = replace(plan, depository=D(0))
    assert apart == (
        charges_of("sell", D(16000), date(2025, 3, 3), plan=plan).total
        + charges_of("sell", D(8005), date(2025, 3, 3), plan=free).total
    )
