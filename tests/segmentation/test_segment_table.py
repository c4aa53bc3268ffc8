"""The command on files: what it refuses, what it writes, and real customers where they are."""

import gzip
import json
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command
from sklearn.metrics import adjusted_mutual_info_score

from segmentation.domain.rivals import plain_kmeans
from segmentation.domain.table import BadColumns
from segmentation.imports import (
    join_table,
    keep_where,
    one_row_a_customer,
    read_table,
    weights_of,
)

REAL = Path(__file__).parents[2] / "../shared/data"
TRADES = REAL / "far_trans/customer_trade_features_derived.csv.gz"
SURVEY = REAL / "customers/SCFP2019.csv.gz"
SIX = [
    "num_trades",
    "total_volume",
    "avg_trade_value",
    "num_assets",
    "sector_diversity",
    "investment_span_days",
]


def run(*args, **options):
    out = StringIO()
    call_command("segment_table", *args, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def two_kinds(tmp_path):
    draw = np.random.default_rng(3)
    kind = np.repeat([0, 1], 60)
    table = pd.DataFrame(
        {
            "who": [f"c{i}" for i in range(120)],
            "money": np.exp(draw.normal(np.array([8.0, 12])[kind], 0.3)).round(2),
            "trades": draw.poisson(np.array([2, 30])[kind]),
            "risk": np.array(["calm", "bold"])[kind],
        }
    )
    path = tmp_path / "customers.csv"
    table.to_csv(path, index=False)
    return path


def test_segments_of_a_file_are_told_and_written(two_kinds, tmp_path):
    out = tmp_path / "segments.csv"
    text = run(
        two_kinds, features="wealth=money:log,trades", id="who", never_seen="risk",
        tiers="money", out=out, k=2,
    )  # fmt: skip
    for part in (
        "wealth",
        "Beside others",
        "What none of them saw: risk (120 known)",
        "high trades",
    ):
        assert part.lower() in text.lower()
    written = pd.read_csv(out)
    assert written.columns.tolist() == ["who", "segment", "segment_name"]
    assert adjusted_mutual_info_score(written.segment, np.repeat([0, 1], 60)) == 1
    document = json.loads(run(two_kinds, features="money,trades", k=2, json=True))
    assert document["rows"] == 120 and document["k"] == 2


@pytest.mark.parametrize(
    "options, says",
    [
        ({"features": "mony"}, "no column 'mony'. Did you mean money"),
        ({"features": "risk:log"}, "risk is not numeric"),
        ({"never_seen": "rsk"}, "Did you mean risk"),
        ({"features": "money,risk", "never_seen": "risk"}, "cannot be a feature and also judge"),
        ({"where": ["money>1e9"]}, "No row meets 'money>1e9'"),
        ({"where": ["trades<3"], "features": "money"}, "too few; segments need at least 20"),
        ({"where": ["money"]}, "is no condition"),
        ({"where": ["risk>3"]}, "orders texts"),
        ({"weight": "risk"}, "risk cannot be a weight"),
        ({"k": 1}, "--k takes a number from 2 to 50"),
        ({"join": "other.csv"}, "--join needs --id"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence_and_nothing_is_written(
    two_kinds, tmp_path, options, says
):
    out = tmp_path / "out.csv"
    if says.startswith("too few"):
        pd.read_csv(two_kinds).head(30).to_csv(two_kinds, index=False)
        options = {"where": ["money>0", "trades<2"], "features": "money"}
    with pytest.raises(CommandError) as refusal:
        run(two_kinds, out=out, **options)
    assert says in str(refusal.value) and str(refusal.value).endswith("Nothing was written.")
    assert not out.exists()


@pytest.mark.parametrize(
    "content, says",
    [
        (b"", "is empty"),
        (b"a,b\n", "columns but no rows"),
        ("a,b\nZ\u00fcrich,1\n".encode("latin-1"), "is not in UTF-8"),
        (b"a,a\n1,2\n", "two columns named"),
        (b"PK\x03\x04\x00\x00\x00", "cannot be read|no rows|UTF-8"),
    ],
)
def test_files_that_are_no_tables(tmp_path, content, says):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(BadColumns, match=says):
        read_table(path)


def test_other_files(tmp_path):
    with pytest.raises(BadColumns, match="There is no file"):
        read_table(tmp_path / "none.csv")
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"not parquet at all")
    with pytest.raises(BadColumns, match="cannot be read as a table"):
        read_table(bad)
    packed = tmp_path / "semicolons.csv.gz"
    packed.write_bytes(gzip.compress("\ufeffwho;x\nA;1\n".encode()))
    assert read_table(packed).to_dict("list") == {"who": ["A"], "x": [1]}
    stored = tmp_path / "t.parquet"
    pd.DataFrame({"x": [1.0]}).to_parquet(stored)
    assert read_table(stored).x.tolist() == [1.0]


def test_all_alike_and_a_number_too_high(tmp_path):
    path = tmp_path / "alike.csv"
    pd.DataFrame({"x": [1] * 50, "y": [2] * 50}).to_csv(path, index=False)
    with pytest.raises(CommandError, match="No column of the table can be a feature"):
        run(path)
    pd.DataFrame({"x": [1, 2] * 25}).to_csv(path, index=False)
    with pytest.raises(CommandError, match="fewer than 3 different customers"):
        run(path, k=3)


def test_an_input_is_never_overwritten(two_kinds):
    before = two_kinds.read_bytes()
    with pytest.raises(CommandError, match="names a file that is read"):
        run(two_kinds, out=two_kinds)
    assert two_kinds.read_bytes() == before


def test_five_implicates_are_one_household():
    rows = pd.DataFrame(
        {
            "id": [1, 1, 2, 2, 2],
            "income": [100.5, 200.5, 7.25, 8.25, 9.25],
            "owns": [1, 1, 0, 1, 0],
            "town": ["a", "a", "b", None, "c"],
            "w": [2.0, 2.0, 1.0, 1.0, 1.0],
        }
    )
    one = one_row_a_customer(rows, by="id", weight="w")
    assert one.to_dict("list") == {
        "id": [1, 2], "income": [150.5, 8.25], "owns": [1, 0], "town": ["a", "b"], "w": [4.0, 3.0],
    }  # fmt: skip
    assert weights_of(one, "w").tolist() == [4, 3]


def test_joined_rows_and_conditions():
    left = pd.DataFrame({"id": ["a", "b", "c"], "x": [1, 2, 3]})
    right = pd.DataFrame({"id": ["b", "a", "b"], "kind": ["old", "A", "new"], "x": [9, 9, 9]})
    joined = join_table(left, right, by="id")
    assert joined.x.tolist() == [1, 2, 3] and joined.kind[:2].tolist() == ["A", "new"]
    assert keep_where(joined, ["x>=2"]).id.tolist() == ["b", "c"]
    assert keep_where(joined, ["kind!~ne"]).id.tolist() == ["a"]  # the unknown meets nothing
    assert keep_where(joined, ["kind=new", "x!=9"]).id.tolist() == ["b"]


@pytest.mark.skipif(not TRADES.exists(), reason="the FAR-Trans customers are not on this machine")
def test_plain_kmeans_on_real_traders_leaves_a_segment_of_a_hundredth_of_the_others():
    table = pd.read_csv(TRADES)
    labels, measured = plain_kmeans(table[SIX].to_numpy(float), 4)
    smallest = np.bincount(labels).min() / len(table)
    # Measured beforehand with scikit-learn alone: 0.12 %, and 0.021 of mutual information.
    assert smallest == pytest.approx(0.0012, abs=0.0003)
    assert measured.k == 4
    assert adjusted_mutual_info_score(table.riskLevel, labels) == pytest.approx(0.021, abs=0.003)


@pytest.mark.skipif(not SURVEY.exists(), reason="the survey of households is not on this machine")
def test_the_survey_counts_each_household_once():
    wanted = ["YY1", "WGT", "EQUITY", "HSTOCKS"]
    rows = read_table(SURVEY)[wanted]
    one = one_row_a_customer(rows, by="YY1", weight="WGT")
    assert (len(rows), len(one)) == (28_885, 5_777)
    # The survey's own figure: 128.6 million families in 2019.
    assert one.WGT.sum() == pytest.approx(128.6e6, rel=0.002)
    assert set(one.HSTOCKS) == {0, 1}
