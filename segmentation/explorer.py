"""Reads of the explorer: an even sample of single customers as columns, and saved filters."""

import gzip
import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from django.core.cache import cache
from django.db.models import Q
from pymongoarrow.api import Schema

from accounts.columns import find_columns
from accounts.domain.sectors import SECTORS
from segmentation.domain.cards import ProfileCard, profile_cards
from segmentation.domain.features import main_features
from segmentation.domain.measures import MEASURE_KEYS, MEASURES
from segmentation.domain.model import FittedModel
from segmentation.domain.packing import pack
from segmentation.domain.risk import risk_class_codes
from segmentation.domain.scaling import transformed
from segmentation.models import Customer, SavedFilter, Segment, SegmentationRun
from segmentation.queries import (
    PLACED,
    collection_of,
    cube_of_run,
    feature_matrix,
    publication_state,
    segments_of,
)

MOST_CUSTOMERS = 100_000
"""As many as one page draws; of more, an even sample."""
KEPT_SECONDS = 600
MOST_SAVED = 200
HOLDINGS_SHOWN = 5
CACHE_KEY = "segmentation:explorer-picture"


@dataclass(frozen=True)
class Picture:
    """The sample as it is sent.

    Attributes
    ----------
    etag : str
        Changes with run, publication and anything the bytes hold.
    run : int
        Its number.
    customers : int
        In the sample.
    body : bytes
        Of `pack`, compressed by gzip.
    """

    etag: str
    run: int
    customers: int
    body: bytes


def picture() -> Picture | None:
    """The sample of the published run, packed once for every state of its publication.

    One entry of the cache holds the newest; what it costs does not grow with the customers.
    None without a published run, and for one built on other features than are measured now.
    """
    state = publication_state()
    if state is None or state.run_id is None:
        return None
    stamp = f"{state.run_id}:{state.version}"
    known = cache.get(CACHE_KEY)
    if known is not None and known[0] == stamp:
        return Picture(*known[1:])
    run = SegmentationRun.objects.only("number", "model", "picture").get(pk=state.run_id)
    if not FittedModel.from_document(run.model).fits(SECTORS):
        return None
    header, columns = packed_columns(run, state.version)
    raw = pack(header, columns)
    made = Picture(
        f'"{hashlib.sha256(raw).hexdigest()[:32]}"',
        run.number,
        header["customers"],
        # The fastest level: the last bits of measures hardly compress at any.
        gzip.compress(raw, compresslevel=1, mtime=0),
    )
    cache.set(CACHE_KEY, (stamp, made.etag, made.run, made.customers, made.body), KEPT_SECONDS)
    return made


def packed_columns(run, version) -> tuple[dict, dict[str, np.ndarray]]:
    """What a browser needs to know of a run, and the sample's columns as it takes them."""
    model = FittedModel.from_document(run.model)
    segments = segments_of(run)
    columns = sampled_columns()
    codes = segment_codes(columns["segment_key"], [segment.key for segment in segments])
    kept = codes < len(segments)
    if not kept.all():  # between a publication and the end of its assignment
        columns = {name: values[kept] for name, values in columns.items()}
        codes = codes[kept]
    places = _map_places(model, columns) if len(codes) else np.zeros((0, 2))
    everyone = max(sum(segment.customers for segment in segments), len(codes))
    header = {
        "run": run.number,
        "version": version,
        "customers": len(codes),
        "everyone": everyone,
        "segments": [
            {
                "key": segment.key,
                "name": segment.name,
                "tier": segment.tier,
                "colour": f"c{segment.colour}",
            }
            for segment in segments
        ],
        "sectors": list(SECTORS),
        "axes": list(run.picture["axes"]),
        "measures": [_measure(measure, model) for measure in MEASURES],
    }
    return header, {
        "number": columns["number"].astype(np.uint32),
        "segment": codes.astype(np.uint8),
        "risk": risk_class_codes(columns["revealed_risk"]).astype(np.uint8),
        "stated": risk_class_codes(columns["risk_score"]).astype(np.uint8),
        "sectors": columns["sector_mask"].astype(np.uint32),
        **{key: columns[key].astype(np.float32) for key in MEASURE_KEYS},
        "map_x": places[:, 0].astype(np.float32),
        "map_y": places[:, 1].astype(np.float32),
    }


def _map_places(model, columns):
    """Where customers stand on the run's map, by their features as they are now."""
    table = transformed(feature_matrix(columns), model.features)
    return model.projection.place(model.scaler.scale(table))


def sampled_columns(most=MOST_CUSTOMERS) -> dict[str, np.ndarray]:
    """Customers of the published run: all, or as many as `most` in the order of their draws.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        `number` and `sector_mask` int64, `segment_key` a dictionary-encoded array of text,
        measures float64 with NaN unknown.
    """
    fields = {
        "number": pa.int64(),
        "sector_mask": pa.int64(),
        "segment_key": pa.string(),
        **{name: pa.float64() for name in MEASURE_KEYS},
    }
    table = find_columns(
        collection_of(Customer),
        {"segment_key": PLACED},
        schema=Schema(fields),
        projection={"_id": 0, **dict.fromkeys(fields, 1)},
        sort=[("draw", 1)],
        limit=most,
    )
    return {name: table[name].to_numpy() for name in fields}


def segment_codes(keys, known) -> np.ndarray:
    """Index of each key among those known, and their number for any other."""
    found = pa.array(keys, pa.string()).dictionary_encode()
    place = {key: index for index, key in enumerate(known)}
    codes = [place.get(key, len(known)) for key in found.dictionary.to_pylist()]
    return np.array(codes, np.int64)[found.indices.to_numpy()] if len(keys) else np.zeros(0, int)


def cards(run) -> list[ProfileCard]:
    """A profile card for each segment of the published run."""
    stored = SegmentationRun.objects.only("picture").get(pk=run.pk)
    cube, order = cube_of_run(stored)
    holdings = collection_of(Segment).find(
        {"run_id": run.pk}, {"_id": 0, "key": 1, "holdings": {"$slice": HOLDINGS_SHOWN}}
    )
    return profile_cards(
        segments_of(run),
        cube=cube,
        order=order,
        typical=stored.picture.get("typical", {}),
        features=main_features(),
        sectors=SECTORS,
        holdings={row["key"]: row.get("holdings", []) for row in holdings},
    )


def saved_filters(user):
    """A member of staff's own filters and those shared with all, by name; the sharer with them."""
    seen = SavedFilter.objects.filter(Q(owner=user) | Q(shared=True))
    return seen.select_related("owner").order_by("name")[:MOST_SAVED]


def _measure(measure, model) -> dict:
    """How a measure is drawn, and how its deviations from the average customer are taken."""
    told = {
        "key": measure.key,
        "label": measure.label,
        "unit": measure.unit,
        "transform": measure.transform,
        "floor": measure.floor,
    }
    if not measure.feature:
        return told
    column = model.scaler.columns.index(measure.key)
    yardstick = {
        "mean": model.yardstick.mean[column],
        "deviation": model.yardstick.deviation[column],
        "lower": model.scaler.lower[column],
        "upper": model.scaler.upper[column],
        "centre": model.scaler.centre[column],
    }
    return {**told, "yardstick": yardstick}
