"""What a killed worker, a restarted database and senseless data leave behind: a clear state."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
import pymongo
import pytest
from auditlog.models import LogEntry
from bson.decimal128 import Decimal128
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import InvestorProfile
from finseg.local.mongo import start_mongod
from portfolios.models import Transaction
from segmentation import queries
from segmentation.models import Customer, MembershipBlock, Publication, RunStatus, SegmentationRun
from segmentation.services import AlreadyTraining, claims, publish_run, reassign_changed, train_run
from tests.segmentation.conftest import add_customers

KILLED = 9  # the status of a process that SIGKILL ended
DATA = {"membershipblock", "segment", "customer", "trainedplace"}


class Nursery:
    """The process that forks workers, see `nursery.py`."""

    def __init__(self, *, uri, name):
        environment = {**os.environ, "MONGODB_URI": uri, "MONGODB_NAME": name}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.segmentation.nursery"],
            env={**environment, "DJANGO_SETTINGS_MODULE": "finseg.settings"},
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.hear()["ready"]

    def hear(self):
        line = self.process.stdout.readline()
        assert line, "the nursery died"
        return json.loads(line)

    def send(self, **order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def order(self, **order):
        """Let a worker do something; what it said until it was gone, and how it went."""
        self.send(**order)
        said = []
        while "status" not in (last := self.hear()):
            said.append(last)
        return said, last["status"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)


@contextmanager
def nursery_of(uri, name):
    workers = Nursery(uri=uri, name=name)
    try:
        yield workers
    finally:
        workers.close()


@pytest.fixture(scope="module")
def workers(django_db_setup):
    with nursery_of(os.environ["MONGODB_URI"], connection.settings_dict["NAME"]) as nursery:
        yield nursery


def members_of(run):
    numbers, keys = queries.membership_columns(run)
    return dict(zip(numbers.tolist(), keys.tolist(), strict=True))


def settled(seconds=20):
    """Refresh as the schedule does until no assignment is half done."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        reassign_changed()
        if Publication.objects.get().settled:
            return True
        time.sleep(0.05)
    return False


def time_passes():
    """Set the clocks of claims back by the silence after which a worker counts as dead."""
    past = timezone.now() - claims.TRAINING_SILENCE - timedelta(seconds=1)
    SegmentationRun.objects.filter(status=RunStatus.RUNNING).update(heartbeat_at=past)
    Publication.objects.filter(training__isnull=False).update(training_until=past)


def writes(said):
    return [each["write"] for each in said if "write" in each]


def moments(written):
    """After which writes to kill: one a stage, every one to data, the claim and the last word."""
    of_stage = {}
    for write in written[1:]:
        of_stage.setdefault(" ".join(re.sub(r"\d+", "n", write[0]).split()[:2]), write)
    claim = max(write for write in written if write[:2] == ["", "publication"])
    last_word = [write for write in written if write[1] == "segmentationrun"][-1]
    data = [write for write in written if write[0] and write[1] in DATA]
    chosen = [claim, *of_stage.values(), *data, last_word]
    return [write for place, write in enumerate(chosen) if write not in chosen[:place]]


def whole(run):
    """Whether aggregates, members and customers' documents all tell of the same run."""
    cube, keys = queries.cube_of_run(SegmentationRun.objects.get(pk=run.pk))
    members = members_of(run)
    counted = [list(members.values()).count(key) for key in keys]
    marked = dict(Customer.objects.values_list("number", "segment_key"))
    return cube.customers.tolist() == counted and marked == members


def test_a_training_killed_at_any_stage_leaves_the_published_run_and_makes_room(stocks, workers):
    add_customers(24)
    run = train_run(k=3)
    publish_run(run=run)
    before, pointer = members_of(run), Publication.objects.get().published_at
    said, status = workers.order(do="train")
    assert status == 0 and said[-1]["done"] == "ready"
    chosen = moments(writes(said))
    assert len({stage for stage, *_ in chosen}) > 8
    SegmentationRun.objects.exclude(pk=run.pk).delete()
    MembershipBlock.objects.exclude(run_id=run.pk).delete()

    for moment in chosen:
        said, status = workers.order(do="train", die_after=moment)
        assert status == KILLED, said
        at = moment
        state = Publication.objects.get()
        assert (state.run_id, state.published_at) == (run.pk, pointer), at
        assert members_of(run) == before, at
        # Still claimed: it might be alive.
        if state.training is not None:
            with pytest.raises(AlreadyTraining, match="Nothing was started"):
                claims.claim_training("")
        time_passes()
        assert settled(), at
        assert not SegmentationRun.objects.filter(status=RunStatus.RUNNING).exists(), at
        for dead in SegmentationRun.objects.exclude(pk=run.pk):
            if dead.status == RunStatus.FAILED:
                assert "stopped without a word. Nothing of it was published" in dead.error
                assert not MembershipBlock.objects.filter(run_id=dead.pk).exists(), at
                assert dead.segments.count() == 0, at
            else:  # killed after its last word
                assert dead.segments.count() == dead.k and len(members_of(dead)) == 24, at
        assert whole(run), at
        SegmentationRun.objects.exclude(pk=run.pk).delete()

    said, status = workers.order(do="train")
    assert (status, said[-1]["done"]) == (0, "ready")
    second = SegmentationRun.objects.first()
    publish_run(run=second)
    assert whole(second) and Publication.objects.get().training is None


def test_a_publication_killed_at_any_write_is_whole_after_the_next_refresh(stocks, workers):
    add_customers(24)
    runs = [train_run(k=3), train_run(k=2)]
    publish_run(run=runs[0])
    # As if it had been published before: so different a run would wait for a person.
    SegmentationRun.objects.filter(pk=runs[1].pk).update(published_at=timezone.now())
    server = connection.database.client.admin
    # A transaction whose client died blocks its documents until the server ends it: a minute.
    server.command("setParameter", 1, transactionLifetimeLimitSeconds=1)
    try:
        said, status = workers.order(do="publish", run=2)
        assert said[-1]["done"] == "published"
        publish_run(run=runs[0])
        chosen = writes(said)
        assert len(chosen) > 8
        for at in chosen:
            trail = LogEntry.objects.get_for_object(runs[1]).count()
            said, status = workers.order(do="publish", run=2, die_after=at, silence=0.2)
            assert status == KILLED, said
            current = Publication.objects.get().run_id
            assert current in (runs[0].pk, runs[1].pk), at
            moved = current == runs[1].pk
            # The trail tells of every publication, and of none that was not.
            assert LogEntry.objects.get_for_object(runs[1]).count() == trail + moved, at
            assert settled(), at
            assert Publication.objects.get().run_id == current, at
            assert whole(runs[moved]), at
            if moved:
                publish_run(run=runs[0])
    finally:
        server.command("setParameter", 1, transactionLifetimeLimitSeconds=60)


def test_a_database_that_dies_while_a_training_writes_is_survived(stocks, tmp_path):
    add_customers(24)
    server = start_mongod(tmp_path / "own")
    name = connection.settings_dict["NAME"]
    try:
        with (
            pymongo.MongoClient(server.uri, serverSelectionTimeoutMS=20_000) as client,
            nursery_of(server.uri, name) as workers,
        ):
            for table in connection.database.list_collection_names():
                if rows := list(connection.database[table].find()):
                    client[name][table].insert_many(rows)
            runs = client[name]["segmentation_segmentationrun"]
            members = client[name]["segmentation_membershipblock"]
            for stage in ("Compared 4 segments", "Storing members"):
                workers.send(do="train")
                while workers.hear().get("write", [""])[0] != stage:
                    pass
                server.process.kill()
                server.process.wait()
                server = start_mongod(tmp_path / "own", server.port)
                while "status" not in workers.hear():
                    pass
                # Could not even its failure be written, then its silence ends it.
                past = timezone.now() - timedelta(hours=1)
                runs.update_many({"status": "running"}, {"$set": {"heartbeat_at": past}})
                workers.order(do="refresh")
                run = runs.find_one(sort=[("number", -1)])
                mine = members.find({"run_id": run["_id"]})
                stored = sum(block["customers"] for block in mine)
                assert (run["status"], stored) in [("ready", 24), ("failed", 0)], stage
                assert run["status"] == "ready" or "Nothing" in run["error"], stage
            said, _ = workers.order(do="train")
            assert said[-1].get("done") == "ready"
    finally:
        server.stop()


def test_of_retrains_at_once_one_is_built(stocks, workers):
    add_customers(24)
    workers.send(do="train")
    while workers.hear().get("write", [""])[0] != "Reading features":
        pass
    with pytest.raises(AlreadyTraining, match=r"Run 1, .* is being built. Nothing was started"):
        train_run(k=3)
    while "done" not in (said := workers.hear()):
        pass
    assert said["done"] == "ready" and SegmentationRun.objects.count() == 1

    start, won = threading.Barrier(6), []

    def claim():
        start.wait()
        try:
            won.append(claims.claim_training(""))
        except AlreadyTraining:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [2]


def test_customers_who_are_all_alike_end_a_run_in_a_sentence(stocks):
    add_customers(24)
    InvestorProfile.objects.update(
        annual_income=900_000, monthly_spending=40_000, risk_score=50.0, sector_mask=0
    )
    Transaction.objects.all().delete()
    run = train_run()
    assert (run.status, run.error) == (
        RunStatus.FAILED,
        "All customers are alike in every feature, so there is nothing to tell apart.",
    )
    assert Publication.objects.get().training is None and not MembershipBlock.objects.exists()


def test_incomes_that_are_no_numbers_count_as_unknown(stocks):
    add_customers(24)
    # Past every form: as a faulty import of another program might leave them.
    broken = ["NaN", "Infinity", "-Infinity", "9E+6000"]
    for number, income in enumerate(broken, start=20_001):
        queries.collection_of(InvestorProfile).update_one(
            {"investor_number": number}, {"$set": {"annual_income": Decimal128(income)}}
        )
    run = train_run(k=3)
    assert run.status == RunStatus.READY and run.customers == 24
    assert np.isfinite(np.array(run.model["centroids"])).all()
    publish_run(run=run)
    unknown = Customer.objects.filter(annual_income=None)
    assert [each.number for each in unknown] == [20_001, 20_002, 20_003, 20_004] and whole(run)
