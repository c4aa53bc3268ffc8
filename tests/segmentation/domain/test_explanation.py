"""Contributions add up exactly, and a change that is named really crosses."""

import numpy as np
import pytest

from segmentation.domain.counterfactual import (
    CHANGEABLE,
    LARGEST_STEP,
    MOST_FEATURES,
    ONLY_MORE,
    nearest_crossing,
)
from segmentation.domain.explanation import Explanation, explain
from segmentation.domain.model import train
from segmentation.domain.scaling import transformed
from tests.segmentation.archetypes import SECTORS, archetype_customers

VALUES, ARCHETYPE, FEATURES = archetype_customers(600)


@pytest.fixture(scope="module")
def model():
    holes = VALUES.copy()
    holes[:40, 8] = np.nan  # effective holdings unknown: the block gets an indicator
    return train(holes, SECTORS, k=4)[0]


def ends(low=5, high=95):
    keys = [feature.key for feature in FEATURES]
    lowest, highest = np.percentile(VALUES, [low, high], axis=0)
    return {
        "lowest": dict(zip(keys, lowest, strict=True)),
        "highest": dict(zip(keys, highest, strict=True)),
    }


@pytest.mark.parametrize(
    ("own", "other", "fit", "is_close"),
    [
        (0.0, 2.0, 1.0, False),
        (1.5, 2.0, 0.25, False),
        (2.71, 2.74, 0.010949, True),
        (2.8, 2.7, 0.0, True),  # kept where they were published, though nearer to the other
        (0.0, 0.0, 0.0, True),
    ],
)
def test_the_fit_is_a_simplified_silhouette(own, other, fit, is_close):
    found = Explanation("S1", "S2", {"S1": own, "S2": other}, (), other**2 - own**2)
    assert (found.fit, found.is_close) == (pytest.approx(fit, abs=1e-6), is_close)


def test_contributions_sum_to_the_difference_of_squared_distances(model):
    table = model.scaler.scale(transformed(VALUES, FEATURES))
    for row in (0, 17, 333):
        squares = ((table[row] - model.centroids) ** 2).sum(axis=1)
        near, next_near = np.sort(squares)[:2]
        found = explain(model, VALUES[row])
        assert found.lead == pytest.approx(next_near - near, rel=1e-12)
        assert sum(pull.amount for pull in found.pulls) == pytest.approx(found.lead, rel=1e-9)
        assert found.distances[found.own] == pytest.approx(np.sqrt(near))
        assert found.distances[found.other] == pytest.approx(np.sqrt(next_near))
        assert found.own == model.keys[model.assign(VALUES[row : row + 1]).labels[0]]
        sizes = [abs(pull.amount) for pull in found.pulls]
        assert sizes == sorted(sizes, reverse=True)


def test_each_contribution_is_what_changing_that_feature_alone_would_move(model):
    # x - m and x - o differ in one column only by that column: set the feature to the middle
    # between the two centroids and its contribution is gone, the others stay.
    row = VALUES[ARCHETYPE == 3][0]
    found = explain(model, row)
    own, other = model.keys.index(found.own), model.keys.index(found.other)
    column = [feature.key for feature in FEATURES].index("small_cap_share")
    factor = model.scaler.factors["behaviour"]
    middle = (model.centroids[own, column] + model.centroids[other, column]) / 2
    moved = row.copy()
    moved[column] = model.scaler.centre[column] + middle / factor * model.scaler.spread[column]
    pulls = {pull.key: pull.amount for pull in found.pulls}
    after = explain(model, moved, own=found.own)
    assert after.other == found.other
    left = {pull.key: pull.amount for pull in after.pulls}
    assert left["small_cap_share"] == pytest.approx(0, abs=1e-9)
    assert after.lead == pytest.approx(found.lead - pulls["small_cap_share"], rel=1e-9)


def test_the_named_change_leads_to_the_next_segment_and_is_small(model):
    crossed = 0
    for row in range(0, 600, 12):
        found = nearest_crossing(model, VALUES[row], **ends())
        if found is None:
            continue
        crossed += 1
        explained = explain(model, VALUES[row])
        assert (found.own, found.other) == (explained.own, explained.other)
        assert 1 <= len(found.changes) <= MOST_FEATURES
        changed = VALUES[row].copy()
        for change in found.changes:
            column = FEATURES.index(change.feature)
            assert change.feature.key in CHANGEABLE and change.before == changed[column]
            changed[column] = change.after
            # Losing money is no habit: of these only more is ever named.
            assert change.feature.key not in ONLY_MORE or change.after > change.before
        assert model.keys[model.assign(changed[None, :]).labels[0]] == found.other
        before, after = (
            (transformed(each[None, :], FEATURES)[0] - model.scaler.centre)
            / np.where(np.array(model.scaler.spread) > 0, model.scaler.spread, 1)
            for each in (VALUES[row], changed)
        )
        # Three quarters of the way is not enough: the change is not larger than it has to be,
        # but for rounding to two digits.
        part = VALUES[row].copy()
        for change in found.changes:
            column = FEATURES.index(change.feature)
            start, end = (
                transformed(each[None, :], FEATURES)[0][column] for each in (VALUES[row], changed)
            )
            start = np.clip(start, model.scaler.lower[column], model.scaler.upper[column])
            point = start + 0.75 * (end - start)
            back = {"log10": lambda x: 10**x, "log1p": np.expm1}
            part[column] = back.get(change.feature.transform, float)(point)
        assert model.keys[model.assign(part[None, :]).labels[0]] == found.own
        bounded = np.abs(after - before) <= LARGEST_STEP * 1.35
        clipped = np.abs(before) > 2
        assert (bounded | clipped).all()
    assert crossed > 10


def test_where_nothing_realistic_crosses_it_says_none(model):
    keys = [feature.key for feature in FEATURES]
    here = dict(zip(keys, VALUES[0], strict=True))
    assert nearest_crossing(model, VALUES[0], lowest=here, highest=here) is None
    assert nearest_crossing(model, VALUES[0], lowest={}, highest={}) is None
