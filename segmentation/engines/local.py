"""Customers are worked on in this process, a few parts at a time."""

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial, reduce
from operator import add
from tempfile import TemporaryFile
from threading import Lock

import numpy as np
from joblib import cpu_count

from segmentation.domain.lloyd import MAX_ITERATIONS, PartSums, refine

_SAMPLED = 1_000
_MOST_AT_ONCE = 4


class LocalEngine:
    """One process, as much memory as a few parts take.

    As many parts are worked on at once as there are processors, up to four: while one waits for
    the database another computes. What is gone over again lies in temporary files without a name,
    read from the system's cache where there is memory for it: what `reader` has read, eight bytes a
    column and customer, and scaled features while `fit` goes over them, four bytes.
    """

    def each(self, work, parts):
        """See `Engine.each`."""
        return _at_once(work, parts)

    @contextmanager
    def reader(self, read):
        """See `Engine.reader`."""
        with TemporaryFile() as file:
            yield _Kept(read, file)

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


class _Kept:
    """Reads each part once; after that from a file."""

    def __init__(self, read, file):
        self._read, self._file = read, file
        self._places, self._lock = {}, Lock()

    def __call__(self, part):
        if part in self._places:
            return {name: self._column(*place) for name, place in self._places[part].items()}
        columns, places = self._read(part), {}
        with self._lock:
            for name, column in columns.items():
                places[name] = (self._file.tell(), column.dtype, len(column))
                column.tofile(self._file)
            self._file.flush()
        self._places[part] = places
        return columns

    def _column(self, first, dtype, n):
        kept = os.pread(self._file.fileno(), n * dtype.itemsize, first)
        return np.frombuffer(kept, dtype)


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
