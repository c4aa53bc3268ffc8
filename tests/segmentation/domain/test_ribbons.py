"""The drawing of flows: heights by customers, nothing outside, nothing lost."""

import re

import numpy as np
import pytest

from segmentation.domain.flows import Flows
from segmentation.domain.ribbons import BAR, GAP, HEIGHT, WIDTH, ribbons


@pytest.fixture
def flows():
    return Flows(
        ("s1", "s2"),
        ("s1", "s3"),
        np.array([[30, 10], [0, 40]]),
        np.array([0, 5]),
        np.array([15, 0]),
    )


def test_bars_are_as_high_as_they_have_customers(flows):
    before, after, bands = ribbons(flows)
    # 40 and 45 customers and 15 who joined; 45 and 50 and 5 who left: 100 on either side.
    assert [(bar.key, bar.customers) for bar in before] == [("s1", 40), ("s2", 45), (None, 15)]
    assert [(bar.key, bar.customers) for bar in after] == [("s1", 45), ("s3", 50), (None, 5)]
    scale = (HEIGHT - 2 * GAP) / 100
    for side in (before, after):
        assert [bar.height for bar in side] == pytest.approx([b.customers * scale for b in side])
        assert side[-1].y + side[-1].height == pytest.approx(HEIGHT)
    assert [(b.former, b.later, b.customers) for b in bands] == [
        ("s2", "s3", 40),
        ("s1", "s1", 30),
        (None, "s1", 15),
        ("s1", "s3", 10),
        ("s2", None, 5),
    ]


def test_bands_fill_their_bars_and_stay_inside(flows):
    before, _, bands = ribbons(flows)
    for band in bands:
        numbers = [float(number) for number in re.findall(r"-?\d+\.\d", band.path)]
        assert numbers[0] == BAR and min(numbers) >= 0 and max(numbers) <= max(WIDTH, HEIGHT)
    # The two that leave s1 begin where the bar does and where the first ends: 30 of 100.
    tops = {
        b.later: float(re.match(r"M14\.0 ([\d.]+)", b.path)[1]) for b in bands if b.former == "s1"
    }
    assert tops["s1"] == before[0].y
    assert tops["s3"] == pytest.approx(30 * (HEIGHT - 2 * GAP) / 100, abs=0.1)


def test_nobody_at_all():
    nobody = Flows(("s1",), ("s1",), np.zeros((1, 1), int), np.zeros(1, int), np.zeros(1, int))
    assert ribbons(nobody) == ([], [], [])
