"""The Celery worker's sign of life: a key in Redis that expires unless it is renewed."""

import logging
import time

import redis
from celery import bootsteps
from django.conf import settings

WORKER_KEY = "finseg:worker:heartbeat"
INTERVAL = 5.0
EXPIRES = 30

log = logging.getLogger(__name__)


class WorkerHeartbeat(bootsteps.StartStopStep):
    """Writes the instant, in seconds since 1970, every `INTERVAL` seconds while the worker runs."""

    requires = {"celery.worker.components:Timer"}

    def __init__(self, worker, **kwargs):
        self.client = None
        self.repeated = None

    def start(self, worker):
        self.client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        )
        self.repeated = worker.timer.call_repeatedly(INTERVAL, self.write)
        self.write()

    def stop(self, worker):
        if self.repeated is not None:
            self.repeated.cancel()
            # A worker that says goodbye is missed at once, not when its last sign expires.
            try:
                self.client.delete(WORKER_KEY)
            except redis.RedisError:
                log.warning("The worker's heartbeat could not be withdrawn; it expires by itself.")

    def write(self):
        try:
            self.client.set(WORKER_KEY, time.time(), ex=EXPIRES)
        except redis.RedisError as error:
            # The key expires and /healthz tells; the worker itself goes on and tries again.
            log.warning("The worker's heartbeat was not written: %s", error)
