"""Load daily bars from parquet or CSV files."""

import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from market.domain.reference import equities, indices
from market.imports import import_prices
from market.providers.base import BadAnswer
from market.services import store_instruments

SHOWN = 20


class Command(BaseCommand):
    help = "Load daily bars from parquet or CSV; loading a file again changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args, files, **options):
        store_instruments(instruments=(*equities(), *indices()))
        failed = [path for path in files if not self._load(path)]
        if failed:
            raise CommandError(
                f"{len(failed)} of {len(files)} files could not be read. "
                "Nothing was stored from them."
            )

    def _load(self, path: Path) -> bool:
        began = time.monotonic()
        bar = tqdm(desc=path.name, unit=" bars", unit_scale=True, file=self.stderr)

        def started(total):
            bar.reset(total=total)

        try:
            load = import_prices(path=path, started=started, progress=bar.update)
        except BadAnswer as error:
            self.stderr.write(f"{error} Nothing was stored.")
            return False
        finally:
            bar.close()
        self.stdout.write(
            f"{path.name}: {load.rows:,} rows, {load.stored:,} bars new or changed, "
            f"{load.unchanged:,} already there, {load.rejected:,} bad rows skipped, "
            f"{time.monotonic() - began:.1f} s."
        )
        for rejection in load.first_rejections[:SHOWN]:
            who = f" ({rejection['symbol']})" if rejection["symbol"] else ""
            self.stdout.write(f"  line {rejection['line']}{who}: {rejection['reason']}")
        if load.rejected > SHOWN:
            self.stdout.write(
                f"  and {load.rejected - SHOWN:,} more; see price loads in the admin."
            )
        if load.unknown_symbols:
            names = ", ".join(load.unknown_symbols[:SHOWN])
            self.stdout.write(f"  {len(load.unknown_symbols)} unknown symbols skipped: {names}")
        if load.jumps:
            self.stdout.write(
                f"  {len(load.jumps)} one-day moves above 45 % stored as they are, to be checked: "
                + ", ".join(f"{j['symbol']} {j['date']}" for j in load.jumps[:SHOWN])
            )
        return True
