"""What a run was compared with: charts with their tables, and runs that have none."""

import json
import re

import numpy as np
import pytest

from finseg.staff.comparison import charts_of, methods_of
from segmentation.domain.alternatives import METHODS, measure_all
from segmentation.domain.model import train
from segmentation.models import SegmentationRun
from tests.admin.conftest import sign_in
from tests.segmentation.archetypes import SECTORS, archetype_customers

PAGE = "/admin/segmentation/segmentationrun/{}/change/"


@pytest.fixture(scope="module")
def alternatives():
    values, *_ = archetype_customers(200)
    values[:, 0] = np.nan  # nobody states an income, so one method cannot be fitted
    model, _ = train(values, SECTORS, k=3)
    returns = {"return_1y": np.where(values[:, 5] > 1, -0.3, 0.1)}
    return measure_all(model, values, returns, random_state=0, refits=1)


def test_charts_draw_what_is_stored(alternatives):
    rows = [{"k": k, "silhouette": 0.1 * k, "stability": 0.9, "separation": None} for k in (2, 3)]
    run = SegmentationRun(k=3, comparison=rows, alternatives=alternatives)
    charts = charts_of(run)
    assert charts["numbers"]["labels"] == ["2", "3, chosen"] and charts["numbers"]["mark"] == 1
    curves = {each["label"]: each["values"] for each in charts["numbers"]["series"]}
    assert curves["Separation"] == [None, None]
    assert curves["Silhouette"] == pytest.approx([0.2, 0.3])
    # What could not be fitted has no bar; its line in the table says why.
    fitted = [each["name"] for each in alternatives["methods"] if "reason" not in each]
    assert "Income tiers" not in fitted and charts["methods"]["labels"] == fitted
    (year,) = charts["outcomes"]["series"]
    assert year["label"] == "Return on money over one year" and len(year["values"]) == len(fitted)
    own = methods_of(run)[0]
    assert own["ratios"][0]["ratio"] == year["values"][0]


def test_a_run_without_comparison_draws_nothing():
    drawn = charts_of(SegmentationRun(k=None))
    assert drawn == {"numbers": None, "methods": None, "outcomes": None}
    assert methods_of(SegmentationRun(k=None)) == []


@pytest.mark.django_db
def test_the_page_shows_every_method_with_its_verdict(client, staff, run, alternatives):
    sign_in(client, staff)
    before = client.get(PAGE.format(run.pk)).content.decode()
    assert "built before methods were compared" in before
    run.alternatives = alternatives
    run.save(update_fields=["alternatives"])
    page = client.get(PAGE.format(run.pk)).content.decode()
    for name, _ in METHODS.values():
        assert name in page
    for method in alternatives["methods"][1:]:
        assert method["verdict"].split(" (")[0] in page
    assert "Incomes are unknown or all alike" in page and "Not fitted" in page
    drawn = re.search(r'<script id="methods-data"[^>]*>(.*?)</script>', page)[1]
    assert json.loads(drawn)["series"][2]["label"] == "Agreement"
