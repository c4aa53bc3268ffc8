"""Customers are worked on in this process, a few parts at a time."""

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial, reduce
from operator import add
from tempfile import TemporaryFile

import numpy as np
from joblib import cpu_count

from segmentation.domain.lloyd import MAX_ITERATIONS, PartSums, refine

_SAMPLED = 1_000
_MOST_AT_ONCE = 4


class LocalEngine:
    """One process, as much memory as a few parts take.

    As many parts are worked on at once as there are processors, up to four: while one waits for
    the database another computes. Scaled features lie in a temporary file without a name while
    `fit` goes over them: four bytes a column and customer, read from the system's cache where
    there is memory for it.
    """

    def each(self, work, parts):
        """See `Engine.each`."""
        return _at_once(work, parts)

    def fit(self, read, parts, start, *, on_step):
        """See `Engine.fit`."""
        with TemporaryFile() as file:
            places, heads = [], []
            on_step("Reading everyone's features", 0.0)
            with closing(_at_once(read, parts)) as matrices:
                for done, matrix in enumerate(matrices, 1):
                    places.append((file.tell(), matrix.shape))
                    matrix.tofile(file)
                    heads.append(matrix[:_SAMPLED].copy())
                    on_step("Reading everyone's features", 0.5 * done / len(parts))
            file.flush()
            variance = float(np.concatenate(heads).var(axis=0).mean())

            def sums(place, centroids):
                first, shape = place
                kept = os.pread(file.fileno(), 4 * shape[0] * shape[1], first)
                return PartSums.of(np.frombuffer(kept, np.float32).reshape(shape), centroids)

            def total(centroids, done):
                on_step("Refining segments on everyone", 0.5 + 0.5 * done / MAX_ITERATIONS)
                return reduce(add, _at_once(partial(sums, centroids=centroids), places))

            return refine(total, start, variance)


def _at_once(work, parts):
    """Yield what `work` makes of each part, in order; nothing is begun after the caller left."""
    threads = min(cpu_count(), _MOST_AT_ONCE, len(parts))
    if threads < 2:  # in the caller's own thread: nothing to overlap
        yield from map(work, parts)
        return
    waiting = iter(parts)
    with ThreadPoolExecutor(threads, "part") as pool:
        running: deque = deque()
        try:
            for part in waiting:
                running.append(pool.submit(work, part))
                if len(running) > threads:  # one lies ready, so that nobody waits for its reader
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            for each in running:
                each.cancel()
