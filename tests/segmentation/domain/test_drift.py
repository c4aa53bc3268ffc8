import numpy as np
import pytest

from segmentation.domain import drift
from segmentation.domain.standing import quantile_table


def test_the_index_of_a_scorecards_ages_is_that_of_the_textbook():
    # (0.3 - 0.2) ln(0.3 / 0.2) + (0.3 - 0.5) ln(0.3 / 0.5) + (0.4 - 0.3) ln(0.4 / 0.3)
    # = 0.040547 + 0.102165 + 0.028768
    found = drift.stability_index([0.2, 0.5, 0.3], [0.3, 0.3, 0.4])
    assert found == pytest.approx(0.171480, abs=1e-6)
    assert drift.stability_index([0.5, 0.5], [0.5, 0.5]) == 0.0
    # An empty bin counts as 0.0001: (0.0001 - 0.5) ln(0.0002) + (1 - 0.5) ln 2.
    assert drift.stability_index([0.5, 0.5], [0.0, 1.0]) == pytest.approx(
        -0.4999 * np.log(0.0002) + 0.5 * np.log(2)
    )


def test_deciles_of_training_hold_a_tenth_each():
    then = np.arange(1.0, 1002.0)
    edges, expected = drift.bins(quantile_table(then[:, None])["at"][0], 1.0)
    assert edges.tolist() == [101, 201, 301, 401, 501, 601, 701, 801, 901]
    np.testing.assert_allclose(expected, [0.1] * 10 + [0.0])
    np.testing.assert_allclose(drift.shares_of(then, edges), [0.1] * 10 + [0.0], atol=1e-3)
    # Everyone half a decile's width richer: one in two of each bin goes on to the next.
    shares = drift.shares_of(then + 50, edges)
    np.testing.assert_allclose(shares, [0.05, *[0.1] * 8, 0.15, 0.0], atol=2e-3)
    # One customer in the second of ten bins: 1.5 of 6.5 halves, and 0.5 in each other.
    alone = drift.shares_of(np.array([150.0]), edges)
    np.testing.assert_allclose(alone, np.array([0.5, 1.5, *[0.5] * 9]) / 6.5)


def test_a_value_most_have_is_one_bin_and_the_unknown_are_another():
    # 72 of 100 have no plan, of 25 more nothing is known: 100 known of 125.
    then = np.concatenate([np.zeros(72), np.linspace(0.1, 1, 28), np.full(25, np.nan)])
    table = quantile_table(then[:, None])
    edges, expected = drift.bins(table["at"][0], table["known"][0] / 125)
    assert edges[0] == 0.0 and len(edges) == 3
    # Zero is last at the 70th per cent and no more at the 75th: 72.5 % between.
    np.testing.assert_allclose(expected, np.array([0.725, 0.075, 0.1, 0.1, 0.25]) * 0.8, atol=1e-9)
    now = drift.shares_of(then, edges)
    assert now[0] == pytest.approx(72.5 / 127.5) and now[-1] == pytest.approx(25.5 / 127.5)
    assert drift.stability_index(expected, now) < 0.002
    nothing, expected = drift.bins([], 0.0)
    assert len(nothing) == 0 and expected.tolist() == [0.0, 1.0]


def test_bounds_are_the_published_ones_unless_there_are_few_customers():
    assert drift.psi_bounds(10, 20_000, 10_000) == (0.10, 0.25)
    # chi-squared(9) at 0.999 is 27.877 (NIST table): times (1/90 + 1/90).
    assert drift.psi_bounds(10, 90, 90) == pytest.approx((0.6195, 0.6195), abs=1e-3)


def measured(shift, n=4000, seed=0):
    draw = np.random.default_rng(seed)
    then, now = draw.normal(size=n), draw.normal(shift, 1, n)
    table = quantile_table(then[:, None])
    return drift.feature_measure("income", "Income", table["at"][0], n, n, now)


def test_shifts_of_normal_customers_reach_the_levels_of_their_index():
    assert measured(0.0).level == "stable" and measured(0.0).value < 0.01
    # The index of two normal densities a shift d apart, in the limit of fine bins, is d squared.
    assert measured(0.35).value == pytest.approx(0.35**2, rel=0.2)
    assert (measured(0.4).level, measured(0.7).level) == ("moderate", "large")


@pytest.mark.parametrize("seed", range(20))
def test_few_customers_without_any_change_are_not_taken_for_drift(seed):
    assert measured(0.0, n=80, seed=seed).level == "stable"


def test_shares_are_held_against_their_bounds_and_said_in_words():
    measures = [
        *drift.share_measures(moved=0.16, distance=2.2, distance_then=2.0, fresh=0.02),
        measured(0.7),
    ]
    assert [each.level for each in measures] == ["large", "moderate", "stable", "large"]
    assert measures[1].value == pytest.approx(0.10)
    assert drift.level_of(measures) == "large" and drift.level_of([]) == "stable"
    said = drift.findings(measures)
    assert "Customers in another segment than at training 16 % (large, from 15 %)" in said
    assert "Growth of the mean distance to the centroid 10 % (moderate, from 10 %)" in said
    assert "new since" not in said and said.index("(moderate") > said.rindex("(large")
    unknown = drift.share_measures(moved=None, distance=None, distance_then=2.0, fresh=None)
    assert drift.level_of(unknown) == "stable" and drift.written(unknown[0]) == "—"
