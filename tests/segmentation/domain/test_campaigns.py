"""Lines of a campaign's file: safe words, plain figures, the columns chosen."""

import csv
import io
import math

import pytest

from accounts.domain.consent import CURRENT_WORDINGS
from accounts.domain.sectors import SECTORS
from segmentation.domain.campaigns import COLUMNS, CONSENT_WORDS, PURPOSES, header, lines, safe


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "  =", "＝", "＠"])
def test_a_text_that_begins_like_a_formula_is_not_run(start):
    text = f"{start}HYPERLINK(1)"
    assert safe(text) == f"'{text}"
    assert safe(f"a{text}") == f"a{text}"


def test_figures_stay_figures_and_words_are_made_safe():
    columns = [COLUMNS[key] for key in ("email", "segment_name", "sectors", "return_1y", "tier")]
    rows = [
        {
            "number": 20_001,
            "email": "=cmd@example.org",
            "segment_name": 'Big, "calm" holders',
            "sector_mask": 0b101,
            "return_1y": -0.125,
            "tier": "high",
        },
        {"number": 20_002, "email": "zoë@example.org", "return_1y": None, "tier": None},
        {"number": 20_003, "email": "c@example.org", "return_1y": math.nan},
    ]
    text = header(columns) + lines(rows, columns)
    assert text.startswith("Customer number,E-mail,Segment,Preferred sectors,")
    read = list(csv.reader(io.StringIO(text)))
    assert read[0][4] == "One year's return on money (%)"
    both = f"{SECTORS[0]}; {SECTORS[2]}"
    first = ["C-20001", "'=cmd@example.org", 'Big, "calm" holders', both, "-12.5", "high"]
    assert read[1] == first
    assert read[2] == ["C-20002", "zoë@example.org", "", "", "", ""]
    assert read[3][4] == "" and len(read) == 4


def test_every_purpose_needs_a_consent_that_is_asked_for():
    for purpose in PURPOSES.values():
        assert purpose.consent in CURRENT_WORDINGS and purpose.consent in CONSENT_WORDS
    assert PURPOSES["offer"].consent == "offers"
