import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from segmentation.domain.ranks import normal_scores, rank_knots
from segmentation.domain.rivals import equal_tiers, plain_kmeans, standardised
from segmentation.domain.table import (
    BadColumns,
    Wanted,
    choose_transform,
    parse_features,
    skewness,
    table_columns,
)
from segmentation.domain.table_segments import segment_columns

NAMES = ["INCOME", "EQUITY", "FIN", "job", "a/b"]


def test_features_as_they_are_typed():
    assert parse_features("income=INCOME:log, EQUITY/FIN, job, a/b:rank", NAMES) == [
        Wanted("income", "INCOME", "", "log"),
        Wanted("EQUITY/FIN", "EQUITY", "FIN", ""),
        Wanted("job", "job", "", ""),
        Wanted("a/b", "a/b", "", "rank"),
    ]


@pytest.mark.parametrize(
    "text, says",
    [
        ("INCOM", "no column 'INCOM'. Did you mean INCOME?"),
        ("zebra", "no column 'zebra'. Its columns begin with INCOME, EQUITY"),
        ("INCOME:sqrt", "'sqrt' is no transform"),
        ("INCOME,INCOME:log", "named twice"),
        (" , ", "No feature is named"),
    ],
)
def test_features_that_cannot_be(text, says):
    with pytest.raises(BadColumns, match=says.replace("?", r"\?")):
        parse_features(text, NAMES)


def test_ranks_become_normal_scores():
    values = np.arange(1001.0)
    scores = normal_scores(np.array([500.0, 250.0, 1e12, np.nan]), rank_knots(values))
    # The middle has score 0, the first quartile -0.674; beyond the knots the last half per cent.
    np.testing.assert_allclose(scores, [0, norm.ppf(0.25), norm.ppf(0.995), np.nan], atol=1e-12)


def test_many_of_one_value_stand_at_the_middle_of_their_ranks():
    values = np.r_[np.zeros(600), np.arange(1.0, 401.0)]
    scores = normal_scores(np.array([0.0, 400.0]), rank_knots(values))
    # Zeros fill ranks 0 to 60 %: their middle is 30 %, not the end of the scale.
    assert scores[0] == pytest.approx(norm.ppf(0.30), abs=0.02)


def test_ranks_do_not_see_how_far_out_somebody_lies():
    values = np.random.default_rng(4).normal(size=500)
    further = np.where(values == values.max(), 1e9, values)
    others = np.sort(values)[:-10]
    before, after = (normal_scores(others, rank_knots(each)) for each in (values, further))
    np.testing.assert_array_equal(before, after)


def test_the_mildest_transform_that_is_symmetric():
    draw = np.random.default_rng(1)
    bell = draw.normal(50, 5, 4000)
    assert choose_transform(bell)[0] == "identity"
    assert choose_transform(np.exp(draw.normal(size=4000)))[0] == "log10"
    spiked = np.where(draw.random(4000) < 0.9, 0.0, np.exp(draw.normal(3, 1, 4000)))
    assert choose_transform(spiked)[0] == "rank"
    assert choose_transform(-np.exp(draw.normal(size=4000)))[0] == "rank"  # no logarithm there
    assert choose_transform(np.repeat([1.0, 2.0, 50.0], 40))[0] == "identity"
    assert skewness(np.array([3.0, 3.0])) == 0


def frame():
    """300 of three kinds, with everything a table can bring."""
    draw = np.random.default_rng(5)
    kind = np.repeat([0, 1, 2], 100)
    table = pd.DataFrame(
        {
            "id": np.arange(300),
            "money": np.exp(draw.normal(np.array([8.0, 11, 14])[kind], 0.4)),
            "trades": draw.poisson(np.array([1, 20, 4])[kind]).astype(float),
            "share": draw.beta(*np.array([(8, 2), (2, 8), (5, 5)])[kind].T),
            "plan": np.array(["yes", "no"])[(draw.random(300) < 0.5).astype(int)],
            "city": np.array(["Pune", "Delhi", "Agra"])[draw.integers(0, 3, 300)],
            "bold": np.where(kind == 1, "bold", "calm"),
            "kind": kind,
        }
    )
    table.loc[::17, "money"] = np.inf
    table.loc[3::29, "trades"] = np.nan
    return table


def test_columns_of_every_sort():
    table = frame().assign(same=1, text=[f"name {i}" for i in range(300)])
    columns = table_columns(table, leave={"id", "kind", "bold"})
    keys = [feature.key for feature in columns.features]
    assert keys == [
        "money",
        "trades",
        "share",
        "plan: yes",
        "city: Agra",
        "city: Delhi",
        "city: Pune",
    ]
    assert {name for name, _ in columns.left_out} == {"same", "text"}
    assert [choice.unknown for choice in columns.choices] == [18, 11, 0, 0, 0]
    units = {feature.key: feature.unit for feature in columns.features}
    assert units["money"] == "amount" and units["share"] == "share" and units["plan: yes"] == "flag"


@pytest.mark.parametrize(
    "spec, says",
    [
        ("plan:log", "plan is not numeric .'\\w+' in row 1."),
        ("city/money", "city is not numeric"),
        ("share:log10,loss:log", "loss goes below zero"),
        ("text", "300 different texts"),
        ("same", "same is the same in every row"),
        ("gone", "gone has no known value"),
    ],
)
def test_columns_that_cannot_be_features(spec, says):
    table = frame().assign(
        loss=-np.arange(300.0), text=[f"t{i}" for i in range(300)], same=2, gone=np.nan
    )
    with pytest.raises(BadColumns, match=says):
        table_columns(table, parse_features(spec, list(table.columns)))


@pytest.fixture(scope="module")
def found():
    table = frame()
    columns = table_columns(table, parse_features("money,trades,share,city", list(table.columns)))
    weight = np.where(table.kind == 2, 3.0, 1.0)
    return table, segment_columns(
        columns, table, weight=weight, tiers="money", never_seen=["bold", "kind"]
    )


def test_known_kinds_are_found_in_a_table(found):
    table, result = found
    assert adjusted_rand_score(table.kind, result.labels) > 0.95
    assert len(result.segments) == 3
    # Kind 2 stands for 300 of 500 customers, though it has 100 of 300 rows.
    assert result.segments[0].share == pytest.approx(0.6, abs=0.02)
    assert [each.share for each in result.segments] == sorted(
        (each.share for each in result.segments), reverse=True
    )
    seen = result.rivals[0].never_seen["bold"]
    assert seen.lift.name == "bold" and seen.lift.lift == pytest.approx(5.0, abs=0.2)
    assert result.rivals[0].never_seen["kind"].information > 0.9
    assert {each.key for each in result.rivals} == {
        "segments", "plain_kmeans", "plain_kmeans_best_k", "tiers",
    }  # fmt: skip


def test_typical_values_are_weighted_medians_in_raw_units(found):
    table, result = found
    mine = result.labels == 0
    known = table.money[mine & np.isfinite(table.money)].sort_values()
    assert result.segments[0].typical["money"] in known.to_numpy()
    assert result.segments[0].typical["money"] == pytest.approx(known.median(), rel=0.05)
    assert "million" in result.segments[0].description
    document = result.to_document()
    assert document["k"] == 3 and len(document["beside"]) == 4


def test_too_few_rows():
    table = frame().head(19)
    with pytest.raises(BadColumns, match="19 rows are too few; segments need at least 20"):
        segment_columns(table_columns(table, leave={"id", "kind"}), table)


def test_plain_kmeans_is_scikit_learns():
    draw = np.random.default_rng(9)
    values = np.vstack([draw.normal(c, 0.3, (80, 2)) for c in ((0, 0), (4, 0), (0, 4))]) * [1, 1e5]
    labels, measured = plain_kmeans(values, None)
    assert measured.k == 3
    theirs = KMeans(3, n_init=10, random_state=0).fit_predict(
        StandardScaler().fit_transform(values)
    )
    assert adjusted_rand_score(theirs, labels) == 1
    np.testing.assert_allclose(standardised(values), StandardScaler().fit_transform(values))


def test_equal_tiers():
    assert equal_tiers(np.array([5.0, 1, 3, np.nan, 2, 4, 6]), 3).tolist() == [2, 0, 1, -1, 0, 1, 2]
    # One row that stands for half of all fills the lower tier alone.
    tiers = equal_tiers(np.arange(5.0), 2, np.array([4.0, 1, 1, 1, 1]))
    assert tiers.tolist() == [0, 1, 1, 1, 1]
