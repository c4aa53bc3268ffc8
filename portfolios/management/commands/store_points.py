"""`manage.py store_points`: where every portfolio stood at each close."""

from django.core.management.base import BaseCommand
from tqdm import tqdm

from portfolios.services import store_points


class Command(BaseCommand):
    help = (
        "Brings the points of all portfolios up to the last close, as each night does; the first "
        "run works out all of the past."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--anew",
            action="store_true",
            help="work all of them out from their first entries, as after prices were corrected",
        )

    def handle(self, *, anew, **options):
        with tqdm(unit=" portfolios", disable=None) as bar:
            count = store_points(anew=anew, progress=bar.update)
        self.stdout.write(f"{count:,} portfolios have points up to the last close.")
