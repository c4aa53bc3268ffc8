"""Compilers whose queries sort by index where one holds the order."""

from django.db.models.expressions import Col
from django_mongodb_backend import compiler
from django_mongodb_backend.compiler import (
    SQLAggregateCompiler,
    SQLDeleteCompiler,
    SQLInsertCompiler,
    SQLUpdateCompiler,
)
from django_mongodb_backend.query import MongoQuery

__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
]


class SortFirstQuery(MongoQuery):
    """A query that sorts and limits stored documents before it reshapes them.

    The same documents come out in the same order: a sort by stored fields does not depend on
    what is projected afterwards, and MongoDB can read it off an index only when no `$project`
    or `$addFields` stands before it.
    """

    def get_pipeline(self):
        if not self._sorts_stored_fields():
            return super().get_pipeline()
        project, extra = self.project_fields, self.extra_fields
        self.project_fields = self.extra_fields = None
        try:
            pipeline = super().get_pipeline()
        finally:
            self.project_fields, self.extra_fields = project, extra
        if project:
            pipeline.append({"$project": project})
        return pipeline

    def _sorts_stored_fields(self):
        reshaped = self.aggregation_pipeline or self.combinator_pipeline or self.search_pipeline
        if not self.ordering or reshaped or self.subquery_lookup:
            return False
        if any(value != f"${name}" for name, value in (self.extra_fields or {}).items()):
            return False
        stored = {
            order.expression.target.column
            for order in self.compiler.order_by_objs
            if isinstance(order.expression, Col)
            and order.expression.alias == self.compiler.collection_name
        }
        return stored.issuperset(self.ordering)


class SQLCompiler(compiler.SQLCompiler):
    query_class = SortFirstQuery
