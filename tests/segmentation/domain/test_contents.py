"""What segments hold, by hand."""

import math

import numpy as np
import pytest
from scipy import sparse

from segmentation.domain.contents import segment_contents


def test_a_segment_holds_what_its_customers_hold_by_value():
    # Prices 10, 20, unknown, 5. Two customers in segment 0, one in segment 1, none in segment 2.
    held = sparse.csr_matrix(np.array([[3.0, 1, 7, 0], [5, 0, 0, 4], [0, 10, 0, 0]]))
    first, second, third = segment_contents(
        held,
        np.array([10.0, 20.0, np.nan, 5.0]),
        np.array([0, 0, 1]),
        3,
        symbols=("A", "B", "C", "D"),
        sector_of={"A": "Banks", "B": "Power", "D": "Power"},
        cap_of={"A": "Large", "B": "Small"},
    )
    # Segment 0: A 8 x 10 = 80 of both, B 20 and D 20 of one each; C has no price. 120 in all.
    assert [(each.name, each.members) for each in first.stocks] == [
        ("A", 1),
        ("B", 0.5),
        ("D", 0.5),
    ]
    assert [each.share for each in first.stocks] == pytest.approx([80 / 120, 20 / 120, 20 / 120])
    assert [(each.name, each.share) for each in first.sectors] == [
        ("Banks", pytest.approx(2 / 3)),
        ("Power", pytest.approx(1 / 3)),
    ]
    assert [(each.name, each.share) for each in first.caps] == [
        ("Large", pytest.approx(2 / 3)),
        ("Not classified", pytest.approx(1 / 6)),
        ("Small", pytest.approx(1 / 6)),
    ]
    assert first.stocks_held == 3
    assert second.stocks[0].share == 1.0 and second.stocks_held == 1
    assert (third.stocks, third.sectors, third.caps, third.stocks_held) == ((), (), (), 0)
    assert math.isnan(first.sectors[0].members)
