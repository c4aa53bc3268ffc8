"""The comparison of methods as a whole, on customers whose archetype is known."""

import json

import numpy as np
import pytest
from sklearn.metrics import calinski_harabasz_score, silhouette_score

from segmentation.domain import alternatives, methods
from segmentation.domain.alternatives import METHODS, measure_all
from segmentation.domain.model import train
from segmentation.domain.scaling import transformed
from tests.segmentation.archetypes import SECTORS, archetype_customers


def outcomes_of(archetype, seed=3):
    """One-year returns that follow the archetype, total returns that follow nothing."""
    draw = np.random.default_rng(seed)
    n = len(archetype)
    return {
        "return_1y": np.array([0.1, 0.0, 0.2, -0.4])[archetype] + draw.normal(size=n) * 0.02,
        "total_return": draw.normal(size=n),
    }


@pytest.fixture(scope="module")
def customers():
    values, archetype, _ = archetype_customers(600)
    values[::9, 0] = np.nan
    values[1::50, 0] = np.inf
    model, _ = train(values, SECTORS, k=4)
    return model, values, outcomes_of(archetype)


@pytest.fixture(scope="module")
def measured(customers):
    return measure_all(*customers, random_state=0, refits=2)


def by_key(document):
    return {method["key"]: method for method in document["methods"]}


def test_every_method_is_measured_on_the_same_matrix(customers, measured):
    model, values, _ = customers
    assert [method["key"] for method in measured["methods"]] == list(METHODS)
    assert (measured["k"], measured["sample"], measured["refits"]) == (4, 600, 2)
    own = by_key(measured)["kmeans"]
    matrix = model.scaler.scale(transformed(values, model.features))
    labels = model.assign(values).labels
    assert own["silhouette"] == pytest.approx(silhouette_score(matrix, labels), abs=1e-5)
    assert own["calinski_harabasz"] == pytest.approx(calinski_harabasz_score(matrix, labels))
    assert own["agreement"] == 1 and own["groups"] == 4
    shares = np.bincount(labels) / 600
    assert (own["smallest"], own["largest"]) == pytest.approx((shares.min(), shares.max()))


def test_clear_kinds_are_found_by_models_and_missed_by_a_rule(measured):
    methods = by_key(measured)
    for key in ("ranks", "mixture", "ward"):
        assert methods[key]["agreement"] > 0.8, key
        assert "nearly the same groups" in methods[key]["verdict"]
    income = methods["income"]
    assert income["agreement"] < 0.5 and income["silhouette"] < methods["kmeans"]["silhouette"]
    # One more than asked for: customers whose income is not known.
    assert income["groups"] == 5


def test_outcomes_outside_the_matrix_tell_what_groups_are_worth(measured):
    methods = by_key(measured)
    own = methods["kmeans"]["outcomes"]
    assert own["return_1y"]["ratio"] > 0.9
    assert own["total_return"]["ratio"] < 4 * own["total_return"]["chance"]
    assert methods["income"]["outcomes"]["return_1y"]["ratio"] < own["return_1y"]["ratio"]
    assert "Explains return on money over one year less well" in methods["income"]["verdict"]
    assert "None of them explains total return more" in measured["summary"]


def test_the_same_customers_give_the_same_document_in_any_order(customers, measured):
    again = measure_all(*customers, random_state=0, refits=2)
    assert json.dumps(again) == json.dumps(measured)
    model, values, outcomes = customers
    order = np.random.default_rng(8).permutation(len(values))
    shuffled = {key: column[order] for key, column in outcomes.items()}
    assert measure_all(model, values[order], shuffled, random_state=0, refits=2) == measured


def test_customers_alike_in_features_are_sampled_alike_whatever_their_order(customers):
    # Every customer twice, with other returns: which of the two is drawn must not be chance.
    model, values, outcomes = customers
    draw = np.random.default_rng(1)
    values = np.repeat(values, 5, axis=0)
    outcomes = {"total_return": draw.normal(size=len(values))}
    first = measure_all(model, values, outcomes, random_state=0, refits=0)
    order = draw.permutation(len(values))
    outcomes = {"total_return": outcomes["total_return"][order]}
    assert measure_all(model, values[order], outcomes, random_state=0, refits=0) == first
    assert first["sample"] == alternatives.SAMPLE < len(values)


def test_a_method_that_fails_says_why_and_costs_nothing_else(customers, monkeypatch):
    def broken(*_):
        raise ValueError("covariance is not positive-definite")

    monkeypatch.setattr(methods, "gaussian_mixture", broken)
    told = []
    found = measure_all(
        *customers, random_state=0, refits=1, on_measured=lambda *each: told.append(each)
    )
    shown = by_key(found)
    assert "not positive-definite" in shown["mixture"]["reason"]
    assert "silhouette" not in shown["mixture"] and "silhouette" in shown["ward"]
    assert shown["mixture"]["verdict"] == shown["mixture"]["reason"]
    assert [share for _, share in told] == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1])


def test_few_and_unknown_customers_are_told_apart_as_far_as_it_goes():
    values, *_ = archetype_customers(20)
    values[:, 0] = np.nan  # nobody states an income
    model, _ = train(values, SECTORS, k=2)
    found = measure_all(
        model, values, {"total_return": np.full(20, np.nan)}, random_state=0, refits=1
    )
    methods = by_key(found)
    assert "unknown or all alike" in methods["income"]["reason"]
    assert methods["kmeans"]["outcomes"]["total_return"] == {"ratio": None, "chance": None}
    json.dumps(found, allow_nan=False)
