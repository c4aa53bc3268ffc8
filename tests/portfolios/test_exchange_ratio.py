"""Ratios as they are typed; what would be worked on for ever is no ratio."""

from fractions import Fraction

import pytest

from portfolios.domain.exchange_ratio import ratio_from


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("5", Fraction(5)),
        ("1.5", Fraction(3, 2)),
        (".5", Fraction(1, 2)),
        ("2.", Fraction(2)),
        ("3/2", Fraction(3, 2)),
        (" 3 : 2 ", Fraction(3, 2)),
        ("3 to 2", Fraction(3, 2)),
        ("1097/1000", Fraction(1097, 1000)),
        ("999999/1000", Fraction(999999, 1000)),
        ("1000", Fraction(1000)),
    ],
)
def test_ways_to_write_a_ratio(text, ratio):
    assert ratio_from(text) == ratio


@pytest.mark.parametrize("text", ["0", "0/5", "1001", "1/1001", "0.000001", "1000001/1000"])
def test_one_beyond_all_companies_is_none(text):
    assert ratio_from(text) is None


@pytest.mark.parametrize(
    "text",
    ["", ".", "-1", "1/0", "1e999999999", "1E9", "5" * 20, "1." + "1" * 20, "nan", "inf", "1_0",
     "٣", "3/2/1", "1.5/2", "/2", "3 two"],
)  # fmt: skip
def test_what_is_no_ratio_is_refused_at_once(text):
    with pytest.raises(ValueError):
        ratio_from(text)
