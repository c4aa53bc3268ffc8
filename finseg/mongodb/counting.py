"""Counting no further than a reader cares."""

from django.db import connections


def estimated_count(queryset):
    """Size of the collection behind a queryset, from MongoDB's own bookkeeping."""
    collection = connections[queryset.db].get_collection(queryset.model._meta.db_table)
    return collection.estimated_document_count()


def count_up_to(queryset, most):
    """Count the documents of a filtered queryset, stopping at `most`.

    The backend's own `count()` of a limited queryset projects the primary key first and so
    fetches every document; without that an index that answers the filter is enough.

    Parameters
    ----------
    queryset : QuerySet
        Of one collection, without annotations.
    most : int

    Returns
    -------
    int
    """
    compiler = queryset.order_by().query.get_compiler(queryset.db)
    compiler.pre_sql_setup()
    match = compiler.build_query().match_mql
    return compiler.collection.count_documents(match, limit=most)
