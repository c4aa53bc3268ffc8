"""What a filter lets in, and what it refuses; bounds at single precision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.domain.filters import (
    CustomerFilter,
    FilterRefused,
    highest_double,
    lowest_double,
)
from segmentation.domain.measures import DRAW_SIZE, draw_of

COLUMNS = {
    "segment_key": np.array(["s1", "s2", "s2", "", "s3"]),
    "tier": np.array(["high", "low", "low", "", "medium"]),
    "risk_class": np.array(["low", "high", "", "low", "medium"]),
    "stated_class": np.array(["low", "low", "high", "low", ""]),
    "sector_mask": np.array([0b1, 0b110, 0b100, 0b1, 0]),
    "savings_rate": np.array([0.2, 0.35, np.nan, 0.5, -0.1]),
}
FULL = {
    "segments": ["s2", "s10"],
    "tiers": ["high", "low"],
    "risks": ["low", "unknown"],
    "stated": ["high"],
    "sectors": [0, 21],
    "ranges": {"annual_income": [None, 1e6], "savings_rate": [0.2, 0.35]},
}


@pytest.mark.parametrize(
    ("document", "rows"),
    [
        # Row 3 is in no segment yet, so that no filter finds it.
        ({}, [0, 1, 2, 4]),
        ({"segments": ["s2"]}, [1, 2]),
        ({"tiers": ["high", "medium"]}, [0, 4]),
        ({"risks": ["low", "unknown"]}, [0, 2]),
        ({"stated": ["unknown"]}, [4]),
        ({"sectors": [0, 1]}, [0, 1]),
        # 0.2 and 0.35 have no exact value in 32 bits: equal to the bound is still inside.
        ({"ranges": {"savings_rate": [0.2, 0.35]}}, [0, 1]),
        ({"ranges": {"savings_rate": [None, 0.3]}}, [0, 4]),
        ({"ranges": {"savings_rate": [0.2000001, None]}}, [1]),
        ({"segments": ["s2"], "risks": ["high"], "sectors": [2]}, [1]),
    ],
)
def test_customers_who_are_meant(document, rows):
    chosen = CustomerFilter.from_document(document).mask(COLUMNS)
    assert np.flatnonzero(chosen).tolist() == rows


def test_a_document_comes_back_as_it_was_in_canonical_order():
    shuffled = {
        **FULL,
        "segments": ["s10", "s2", "s2"],
        "sectors": [21, 0],
        "tiers": ["low", "high"],
    }
    chosen = CustomerFilter.from_document(shuffled)
    assert chosen == CustomerFilter.from_document(FULL)
    assert chosen.to_document() == FULL
    assert CustomerFilter().to_document() == {}
    assert CustomerFilter.from_document({"ranges": {"turnover": [None, None]}}) == CustomerFilter()


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (["s1"], "object of choices"),
        ({"email": "x"}, "no part named “email”"),
        ({"segments": "s1"}, "list of words"),
        ({"segments": ["$gt"]}, "“$gt” is no segment"),
        ({"segments": [f"s{i}" for i in range(51)]}, "at most 50 segments"),
        ({"tiers": ["best"]}, "“best” is no tier"),
        ({"risks": [""]}, "is no revealed risk class"),
        ({"stated": [{"$ne": 1}]}, "list of words"),
        ({"sectors": [22]}, "from 0 to 21"),
        ({"sectors": [True]}, "from 0 to 21"),
        ({"ranges": []}, "object of measures"),
        ({"ranges": {"email": [0, 1]}}, "“email” is no measure"),
        ({"ranges": {"turnover": [0]}}, "Turnover: a range has"),
        ({"ranges": {"turnover": ["0", 1]}}, "Turnover: a bound has to be a number"),
        ({"ranges": {"turnover": [2, 1]}}, "Turnover: the lowest value is above"),
        ({"ranges": {"turnover": [float("nan"), 1]}}, "within ±10¹⁵"),
        ({"ranges": {"turnover": [0, 10**400]}}, "within ±10¹⁵"),
    ],
)
def test_what_is_no_filter_is_refused_in_a_sentence(document, said):
    with pytest.raises(FilterRefused, match=said.replace("$", r"\$")):
        CustomerFilter.from_document(document)


@given(
    st.floats(-1e15, 1e15),
    st.floats(-1e15, 1e15) | st.integers(-5, 5),
)
def test_doubles_inside_are_those_that_round_inside(value, bound):
    near = float(np.float32(bound)) * (1 + 1e-8) if isinstance(bound, int) else value
    for number in (value, near, bound, lowest_double(bound), highest_double(bound)):
        assert (number >= lowest_double(bound)) == (np.float32(number) >= np.float32(bound))
        assert (number <= highest_double(bound)) == (np.float32(number) <= np.float32(bound))
    below = np.nextafter(lowest_double(bound), -np.inf)
    assert np.float32(below) < np.float32(bound)


def test_the_first_of_the_line_are_spread_evenly():
    # Whatever regularity numbers have: kinds by the remainder of three, older and newer halves.
    numbers = np.arange(10_001, 40_001)
    first = numbers[np.argsort(draw_of(numbers))[:3_000]]
    assert draw_of(numbers).min() >= 0 and draw_of(numbers).max() < DRAW_SIZE
    assert np.bincount(first % 3) == pytest.approx(1_000, abs=20)
    assert (first < 25_001).sum() == pytest.approx(1_500, abs=20)
