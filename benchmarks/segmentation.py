"""Segmentation of 100,000 to 5 million customers on one machine, beside plain ORM + scikit-learn.

    .venv/bin/python benchmarks/segmentation.py [--sizes 100000 1000000 5000000]
        [--plain 100000 1000000] [--cluster] [--retrain] [--data FOLDER]

Each size has a MongoDB of its own with customers of six kinds (`segmentation_customers.py`), and
each way a process of its own, so that its peak memory is its own. Measured end to end: read the
features, scale, choose among 2 to 10 segments, fit, assign, write members, publish. Beside seconds
stand the CPU seconds of the Python process and of mongod: on a busy machine those tell more.

--plain names the sizes at which the plain way (`segmentation_plain.py`) runs as well; the ratio is
that of the largest size both have run at. --cluster repeats each size on a Dask cluster of two
local workers, --retrain builds and publishes a second run, as every night does. --data keeps the
filled databases in a folder, and uses those found there.
"""

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from finseg.local.mongo import start_mongod  # noqa: E402
from finseg.local.valkey import start_valkey  # noqa: E402

MILLION = 1_000_000
# What a million customers and their indexes take: with a desk's half of one, disks would count.
CACHE_GB = 1.5
WAYS = ("finseg", "cluster", "plain")
_TICKS = os.sysconf("SC_CLK_TCK")


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--sizes", type=int, nargs="+", default=[100_000, MILLION, 5 * MILLION])
    words.add_argument("--plain", type=int, nargs="*", default=[100_000, MILLION])
    words.add_argument("--cluster", action="store_true")
    words.add_argument("--retrain", action="store_true")
    words.add_argument("--data", type=Path)
    words.add_argument("--child", choices=("load", *WAYS), help=argparse.SUPPRESS)
    asked = words.parse_args()
    if asked.child:
        in_a_process(asked.child, asked.sizes[0], asked.retrain)
        return
    totals = {}
    with tempfile.TemporaryDirectory(prefix="finseg-bench-") as scratch:
        valkey = start_valkey(Path(scratch, "valkey"))
        try:
            for size in sorted({*asked.sizes, *asked.plain}):
                ways = ["finseg"] if size in asked.sizes else []
                ways += ["cluster"] if asked.cluster and size in asked.sizes else []
                ways += ["plain"] if size in asked.plain else []
                folder = Path(asked.data or scratch, str(size))
                totals |= measured(size, ways, folder, valkey.url, asked.retrain)
        finally:
            valkey.stop()
    conclude(totals, asked.sizes)


def measured(size, ways, folder, redis_url, retrain):
    """Run the ways at one size, print their phases, and return seconds and MB by way and size."""
    mongo = start_mongod(folder, cache_gb=CACHE_GB)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "finseg.settings",
        "MONGODB_URI": mongo.uri,
        "MONGODB_NAME": "bench",
        "REDIS_URL": redis_url,
        "SECRET_KEY": "bench",
        "DEBUG": "on",
        "FINSEG_BENCH_MONGOD": str(mongo.process.pid),
    }
    totals = {}
    try:
        if not (folder / "filled").exists():
            print(f"\nFilling a database with {size:,} customers ...", flush=True)
            list(child("load", size, environment, retrain))
            (folder / "filled").touch()
        for way in ways:
            seconds, end = 0.0, {}
            print(f"\n{size:,} customers, {way}\n{'':38}{'s':>8}{'CPU s':>8}{'mongod':>8}")
            for row in child(way, size, environment, retrain):
                if "peak" in row:
                    end = row
                    continue
                if not row.get("retrain"):
                    seconds += row["s"]
                print(f"  {row['name']:36}{row['s']:8.1f}{row['cpu']:8.1f}{row['mongod']:8.1f}")
            print(f"  {'together (without a retrain)':36}{seconds:8.1f}")
            print(
                f"  peak memory: {end['peak']:,} MB; mongod's: {end['mongod']:,} MB; {end['said']}"
            )
            totals[way, size] = (seconds, end["peak"])
    finally:
        mongo.stop()
    return totals


def child(way, size, environment, retrain):
    """Rows that a process of its own prints while it does one thing."""
    command = [sys.executable, "-W", "ignore", __file__, "--child", way, "--sizes", str(size)]
    with subprocess.Popen(
        command + ["--retrain"] * retrain,
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout:
            if line.startswith("{"):
                yield json.loads(line)
    if process.returncode:
        raise SystemExit(f"{way} at {size:,} customers ended with status {process.returncode}.")


def conclude(totals, sizes):
    """Slope, ratio and the one line that is compared over time."""
    ours = {size: totals["finseg", size] for size in sizes}
    print()
    if len(ours) > 1:
        last, largest = sorted(ours)[-2:]
        slope = (ours[largest][0] - ours[last][0]) / (largest - last) * MILLION
        print(f"slope: {slope:.1f} s per million customers between {last:,} and {largest:,}")
    both = [size for size in ours if ("plain", size) in totals]
    ratio = "not measured"
    if both:
        at = max(both)
        ratio = f"{totals['plain', at][0] / ours[at][0]:.1f}"
        print(f"ratio: measured at {at:,} customers, {totals['plain', at][1]:,} MB the plain way")
    size = MILLION if MILLION in ours else max(ours)
    seconds, peak = ours[size]
    print(
        f"segmentation: {size} customers {seconds:.0f} s, {peak} MB, ratio {ratio} to orm+sklearn"
    )


# --- in a process of its own ---------------------------------------------------------------


class Clock:
    """Seconds of phases that may lie in one another: each counts what is its own.

    What runs beside the main thread counts to the phase that waits for it.
    """

    def __init__(self):
        self.spent = {}
        self.open = []
        self.last = self.now()

    def now(self):
        return time.perf_counter(), cpu_seconds(), mongod_cpu()

    def _turn(self, name):
        now = self.now()
        spent = self.spent.setdefault(name, [0.0, 0.0, 0.0])
        for place in range(3):
            spent[place] += now[place] - self.last[place]
        self.last = now

    @contextlib.contextmanager
    def phase(self, name):
        self._turn(self.open[-1] if self.open else "the rest")
        self.open.append(name)
        try:
            yield
        finally:
            self._turn(self.open.pop())

    def timed(self, name, function):
        def inner(*args, **kwargs):
            aside = threading.current_thread() is not threading.main_thread()
            with contextlib.nullcontext() if aside else self.phase(name):
                return function(*args, **kwargs)

        return inner

    def report(self, **more):
        """Print what was spent since the last report."""
        self._turn("the rest")
        for name, (seconds, cpu, mongod) in self.spent.items():
            row = {"name": name, "s": seconds, "cpu": cpu, "mongod": mongod, **more}
            print(json.dumps(row), flush=True)
        self.spent = {}


def in_a_process(way, size, retrain):
    import django

    django.setup()
    if way == "load":
        from django.core.management import call_command

        from benchmarks.segmentation_customers import load

        call_command("migrate", verbosity=0)
        load(size)
        return
    clock = Clock()
    if way == "plain":
        from benchmarks import segmentation_plain

        said = segmentation_plain.run(clock)
    else:
        with contextlib.ExitStack() as stack:
            if way == "cluster":
                stack.enter_context(two_workers())
            clock.last = clock.now()
            said = ours(clock, retrain)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if way == "cluster" else 0
    if workers:
        said += f"; the larger worker's peak: {workers // 1024:,} MB"
    print(json.dumps({"peak": own // 1024, "mongod": mongod_peak(), "said": said}), flush=True)


def ours(clock, retrain):
    """Build and publish a run by the services themselves; only features are taken as refreshed."""
    from segmentation.engines.local import LocalEngine
    from segmentation.models import Customer, Publication, SegmentationRun
    from segmentation.queries import collection_of
    from segmentation.services import assignment, publication, training
    from segmentation.services.members import drop_members

    SegmentationRun.objects.update(status="failed")
    Publication.objects.all().delete()
    Publication.objects.create(features_state="as filled")
    drop_members(SegmentationRun.objects.values_list("pk", flat=True))
    SegmentationRun.objects.all().delete()
    collection_of(Customer).update_many({"segment_key": {"$ne": ""}}, {"$set": {"segment_key": ""}})

    training.refresh_everyone = lambda **kwargs: None
    training.customer_columns = clock.timed("read the sample", training.customer_columns)
    training.train = clock.timed("scale, choose among k, fit", training.train)
    LocalEngine.fit = clock.timed("read everyone, refine centroids", LocalEngine.fit)
    training.alternatives.measure_all = clock.timed(
        "measure other methods", training.alternatives.measure_all
    )
    assignment.customer_columns = clock.timed("read a sample", assignment.customer_columns)
    assignment.place_everyone = clock.timed(
        "read, assign and store everyone", assignment.place_everyone
    )
    clock.last = clock.now()
    for again in (False, True) if retrain else (False,):
        run = training.train_run()
        if run.status != "ready":
            raise SystemExit(run.error)
        clock.report(retrain=again)
        with clock.phase("publish: assign"):
            publication.publish_run(run=run)
        spent = {
            name if name.startswith("publish") else f"publish: {name}": value
            for name, value in clock.spent.items()
        }
        clock.spent = spent
        clock.report(retrain=again)
    return f"{run.k} segments of {run.customers:,}"


@contextlib.contextmanager
def two_workers():
    """A scheduler and two worker processes on this machine, and the setting that names them."""
    import distributed
    from django.conf import settings

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit="2GB"
    ) as cluster:
        settings.SEGMENTATION_ENGINE = "dask"
        settings.SEGMENTATION_SCHEDULER = cluster.scheduler_address
        yield


def cpu_seconds():
    return time.process_time()


def mongod_cpu():
    """CPU seconds mongod has used so far; 0 where there is no /proc."""
    try:
        stat = Path("/proc", os.environ["FINSEG_BENCH_MONGOD"], "stat").read_text()
    except OSError:
        return 0.0
    fields = stat.rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def mongod_peak():
    """Most memory mongod has had, in MB; 0 where there is no /proc."""
    try:
        status = Path("/proc", os.environ["FINSEG_BENCH_MONGOD"], "status").read_text()
    except OSError:
        return 0
    line = next(each for each in status.splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
