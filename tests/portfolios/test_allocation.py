import math

import numpy as np
import pytest

from portfolios.domain.allocation import UNKNOWN, sector_returns, split
from portfolios.domain.holdings import Holding

NAN = math.nan


def holding(symbol, value):
    return Holding(symbol, 1, 1, 1, value=value)


HOLDINGS = (holding("A", 300.0), holding("B", 100.0), holding("C", 100.0), holding("D", NAN))


def test_a_split_adds_up_and_leaves_the_unpriced_out():
    slices = split(HOLDINGS, {"A": "Banks", "B": "IT", "C": "", "D": "IT"})
    assert [(s.name, s.value, s.share) for s in slices] == [
        ("Banks", 300, 0.6),
        ("IT", 100, 0.2),
        (UNKNOWN, 100, 0.2),
    ]
    assert slices[1].symbols == ("B",)


def test_a_sector_is_averaged_by_value_and_yours_by_what_you_hold():
    # Yours in banks: (300 x 10 % + 100 x 30 %) / 400 = 15 %. The sector of A, B and X, weighted
    # 1 : 1 : 2 by what is traded: (10 + 30 + 2 x -20) / 4 = 0 %. N is unknown and left out.
    sectors = {"A": "Banks", "B": "Banks", "X": "Banks", "N": "Banks", "C": "IT"}
    banks, it = sector_returns(
        HOLDINGS[:3],
        sectors,
        ("A", "B", "X", "N", "C"),
        np.array([0.1, 0.3, -0.2, NAN, NAN]),
        np.array([1.0, 1.0, 2.0, 5.0, 1.0]),
    )
    assert (banks.sector, banks.stocks) == ("Banks", 3)
    assert banks.yours == pytest.approx(0.15)
    assert banks.average == pytest.approx(0.0)
    assert math.isnan(it.yours) and math.isnan(it.average)
