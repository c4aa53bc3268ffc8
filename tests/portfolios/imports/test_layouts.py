"""Brokers' own layouts, row by row."""

from datetime import date
from decimal import Decimal as D

import pytest

from portfolios.domain.imports.dry_run import plan_import
from portfolios.domain.imports.layouts import recognise
from portfolios.domain.imports.mapping import Mapping, head_row, read_rows, suggest
from portfolios.domain.imports.tables import FileRefused, read_tables
from tests.portfolios.imports.conftest import TODAY, ZERODHA, csv_of, real, tradebook


def read(data):
    return recognise(read_tables(data)).read()


def reasons(reading):
    return {refused.row: refused.reason for refused in reading.refused}


def test_zerodha_tradebook():
    reading = read(tradebook(("INFY", "2024-07-01", "buy", "10", "1500.5", "77")))
    (row,) = reading.candidates
    assert (reading.source, row.kind, row.symbol, row.quantity) == ("zerodha", "buy", "INFY", 10)
    assert (row.price, row.day, row.time) == (D("1500.5"), date(2024, 7, 1), "10:00:00")
    assert (row.trade_id, row.order_id, row.exchange, row.charges) == ("77", "977", "NSE", None)


def test_zerodha_futures_and_options_are_refused_row_by_row():
    data = (
        f"{ZERODHA},expiry_date\n"
        "NIFTY24JULFUT,,2024-07-01,NSE,FO,,buy,false,50,24000,1,2,2024-07-01T10:00:00,2024-07-25\n"
    )
    assert reasons(read(data.encode())) == {
        2: "Futures and options are no part of a ledger of shares."
    }


def test_zerodha_holdings_below_a_banner_end_with_a_total():
    reading = read(real("zerodha_holdings_with_banner.csv"))
    assert [(c.row, c.symbol, c.quantity, c.price) for c in reading.candidates] == [
        (6, "INFY", 25, D("1450.50")),
        (7, "TCS", 10, D("3200.00")),
    ]
    assert reasons(reading) == {8: "A total, not a row of its own."}
    assert [c.symbol for c in read(real("zerodha_holdings_console.csv")).candidates] == [
        "MODEFENCE", "SBISILVER", "SETFGOLD",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["groww_order_history_as_csv.csv", "groww_order_history_header_row6.xlsx"]
)
def test_groww_gives_the_amount_of_an_order(name):
    reading = read(real(name))
    # 10,500 for 3 shares; the second order was cancelled; 15,000 for 10 shares.
    assert [(c.symbol, c.price, c.day, c.time) for c in reading.candidates] == [
        ("TCS", D(3500), date(2025, 1, 8), "10:15:00"),
        ("INFY", D(1500), date(2024, 7, 1), "10:15:00"),
    ]
    assert list(reasons(reading).values()) == ["The order was not carried out: Cancelled."]
    assert "day first" in reading.notes[0]


def test_groww_files_of_both_kinds_have_the_same_keys(resolver):
    csv, xlsx = (
        plan_import(read(real(name)), [], resolver, latest_day=TODAY)
        for name in ("groww_order_history_as_csv.csv", "groww_order_history_header_row6.xlsx")
    )
    assert [p.key for p in csv.new] == [p.key for p in xlsx.new] and len(csv.new) == 2


@pytest.mark.parametrize("name", ["upstox_trade_report.csv", "upstox_trade_report.xlsx"])
def test_upstox_names_companies(name, resolver):
    reading = read(real(name))
    assert len(reading.refused) == 8  # five options, three funds
    assert {r.reason.split(" are")[0] for r in reading.refused} == {
        "Futures and options", "Units of a mutual fund",
    }  # fmt: skip
    run = plan_import(reading, [], resolver, latest_day=TODAY)
    # The report cuts "BHARAT PETROLEUM CORPORATION L" off, and has the newest row first.
    assert [(p.entry.symbol, p.entry.kind) for p in run.new if p.entry.symbol != "INFY"] == [
        ("BPCL", "buy"), ("SBIN", "sell"), ("SBIN", "buy"),
    ]  # fmt: skip
    assert [(o.symbol, o.shares, o.left_out) for o in run.orphans] == [("YESBANK", 150, (19,))]
    assert run.named["BHARAT PETROLEUM CORPORATION L"] == "BPCL"
    assert "PUNJAB NATBK" in run.unknown
    assert any("with BSE code 532461" in refused.reason for refused in run.refused)


def test_dhan_holdings():
    reading = read(real("dhan_holdings_detailed.csv"))
    first = reading.candidates[0]
    assert (first.symbol, first.isin, first.quantity) == ("AIIL", "INE206F01022", 50)
    assert (first.kind, first.price, first.day) == ("transfer_in", D("550.00"), None)


@pytest.mark.parametrize(
    ("heads", "source"),
    [
        ("Stock Name,ISIN,Quantity,Average buying price,Buy value,Closing price", "groww-holdings"),
        ("Company Name,Symbol,Quantity,Average Price,Last Traded Price", "upstox-holdings"),
        ("Instrument,Qty.,Avg. cost,LTP,Invested,Cur. val,P&L", "zerodha-holdings"),
        ("Scrip Name,Scrip Code,Holding Qty,Average Cost,Market Price", "icici-holdings"),
    ],
)  # fmt: skip
def test_layouts_are_told_by_their_heads(heads, source):
    assert recognise(read_tables(heads.encode())).mapping.key == source


def test_a_table_of_no_known_layout_is_not_guessed_at():
    assert recognise(read_tables(b"Angel,Scrip,Rate\n1,2,3")) is None


MAPPING = Mapping(
    "own", "My file", "trades",
    {"symbol": "Scrip", "quantity": "Net qty", "amount": "Total", "day": "When", "charges": "Fees"},
)  # fmt: skip


def mapped(*rows):
    (sheet,) = read_tables(
        csv_of(["My broker"], ["Scrip", "Net qty", "Total", "When", "Fees"], *rows)
    )
    return read_rows(MAPPING, sheet, 1)


def test_any_table_by_the_names_of_its_columns():
    reading = mapped(
        ["INFY", "10", "15,000", "07/25/2024", "₹12"],
        ["INFY", "(4)", "(6,400)", "07/26/2024", "-3"],
    )
    # Without a column for the side, a negative number of shares is a sale: 6,400 / 4.
    assert [(c.kind, c.quantity, c.price, c.charges) for c in reading.candidates] == [
        ("buy", 10, 1500, 12), ("sell", 4, 1600, 3),
    ]  # fmt: skip
    assert reading.candidates[0].day == date(2024, 7, 25) and "month first" in reading.notes[0]


def test_rows_that_are_none_say_why():
    reading = mapped(
        ["INFY", "ten", "15", "2024-07-25"],
        ["INFY", "0", "15", "2024-07-25"],
        ["", "5", "15", "2024-07-25"],
        ["INFY", "5", "", "2024-07-25"],
        ["INFY", "5", "15", ""],
        ["End of report"],
        ["Grand Total", "5", "15"],
        ["Scrip", "Qty", "Total", "When"],
    )
    assert reasons(reading) == {
        3: "“ten” is not a number.",
        4: "No shares.",
        5: "The row names no stock.",
        6: "There is no amount.",
        7: "There is no date.",
        8: "A line of text.",
        9: "A total, not a row of its own.",
        10: "The heads of the columns once more.",
    }


def test_dates_in_both_orders_refuse_the_file():
    with pytest.raises(FileRefused, match=r"day first and others the month.*2024-07-31"):
        mapped(["INFY", "1", "15", "07/25/2024"], ["INFY", "1", "15", "25/07/2024"])


def test_columns_are_suggested_and_their_row_is_found():
    rows = [["Report of trades"], [], ["Trade Date", "Scrip", "B/S", "Qty", "Rate"],
            ["2024-07-01", "INFY", "B", "1", "2"]]  # fmt: skip
    assert head_row(rows) == 2
    assert suggest(rows[2]) == {
        "day": "Trade Date", "symbol": "Scrip", "side": "B/S", "quantity": "Qty", "price": "Rate",
    }  # fmt: skip


def test_a_mapping_says_what_it_lacks():
    assert MAPPING.fault == ""
    lacking = Mapping("own", "", "trades", {"symbol": "a", "quantity": "b", "price": "c"})
    assert "date" in lacking.fault
    assert (
        "one thing only"
        in Mapping("own", "", "holdings", {"symbol": "a", "quantity": "b", "price": "b"}).fault
    )


def test_order_numbers_that_a_spreadsheet_rounded_are_not_believed():
    reading = read(tradebook(("INFY", "2024-07-01", "buy", "10", "1500", "1.30E+14")))
    assert reading.candidates[0].trade_id == ""


SIDES = Mapping(
    "own", "My file", "trades",
    {"symbol": "Scrip", "side": "B/S", "quantity": "Qty", "price": "Rate", "day": "When"},
)  # fmt: skip


def sided(*rows):
    (sheet,) = read_tables(csv_of(["Scrip", "B/S", "Qty", "Rate", "When"], *rows))
    return read_rows(SIDES, sheet, 0)


def test_a_negative_number_of_shares_is_told_in_a_sentence():
    bought = ["INFY", "Buy", "-4", "1500", "2024-07-01"]
    sold = ["INFY", "Sell", "-4", "1500", "2024-07-02"]
    other = ["INFY", "Sell", "3", "1500", "2024-07-03"]
    assert reasons(sided(bought)) == {2: "Buys −4 shares: their number must be above zero."}
    # Among sales without a minus it may be anything.
    mixed = sided(sold, other)
    assert [c.quantity for c in mixed.candidates] == [3] and reasons(mixed) == {
        2: "Sells −4 shares, while other sales of the file have no minus: it may be one that was "
        "taken back."
    }
    # Where every sale has one, it is how the broker writes them, and that is said.
    signed = sided(sold, ["INFY", "S", "(3)", "1500", "2024-07-03"])
    assert [(c.kind, c.quantity) for c in signed.candidates] == [("sell", 4), ("sell", 3)]
    assert "Sales have a minus before their shares, and are read without it." in signed.notes
    assert "minus" not in str(sided(other).notes)
    nothing = ["INFY", "Sell", "", "1500", "2024-07-03"]
    assert "minus" not in str(sided([*bought[:1], "Buy", "4", *bought[3:]], nothing).notes)


def test_a_column_that_is_chosen_twice_is_named_with_both_fields():
    twice = Mapping("x", "x", "trades", {**SIDES.columns, "price": "Rate", "amount": "rate"})
    assert twice.fault == (
        "The column “Rate” is chosen for “Price a share” and for “Amount of the row”: it can hold "
        "one thing only."
    )
    assert SIDES.fault == ""
