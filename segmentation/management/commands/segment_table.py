"""`manage.py segment_table`: segment the customers of any table."""

import json
import os
import sys
import tempfile
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from segmentation.domain.division import CannotSegment
from segmentation.domain.table import BadColumns, parse_features, require, table_columns
from segmentation.domain.table_report import report
from segmentation.domain.table_segments import segment_columns
from segmentation.imports import (
    join_table,
    keep_where,
    one_row_a_customer,
    read_table,
    weights_of,
)

MOST_SEGMENTS = 50


class Command(BaseCommand):
    help = (
        "Segments the customers of a CSV, CSV.gz or Parquet file as the product segments its own, "
        "beside plain K-Means and tiers of one column. Stores nothing but --out."
    )
    # A table needs no database.
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--features",
            default="",
            metavar="A,B,...",
            help="columns, each [label=]COLUMN[/COLUMN][:identity|log|log10|log1p|rank|text]; "
            "all usable ones when left out",
        )
        parser.add_argument("--id", default="", metavar="COL", help="rows of one id are averaged")
        parser.add_argument("--weight", default="", metavar="COL", help="customers per row")
        parser.add_argument("--k", type=int, help="number of segments; chosen when left out")
        parser.add_argument(
            "--never-seen", default="", metavar="C,D", help="columns to judge by, not to divide by"
        )
        parser.add_argument("--tiers", default="", metavar="COL", help="column to hold against")
        parser.add_argument(
            "--where", action="append", default=[], metavar="COL>VALUE", help="rows to keep"
        )
        parser.add_argument("--join", type=Path, metavar="FILE", help="more columns, by --id")
        parser.add_argument("--out", type=Path, metavar="FILE.csv", help="the segment of each row")
        parser.add_argument("--json", action="store_true", help="print JSON instead of words")

    def handle(self, *, file, features, weight, k, never_seen, tiers, where, join, out, **options):
        try:
            if k is not None and not 2 <= k <= MOST_SEGMENTS:
                raise BadColumns(f"--k takes a number from 2 to {MOST_SEGMENTS}.")
            frame, opening = self.prepare(file, options["id"], weight, where, join, out)
            found = self.divide(frame, options["id"], features, weight, k, never_seen, tiers)
        except (BadColumns, CannotSegment) as reason:
            raise CommandError(f"{reason} Nothing was written.") from None
        if out:
            opening.append(self.write(frame, found, options["id"], out))
        if options["json"]:
            self.stdout.write(json.dumps(found.to_document(), indent=2, ensure_ascii=False))
        else:
            self.stdout.write(report(found, opening=opening))

    def prepare(self, file, by, weight, where, join, out):
        """The rows to segment, and what was done to get them."""
        if out and (not out.parent.is_dir() or out.is_dir()):
            raise BadColumns(f"{out} cannot be written: there is no such folder.")
        if out and out.exists() and any(each and out.samefile(each) for each in (file, join)):
            raise BadColumns("--out names a file that is read.")
        frame = read_table(file)
        opening = [f"{file.name}: {len(frame):,} rows, {len(frame.columns)} columns."]
        if join:
            if not by:
                raise BadColumns("--join needs --id, the column that both tables share.")
            frame = join_table(frame, read_table(join), by=by)
            opening.append(f"Joined by {by} with the last row of each in {join.name}.")
        for name in filter(None, (by, weight)):
            require(name, list(frame.columns))
        if by:
            before = len(frame)
            frame = one_row_a_customer(frame, by=by, weight=weight)
            if len(frame) < before:
                opening.append(
                    f"{before:,} rows are {len(frame):,} customers: quantities are averaged "
                    "over a customer's rows, of codes and texts the commonest counts"
                    + (", weights are summed." if weight else ".")
                )
        if where:
            frame = keep_where(frame, where)
            opening.append(f"{len(frame):,} of them meet {' and '.join(where)}.")
        return frame, opening

    def divide(self, frame, by, features, weight, k, never_seen, tiers):
        names = list(frame.columns)
        unseen = [name.strip() for name in never_seen.split(",") if name.strip()]
        for name in (*unseen, *filter(None, [tiers])):
            require(name, names)
        wanted = parse_features(features, names) if features else None
        used = {name for each in wanted or () for name in (each.column, each.over)}
        seen = sorted(used & {*unseen, by, weight} - {""})
        if seen:
            raise BadColumns(f"{', '.join(seen)} cannot be a feature and also judge or name rows.")
        weights = weights_of(frame, weight) if weight else None
        columns = table_columns(frame, wanted, leave={*unseen, by, weight})
        with tqdm(total=100, unit="%", bar_format="{desc} {percentage:.0f}%", disable=None) as bar:

            def tell(stage, share):
                bar.set_description_str(stage)
                bar.update(100 * share - bar.n)

            return segment_columns(
                columns,
                frame,
                k=k,
                weight=weights,
                tiers=tiers,
                never_seen=unseen,
                on_stage=tell if sys.stderr.isatty() else None,
            )

    def write(self, frame, found, by, out):
        """Write segments row by row: beside the file first, then in its place."""
        table = frame[[by]].copy() if by else frame[[]].assign(row=range(1, len(frame) + 1))
        table["segment"] = found.labels + 1
        table["segment_name"] = [found.segments[label].name for label in found.labels]
        handle, draft = tempfile.mkstemp(dir=out.parent, suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                table.to_csv(stream, index=False)
            Path(draft).replace(out)
        except OSError as error:
            Path(draft).unlink(missing_ok=True)
            raise CommandError(f"{out} could not be written ({error}).") from error
        return f"The segment of each of {len(table):,} rows is in {out}."
