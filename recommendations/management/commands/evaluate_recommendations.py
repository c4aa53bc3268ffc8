"""`manage.py evaluate_recommendations`: how past recommendations would have done."""

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from recommendations.services import TooLittleHistory, evaluate_past_picks


class Command(BaseCommand):
    help = (
        "Chooses stocks on past dates with the prices and holdings known then, by the model and by "
        "simpler rules, compares what followed, and keeps the record that the page shows."
    )

    def add_arguments(self, parser):
        parser.add_argument("--sample", type=int, default=300, help="customers on each date")
        parser.add_argument("--step", type=int, default=21, help="trading days between dates")

    def handle(self, *, sample, step, **options):
        if sample < 1 or step < 1:
            raise CommandError("--sample and --step take numbers above zero. Nothing was saved.")
        with tqdm(unit="date", disable=None) as bar:

            def progress(done, total):
                bar.total = total
                bar.update(done - bar.n)

            try:
                record = evaluate_past_picks(sample=sample, step=step, progress=progress)
            except TooLittleHistory as error:
                raise CommandError(
                    "No past date has three years of prices before it, a year after it and "
                    "customers who held something. Nothing was saved."
                ) from error
        result = record.result
        self.stdout.write(
            f"{result['dates']} dates from {record.first} to {record.last}, "
            f"{result['investors']} customers on each"
        )
        for row in result["table"]:
            self.stdout.write(
                f"{row['label']:28} lead {row['lead']:+7.1%}  beat {row['beat']:6.1%}  "
                f"bought {row['hit']:6.1%}"
            )
        bands = result["bands"]
        held = "not measured" if bands["held"] is None else f"{bands['held']:.1%}"
        self.stdout.write(
            f"80% bands held {held} of {bands['outcomes']:,} outcomes; widened by "
            f"{bands['width']:.2f}; suitability rules broken: {result['violations']}"
        )
