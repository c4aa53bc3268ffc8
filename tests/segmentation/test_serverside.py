"""The database places customers exactly as the model does."""

import numpy as np
import pymongo
import pytest
from django.conf import settings as configured
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from accounts.domain.sectors import FULL_MASK, SECTORS, multi_hot
from segmentation.domain.features import main_features
from segmentation.domain.model import FittedModel, train
from segmentation.domain.scaling import transformed
from segmentation.domain.serverside import marks, segment_index
from segmentation.queries import FEATURE_KEYS, customer_columns, membership_columns
from segmentation.services import publish_run, train_run

MISSING = object()
STRANGE = [MISSING, None, float("nan"), float("inf"), float("-inf"), 0.0, -1e12, 1e300]


def model_of(seed, k):
    """A model of customers of whom some are unknown in every block but the sectors."""
    draw = np.random.default_rng(seed)
    kind = draw.integers(0, k, 600)
    values = np.exp(draw.normal(kind[:, None] * 0.7, 1.0, (600, len(FEATURE_KEYS))))
    values[draw.random(values.shape) < 0.15] = np.nan
    values[:, FEATURE_KEYS.index("sip_share")] = 0.5 if seed % 2 else np.nan  # says nothing
    masks = draw.integers(0, FULL_MASK + 1, 600)
    return train(np.hstack([values, multi_hot(masks)]), SECTORS, k=k)[0]


MODELS = {(seed, k): model_of(seed, k) for seed, k in [(1, 2), (2, 5)]}

feature = st.one_of(
    st.sampled_from(STRANGE),
    st.floats(-10, 10),
    st.floats(1, 1e9),
)
customer = st.fixed_dictionaries(
    {
        **dict.fromkeys(FEATURE_KEYS, feature),
        "sector_mask": st.one_of(st.just(MISSING), st.integers(0, FULL_MASK)),
    }
)


@pytest.fixture(scope="module")
def scratch():
    with pymongo.MongoClient(configured.DATABASES["default"]["HOST"]) as client:
        yield client["finseg_scratch"]["customers"]
        client.drop_database("finseg_scratch")


def stored(rows):
    return [
        {name: value for name, value in row.items() if value is not MISSING} | {"_id": place}
        for place, row in enumerate(rows)
    ]


def matrix(rows):
    def number(value):
        return np.nan if value is MISSING or value is None else float(value)

    main = np.array([[number(row[key]) for key in FEATURE_KEYS] for row in rows])
    masks = [0 if row["sector_mask"] is MISSING else row["sector_mask"] for row in rows]
    return np.hstack([main, multi_hot(np.array(masks, np.int64))])


def two_nearest_apart(model, values):
    """How much nearer the nearest centroid is than the second, of each customer."""
    scaled = model.scaler.scale(transformed(values, model.features))
    squares = np.sort(((scaled[:, None] - model.centroids[None]) ** 2).sum(axis=2), axis=1)
    return squares[:, 1] - squares[:, 0]


@tries(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(customer, min_size=1, max_size=30), which=st.sampled_from(sorted(MODELS)))
def test_labels_are_those_of_the_model_whatever_is_stored(scratch, rows, which):
    model, values = MODELS[which], matrix(rows)
    scratch.delete_many({})
    scratch.insert_many(stored(rows))
    pipeline = [{"$sort": {"_id": 1}}, {"$project": {"label": segment_index(model)}}]
    labels = [row["label"] for row in scratch.aggregate(pipeline)]
    clear = two_nearest_apart(model, values) > 1e-9
    np.testing.assert_array_equal(np.array(labels)[clear], model.assign(values).labels[clear])


def test_thousands_of_ordinary_customers_come_out_alike_to_the_last(scratch):
    model, draw = MODELS[2, 5], np.random.default_rng(8)
    kind = draw.integers(0, 5, (5_000, 1))
    values = np.exp(draw.normal(kind * 0.7, 1.0, (5_000, len(FEATURE_KEYS))))
    rows = [
        {**dict(zip(FEATURE_KEYS, row, strict=True)), "sector_mask": mask}
        for row, mask in zip(
            values.tolist(), draw.integers(0, FULL_MASK + 1, 5_000).tolist(), strict=True
        )
    ]
    scratch.delete_many({})
    scratch.insert_many(stored(rows))
    assert scratch.update_many({}, marks(model)).modified_count == 5_000
    wanted = model.assign(matrix(rows)).labels
    found = list(scratch.find().sort("_id"))
    assert len(set(wanted)) >= 4
    assert [row["segment_key"] for row in found] == [model.keys[label] for label in wanted]
    # Repeated it changes nobody; a customer whose habits changed is the only one to move.
    assert scratch.update_many({}, marks(model)).modified_count == 0
    other = int(np.flatnonzero(wanted != wanted[0])[0])
    scratch.update_one({"_id": 0}, {"$set": {key: rows[other][key] for key in FEATURE_KEYS}})
    scratch.update_one({"_id": 0}, {"$set": {"sector_mask": rows[other]["sector_mask"]}})
    assert scratch.update_many({}, marks(model)).modified_count == 1
    moved = scratch.find_one({"_id": 0})
    assert moved["segment_key"] == model.keys[wanted[other]]


def test_a_tie_goes_to_the_first_as_in_the_model(scratch):
    model = MODELS[1, 2]
    twice = FittedModel(**{**vars(model), "centroids": np.repeat(model.centroids[:1], 2, axis=0)})
    scratch.delete_many({})
    scratch.insert_one({"_id": 0})
    assert scratch.aggregate([{"$project": {"label": segment_index(twice)}}]).next()["label"] == 0
    nobody = np.full((1, len(main_features()) + len(SECTORS)), np.nan)
    nobody[:, len(main_features()) :] = 0
    assert twice.assign(nobody).labels.tolist() == [0]


def test_a_publication_marked_by_the_database_is_the_one_marked_by_us(customers, settings):
    run = train_run(k=3)
    settings.SEGMENTATION_ASSIGN = "server"
    publish_run(run=run)
    numbers, keys = membership_columns(run)
    columns = customer_columns()
    assert columns["number"].tolist() == numbers.tolist() and len(set(keys)) == 3
    assert columns["segment_key"].tolist() == keys.tolist()
