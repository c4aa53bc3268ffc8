"""How segmentation is running: what is published, built, due, stuck or waiting, for staff pages."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from finseg.schedule import next_due
from segmentation import queries
from segmentation.domain import drift
from segmentation.judgement import Standing, standing
from segmentation.models import DriftReading, RunStatus, SegmentationRun
from segmentation.services.claims import TRAINING_SILENCE

QUIET = timedelta(minutes=2)
"""Stages take seconds; longer without a sign of life, and a run is shown as stuck."""
READINGS = 60
DRIFT_TASK = "segmentation.tasks.watch_drift"
SHARES = ("moved", "distance", "new")
LEVELS = {"Stable": "up", "Moderate": "warn", "Large": "down"}


@dataclass(frozen=True)
class Operation:
    """What the panel of runs tells; runs without their models, moments aware, None for nothing.

    `reading` is the latest of the published run: one of a former run says nothing about it.
    """

    standing: Standing = field(default_factory=Standing)
    published_at: datetime | None = None
    published_by: str = ""
    built: SegmentationRun | None = None
    running: SegmentationRun | None = None
    silent: timedelta | None = None
    ends_at: datetime | None = None
    failed: SegmentationRun | None = None
    due: datetime | None = None
    drift_due: datetime | None = None
    reading: dict | None = field(default=None)

    @property
    def published(self):
        return self.standing.published

    @property
    def waiting(self):
        return self.standing.waiting

    @property
    def held(self):
        return self.standing.held

    @property
    def verdict(self):
        return self.standing.verdict

    @property
    def stuck(self):
        """Whether the run in training has given no sign of life for too long."""
        return self.silent is not None and self.silent > QUIET


def operation() -> Operation:
    """Read the state of segmentation: a handful of small documents."""
    now = timezone.now()
    state, runs = queries.publication_state(), standing()
    newest = next(iter(queries.runs(1)), None)
    ready = SegmentationRun.objects.filter(status=RunStatus.READY).defer("model", "picture")
    running = newest if newest and newest.status == RunStatus.RUNNING else None
    reading = DriftReading.objects.filter(run=runs.published).first() if runs.published else None
    return Operation(
        standing=runs,
        published_at=state.published_at if state else None,
        published_by=(state.published_by.email if state and state.published_by else "the system"),
        built=ready.first(),
        running=running,
        silent=now - running.heartbeat_at if running else None,
        ends_at=running.heartbeat_at + TRAINING_SILENCE if running else None,
        failed=newest if newest and newest.status == RunStatus.FAILED else None,
        due=next_due("finseg.pipeline.run_nightly", now),
        drift_due=next_due(DRIFT_TASK, now),
        reading=shown(reading) if reading else None,
    )


def attention(found: Operation) -> list[str]:
    """Sentences about what staff have to look at."""
    said = []
    if found.waiting:
        said.append(found.verdict)
    if found.failed:
        said.append(f"{found.failed} failed. {found.failed.error}")
    if found.stuck and found.running:
        minutes = int(found.silent.total_seconds() // 60) if found.silent else 0
        said.append(
            f"{found.running} has given no sign of life for {minutes} minutes. It ends by itself "
            f"after {TRAINING_SILENCE.total_seconds() / 60:.0f}, and nothing of it is published."
        )
    if found.reading and found.reading["level"] == drift.LARGE:
        said.append(f"Customers have drifted from the published run: {found.reading['findings']}.")
    return said


def readings() -> list[dict]:
    """The latest readings of drift, newest first, ready to be shown."""
    rows = DriftReading.objects.all()[:READINGS]
    numbers = dict(SegmentationRun.objects.values_list("pk", "number"))
    return [shown(row) | {"run": numbers.get(row.run_id)} for row in rows]


def shown(reading) -> dict:
    """One reading as pages write it: the feature that changed most, and the shares."""
    measures = [drift.Measure(**each) for each in reading.measures]
    features = [each for each in measures if each.kind == "psi" and each.value is not None]
    worst = max(features, key=lambda each: each.value or 0.0, default=None)
    return {
        "at": reading.at,
        "level": reading.level,
        "asked": reading.asked,
        "customers": reading.customers,
        "sampled": reading.sampled,
        "worst": worst,
        "shares": [each for each in measures if each.key in SHARES],
        "measures": [(each, drift.written(each)) for each in measures],
        "findings": drift.findings(measures),
    }


def chart_of(rows) -> dict | None:
    """Line chart of readings, oldest first: each measure over the bound that asks for a retrain.

    Returns
    -------
    dict or None
        None with fewer than two readings: a point is no line.
    """
    if len(rows) < 2:
        return None
    rows = rows[::-1]
    lines = [("Largest PSI of a feature", [_part(row["worst"]) for row in rows])]
    for place, key in enumerate(SHARES):
        label = next(each.label for each in rows[-1]["shares"] if each.key == key)
        lines.append((label, [_part(row["shares"][place]) for row in rows]))
    bound = {"label": "Bound", "values": [1.0] * len(rows), "dashed": True}
    return {
        "labels": [timezone.localtime(row["at"]).strftime("%-d %b %H:%M") for row in rows],
        "series": [*({"label": label, "values": values} for label, values in lines), bound],
        "unit": "share",
        "legend": True,
    }


def _part(measure):
    known = measure is not None and measure.value is not None
    return round(max(0.0, measure.value) / measure.large, 4) if known else None
