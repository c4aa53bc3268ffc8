"""Load what companies owe from a CSV."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from market.debtloads import import_debts
from market.domain.debt_file import COLUMNS, UnreadableFile
from market.domain.reference import equities, indices
from market.services import store_instruments

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Load companies' total debt (rupees) and shares outstanding from a CSV with the columns "
        f"{', '.join(COLUMNS)}; loading a file again changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="check the file, store nothing")

    def handle(self, *args, file, dry_run, **options):
        store_instruments(instruments=(*equities(), *indices()))
        try:
            found, stored = import_debts(path=file, dry_run=dry_run)
        except UnreadableFile as error:
            raise CommandError(f"{error} Nothing was stored.") from None
        good, bad = len(found.debts), len(found.rejected)
        if dry_run:
            outcome = f"{good:,} could be stored; nothing was"
        else:
            outcome = f"{stored:,} new or changed, {good - stored:,} already there"
        self.stdout.write(
            f"{file.name}: {good + bad:,} rows, {outcome}; {bad:,} bad rows left out."
        )
        for row in found.rejected[:SHOWN]:
            who = f" ({row.symbol})" if row.symbol else ""
            self.stdout.write(f"  line {row.line}{who}: {row.reason}")
        if bad > SHOWN:
            self.stdout.write(f"  and {bad - SHOWN:,} more")
        if bad and not good:
            raise CommandError("Not one row could be taken. Nothing was stored.")
