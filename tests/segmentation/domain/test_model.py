"""Training as a whole, on customers whose archetype is known."""

import json

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from segmentation.domain.division import CannotSegment
from segmentation.domain.model import FittedModel, train
from tests.segmentation.archetypes import SECTORS, archetype_customers


@pytest.fixture(scope="module")
def trained():
    values, archetype, _ = archetype_customers(1_200)
    model, candidates = train(values, SECTORS)
    return values, archetype, model, candidates


def test_known_archetypes_are_found(trained):
    values, archetype, model, candidates = trained
    assert len(model.keys) == 4
    assert adjusted_rand_score(archetype, model.assign(values).labels) > 0.98
    assert [c.k for c in candidates] == list(range(2, 11))


def test_noise_three_times_as_strong_still_shows_most_of_them():
    values, archetype, _ = archetype_customers(1_200, noise=1.05)
    model, _ = train(values, SECTORS, k=4)
    assert adjusted_rand_score(archetype, model.assign(values).labels) > 0.5


def test_a_stored_model_places_one_customer_where_training_did(trained):
    values, _, model, _ = trained
    again = FittedModel.from_document(json.loads(json.dumps(model.to_document())))
    everyone, one = model.assign(values), again.assign(values[17:18])
    assert one.labels[0] == everyone.labels[17]
    np.testing.assert_allclose(one.places[0], everyone.places[17])
    np.testing.assert_allclose(one.scores[0], everyone.scores[17])


def test_the_map_holds_what_principal_components_hold(trained):
    values, _, model, _ = trained
    places = model.assign(values).places
    assert np.cov(places.T)[0, 1] == pytest.approx(0, abs=1e-6)  # uncorrelated axes
    first, second = model.projection.explained
    assert 1 > first > second > 0
    assert places.var(axis=0)[0] / places.var(axis=0)[1] == pytest.approx(first / second)
    assert all(label.count("more") + label.count("less") == 2 for label in model.axis_labels())


def test_former_centroids_come_into_the_scale_of_the_new_run(trained):
    values, _, model, _ = trained
    richer = values.copy()
    richer[:, 0] *= 1.3  # everyone's income grew alike: the same segments, other scales
    other, _ = train(richer, SECTORS, k=4)
    gaps = np.linalg.norm(other.former_centroids(model)[:, None] - other.centroids[None], axis=2)
    assert sorted(gaps.argmin(axis=1).tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "n, sentence",
    [
        (0, "No customer consents to profiling; segments need at least 20."),
        (1, "Only one customer consents to profiling; segments need at least 20."),
        (19, "Only 19 customers consent to profiling; segments need at least 20."),
    ],
)
def test_too_few_customers_are_told_in_a_sentence(n, sentence):
    values, _, _ = archetype_customers(40)
    with pytest.raises(CannotSegment) as refusal:
        train(values[:n], SECTORS)
    assert str(refusal.value) == sentence


def test_customers_all_alike_are_told_in_a_sentence():
    values, _, _ = archetype_customers(40)
    with pytest.raises(CannotSegment, match="alike in every feature"):
        train(np.repeat(values[:1], 50, axis=0), SECTORS)
    with pytest.raises(CannotSegment, match="fewer than 5 different customers"):
        train(np.repeat(values[:3], 20, axis=0), SECTORS, k=5)


def test_unknown_and_infinite_values_do_not_stop_a_run():
    values, archetype, _ = archetype_customers(400)
    values[::5, 0] = np.nan
    values[1::9, 3] = np.inf
    values[::11, 4:12] = np.nan
    model, _ = train(values, SECTORS, k=4)
    placed = model.assign(values)
    assert np.isfinite(placed.places).all() and np.isfinite(placed.scores).all()
    known = np.isfinite(values).all(axis=1)
    assert adjusted_rand_score(archetype[known], placed.labels[known]) > 0.9


def test_the_same_customers_and_seed_give_the_same_document(trained):
    values, _, model, candidates = trained
    values = values.copy()
    again, compared = train(values, SECTORS)
    assert json.dumps(again.to_document()) == json.dumps(model.to_document())
    assert compared == candidates


def test_the_order_of_customers_does_not_matter():
    values, *_ = archetype_customers(600)
    values[::7, 0] = np.nan
    values[3::50, 0] = np.inf
    model, candidates = train(values, SECTORS)
    order = np.random.default_rng(5).permutation(len(values))
    other, compared = train(values[order], SECTORS)
    # Sums round by the order they are taken in: to the last digits, never to another segment.
    np.testing.assert_allclose(other.centroids, model.centroids, atol=1e-9)
    np.testing.assert_allclose(other.middles, model.middles, atol=1e-9)
    np.testing.assert_array_equal(other.assign(values).labels, model.assign(values).labels)
    for mine, theirs in zip(compared, candidates, strict=True):
        assert mine.to_document() == pytest.approx(theirs.to_document(), abs=1e-9)
