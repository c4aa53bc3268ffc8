"""People and passwords for the account tests."""

import pytest
from django.core.cache import cache

from accounts import services

PASSWORD = "quiet river 1947 stone"


@pytest.fixture(autouse=True)
def forget_limits():
    """Limits are counted in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Half a second of hashing for each password is for real ones."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def investor(db):
    return services.register(email="asha@example.org", password=PASSWORD)


@pytest.fixture
def staff(db):
    return services.register_staff(email="desk@example.org", password=PASSWORD)
