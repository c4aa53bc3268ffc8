from dataclasses import replace

import numpy as np
import pytest

from segmentation.domain.flows import Flows
from segmentation.domain.gates import RunFacts, publication_gates, verdict

PUBLISHED = RunFacts(11, 3, False, 1000, ("income", "value"), 0.2, 0.95, 0.42, {})
RUN = replace(PUBLISHED, number=12, customers=1010, silhouette=0.40, verdicts={2: "", 3: ""})


def flows(counts):
    """Both runs know everyone; segments keep their keys."""
    table, keys = np.array(counts), ("s1", "s2", "s3")
    nobody = np.zeros(3, int)
    return Flows(keys, keys, table, nobody, nobody)


STEADY = flows([[490, 10, 0], [0, 300, 0], [0, 0, 200]])


def failed(run=RUN, published=PUBLISHED, moved=STEADY):
    return {gate.key: gate for gate in publication_gates(run, published, moved) if not gate.passed}


def test_a_run_much_like_the_published_one_passes_every_gate():
    gates = publication_gates(RUN, PUBLISHED, STEADY)
    assert [gate.key for gate in gates] == [
        *("features", "customers", "segments", "movers", "agreement"),
        *("smallest", "stability", "silhouette"),
    ]
    assert failed() == {}
    assert verdict(12, gates) == "Run 12 passes all 8 gates."
    as_many = publication_gates(replace(RUN, customers=1000), PUBLISHED, STEADY)[1]
    assert as_many.sentence.startswith("It has as many customers as run 11;")
    shown = {gate.key: (gate.value, gate.bound) for gate in gates}
    assert shown["customers"] == ("+1 %", "±10 %")
    assert shown["movers"] == ("1 %", "≤ 15 %")  # 10 of 1,000
    assert shown["silhouette"] == ("0.400", "≥ 0.370")


def test_what_waits_says_what_moved_and_what_may():
    # 230 of 1,000 go from s1 to s2.
    moved = flows([[270, 230, 0], [0, 300, 0], [0, 0, 200]])
    found = failed(moved=moved)
    assert set(found) == {"agreement", "movers"}
    assert found["movers"].sentence == (
        "23 % of customers would move, at most 15 % may without a person's approval."
    )
    only = [found["movers"]]
    assert verdict(12, only) == (
        "Run 12 waits for approval: 23 % of customers would move, at most 15 % may without a "
        "person's approval."
    )
    both = verdict(12, list(found.values()))
    assert "23 % of customers would move" in both and both.endswith(" 1 more gate did not pass.")


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ({"features": ("income",)}, "features"),
        ({"features": ("value", "income")}, "features"),
        ({"customers": 899}, "customers"),
        ({"customers": 1101}, "customers"),
        ({"k": 4}, "segments"),
        ({"smallest": 0.0199}, "smallest"),
        ({"smallest": None}, "smallest"),
        ({"stability": 0.849}, "stability"),
        ({"stability": None}, "stability"),
        ({"silhouette": 0.369}, "silhouette"),
        ({"silhouette": None}, "silhouette"),
    ],
)
def test_each_gate_stops_what_is_beyond_its_bound_and_nothing_else(change, gate):
    assert set(failed(run=replace(RUN, **change))) == {gate}


@pytest.mark.parametrize(
    "change",
    [
        {"customers": 900},
        {"customers": 1100},
        {"smallest": 0.02},
        {"stability": 0.85},
        {"silhouette": 0.37},
        {"silhouette": 0.9},
        {"k": 4, "pinned": True},
        {"k": 4, "verdicts": {3: "Its smallest segment holds under 2% of customers."}},
    ],
)
def test_the_bound_itself_passes_and_so_does_an_explained_number(change):
    assert failed(run=replace(RUN, **change)) == {}


def test_a_published_run_without_common_customers_or_figures_lets_nothing_pass_by_itself():
    nobody = Flows(("s1",), ("s1",), np.zeros((1, 1), int), np.array([5]), np.array([7]))
    unknown = replace(PUBLISHED, customers=0, silhouette=None)
    assert set(failed(published=unknown, moved=nobody)) == {
        *("customers", "agreement", "movers", "silhouette")
    }
    assert verdict(1, []).startswith("Run 1 is the first")
