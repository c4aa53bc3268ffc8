"""NumPy and MongoDB choose the same customers; so does the browser (test_explorer_js.py)."""

from typing import NamedTuple

import pytest

from segmentation.domain.filters import CustomerFilter
from segmentation.domain.measures import draw_of
from segmentation.models import Customer
from segmentation.queries import collection_of, filter_match
from tests.segmentation.crowd import DOCUMENTS, TIER_OF, columns_of, crowd


class Tiered(NamedTuple):
    """As much of a segment as a filter asks for."""

    tier: str


@pytest.fixture
def people(db):
    rows = crowd(400)
    collection_of(Customer).insert_many(rows)
    return rows


def test_the_database_finds_whom_numpy_marks(people):
    columns = columns_of(people)
    for document in DOCUMENTS:
        chosen = CustomerFilter.from_document(document)
        marked = columns["number"][chosen.mask(columns)].tolist()
        match = filter_match(chosen, {key: Tiered(tier) for key, tier in TIER_OF.items()})
        found = collection_of(Customer).find(match, {"number": 1})
        assert sorted(row["number"] for row in found) == marked, document
        assert document == {} or 0 < len(marked) < 390, document


def test_new_customers_get_their_place_in_the_line(customers):
    from segmentation.services import refresh_features

    refresh_features()
    rows = Customer.objects.values_list("number", "draw")
    assert len(rows) == 87 and all(draw == draw_of(number) for number, draw in rows)
