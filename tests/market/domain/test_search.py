"""Finding instruments from what people type."""

import pytest

from market.domain.instruments import InstrumentFacts
from market.domain.reference import equities, indices
from market.domain.search import normalise, search

KNOWN = (*equities(), *indices())


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        ("M&M", "M&M"),
        ("m and m", "M&M"),
        ("RELIANCE.NS", "RELIANCE"),
        ("reliance ind", "RELIANCE"),
        ("INE002A01018", "RELIANCE"),
        ("zomato", "ETERNAL"),
        ("Motherson Sumi", "MOTHERSON"),
        ("bajaj-auto", "BAJAJ-AUTO"),
        ("consultancy tata", "TCS"),
        ("infosis", "INFY"),
        ("nifty 50", "NIFTY50"),
        ("hdfc bank", "HDFCBANK"),
    ],
)
def test_the_first_result_is_what_was_meant(typed, symbol):
    assert search(typed, KNOWN)[0].symbol == symbol


@pytest.mark.parametrize("typed", ["", "   ", "..."])
def test_nothing_typed_finds_nothing(typed):
    assert search(typed, KNOWN) == []


def test_nonsense_finds_nothing():
    assert search("qqxxyyzz", KNOWN) == []


def test_an_exact_symbol_beats_a_prefix():
    known = (InstrumentFacts("ITCHOTELS", "ITC Hotels Ltd."), InstrumentFacts("ITC", "ITC Ltd."))
    assert [f.symbol for f in search("itc", known)] == ["ITC", "ITCHOTELS"]


def test_limit_and_normalisation():
    assert len(search("bank", KNOWN, limit=5)) == 5
    assert normalise("  L&T Finance (Ltd.)") == "l and t finance ltd"
