import json

import numpy as np
import pytest

from segmentation.domain.features import BLOCKS, Feature, feature_dictionary, main_features
from segmentation.domain.scaling import Scaler, transformed
from tests.segmentation.archetypes import archetype_customers

ONE = {"a": 1.0, "b": 1.0}


def feature(key, block, *, transform="identity", floor=-np.inf, unit="number"):
    return Feature(key, key, block, unit, transform, floor, "", "", "", "")


def leading_value(matrix):
    """First singular value of a block per root of the number of customers."""
    centred = matrix - matrix.mean(axis=0)
    return np.linalg.svd(centred, compute_uv=False)[0] / np.sqrt(len(matrix))


def test_transforms_floors_and_infinities():
    features = [
        feature("money", "a", transform="log10", floor=1_000.0),
        feature("count", "a", transform="log1p", floor=0.0),
    ]
    values = np.array([[1e6, 0.0], [10.0, np.e - 1], [np.inf, np.nan]])
    # log10 of a million is 6; 10 counts as the floor of 1,000; log(1 + 0) = 0, log(e) = 1.
    np.testing.assert_allclose(transformed(values, features), [[6, 0], [3, 1], [np.nan, np.nan]])


def test_centre_spread_and_clipping_of_one_column():
    # 0, 1 ... 100: median 50, quartiles 25 and 75, so spread 50 / 1.349; 1 % and 99 % quantiles
    # are 1 and 99.
    column = np.arange(101.0)[:, None]
    scaler = Scaler.fit(column, [feature("x", "a")], ONE)
    assert scaler.centre == [50] and (scaler.lower, scaler.upper) == ([1], [99])
    assert scaler.spread[0] == pytest.approx(50 / 1.349)
    low, high = scaler.scale(np.array([[-1e9], [1.0]])).ravel()
    assert low == high  # everything beyond the quantile stands at the quantile


def test_coinciding_quartiles_do_not_blow_a_column_up():
    # 90 of 100 have no plan at all: the quartiles coincide, half the deviation scales instead.
    column = np.r_[np.zeros(90), np.ones(10)][:, None]
    scaler = Scaler.fit(column, [feature("x", "a")], ONE)
    assert scaler.spread[0] == pytest.approx(np.sqrt(0.1 * 0.9) / 2)


def test_every_block_gets_its_weight_however_many_columns_it_has():
    draw = np.random.default_rng(3)
    shared = draw.normal(size=(400, 1))
    wide = shared + 0.3 * draw.normal(size=(400, 6))
    values = np.hstack([wide, draw.normal(size=(400, 1)) * 50])
    features = [feature(f"a{i}", "a") for i in range(6)] + [feature("b0", "b")]
    matrix = Scaler.fit(values, features, {"a": 1.0, "b": 0.5}).scale(transformed(values, features))
    assert leading_value(matrix[:, :6]) == pytest.approx(1.0)
    assert leading_value(matrix[:, 6:]) == pytest.approx(0.5)


def test_repeating_a_column_does_not_make_its_block_heavier():
    draw = np.random.default_rng(4)
    base = draw.normal(size=(300, 2))
    twice = np.hstack([base[:, :1], base[:, :1], base[:, 1:]])
    matrix = Scaler.fit(
        twice, [feature("a0", "a"), feature("a1", "a"), feature("b0", "b")], ONE
    ).scale(twice)
    single = Scaler.fit(base, [feature("a0", "a"), feature("b0", "b")], ONE).scale(base)
    gaps = [np.linalg.norm(m[:10, None] - m[None, :10], axis=2) for m in (matrix, single)]
    np.testing.assert_allclose(*gaps)


def test_the_unknown_stand_at_the_median_and_say_so():
    values = np.array([[1.0, 5.0], [2.0, 6.0], [3.0, 7.0], [np.nan, 6.0]])
    features = [feature("x", "a"), feature("y", "b")]
    scaler = Scaler.fit(values, features, ONE)
    assert scaler.indicators == ["a"]
    matrix = scaler.scale(transformed(values, features))
    np.testing.assert_array_equal(matrix[3, 0], matrix[1, 0])  # the median is 2
    assert matrix[3, 2] > 0 and (matrix[:3, 2] == 0).all()


def test_constant_and_wholly_unknown_columns_say_nothing():
    values = np.column_stack([np.full(50, 7.0), np.full(50, np.nan), np.arange(50.0)])
    features = [feature("x", "a"), feature("y", "a"), feature("z", "b")]
    matrix = Scaler.fit(values, features, ONE).scale(values)
    assert np.isfinite(matrix).all()
    assert np.ptp(matrix[:, :2], axis=0).tolist() == [0, 0]


def test_a_stored_scaler_scales_the_same():
    values, _, features = archetype_customers(200)
    values[::7, 4] = np.nan
    weights = {block.key: block.weight for block in BLOCKS}
    scaler = Scaler.fit(values, features, weights)
    table = transformed(values, features)
    again = Scaler.from_document(json.loads(json.dumps(scaler.to_document())))
    np.testing.assert_array_equal(again.scale(table), scaler.scale(table))
    # One customer alone stands where they stood among all.
    np.testing.assert_allclose(scaler.scale(table[5:6]), scaler.scale(table)[5:6])


def test_the_dictionary_explains_every_feature():
    names = ("Power", "Realty")
    features = feature_dictionary(names)
    assert [f.label for f in features[-2:]] == list(names)
    assert len({f.key for f in features}) == len(features) == len(main_features()) + 2
    blocks = {block.key for block in BLOCKS}
    for each in features:
        assert each.block in blocks and each.why and each.missing
