"""Customers are worked on in this process, one part after another."""

from functools import reduce
from operator import add
from tempfile import TemporaryFile

import numpy as np

from segmentation.domain.lloyd import MAX_ITERATIONS, PartSums, refine

_SAMPLED = 1_000


class LocalEngine:
    """One process, as much memory as a part takes.

    Scaled features lie in a temporary file without a name while `fit` goes over them: four bytes
    a column and customer, read from the system's cache where there is memory for it.
    """

    def each(self, work, parts):
        """See `Engine.each`."""
        return map(work, parts)

    def fit(self, read, parts, start, *, on_step):
        """See `Engine.fit`."""
        with TemporaryFile() as file:
            shapes, heads = [], []
            for done, part in enumerate(parts):
                on_step("Reading everyone's features", 0.5 * done / len(parts))
                matrix = read(part)
                matrix.tofile(file)
                shapes.append(matrix.shape)
                heads.append(matrix[:_SAMPLED])
            variance = float(np.concatenate(heads).var(axis=0).mean())

            def total(centroids, done):
                on_step("Refining segments on everyone", 0.5 + 0.5 * done / MAX_ITERATIONS)
                file.seek(0)
                kept = (np.fromfile(file, np.float32, n * d).reshape(n, d) for n, d in shapes)
                return reduce(add, (PartSums.of(part, centroids) for part in kept))

            return refine(total, start, variance)
