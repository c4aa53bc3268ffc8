"""Sector masks: the names' order is stored data, so bits are pinned here."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.sectors import SECTORS, multi_hot, sector_mask, sectors_of

UNIVERSE = Path(__file__).resolve().parents[3] / "shared" / "data" / "nse" / "universe.csv"


def test_bits_are_fixed():
    # Position counted by hand in the alphabetical list of 22: 0 Automobile, 9 Financial
    # Services, 12 Information Technology, 21 Utilities. 1 + 512 + 4096 = 4609.
    assert sector_mask(["Automobile and Auto Components"]) == 1
    assert sector_mask(["Utilities"]) == 2**21
    names = ["Information Technology", "Financial Services", "Automobile and Auto Components"]
    assert sector_mask(names) == 4609
    assert sectors_of(4609) == (names[2], names[1], names[0])


def test_unknown_name_and_foreign_bit_are_refused():
    with pytest.raises(ValueError, match="Tulips"):
        sector_mask(["Tulips"])
    for mask in (-1, 2**22):
        with pytest.raises(ValueError, match="not a sector mask"):
            sectors_of(mask)


@given(st.sets(st.sampled_from(SECTORS)))
def test_packing_and_unpacking_are_inverse(chosen):
    assert set(sectors_of(sector_mask(chosen))) == chosen


def test_multi_hot_has_a_column_per_sector():
    table = multi_hot(np.array([0, 4609]))
    assert table.shape == (2, 22)
    assert table[0].sum() == 0
    assert list(np.flatnonzero(table[1])) == [0, 9, 12]


def test_names_are_the_industries_of_the_exchange_universe():
    if not UNIVERSE.exists():
        pytest.skip(f"real data folder missing: {UNIVERSE}")
    with UNIVERSE.open() as file:
        industries = {row["industry"] for row in csv.DictReader(file)}
    assert industries == set(SECTORS)
