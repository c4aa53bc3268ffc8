"""Segmentation as one writes it with Django's ORM and scikit-learn, to compare with.

The same columns, the same numbers of segments on samples of the same size, the same number of
starts. It does less: no stability, no aggregates for pages, no identity over retrains.
"""

import numpy as np
from django.db import connection, models
from sklearn.cluster import KMeans
from sklearn.impute import SimpleImputer
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

from accounts.domain.sectors import SECTORS
from segmentation.domain.selection import CANDIDATES, FIT_SAMPLE, SILHOUETTE_SAMPLE
from segmentation.models import Customer
from segmentation.queries import FEATURE_KEYS

STARTS = 4
AT_ONCE = 10_000


class PlainMembership(models.Model):
    run = models.IntegerField()
    number = models.BigIntegerField()
    segment_key = models.CharField(max_length=20)
    x = models.FloatField()
    y = models.FloatField()

    class Meta:
        app_label = "segmentation"
        db_table = "bench_plain_membership"
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="one_plain")]

    def __str__(self):
        return f"{self.number} in {self.segment_key}"


def run(clock):
    """Segment all customers; returns what came out in words."""
    Customer.objects.exclude(segment_key="").update(segment_key="")
    with connection.schema_editor() as editor:
        if PlainMembership._meta.db_table in connection.introspection.table_names():
            editor.delete_model(PlainMembership)
        editor.create_model(PlainMembership)
    clock.last = clock.now()
    with clock.phase("read"):
        rows = Customer.objects.order_by("number").values_list(
            "number", "sector_mask", *FEATURE_KEYS
        )
        table = np.array(list(rows), dtype=float)
    with clock.phase("scale"):
        masks = table[:, 1].astype(np.int64)
        sectors = (masks[:, None] >> np.arange(len(SECTORS))) & 1
        features = SimpleImputer(strategy="median").fit_transform(table[:, 2:])
        matrix = StandardScaler().fit_transform(np.hstack([features, sectors]))
    with clock.phase("choose among k"):
        draw = np.random.default_rng(0)
        sample = matrix[draw.choice(len(matrix), min(FIT_SAMPLE, len(matrix)), replace=False)]
        scores = {}
        for k in CANDIDATES:
            labels = KMeans(k, n_init=STARTS, random_state=0).fit_predict(sample)
            scores[k] = silhouette_score(
                sample, labels, sample_size=SILHOUETTE_SAMPLE, random_state=0
            )
        k = max(scores, key=scores.get)
    with clock.phase("fit and assign"):
        labels = KMeans(k, n_init=STARTS, random_state=0).fit_predict(matrix)
    with clock.phase("place on the map"):
        axes = np.linalg.svd(sample - sample.mean(axis=0), full_matrices=False)[2][:2]
        places = (matrix - sample.mean(axis=0)) @ axes.T
    with clock.phase("write members"):
        numbers = table[:, 0].astype(np.int64).tolist()
        PlainMembership.objects.bulk_create(
            (
                PlainMembership(run=1, number=number, segment_key=f"s{label}", x=x, y=y)
                for number, label, (x, y) in zip(
                    numbers, labels.tolist(), places.tolist(), strict=True
                )
            ),
            batch_size=AT_ONCE,
        )
    with clock.phase("mark customers"):
        for label in range(k):
            mine = np.array(numbers)[labels == label].tolist()
            for start in range(0, len(mine), AT_ONCE):
                chosen = Customer.objects.filter(number__in=mine[start : start + AT_ONCE])
                chosen.update(segment_key=f"s{label}")
    clock.report()
    return f"{k} segments of {len(numbers):,}"
