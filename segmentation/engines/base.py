"""What an engine of clustering does, wherever customers' rows are worked on.

A build reads everyone in parts (ranges of customer numbers) and never holds them all at once:

1. A sample that fits one process gives the scaling, the number of segments and first centroids.
2. `Engine.fit` refines those centroids on everyone; skipped where the sample is everyone.
3. `Engine.each` places everyone, part by part: each part is read, assigned and stored by the
   process it is given to, and only its sums come back.

So one method moves the arithmetic to where the rows are, the other the reading and writing as well.
Segments do not depend on the engine: the same customers, sample and seed give the same centroids
up to rounding. An engine is chosen by the setting SEGMENTATION_ENGINE (`chosen.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

import numpy as np


class Part(NamedTuple):
    """Customers numbered from `first` up to, but not including, `end`; None is no bound."""

    first: int
    end: int | None


class EngineError(RuntimeError):
    """The engine cannot work; the message says why, and nothing was stored by it."""


class Engine(Protocol):
    """Where parts are worked on."""

    def each(self, work: Callable[[Part], Any], parts: Sequence[Part]) -> Iterator[Any]:
        """Do some work on every part.

        Parameters
        ----------
        work : callable
            Given a part; reads and writes the database by itself, is safe to run twice on one
            part, and returns something small. It can be pickled.
        parts : sequence of Part
            Ascending, without gaps or overlaps.

        Yields
        ------
        object
            What `work` returned, in the order of the parts. The caller says that it is alive
            between two of them: they come as they are done, never all at the end.
        """

    def reader(
        self, read: Callable[[Part], dict[str, np.ndarray]]
    ) -> AbstractContextManager[Callable[[Part], dict[str, np.ndarray]]]:
        """A way to read parts that are read again.

        Parameters
        ----------
        read : callable
            Given a part; reads it and returns columns of numbers. It can be pickled.

        Returns
        -------
        context manager of a callable
            Returns what `read` does, possibly as it was when the part was first asked for; to be
            read from only. What it keeps is gone with the context, or with the process.
        """

    def fit(
        self,
        read: Callable[[Part], np.ndarray],
        parts: Sequence[Part],
        start: np.ndarray,
        *,
        on_step: Callable[[str, float], None],
    ) -> np.ndarray:
        """Refine centroids on everyone by Lloyd's iterations (K-Means).

        Parameters
        ----------
        read : callable
            Given a part; reads it and returns its scaled features, float32 of shape (n, d),
            possibly without rows. It can be pickled.
        parts : sequence of Part
        start : ndarray of float64, shape (k, d)
            Centroids fitted on a sample, with the run's seed and number of starts.
        on_step : callable
            Called with words and the share done, 0 to 1, at least every ten seconds or so.

        Returns
        -------
        ndarray of float64, shape (k, d)
            In the order of `start`. A centroid that nobody is nearest to stays where it was.
        """
