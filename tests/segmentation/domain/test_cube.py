import json

import numpy as np

from segmentation.domain.cube import Cube


def build(rows, k=2):
    """rows: (segment, revealed, stated, sectors ticked, value, score)."""
    label, risk, stated, sectors, value, score = zip(*rows, strict=True)
    return Cube.build(
        labels=np.array(label),
        risk=np.array(risk),
        stated=np.array(stated),
        sectors=np.array([[s in ticked for s in range(3)] for ticked in sectors], float),
        values=np.array(value, float),
        scores=np.array(score, float)[:, None],
        k=k,
    )


ROWS = [
    (0, 0, 0, {0, 1}, 100.0, 1.0),
    (0, 0, 2, {1}, 50.0, 3.0),
    (0, 2, 2, set(), 7.0, -1.0),
    (1, 3, 1, {2}, 0.0, 0.5),
]


def test_sums_by_segment_risk_and_sector():
    cube = build(ROWS)
    assert cube.counts[0, 0].tolist() == [2, 1, 2, 0]  # all, then sectors 0, 1, 2
    assert cube.values[0, 0].tolist() == [150, 100, 150, 0]
    assert cube.scores[0, 0, :, 0].tolist() == [4, 1, 4, 0]
    assert cube.counts[1, 3].tolist() == [1, 0, 0, 1]
    assert cube.customers.tolist() == [3, 1] and cube.total_values.tolist() == [157, 0]
    # One of segment 0 states high and reveals low; the unknown of segment 1 does not count.
    assert cube.disagreeing.tolist() == [1, 0]


def test_moving_customers_equals_building_anew():
    cube = build(ROWS)
    moved = (1, 1, 0, {0}, 90.0, 2.0)
    changed = cube.changed(taken_out=build(ROWS[1:2]), put_in=build([moved]))
    anew = build([ROWS[0], moved, *ROWS[2:]])
    for name in ("counts", "values", "scores", "stated"):
        np.testing.assert_array_equal(getattr(changed, name), getattr(anew, name))


def test_groups_under_ten_are_emptied():
    rows = [(0, 0, 0, {0}, 10.0, 1.0)] * 10 + [(0, 1, 0, {1}, 99.0, 5.0)] * 9
    shown = build(rows, k=1).without_small_groups()
    assert shown.counts[0, :, 0].tolist() == [10, 0, 0, 0]
    assert shown.values[0, :, 0].tolist() == [100, 0, 0, 0]
    assert shown.scores[0, 1].sum() == 0
    assert shown.stated[0, 0].tolist() == [10, 0, 0, 0]


def test_a_stored_cube_is_the_same():
    cube = build(ROWS)
    again = Cube.from_document(json.loads(json.dumps(cube.to_document())))
    np.testing.assert_array_equal(again.counts, cube.counts)
    np.testing.assert_allclose(again.scores, cube.scores)
