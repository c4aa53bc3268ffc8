"""What every engine must do: a suite for each engine to subclass."""

from functools import partial

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from segmentation.domain.clustering import fit_centroids, nearest_centroid
from segmentation.engines.base import Part

PARTS = (Part(0, 400), Part(400, 400), Part(400, 1_000), Part(1_000, None))
KINDS = 3


def rows(part):
    """Scaled features of the customers of a part, drawn alike in whatever process asks."""
    draw = np.random.default_rng(17)
    kind = draw.integers(0, KINDS, 1_500)
    matrix = kind[:, None] * np.array([5.0, -2.0, 0.5]) + draw.normal(size=(1_500, 3))
    return matrix[part.first : part.end].astype(np.float32)


def columns(part):
    """The same as columns of two kinds, the unknown among them."""
    matrix = rows(part).astype(float)
    matrix[::7, 1] = np.nan
    return {"number": np.arange(len(matrix)), "one": matrix[:, 0], "other": matrix[:, 1]}


def summed(part, *, read):
    return {
        name: (str(column.dtype), len(column), float(np.nansum(column)))
        for name, column in read(part).items()
    }


def count(part):
    return len(rows(part))


class EngineContract:
    """Subclasses make the engine in a fixture named `engine`."""

    def test_work_is_done_once_for_every_part_and_answered_in_order(self, engine):
        assert list(engine.each(count, PARTS)) == [400, 0, 600, 500]

    def test_an_error_in_a_part_reaches_the_caller(self, engine):
        with pytest.raises(Exception, match="division"):
            list(engine.each(divided, PARTS))

    def test_parts_can_be_read_again_by_whoever_works_on_them(self, engine):
        with engine.reader(columns) as read:
            for _ in range(2):
                for part, sums in zip(
                    PARTS, engine.each(partial(summed, read=read), PARTS), strict=True
                ):
                    assert sums == summed(part, read=columns)

    def test_centroids_are_refined_to_those_of_a_fit_on_everyone(self, engine):
        everyone = rows(Part(0, None))
        start = fit_centroids(everyone[::10].astype(float), KINDS, random_state=0)
        told = []
        ours = engine.fit(rows, PARTS, start, on_step=lambda words, share: told.append(share))
        theirs = fit_centroids(everyone.astype(float), KINDS, random_state=0)
        assert ours == pytest.approx(theirs, abs=0.02)
        labels = nearest_centroid(everyone, ours)
        assert adjusted_rand_score(labels, nearest_centroid(everyone, theirs)) > 0.995
        assert told == sorted(told) and told and told[0] >= 0 and told[-1] <= 1

    def test_a_centroid_of_nobody_stays(self, engine):
        start = np.array([[0.0, 0, 0], [5, -2, 0.5], [10, -4, 1], [900, 900, 900]])
        fitted = engine.fit(rows, PARTS, start, on_step=lambda words, share: None)
        assert fitted[3].tolist() == [900, 900, 900]


def divided(part):
    return 1 // part.first
