"""Points Django at the compilers of this package."""

from django_mongodb_backend.operations import DatabaseOperations as MongoDatabaseOperations


class DatabaseOperations(MongoDatabaseOperations):
    compiler_module = "finseg.mongodb.compiler"
