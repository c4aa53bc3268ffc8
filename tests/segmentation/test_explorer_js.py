"""The explorer's scripts in node: the browser chooses and counts what Python does."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from accounts.domain.sectors import SECTORS
from segmentation.domain.filters import CustomerFilter
from segmentation.domain.measures import MEASURE_KEYS, MEASURES
from segmentation.domain.model import FittedModel, train
from segmentation.domain.packing import pack
from segmentation.explorer import packed_columns
from segmentation.models import Customer, Publication, Segment, SegmentationRun
from segmentation.queries import FEATURE_KEYS, collection_of, feature_matrix, filter_match
from tests.segmentation.crowd import DOCUMENTS, TIER_OF, columns_of, crowd
from tests.segmentation.test_cube_js import node

SCRIPTS = Path(__file__).parents[2] / "static/segmentation/explorer"
KEYS = ("s1", "s2", "s4")


@pytest.fixture
def stored(db, tmp_path):
    """Four hundred customers in the database, and the file a browser would be sent."""
    rows = crowd(400)
    collection_of(Customer).insert_many(rows)
    columns = columns_of(rows)
    model, _ = train(feature_matrix(columns), SECTORS, k=3, random_state=1)
    model = FittedModel(**{**vars(model), "keys": KEYS})
    run = SegmentationRun.objects.create(
        number=1, model=model.to_document(), picture={"axes": ["more", "less"]}
    )
    Segment.objects.bulk_create(
        Segment(run=run, key=key, name=f"Name of {key}", tier=TIER_OF[key], customers=200)
        for key in KEYS
    )
    Publication.objects.create(run=run)
    header, packed = packed_columns(run, 4)
    file = tmp_path / "columns"
    file.write_bytes(pack(header, packed))
    return columns, model, header, file


def run_js(file, body):
    """What `body` returns, with the packed data in `data` and the modules beside it."""
    modules = ("columns", "filter", "crossfilter", "compare")
    imports = "\n".join(
        f"import * as {name} from {json.dumps((SCRIPTS / f'{name}.js').as_uri())};"
        for name in modules
    )
    code = f"""
        import {{ readFileSync }} from "node:fs";
        {imports}
        const file = readFileSync({json.dumps(str(file))});
        const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.length);
        const data = columns.unpack(bytes);
        const rowsOf = (code) => Uint32Array.from(
          [...data.columns.segment.keys()].filter((i) => data.columns.segment[i] === code));
        const numbersOf = (rows) => Array.from(rows, (row) => data.columns.number[row]);
        console.log(JSON.stringify((() => {{ {body} }})()));"""
    done = subprocess.run(
        [node(), "--input-type=module", "-e", code], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_browser_numpy_and_database_choose_the_same_customers(stored):
    columns, _, header, file = stored
    placed = columns["segment_key"] != ""
    assert header["customers"] == placed.sum() and header["everyone"] == 600
    # One crossfilter goes through all filters, as a page does; then each comes from an address.
    chosen = run_js(
        file,
        f"""
        const cross = new crossfilter.Crossfilter(data);
        const numbers = (filter) => {{
          cross.apply(filter);
          return numbersOf(cross.rows());
        }};
        return {json.dumps(DOCUMENTS)}.map((document) => {{
          const chosen = filter.fromDocument(document, data);
          const words = filter.intoQuery(chosen, new URLSearchParams());
          const again = filter.fromQuery(new URLSearchParams(words.toString()), data);
          return [numbers(chosen), numbers(again), filter.toDocument(again)];
        }});""",
    )
    for document, (direct, by_address, kept) in zip(DOCUMENTS, chosen, strict=True):
        filtered = CustomerFilter.from_document(document)
        marked = columns["number"][filtered.mask(columns)].tolist()
        found = collection_of(Customer).find(filter_match(filtered), {"number": 1})
        assert sorted(row["number"] for row in found) == marked
        assert sorted(direct) == sorted(by_address) == marked, document
        assert CustomerFilter.from_document(kept) == filtered


def test_groups_are_counted_under_all_but_their_own_part(stored):
    columns, _, _, file = stored
    document = {"segments": ["s2"], "risks": ["high"], "ranges": {"savings_rate": [0, 1]}}
    counted = run_js(
        file,
        f"""
        const cross = new crossfilter.Crossfilter(data);
        cross.apply(filter.fromDocument({json.dumps(document)}, data));
        cross.light({{ part: "stated", value: "low" }});
        const all = cross.count(["savings_rate", "turnover"]);
        const plain = (groups) => Array.from(groups.customers);
        const part = (found) => ["inside", "outside", "lit"].map((name) => Array.from(found[name]));
        return {{
          customers: all.customers, value: all.value, lit: all.lit,
          segments: plain(all.segments), risks: plain(all.risks),
          tiers: plain(all.tiers), sectors: plain(all.sectors),
          worth: Array.from(all.segments.value),
          savings: part(all.histograms.savings_rate), turnover: part(all.histograms.turnover),
        }};""",
    )

    def mask(**parts):
        return CustomerFilter.from_document({**document, **parts}).mask(columns)

    whole = mask()
    assert counted["customers"] == whole.sum() > 0
    value = np.nan_to_num(columns["portfolio_value"])
    assert counted["value"] == pytest.approx(value[whole].sum(), abs=1e-3)
    assert counted["lit"] == (whole & (columns["stated_class"] == "low")).sum()
    # Segments stand in the page's order: by tier, then by value (all 0 here), then by key.
    free = mask(segments=[])
    order = ["s1", "s2", "s4"]
    assert counted["segments"] == [(free & (columns["segment_key"] == k)).sum() for k in order]
    assert counted["worth"] == pytest.approx(
        [value[free & (columns["segment_key"] == k)].sum() for k in order], abs=1e-3
    )
    free = mask(risks=[])
    classes = ("low", "medium", "high", "")
    assert counted["risks"] == [(free & (columns["risk_class"] == c)).sum() for c in classes]
    assert counted["tiers"] == [
        (whole & (columns["tier"] == t)).sum() for t in ("high", "medium", "low")
    ]
    bits = [(whole & (columns["sector_mask"] >> bit & 1 == 1)).sum() for bit in range(len(SECTORS))]
    assert counted["sectors"] == bits
    inside, outside, lit = counted["savings"]
    free = mask(ranges={})
    assert sum(inside) == counted["customers"] and sum(lit) == counted["lit"]
    assert sum(inside) + sum(outside) == free.sum()
    assert outside[-1] == (free & np.isnan(columns["savings_rate"])).sum()
    inside, outside, _ = counted["turnover"]
    assert sum(inside) == counted["customers"] and sum(outside) == 0


def test_rows_in_order_and_by_the_page(stored):
    columns, _, _, file = stored
    sorted_by = run_js(
        file,
        """
        const cross = new crossfilter.Crossfilter(data);
        cross.apply(filter.fromDocument({ risks: ["low"] }, data));
        const order = columns.ascending(data.columns.return_1y);
        const page = (skip, backwards) => numbersOf(cross.page(order, skip, 10, backwards));
        return {
          all: Array.from(order.order, (row) => data.columns.return_1y[row]),
          numbers: numbersOf(columns.ascending(data.columns.number).order),
          first: page(0, false), second: page(10, false), last: page(0, true),
        };""",
    )
    placed = columns["segment_key"] != ""
    value = columns["return_1y"].astype(np.float32)
    expected = np.sort(value[placed])
    found = np.array([np.nan if v is None else v for v in sorted_by["all"]], np.float32)
    np.testing.assert_array_equal(found, expected)
    assert sorted_by["numbers"] == columns["number"][placed].tolist()
    of = dict(zip(columns["number"].tolist(), value, strict=True))
    low = np.sort(value[placed & (columns["risk_class"] == "low")])
    assert [of[n] for n in sorted_by["first"]] == low[:10].tolist()
    assert [of[n] for n in sorted_by["second"]] == low[10:20].tolist()
    known = low[np.isfinite(low)]
    assert [of[n] for n in sorted_by["last"]] == known[:-11:-1].tolist()  # not the unknown


def test_profiles_are_those_of_the_run(stored):
    columns, model, _, file = stored
    told = run_js(
        file,
        """
        const measures = data.measures.filter((m) => m.yardstick);
        return [0, 1].map((code) => {
          const rows = rowsOf(code);
          return measures.map((m) => [
            compare.median(data.columns[m.key], rows),
            compare.mean(compare.scoresOf(data, m), rows),
            compare.overlap(compare.scoresOf(data, m), rows, rowsOf(1)),
          ]);
        });""",
    )
    scores = model.assign(feature_matrix(columns)).scores
    for key, rows in zip(("s1", "s2"), told, strict=True):
        mine = columns["segment_key"] == key
        for place, feature in enumerate(FEATURE_KEYS):
            middle, mean, shared = rows[place]
            known = columns[feature][mine]
            assert middle == pytest.approx(np.nanmedian(known), rel=1e-6)
            assert mean == pytest.approx(scores[mine, place].mean(), abs=1e-5)
            assert shared == pytest.approx(1.0) if key == "s2" else 0 < shared <= 1


def test_overlap_of_two_groups(stored):
    # Of four customers each, three of one and one of the other stand at 0, the rest at 1:
    # min(3/4, 1/4) + min(1/4, 3/4) = 1/2.
    told = run_js(
        stored[3],
        """
        const scores = Float32Array.of(0, 0, 0, 1, 0, 1, 1, 1);
        const rows = (...numbers) => Uint32Array.from(numbers);
        const [a, b] = [rows(0, 1, 2, 3), rows(4, 5, 6, 7)];
        return [
          compare.overlap(scores, a, b), compare.overlap(scores, rows(0, 1), rows(3, 5)),
          compare.overlap(scores, rows(0), rows(4)), compare.overlap(scores, a, rows()),
        ];""",
    )
    assert told == [0.5, 0, 1, None]


def test_bytes_hold_every_measure(stored):
    _, _, header, file = stored
    assert [m["key"] for m in header["measures"]] == list(MEASURE_KEYS)
    told = run_js(file, "return [data.n, data.measures.length, data.segments[0].name, data.run]")
    assert told == [header["customers"], len(MEASURES) + 2, "Name of s1", 1]
