"""An exported ledger is read back unchanged, from a table or from JSON."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from fractions import Fraction

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.domain.entries import Entry
from portfolios.domain.imports.dry_run import Existing, plan_import
from portfolios.domain.imports.ledger_file import (
    COLUMNS,
    Line,
    head_of,
    read_json,
    read_ledger,
    table_of,
)
from portfolios.domain.imports.resolving import Resolver
from portfolios.domain.imports.tables import FileRefused, read_tables
from portfolios.domain.ledger import book_of
from tests.portfolios.imports.conftest import FACTS, TODAY, csv_of, xlsx_of

DAY = date(2024, 7, 1)
LINES = [
    Line(Entry("buy", "INFY", D(10), D("1500.1234"), DAY, D("12.34"), 1, time="09:15:00"), "z:t:1"),
    Line(Entry("transfer_in", "TCS", D(5), D(0), DAY, sequence=2, counted_on=TODAY,
               acquired=date(2020, 1, 1), fair=D("3999.5"))),
    Line(Entry("bonus", "INFY", D(0), D(0), DAY, sequence=3, ratio=Fraction(3, 2),
               action="split INFY 2024-07-01 5/2"), note="=a note, with “marks”"),
    Line(Entry("merger", "TCS", D(0), D(0), date(2024, 8, 1), sequence=4, ratio=Fraction(7, 3),
               into="SBIN", fair=D("800"))),
    Line(Entry("demerger", "SBIN", D(0), D(0), date(2024, 9, 1), sequence=5, ratio=Fraction(1, 5),
               into="BPCL", cost_share=D("0.12345678"))),
    Line(Entry("dividend", "INFY", D(0), D(0), date(2024, 9, 2), D("1.5"), 6, cash=D("250.75"))),
    Line(Entry("dividend", "INFY", D(0), D(0), date(2024, 9, 3), sequence=7, fair=D("20.5"))),
    Line(Entry("fee", "", D(0), D(0), date(2024, 9, 4), sequence=8, cash=D("300"))),
    Line(Entry("rights", "INFY", D(2), D("900"), date(2024, 9, 5), sequence=9), is_sip=True),
    Line(Entry("sell", "INFY", D(3), D("1700"), date(2024, 9, 6), D("20"), 10)),
]  # fmt: skip
DISMISSED = ["dividend TCS 2024-05-01 10"]


def reading_of(sheets):
    return read_ledger(*head_of(sheets))


def as_csv(rows):
    return read_tables(csv_of(COLUMNS, *rows))


def as_xlsx(rows):
    return read_tables(xlsx_of(list(COLUMNS), *rows))


def as_json(rows):
    entries = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    return read_json(orjson.dumps({"entries": entries}))


@pytest.mark.parametrize("through", [as_csv, as_xlsx, as_json])
def test_a_ledger_comes_back_as_it_was(through):
    rows = table_of(LINES, DISMISSED)
    if through is not as_json:
        rows = [["'" + cell if cell[:1] == "=" else cell for cell in row] for row in rows]
    reading = reading_of(through(rows))
    assert reading.refused == [] and reading.dismissed == DISMISSED
    run = plan_import(reading, [], Resolver(FACTS), latest_day=TODAY)
    assert [p.entry for p in run.new] == [line.entry for line in LINES]
    assert [(p.note, p.is_sip) for p in run.new] == [(line.note, line.is_sip) for line in LINES]
    assert run.new[0].key == "z:t:1" and all(p.key for p in run.new)
    assert book_of(p.entry for p in run.new) == book_of(line.entry for line in LINES)
    own = [Existing(line.entry, line.key) for line in LINES]
    again = plan_import(reading, own, Resolver(FACTS), latest_day=TODAY, dismissed=DISMISSED)
    assert again.new == [] and len(again.known) == len(LINES) and again.dismissed == []


amounts = st.decimals(0, 10_000_000, places=4).filter(bool)


@given(st.integers(1, 10**8), amounts, st.fractions(min_value="1/1000", max_value=1000,
                                                    max_denominator=1000))  # fmt: skip
def test_no_digit_is_lost(quantity, price, ratio):
    if not ratio:
        return
    lines = [
        Line(Entry("buy", "INFY", D(quantity), price, DAY, sequence=1)),
        Line(Entry("split", "INFY", D(0), D(0), DAY, sequence=2, ratio=ratio)),
    ]
    reading = reading_of(as_json(table_of(lines)))
    assert [c.entry.quantity for c in reading.candidates] == [quantity, 0]
    assert reading.candidates[0].entry.price == price
    assert reading.candidates[1].entry.ratio == ratio


@pytest.mark.parametrize(
    ("name", "cell", "words"),
    [
        ("kind", "gift", "knows no “gift”"),
        ("quantity", "1e20", "lies between"),
        ("quantity", "1.5", "more decimals"),
        ("quantity", "-1", "lies between"),
        ("price", "0", "above zero"),
        ("price", "1.23456", "more decimals"),
        ("charges", "999999999999", "lies between"),
        ("time", "25:00:00", "not a time"),
        ("trade_date", "", "no date"),
        ("trade_date", "1800-01-01", "before 1990"),
        ("trade_date", "0001-01-01", "01 Jan 0001 lies before 1990"),
        ("acquired", "0001-01-01", "01 Jan 0001 lies before 1990"),
        ("ratio", "1 to 0", "not a ratio"),
        ("ratio", "1 to 5000", "at most at 1,000"),
        ("ratio", "1e999999999", "not a ratio"),
        ("note", "x" * 201, "more than 200 letters"),
        ("key", "x" * 65, "more than 64 letters"),
        ("symbol", "", "names no stock"),
    ],
)
def test_a_row_that_was_tampered_with_is_refused(name, cell, words):
    (row,) = table_of(LINES[:1])
    row[COLUMNS.index(name)] = cell
    reading = reading_of(as_csv([row]))
    assert reading.candidates == [] and words in reading.refused[0].reason


@pytest.mark.parametrize(
    "data", [b"{}", b"[1]", b"{", b'{"entries": [1]}', b'{"entries": 5}', b"[" * 100_000]
)
def test_any_other_json_is_refused(data):
    with pytest.raises(FileRefused, match=r"no ledger exported here\. Nothing"):
        read_json(data)


def test_days_that_have_not_come_are_refused():
    for changes in ({"day": date(9999, 12, 31)}, {"counted_on": date(9999, 12, 31)}):
        entry = replace(Entry("buy", "INFY", D(1), D(1500), DAY, sequence=1), **changes)
        run = plan_import(reading_of(as_csv(table_of([Line(entry)]))), [], Resolver(FACTS),
                          latest_day=TODAY)  # fmt: skip
        assert "31 Dec 9999 is later than the latest session, 17 Dec 2025" in run.refused[0].reason


def test_an_unknown_stock_is_refused_unless_the_ledger_has_it():
    lines = [Line(Entry("buy", "GONE", D(1), D(1), DAY, sequence=1))]
    reading = reading_of(as_csv(table_of(lines)))
    run = plan_import(reading, [], Resolver(FACTS), latest_day=TODAY)
    assert run.new == [] and "“GONE” is not a stock known here" in run.refused[0].reason
    own = [Existing(lines[0].entry)]
    assert len(plan_import(reading, own, Resolver(FACTS), latest_day=TODAY).known) == 1
