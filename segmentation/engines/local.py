"""Customers are worked on in this process, one part after another."""

from functools import reduce
from operator import add

import numpy as np

from segmentation.domain.lloyd import MAX_ITERATIONS, PartSums, refine


class LocalEngine:
    """One process, as much memory as a part takes; scaled features stay in memory for `fit`."""

    def each(self, work, parts):
        """See `Engine.each`."""
        return map(work, parts)

    def fit(self, read, parts, start, *, on_step):
        """See `Engine.fit`."""
        kept = []
        for done, part in enumerate(parts):
            on_step("Reading everyone's features", 0.5 * done / len(parts))
            kept.append(read(part))
        variance = float(np.concatenate([part[:1_000] for part in kept]).var(axis=0).mean())

        def total(centroids, done):
            on_step("Refining segments on everyone", 0.5 + 0.5 * done / MAX_ITERATIONS)
            return reduce(add, (PartSums.of(part, centroids) for part in kept))

        return refine(total, start, variance)
