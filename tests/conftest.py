"""Between two tests the database goes back to what the migrations left."""

import pytest
from django.db import connection
from django.test import TransactionTestCase


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Django's flush asks 60 collections for their options, empties all of them and writes every
    permission anew. Here only what a test changed is put back, to the same end.
    """
    with django_db_blocker.unblock():
        left = {name: found for name in names() if (found := documents(name))}
    usual = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda case: put_back(left)
    yield
    TransactionTestCase._fixture_teardown = usual


def names():
    found = connection.database.list_collection_names(filter={"type": "collection"})
    return [name for name in found if not name.startswith("system.")]


def documents(name):
    return list(connection.database[name].find())


def put_back(left):
    """Make the contents of every collection what they were."""
    for name in {*names(), *left}:
        collection = connection.database[name]
        if name in left:
            if documents(name) != left[name]:
                collection.delete_many({})
                collection.insert_many(left[name])
        elif collection.find_one({}, {"_id": 1}):
            collection.delete_many({})
