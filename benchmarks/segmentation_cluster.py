"""The same build of segments in one process and on a Dask cluster of this machine, phase by phase.

    .venv/bin/python benchmarks/segmentation_cluster.py [--customers 100000 1000000] [--workers 2]

Starts a MongoDB of its own, fills it with made-up customers (`segmentation_customers.py`), builds
a run with either engine, and says how long each phase took and how far the two runs agree (adjusted
Rand index of everyone's segment). Then the published run is marked on every customer, by us and by
the database itself. Everything is stopped and deleted at the end; nothing else is touched.
"""

import argparse
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# What a stage is counted under here, by how its words begin; the engine works in the last three.
PHASES = (
    ("Compared with", "Comparing with other methods"),
    ("Compared", "Comparing numbers of segments"),
    ("Matching", "Placing and storing everyone"),
    ("Storing members", "Placing and storing everyone"),
    ("Reading everyone", "Fit: everyone's features into memory"),
    ("Refining", "Fit: iterations on everyone"),
)


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--customers", type=int, nargs="+", default=[100_000, 1_000_000])
    words.add_argument("--workers", type=int, default=2)
    words.add_argument("--k", type=int, default=6)
    asked = words.parse_args()
    try:
        from distributed import LocalCluster
    except ImportError:
        sys.exit("Dask is not installed (requirements-dask.txt), so no cluster was measured.")
    from finseg.local.mongo import start_mongod
    from finseg.local.valkey import start_valkey

    with tempfile.TemporaryDirectory(prefix="finseg-bench-") as folder:
        servers = [start_mongod(f"{folder}/mongo"), start_valkey(f"{folder}/valkey")]
        try:
            os.environ.update(
                MONGODB_URI=servers[0].uri,
                MONGODB_NAME="finseg",
                REDIS_URL=servers[1].url,
                DEBUG="on",
                MARKET_FEED="simulated",
                SECRET_KEY="benchmark-only-key-that-guards-nothing-0123456789",
                DJANGO_SETTINGS_MODULE="finseg.settings",
            )
            # Workers are processes of this environment: they read and write the same database.
            with LocalCluster(
                n_workers=asked.workers,
                threads_per_worker=1,
                dashboard_address=None,
                memory_limit="3GB",
                local_directory=folder,
            ) as cluster:
                measure(asked, cluster.scheduler_address)
        finally:
            for server in servers:
                server.stop()


def measure(asked, address):
    import django

    django.setup()
    import segmentation_customers
    from django.conf import settings
    from django.core.management import call_command

    from segmentation.models import Customer, MembershipBlock, Segment, SegmentationRun

    settings.SEGMENTATION_SCHEDULER = address
    call_command("migrate", verbosity=0)
    for customers in asked.customers:
        for model in (Segment, MembershipBlock, SegmentationRun, Customer):
            model.objects.all().delete()
        began = time.perf_counter()
        segmentation_customers.load(customers)
        print(f"\n{customers:,} customers, made in {time.perf_counter() - began:.0f} s; ", end="")
        print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        runs = {}
        for number, engine in enumerate(("local", "dask"), 1):
            settings.SEGMENTATION_ENGINE = engine
            runs[engine] = built(number, engine, asked)
        agreement(runs)
        marked(runs["local"])


def built(number, engine, asked):
    """Build a run and print its phases; returns it."""
    from django.utils import timezone

    from segmentation.models import SegmentationRun
    from segmentation.services.training import RANDOM_STATE, build

    run = SegmentationRun.objects.create(
        number=number, random_state=RANDOM_STATE, heartbeat_at=timezone.now()
    )
    phases: dict[str, float] = {}
    last = ["Reading the sample", time.perf_counter()]

    def tell(stage, share):
        now = time.perf_counter()
        phases[last[0]] = phases.get(last[0], 0.0) + now - last[1]
        last[:] = [next((name for said, name in PHASES if stage.startswith(said)), stage), now]

    build(run, asked.k, tell)
    tell("", 1.0)
    print(f"  {engine}: {sum(phases.values()):.1f} s in all")
    for stage, seconds in phases.items():
        print(f"    {seconds:8.1f} s  {stage}")
    return SegmentationRun.objects.get(pk=run.pk)


def agreement(runs):
    from sklearn.metrics import adjusted_rand_score

    from segmentation.queries import places_of

    local, dask = (places_of(runs[engine]) for engine in ("local", "dask"))
    score = adjusted_rand_score(local.codes, dask.codes)
    print(f"  same customers: {(local.numbers == dask.numbers).all()}; ARI {score:.6f}")


def marked(run):
    """Mark the run on every customer, by either way, from nothing and once more."""
    from django.conf import settings

    from segmentation.domain.model import FittedModel
    from segmentation.models import Customer
    from segmentation.queries import (
        SAMPLE,
        collection_of,
        customer_columns,
        feature_matrix,
        part_columns,
    )
    from segmentation.services.assignment import grid_of, mark_singly, place_everyone

    model = FittedModel.from_document(run.model)
    grid = grid_of(model, model.assign(feature_matrix(customer_columns(sample=SAMPLE))))
    settings.SEGMENTATION_ENGINE = "local"
    read = partial(part_columns, marks=True)
    for way in ("client", "server"):
        settings.SEGMENTATION_ASSIGN = way
        collection_of(Customer).update_many({}, {"$set": {"segment_key": ""}})
        for when in ("nobody was marked", "everyone was"):
            began = time.perf_counter()
            place_everyone(run.pk, model, grid, read=read, mark=mark_singly)
            print(f"  {time.perf_counter() - began:8.1f} s  published, marked by {way}: {when}")


if __name__ == "__main__":
    main()
