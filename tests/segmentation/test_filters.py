"""NumPy and MongoDB choose the same customers; so does the browser (test_explorer_js.py)."""

import pytest

from segmentation.domain.filters import CustomerFilter
from segmentation.domain.measures import draw_of
from segmentation.models import Customer
from segmentation.queries import collection_of, filter_match
from tests.segmentation.crowd import DOCUMENTS, columns_of, crowd


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
        found = collection_of(Customer).find(filter_match(chosen), {"number": 1})
        assert sorted(row["number"] for row in found) == marked, document
        assert document == {} or 0 < len(marked) < 390, document


def test_new_customers_get_their_place_in_the_line(customers):
    from segmentation.services import refresh_features

    refresh_features()
    rows = Customer.objects.values_list("number", "draw")
    assert len(rows) == 87 and all(draw == draw_of(number) for number, draw in rows)
