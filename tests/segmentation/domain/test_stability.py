import numpy as np
import pytest

from segmentation.domain.stability import _compared, bootstrap_retrains, snapshot_retrains
from tests.segmentation.archetypes import SECTORS, archetype_customers


def test_movers_and_kept_segments_by_hand():
    numbers = np.arange(10)
    before = np.array(["s1"] * 4 + ["s2"] * 6)
    now = np.array(["s1", "s2", "s2", "s2"] + ["s2"] * 6)
    # Three of ten carry another key; of s1 a quarter stayed, so one of two segments is kept.
    found = _compared("x", numbers, now, numbers, before, 2)
    assert (found.movers, found.kept, found.customers) == (pytest.approx(0.3), 0.5, 10)


def test_clear_kinds_stay_through_bootstraps():
    values, _, _ = archetype_customers(160)
    done = bootstrap_retrains(values, SECTORS, times=1, k=4)
    assert [each.name for each in done] == ["bootstrap 1"]
    assert min(each.ari for each in done) > 0.9 and max(each.movers for each in done) < 0.05
    assert all(each.kept == 1 for each in done)


def test_a_week_without_change_moves_nobody_and_one_with_change_does():
    values, kind, _ = archetype_customers(160)
    numbers = np.arange(160)
    changed = values.copy()
    holders = np.flatnonzero(kind == 0)[:16]  # sixteen begin to do as traders do
    changed[holders, :12] = values[np.flatnonzero(kind == 3)[:16], :12]
    weeks = [
        ("one", numbers, values),
        ("two", numbers, values),
        ("three", numbers[5:], changed[5:]),
    ]
    second, third = snapshot_retrains(weeks, SECTORS, k=4)
    assert (second.ari, second.movers, second.kept) == (1, 0, 1)
    assert second.moved_by_themselves == 0
    assert third.customers == 155 and third.kept == 1
    assert third.moved_by_themselves == pytest.approx(16 / 155, abs=0.03)
