"""How sessions are written down: JSON, with the primary keys of MongoDB as text."""

import json

from bson import ObjectId


class SessionSerializer:
    """JSON as Django's own serializer writes it, which knows no ObjectId.

    allauth puts the key of the second factor that was used into the session.
    """

    def dumps(self, obj):
        return json.dumps(obj, separators=(",", ":"), default=_key_as_text).encode("latin-1")

    def loads(self, data):
        return json.loads(data.decode("latin-1"))


def _key_as_text(value):
    if isinstance(value, ObjectId):
        return str(value)
    raise TypeError(f"A session cannot hold a {type(value).__name__}.")
