"""Page numbers without counting a whole collection."""

from django.core.paginator import Paginator
from django.db import connections
from django.utils.functional import cached_property

from finseg import formatting


class EstimatingPaginator(Paginator):
    """Knows the size of an unfiltered list from MongoDB's own bookkeeping, and counts a filtered
    one only up to `MOST`: nobody pages further, and counting on costs time for each request.
    """

    MOST = 10_000
    template_name = "admin/finseg_pagination.html"

    @cached_property
    def count(self):
        if not self.object_list.query.where:
            collection = connections[self.object_list.db].get_collection(
                self.object_list.model._meta.db_table
            )
            return collection.estimated_document_count()
        return self.object_list.order_by()[: self.MOST + 1].count()

    @property
    def count_in_words(self):
        """The count as a reader may rely on it."""
        if not self.object_list.query.where or self.count <= self.MOST:
            return formatting.number(self.count, 0)
        return f"over {formatting.number(self.MOST, 0)}"
