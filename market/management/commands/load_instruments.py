"""Load the instruments and indices that ship with the project."""

from django.core.management.base import BaseCommand

from market.domain.reference import equities, indices
from market.services import store_instruments


class Command(BaseCommand):
    help = "Load the shipped instruments and indices; running it again changes nothing."

    def handle(self, *args, **options):
        known = (*equities(), *indices())
        changed = store_instruments(instruments=known)
        self.stdout.write(f"{len(known)} instruments, {changed} new or changed.")
