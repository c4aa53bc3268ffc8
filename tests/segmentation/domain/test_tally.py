import numpy as np

from segmentation.domain.cube import Cube
from segmentation.domain.density import Density
from segmentation.domain.flows import Flows
from segmentation.domain.tally import Tally, holders_of, risk_sums


def tally(rows, **fields):
    """Of customers (label, revealed risk, value, x, stocks held)."""
    labels, risk, values, x = (
        np.array(column, float) for column in list(zip(*rows, strict=True))[:4]
    )
    labels = labels.astype(np.int64)
    nobody = np.zeros(len(rows), np.int64)
    symbols = ("ITC", "TCS")
    held = [(row, symbols.index(name)) for row, each in enumerate(rows) for name in each[4]]
    owner, symbol = np.array(held, np.int64).reshape(-1, 2).T
    return Tally(
        Cube.build(
            labels=labels,
            risk=nobody,
            stated=nobody,
            sectors=np.zeros((len(rows), 1)),
            values=values,
            scores=x[:, None],
            k=2,
        ),
        Density(np.zeros(2), np.ones(2), np.zeros((2, 3, 3), np.int64)).counted(
            np.column_stack([x, x]), labels
        ),
        risk_sums(risk, labels, 2),
        holders_of(owner, symbol, symbols, labels, 2),
        **fields,
    )


ROWS = [
    (0, 10.0, 100.0, 0.5, ["ITC"]),
    (0, np.nan, 300.0, 1.5, ["ITC", "TCS", "ITC"]),
    (1, 60.0, 1_000.0, 2.5, []),
    (0, 20.0, 200.0, 0.5, ["TCS"]),
]


def test_sums_of_two_parts_are_those_of_all():
    whole, parts = tally(ROWS), tally(ROWS[:1]) + tally(ROWS[1:])
    np.testing.assert_array_equal(whole.cube.counts, parts.cube.counts)
    np.testing.assert_array_equal(whole.density.counts, parts.density.counts)
    np.testing.assert_array_equal(whole.risk, parts.risk)
    assert {name: counts.tolist() for name, counts in parts.holders.items()} == {
        name: counts.tolist() for name, counts in whole.holders.items()
    }
    assert parts.flows is None


def test_means_and_holdings_are_of_those_they_are_known_of():
    whole = tally(ROWS)
    assert whole.mean_values.tolist() == [200, 1_000]  # (100 + 300 + 200) / 3
    assert whole.mean_risk.tolist() == [15, 60]  # (10 + 20) / 2: of one it is not known
    np.testing.assert_allclose(whole.mean_scores[:, 0], [2.5 / 3, 2.5])
    # Two of three hold each; one who holds a stock twice counts once.
    assert whole.held_by(0, 5) == [["ITC", 2 / 3], ["TCS", 2 / 3]]
    assert whole.held_by(0, 1) == [["ITC", 2 / 3]] and whole.held_by(1, 5) == []


def test_flows_add_up_where_both_have_them():
    flows = Flows(("s1",), ("s1", "s2"), np.array([[1, 2]]), np.array([3]), np.array([0, 4]))
    both = tally(ROWS[:1], flows=flows) + tally(ROWS[1:], flows=flows)
    assert both.flows.counts.tolist() == [[2, 4]] and both.flows.left.tolist() == [6]
    assert both.flows.joined.tolist() == [0, 8]
