"""Numbers as a reader in India writes them; expected texts are written out by hand."""

import math
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finseg import formatting as f


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "₹0.00"),
        (999, "₹999.00"),
        (1000, "₹1,000.00"),
        (1234567.89, "₹12,34,567.89"),
        (Decimal("100000"), "₹1,00,000.00"),
        (Decimal("123456789.5"), "₹12,34,56,789.50"),
        (-620.4, "−₹620.40"),
        ("2105.6", "₹2,105.60"),
    ],
)
def test_rupees_are_grouped_in_threes_then_twos(value, text):
    assert f.rupees(value) == text


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf, Decimal("NaN"), "", "n/a", True])
def test_what_is_no_number_is_an_em_dash_everywhere(nothing):
    for write in (f.rupees, f.percent, f.share, f.headline_rupees, f.short_count, f.age, f.number):
        assert write(nothing) == "—"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (43_210, "₹43,210"),
        (99_999, "₹99,999"),
        (100_000, "₹1.00 lakh"),
        (2_351_484, "₹23.51 lakh"),
        (9_999_499, "₹99.99 lakh"),
        (9_999_500, "₹1.00 crore"),  # never "100.00 lakh"
        (2_206_000_000, "₹220.60 crore"),
        (-141_000, "−₹1.41 lakh"),
    ],
)
def test_headlines_speak_lakh_and_crore(value, text):
    assert f.headline_rupees(value) == text


def test_the_largest_numbers_have_all_their_digits():
    assert f.number(6.08e24, 0) == "60,80,00,00,00,00,00,00,00,00,00,000"
    assert f.number(1.7e308).count(",") == 153


def test_changes_are_signed_with_a_real_minus_and_zero_has_no_sign():
    assert f.percent(0.0095) == "+0.95%"
    assert f.percent(-0.0206) == "−2.06%"
    assert f.percent(0) == "0.00%"
    assert [f.points(x) for x in (0.053, -0.001, 0, None)] == ["+5.3", "−0.1", "0.0", "—"]
    assert f.percent(-0.00001) == "0.00%"
    assert f.percent(0.389, 1) == "+38.9%"
    assert f.share(0.196) == "19.6%"
    assert f.signed_rupees(5031.2) == "+₹5,031"
    assert f.signed_rupees(-35) == "−₹35"


def test_halves_round_away_from_zero():
    assert f.number(Decimal("2.345")) == "2.35"
    assert f.number(Decimal("-2.345")) == "−2.35"
    assert f.number(1.005) == "1.01"  # as written, not as the double nearest to it


def test_volumes_are_short():
    assert f.short_count(954_000) == "9.54 L"
    assert f.short_count(11_000_000) == "1.10 cr"
    assert f.short_count(43_210) == "43,210"


def test_direction_follows_the_text_that_is_shown():
    assert f.direction(0.0001) == "up"
    assert f.direction(-0.2) == "down"
    assert f.direction(0.00001) == "flat"
    assert f.direction(None) == "flat"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (7200, "2 h"), (200_000, "2 d")],
)
def test_ages(seconds, text):
    assert f.age(seconds) == text


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_grouping_loses_no_digit(value):
    text = f.number(value)
    assert Decimal(text.replace(",", "").replace("−", "-")) == value


@pytest.mark.parametrize(
    ("value", "least", "text"),
    [
        ("2088.4", 2, "2,088.40"),
        ("123456.7890", 2, "1,23,456.789"),
        ("100", 0, "100"),
        (Decimal("1E+5"), 0, "1,00,000"),
        ("12.5", 0, "12.5"),
        ("0.00", 2, "0.00"),
        ("", 2, "—"),
    ],
)
def test_what_a_file_brought_keeps_its_decimals(value, least, text):
    assert f.exact(value, least) == text


def test_days_are_written_as_people_say_them():
    assert f.day("2024-07-01") == f.day(date(2024, 7, 1)) == "1 Jul 2024"
    assert f.day("soon") == "soon"
    assert f.day(None) == f.day("") == "—"
