"""The worker's step: writes on start and on the timer, withdraws on stop, survives Redis."""

import time

import pytest
import redis

from finseg.celery import app
from finseg.heartbeat import EXPIRES, INTERVAL, WORKER_KEY, WorkerHeartbeat
from finseg.local.ports import free_port


class Worker:
    """The part of a Celery worker that the step uses."""

    def __init__(self):
        self.timer = self
        self.entries = []

    def call_repeatedly(self, seconds, function):
        self.entries.append((seconds, function))
        return self

    def cancel(self):
        self.entries.clear()


@pytest.fixture
def running():
    worker = Worker()
    step = WorkerHeartbeat(worker)
    step.start(worker)
    return worker, step


def test_the_worker_of_this_project_has_the_step():
    assert WorkerHeartbeat in app.steps["worker"]


def test_a_sign_of_life_that_expires_is_written_and_renewed(settings, running):
    worker, step = running
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert float(client.get(WORKER_KEY)) == pytest.approx(time.time(), abs=5)
        assert 0 < client.ttl(WORKER_KEY) <= EXPIRES
        client.delete(WORKER_KEY)
        [(seconds, renew)] = worker.entries
        assert seconds == INTERVAL < EXPIRES
        renew()
        assert client.exists(WORKER_KEY)
        step.stop(worker)
        assert not client.exists(WORKER_KEY)
        assert worker.entries == []


def test_a_worker_without_redis_goes_on(settings, caplog):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    worker = Worker()
    step = WorkerHeartbeat(worker)
    step.start(worker)
    step.stop(worker)
    assert "heartbeat was not written" in caplog.text
