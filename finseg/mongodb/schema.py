"""Creates unique indexes that queries can use."""

from django_mongodb_backend.schema import DatabaseSchemaEditor as MongoDatabaseSchemaEditor


class FullUniqueIndex:
    """An index definition whose MongoDB index leaves its partial filter out."""

    def __init__(self, index):
        self.index = index
        self.name = index.name

    def get_pymongo_index_model(self, *args, **kwargs):
        model = self.index.get_pymongo_index_model(*args, **kwargs)
        model.document.pop("partialFilterExpression", None)
        return model


class DatabaseSchemaEditor(MongoDatabaseSchemaEditor):
    """Make unique indexes over required fields whole instead of partial.

    The partial filter exists so that many documents may hold null. A field that cannot be null
    needs no such exception.
    """

    def add_index(self, model, index, *, field=None, unique=False, **kwargs):
        if unique and not index.condition and not kwargs.get("column_prefix"):
            fields = [field] if field else [model._meta.get_field(name) for name in index.fields]
            if not any(each.null for each in fields):
                index = FullUniqueIndex(index)
        super().add_index(model, index, field=field, unique=unique, **kwargs)
