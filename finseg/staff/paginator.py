"""Page numbers without counting a whole collection."""

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.utils.functional import cached_property

from finseg import formatting
from finseg.mongodb.counting import count_up_to, estimated_count


class EstimatingPaginator(Paginator):
    """Knows the size of an unfiltered list from MongoDB's own bookkeeping, and counts a filtered
    one only up to `MOST`: nobody pages further, and counting on costs time for each request.
    """

    MOST = 5_000
    template_name = "admin/finseg_pagination.html"

    @cached_property
    def count(self):
        if not self.object_list.query.where:
            return estimated_count(self.object_list)
        try:
            return count_up_to(self.object_list, self.MOST + 1)
        except EmptyResultSet:
            return 0

    @property
    def count_in_words(self):
        """The count as a reader may rely on it."""
        if not self.object_list.query.where or self.count <= self.MOST:
            return formatting.number(self.count, 0)
        return f"over {formatting.number(self.MOST, 0)}"
