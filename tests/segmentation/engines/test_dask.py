"""The contract on a real scheduler with two workers, and what a lost one does to a run."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from segmentation.engines import dask
from segmentation.engines.base import EngineError, Part
from segmentation.engines.chosen import chosen_engine
from segmentation.engines.local import LocalEngine
from tests.segmentation.engines.contract import PARTS, EngineContract, count, rows

distributed = pytest.importorskip(
    "distributed", reason="pip install -r requirements-dask.txt to test the engine on a cluster"
)


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit="512MB"
    ) as cluster:
        yield cluster


@pytest.fixture
def engine(cluster, settings):
    settings.SEGMENTATION_ENGINE = "dask"
    settings.SEGMENTATION_SCHEDULER = cluster.scheduler_address
    return chosen_engine()


class TestDask(EngineContract):
    def test_its_answer_is_that_of_one_process(self, engine):
        start = rows(Part(0, 3)).astype(float)
        fits = [
            each.fit(rows, PARTS, start, on_step=lambda words, share: None)
            for each in (engine, LocalEngine())
        ]
        np.testing.assert_allclose(*fits, rtol=1e-12)

    def test_work_asked_again_is_done_again(self, engine):
        assert len({*engine.each(clock, PARTS), *engine.each(clock, PARTS)}) == 2 * len(PARTS)

    def test_a_worker_that_dies_is_made_up_for(self, engine, tmp_path):
        parts = [Part(first, first + 1) for first in range(6)]
        work = DiesOnce(str(tmp_path / "died"))
        assert list(engine.each(work, parts)) == [0, 1, 2, 3, 4, 5]
        assert (tmp_path / "died").exists()

    def test_it_says_that_it_is_alive_while_a_part_takes_long(self, engine, monkeypatch):
        monkeypatch.setattr(dask, "TICK", 0.1)
        told = []
        engine.fit(slow, PARTS[:1], rows(Part(0, 3)), on_step=lambda *step: told.append(step))
        assert told.count(("Reading everyone's features", 0.0)) > 3

    def test_a_caller_who_stops_leaves_nothing_to_do(self, engine, cluster):
        work = engine.each(count, [Part(first, first + 1) for first in range(200)])
        assert next(work) == 1
        work.close()
        with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
            deadline = time.monotonic() + 10
            while client.run_on_scheduler(unfinished) and time.monotonic() < deadline:
                time.sleep(0.1)
            assert client.run_on_scheduler(unfinished) == 0

    def test_workers_who_never_come_back_end_it(self, engine, cluster, monkeypatch):
        monkeypatch.setattr(dask, "TICK", 0.1)
        monkeypatch.setattr(dask, "PATIENCE", 0.5)
        work = engine.each(count, PARTS)
        assert next(work) == 400
        cluster.scale(0)
        try:
            with pytest.raises(EngineError, match=r"No Dask worker .* Nothing was published"):
                list(engine.each(slow, PARTS))
            with pytest.raises(EngineError, match=r"no worker. Nothing was started"):
                chosen_engine()
        finally:
            work.close()
            cluster.scale(2)
            cluster.wait_for_workers(2, timeout=60)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "needs SEGMENTATION_SCHEDULER"),
        ("tcp://127.0.0.1:9", "No Dask scheduler answers at tcp://127.0.0.1:9"),
        ("nowhere at all", "No Dask scheduler answers at nowhere at all"),
    ],
)
def test_without_a_scheduler_nothing_is_started(settings, monkeypatch, address, sentence):
    monkeypatch.setattr(dask, "_CONNECT", 0.5)
    settings.SEGMENTATION_SCHEDULER = address
    before = connections()
    with pytest.raises(EngineError, match=sentence) as refusal:
        dask.DaskEngine()
    assert str(refusal.value).endswith("Nothing was started.")
    assert connections() == before


def test_without_the_package_it_says_what_to_install(settings, monkeypatch):
    monkeypatch.setattr(dask, "distributed", None)
    with pytest.raises(EngineError, match=r"requirements-dask.txt.* Nothing was started"):
        dask.DaskEngine()


def test_a_lost_scheduler_ends_it(settings, monkeypatch):
    monkeypatch.setattr(dask, "TICK", 0.2)
    monkeypatch.setattr(dask, "PATIENCE", 1.0)
    before = connections()
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, processes=False
    )
    settings.SEGMENTATION_SCHEDULER = cluster.scheduler_address
    work = dask.DaskEngine().each(slow, PARTS)
    assert len(next(work)) == 400
    cluster.close()
    with pytest.raises(EngineError, match="Nothing was published"):
        list(work)
    assert connections() == before


def connections():
    """Those not closed, and the threads of all: one that is collected later can lock up."""
    half_open = [each.id for each in distributed.Client._instances if each.status != "closed"]
    return sorted(half_open) + [each for each in threading.enumerate() if each.name == "IO loop"]


def clock(part):
    return time.monotonic_ns(), os.getpid(), part


def slow(part):
    time.sleep(1)
    return rows(part)


class DiesOnce:
    """Kills the worker it runs on, the first time it is asked for the third part."""

    def __init__(self, mark):
        self.mark = mark

    def __call__(self, part):
        if part.first == 3 and not os.path.exists(self.mark):
            with open(self.mark, "w"):
                pass
            os.kill(os.getpid(), signal.SIGKILL)
        return part.first


def unfinished(dask_scheduler):
    return len(dask_scheduler.tasks)
