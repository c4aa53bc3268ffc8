import math

import numpy as np
import pytest

from segmentation.domain.cube import Cube
from segmentation.domain.density import Density
from segmentation.domain.features import main_features
from segmentation.domain.overview import (
    chart_data,
    feature_rows,
    shade,
    three_digits,
    tier_cards,
    told_to_all,
    whole_sums,
)
from segmentation.domain.segment import SegmentView


def segment(key, tier, customers, total, **scores):
    average = total / customers if customers else math.nan
    return SegmentView(key, key, "", tier, "low", customers, average, total, 1, scores=scores)


SEGMENTS = [
    segment("s2", "high", 48, 2_400.0, turnover=-1.4),
    segment("s1", "low", 150, 300.0, turnover=0.2),
    segment("s3", "low", 2, 0.0),
]


def test_cards_add_up_tiers():
    high, low = tier_cards(SEGMENTS)
    assert (high.tier, high.customers, high.average_value) == ("high", 48, 50)
    assert high.share_of_customers == pytest.approx(0.24)
    assert high.share_of_value == pytest.approx(2_400 / 2_700)
    assert (low.customers, low.total_value) == (152, 300)
    assert [each.key for each in low.segments] == ["s1", "s3"]


def test_shades_of_the_matrix():
    assert [shade(x) for x in (1.7, 1.1, 0.5, 0.3, 0.1, -0.1, -0.2, -0.7, -0.9)] == [
        "s6", "s5", "s3", "s2", "z0", "z0", "b1", "b2", "b3",
    ]  # fmt: skip


def test_the_most_distinguishing_feature_comes_first():
    feature, cells = feature_rows(SEGMENTS, main_features())[0]
    assert feature.key == "turnover"
    assert cells == [(-1.4, "b3"), (0.2, "s2"), (0.0, "z0")]


def cube():
    labels = np.repeat([0, 1, 2], [150, 48, 2])  # in the order s1, s2, s3
    n = len(labels)
    return Cube.build(
        labels=labels,
        risk=np.where(labels == 2, 2, 0),
        stated=np.zeros(n, int),
        sectors=np.column_stack([np.ones(n), labels == 2]),
        values=np.ones(n),
        scores=np.ones((n, 12)),
        k=3,
    )


def test_no_difference_of_sums_told_to_all_is_a_group_under_ten():
    few = Cube.build(
        labels=np.repeat([0, 1, 2], [150, 48, 2]),
        # 41 of the 48 of s2 are of low risk: the other seven are in no sum.
        risk=np.r_[np.zeros(150, int), np.zeros(41, int), np.ones(7, int), [2, 2]],
        stated=np.zeros(200, int),
        # All but four of s1 prefer the first sector: those four would be the difference.
        sectors=np.column_stack([np.arange(200) >= 4, np.arange(200) % 2]),
        values=np.r_[np.full(150, 2.0), np.full(41, 50.0), np.full(7, 1e6), [9e6, 9e6]],
        scores=np.ones((200, 12)),
        k=3,
    ).without_small_groups()
    told = told_to_all(SEGMENTS, few, ["s1", "s2", "s3"])
    assert [(each.key, each.customers, each.total_value) for each in told] == [
        ("s2", 41, 2_050.0), ("s1", 150, 300.0),
    ]  # fmt: skip
    assert told[0].average_value == 50
    assert few.counts[0, 0].tolist() == [150, 0, 75]
    sums = whole_sums(few, tier_cards(told))
    assert sums["risk"] == [191, 0, 0, 0] and sums["segments"] == {"s2": 41, "s1": 150}
    assert sums["tiers"]["high"] == {"customers": 41, "value": 2_050.0}
    # Who may see everything gets everything.
    whole = whole_sums(cube(), tier_cards(SEGMENTS))
    assert whole["risk"] == [198, 0, 2, 0] and whole["segments"]["s3"] == 2


def test_sums_told_to_all_have_three_digits():
    assert three_digits([0, 7, 123_456, 9_996, -1_234_567]).tolist() == [
        0, 7, 123_000, 10_000, -1_230_000,
    ]  # fmt: skip


def test_chart_data_follow_the_pages_order():
    data = chart_data(
        segments=SEGMENTS,
        order=["s1", "s2", "s3"],
        cube=cube(),
        features=main_features(),
        sectors=("Power", "Realty"),
        places={"s1": [[0, 0, 0, 1]]},
        axes=("x", "y"),
        aggregate=False,
    )
    assert [row[0][0] for row in data["counts"]] == [48, 150, 0]
    assert [s["shown"] for s in data["segments"]] == [True, True, False]
    assert data["places"] == [[], [[0, 0, 0, 1]], []]


def test_the_map_for_all_shows_only_cells_of_ten_or_more():
    draw = np.random.default_rng(0)
    places = np.vstack([draw.normal(size=(500, 2)), [[0.0, 0.0]] * 9])
    labels = np.r_[np.zeros(500, int), np.ones(9, int)]
    whole = Density.build(places, labels, 2)
    crowd, few = whole.shown()
    assert few == []
    assert crowd and all(count >= 10 for _, _, count in crowd)
    assert sum(count for _, _, count in crowd) <= 500
    assert Density.build(places[:0], labels[:0], 2).shown() == [[], []]
    # One more in the small group, at the edge of the grid: it is ten now, and shown there.
    nobody = (places[:0], labels[:0])
    grown = Density.from_document(whole.to_document()).changed(
        taken_out=nobody, put_in=(np.array([[0.0, 0.0]]), np.array([1]))
    )
    assert grown.shown()[1] == [[*grown.shown()[1][0][:2], 10]] and grown.shown()[0] == crowd
    far = np.array([[1e6, -1e6]])
    moved = grown.changed(taken_out=(places[:1], labels[:1]), put_in=(far, labels[:1]))
    assert moved.counts[0].sum() == 500 and moved.counts[0, -1, 0] == whole.counts[0, -1, 0] + 1
