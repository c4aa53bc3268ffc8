"""Every model that names a person is exported and erased, or says why it stays."""

from django.apps import apps
from django.db import models

from accounts.models import User
from finseg.privacy import KEPT, PARTS

NUMBERS = {"number", "numbers", "investor_number", "customer_number"}
PEOPLE = {"email", "username", "email_address"}


def names_a_person(model):
    """Whether a model points to a user, or has a customer's number or address in it."""
    for field in model._meta.get_fields():
        if field.auto_created and not field.concrete:
            continue
        if field.is_relation and field.related_model is User:
            return True
        if field.name in NUMBERS | PEOPLE:
            return True
    return model is User


def covered():
    return {label for part in PARTS for label in part.models}


def test_every_model_with_a_person_in_it_is_covered_or_excused():
    named = {model._meta.label for model in apps.get_models() if names_a_person(model)}
    unknown = named - covered() - set(KEPT)
    assert not unknown, (
        f"{sorted(unknown)} name a person: add them to their app's personal_data_of and "
        "erase_customer and to finseg.privacy.PARTS, or say in KEPT why they stay."
    )
    assert len(named) >= 20  # the test itself sees something


def test_a_model_added_without_it_is_found(monkeypatch):
    class Diary(models.Model):
        investor = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "privacy_probe"

        def __str__(self):
            return "a diary"

    assert names_a_person(Diary)
    assert "privacy_probe.Diary" not in covered() | set(KEPT)


def test_nothing_is_both_erased_and_kept():
    assert not covered() & set(KEPT)
    assert covered() | set(KEPT) <= {model._meta.label for model in apps.get_models()}
