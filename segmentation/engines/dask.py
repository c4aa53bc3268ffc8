"""Customers are worked on by the workers of a Dask cluster, wherever they run.

Parts are read where they are worked on: no row passes through this process. Workers run finseg's
code, are told the same settings by their environment, and are trusted as much as finseg's own
(docs/scaling.md says how to start and to secure them).
"""

import os
import pickle
import time
from collections import deque
from contextlib import contextmanager, nullcontext, suppress
from functools import partial, reduce
from operator import add

import django
import numpy as np
from django.apps import apps
from django.conf import settings

from segmentation.domain.lloyd import MAX_ITERATIONS, PartSums, refine
from segmentation.engines.base import EngineError, Part

try:
    import distributed
    from distributed.client import FutureCancelledError
except ImportError:  # an optional install
    distributed = None

TICK = 5.0
"""Seconds between two looks at the cluster while it works: the caller says that it is alive."""
PATIENCE = 30.0
"""Seconds without any worker after which nobody is waited for."""
_CONNECT = 10.0
_SAMPLED = 1_000


class DaskEngine:
    """Many processes on many machines; scaled features stay in their memory for `fit`.

    A worker that dies is made up for by the others: parts it had are worked on again. Sums are
    added in the order of the parts, so the answer is the same on any number of workers.

    Raises
    ------
    EngineError
        If the package, the setting, the scheduler or any worker is missing; nothing was started.
    """

    def __init__(self):
        if distributed is None:
            raise EngineError(
                "SEGMENTATION_ENGINE=dask needs the packages of requirements-dask.txt, which are "
                "not installed. Nothing was started."
            )
        self.address = settings.SEGMENTATION_SCHEDULER
        if not self.address:
            raise EngineError(
                "SEGMENTATION_ENGINE=dask needs SEGMENTATION_SCHEDULER, the address of a Dask "
                "scheduler. Nothing was started."
            )
        with _cluster(self.address) as cluster:
            if not cluster.workers():
                raise EngineError(
                    f"The Dask scheduler at {self.address} has no worker. Nothing was started."
                )

    def each(self, work, parts):
        """See `Engine.each`."""
        with _cluster(self.address) as cluster:
            futures = deque(cluster.start(work, parts))
            while futures:  # an answer that was given is let go of on the cluster
                yield cluster.result(futures.popleft())

    def reader(self, read):
        """See `Engine.reader`: each worker reads anew, so that parts can go to any of them."""
        return nullcontext(read)

    def fit(self, read, parts, start, *, on_step):
        """See `Engine.fit`."""
        with _cluster(self.address) as cluster:
            kept = cluster.start(read, parts)
            heads = []
            for done, part in enumerate(kept):
                tell = partial(on_step, "Reading everyone's features", 0.5 * done / len(parts))
                tell()
                heads.append(cluster.result(cluster.submit(_head, part), tell))
            variance = float(np.concatenate(heads).var(axis=0).mean())

            def total(centroids, done):
                share = 0.5 + 0.5 * done / MAX_ITERATIONS
                tell = partial(on_step, "Refining segments on everyone", share)
                tell()
                sums = [cluster.submit(_sums, part, centroids) for part in kept]
                return reduce(add, (cluster.result(each, tell) for each in sums))

            return refine(total, start, variance)


class _Cluster:
    """A connection to a cluster, and how long nobody has been there to work."""

    def __init__(self, client):
        self.client = client
        self.seen = time.monotonic()

    def workers(self) -> int:
        return len(self.client.scheduler_info(n_workers=-1)["workers"])

    def submit(self, function, *arguments):
        # Not pure: what is asked again is done again, since the database may have changed.
        return self.client.submit(function, *arguments, pure=False)

    def start(self, work, parts) -> list:
        """Hand out work on every part; the work itself travels once to each worker."""
        held = self.submit(bytes, pickle.dumps(work))
        module = os.environ.get("DJANGO_SETTINGS_MODULE", "")
        return [self.submit(_worked, held, module, *part) for part in parts]

    def result(self, future, tell=lambda: None):
        """Wait for one piece of work, telling now and then that one is alive."""
        try:
            while not future.done():
                with suppress(TimeoutError):  # this one's or the work's own: the latter comes again
                    return future.result(timeout=TICK)
                tell()
                self._look()
            return future.result()
        except distributed.KilledWorker as death:
            raise EngineError(
                "Dask workers died again and again on the same customers, as they do without "
                f"enough memory ({death}). Nothing was published."
            ) from None
        except FutureCancelledError:
            raise EngineError(
                "The Dask scheduler was lost while it worked. Nothing was published."
            ) from None

    def _look(self):
        now = time.monotonic()
        with suppress(OSError):  # a scheduler that does not answer has no workers either
            if self.client.status == "running" and self.workers():
                self.seen = now
        if now - self.seen > PATIENCE:
            raise EngineError(
                f"No Dask worker has been there for {PATIENCE:.0f} s. Nothing was published."
            )


@contextmanager
def _cluster(address):
    """A connection that leaves nothing behind: what is not begun when it closes is dropped."""
    # In hand before it starts. One whose start failed would else stay half open until it is
    # collected, and then close itself: if another is being started in that moment, it waits for
    # ever for a lock that its own thread holds (distributed 2026.8, LoopRunner).
    client = distributed.Client.__new__(distributed.Client)
    try:
        try:
            client.__init__(address, timeout=_CONNECT, set_as_default=False)
        except (OSError, ValueError) as reason:
            raise EngineError(
                f"No Dask scheduler answers at {address} ({type(reason).__name__}). "
                "Nothing was started."
            ) from reason
        yield _Cluster(client)
    finally:
        client.close(timeout=_CONNECT)
        client._loop_runner.stop()  # close() leaves its thread where the scheduler was lost


def _worked(pickled, module, first, end):
    """Work on one part, in the process of a worker."""
    if module and not apps.ready:  # what the work imports may be a model
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", module)
        django.setup()
    return pickle.loads(pickled)(Part(first, end))


def _head(part):
    return part[:_SAMPLED]


def _sums(part, centroids):
    return PartSums.of(part, centroids)
