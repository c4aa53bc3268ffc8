"""Cells as brokers write them."""

from datetime import date
from decimal import Decimal as D

import pytest

from portfolios.domain.imports.numbers import BadCell, day_from, day_order, number_from, time_from


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,23,456.78", "123456.78"),
        ("123,456.78", "123456.78"),
        ("10,500.00", "10500"),
        ("(1,200)", "-1200"),
        ("-14543.7", "-14543.7"),
        ("−12", "-12"),
        ("1,200-", "-1200"),
        ("₹ 1,23,456", "123456"),
        ("Rs. 12.50", "12.50"),
        ("-₹12", "-12"),
        ("₹-12", "-12"),
        ("+7", "7"),
        (".5", "0.5"),
        ("1.5E+3", "1500"),
        ("\u00a012 ", "12"),
    ],
)
def test_numbers(text, value):
    assert number_from(text) == D(value)


@pytest.mark.parametrize(
    "text",
    ["", "-", "12,50", "1.234,56", "1,2345", "1 2", "NaN", "Infinity", "1e999", "٣", "0x1A",
     "1_000", "N/A", "(", "()"],
)  # fmt: skip
def test_what_is_no_number_for_sure_is_refused(text):
    with pytest.raises(BadCell):
        number_from(text)


@pytest.mark.parametrize(
    "text",
    ["2024-07-01", "01-07-2024", "1/7/2024", "01.07.24", "1 Jul 2024", "01-JUL-24", "2024/7/1",
     "01-07-2024 10:15 AM", "2024-07-01T09:15:00+05:30", "2024-07-01 00:00:00", "1-July-2024"],
)  # fmt: skip
def test_days_have_the_day_first(text):
    assert day_from(text) == date(2024, 7, 1)


def test_month_first_where_the_file_says_so():
    assert day_from("07/01/2024", order="month") == date(2024, 7, 1)
    assert day_from("2024-07-01", order="month") == date(2024, 7, 1)
    assert day_order(["07/01/2024", "07/25/2024"]) == "month"
    assert day_order(["01/07/2024", "25/07/2024"]) == "day"
    assert day_order(["01/07/2024", "2024-07-25"]) is None
    with pytest.raises(BadCell, match="day first and others the month"):
        day_order(["07/25/2024", "25/07/2024"])


def test_a_year_of_four_digits_is_taken_as_it_is():
    for text in ("0001-01-01", "01-01-0001", "1 Jan 0001"):
        assert day_from(text) == date(1, 1, 1)
    assert day_from("01-01-00") == date(2000, 1, 1)
    assert day_from("9999-12-31") == date(9999, 12, 31)


@pytest.mark.parametrize("text", ["", "soon", "31-02-2024", "2024-13-01", "45474", "01-07-2024x"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(BadCell):
        day_from(text)


def test_times():
    assert time_from("10:13:30") == "10:13:30"
    assert time_from("01-07-2024 10:15 PM") == "22:15:00"
    assert time_from("01-07-2024 12:05 AM") == "00:05:00"
    assert time_from("2024-07-01T09:15:00") == "09:15:00"
    assert time_from("99:99") == time_from("2024-07-01") == time_from("") == ""
