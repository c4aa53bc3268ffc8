"""Creating users: by e-mail, each with a customer number of their own."""

from django.contrib.auth.base_user import BaseUserManager
from django.db import connections
from pymongo import ReturnDocument

FIRST_NUMBER = 10_001


class UserManager(BaseUserManager):
    use_in_migrations = True

    def next_numbers(self, count=1):
        """Reserve `count` customer numbers in one atomic step; returns the first of them."""
        counters = connections[self.db].get_collection("counters")
        after = counters.find_one_and_update(
            {"_id": "customer_number"},
            [{"$set": {"next": {"$add": [{"$ifNull": ["$next", FIRST_NUMBER]}, count]}}}],
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return after["next"] - count

    def _create(self, email, password, **fields):
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email, password=None, **fields):
        return self._create(email, password, **fields)

    def create_superuser(self, email, password=None, **fields):
        return self._create(
            email, password, is_staff=True, is_superuser=True, role="staff", **fields
        )

    def get_by_natural_key(self, email):
        return self.get(email=self.normalize_email(email).lower())
