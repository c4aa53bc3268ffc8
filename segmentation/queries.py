"""Reads of segments: documents in, domain values and columns out."""

import hashlib
import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
from django.core.cache import cache
from django.db import connections, router
from pymongoarrow.api import Schema

from accounts.columns import find_columns
from accounts.domain.sectors import SECTORS, multi_hot
from segmentation.domain.cube import Cube
from segmentation.domain.features import main_features
from segmentation.domain.filters import UNKNOWN, CustomerFilter, highest_double, lowest_double
from segmentation.domain.flows import Flows, Places
from segmentation.domain.model import FittedModel
from segmentation.domain.risk import risk_class_codes
from segmentation.domain.segment import SegmentView, segment_colours
from segmentation.engines.base import Part
from segmentation.memberships import key_in, read_places
from segmentation.models import Customer, Publication, Segment, SegmentationRun

# Beyond this many numbers a list in the query costs more than reading every row.
_MANY = 20_000

FEATURE_KEYS = tuple(feature.key for feature in main_features())
# How the customer's portfolio was last valued, beside the features.
RESULT_KEYS = ("invested", "total_return", "return_1y")
# A customer the published run has put somewhere.
PLACED = {"$gt": ""}
MAP_SAMPLE = 2_000
SAMPLE = 200_000
"""Customers a run is fitted on, and whose medians and quantiles stand for all; all, if fewer."""
_FLOWS_SECONDS = 300
# Left in the database until a page draws them.
_HEAVY = ("model", "picture")


def published_run() -> SegmentationRun | None:
    """The run every page and every recommendation goes by; None before the first."""
    publication = publication_state()
    if publication is None or publication.run_id is None:
        return None
    return SegmentationRun.objects.defer(*_HEAVY).filter(pk=publication.run_id).first()


def publication_state() -> Publication | None:
    """The pointer document, without following it."""
    return Publication.objects.filter(name=Publication.CURRENT).first()


def segments_of(run) -> list[SegmentView]:
    """Segments of a run, by tier and then by total value."""
    rank = {"high": 0, "medium": 1, "low": 2}
    rows = Segment.objects.filter(run_id=run.pk).defer("holdings")
    views = [_view(row, run.number) for row in rows]
    colours = segment_colours(view.key for view in views)
    views = [replace(view, colour=colours[view.key]) for view in views]
    return sorted(views, key=lambda view: (rank.get(view.tier, 3), -view.total_value, view.key))


def published_segments() -> dict[str, SegmentView]:
    """Segments of the published run by key; empty before the first."""
    run = published_run()
    return {view.key: view for view in segments_of(run)} if run else {}


def segment_of(user) -> SegmentView | None:
    """The user's segment in the published run.

    None without a published run, for staff, for one who does not consent to profiling, and for
    a new customer until the next assignment (seconds).
    """
    run = published_run()
    if run is None or getattr(user, "number", None) is None:
        return None
    key = key_in(run.pk, user.number)
    row = Segment.objects.filter(run_id=run.pk, key=key).first() if key else None
    return _view(row, run.number) if row else None


def peer_holdings(segment_key: str) -> dict[str, float]:
    """Share of the members of a segment who hold each stock.

    Returns
    -------
    dict of str to float
        Most held first; as of the run's last full assignment. Empty without a published run.
    """
    run = published_run()
    if run is None:
        return {}
    row = Segment.objects.filter(run_id=run.pk, key=segment_key).only("holdings").first()
    return dict(row.holdings) if row else {}


def membership_of(number: int, run) -> str | None:
    """Key of the segment a run put a customer in; None for one it does not know."""
    return key_in(run.pk, number)


def memberships_of(number: int) -> dict[int, str]:
    """Key of the segment of a customer in every run that knows them, by the run's number."""
    found = {
        run.number: key_in(run.pk, number) for run in SegmentationRun.objects.only("pk", "number")
    }
    return {run: key for run, key in found.items() if key is not None}


def customer_of(number: int) -> Customer | None:
    """The read-model document of one customer."""
    return Customer.objects.filter(number=number).first()


def runs(limit=20) -> list[SegmentationRun]:
    """Latest runs, newest first, without their models and pictures."""
    return list(SegmentationRun.objects.defer(*_HEAVY)[:limit])


def last_run_number() -> int:
    """Number of the newest run; 0 before the first."""
    newest = SegmentationRun.objects.only("number").first()
    return newest.number if newest else 0


MEMBER_SORTS = {
    "number": "number",
    "value": "portfolio_value",
    "income": "annual_income",
    "stated": "risk_score",
    "revealed": "revealed_risk",
    "year": "return_1y",
}
MEMBERS_A_PAGE = 25


def members(*, segment="", tier="", risk="", sector=None, sort="-value", page=1) -> list[Customer]:
    """One page of the customers of the published run.

    Parameters
    ----------
    segment, tier, risk : str
        Segment key, tier, revealed risk class; empty for all.
    sector : int, optional
        Bit of a preferred sector.
    sort : str
        Key of `MEMBER_SORTS`, with a minus for descending.
    page : int
        From 1; `MEMBERS_A_PAGE` rows, and one more where there is a next page.

    Returns
    -------
    list of Customer
        With their `segment` (SegmentView or None).
    """
    views = published_segments()
    chosen: dict = {"segment_key": _keys([segment] if segment else (), tier and [tier], views)}
    if risk:
        chosen["risk_class"] = risk
    if sector is not None:
        chosen["sector_mask"] = {"$bitsAllSet": 1 << sector}
    field = MEMBER_SORTS.get(sort.lstrip("-"), "portfolio_value")
    cursor = (
        collection_of(Customer)
        .find(chosen, {"user_id": 0, "email": 0})
        .sort(field, -1 if sort.startswith("-") else 1)
        .skip((page - 1) * MEMBERS_A_PAGE)
        .limit(MEMBERS_A_PAGE + 1)
    )
    rows = [Customer(id=row.pop("_id"), **row) for row in cursor]
    for row in rows:
        row.segment = views.get(row.segment_key)
    return rows


def filter_match(chosen: CustomerFilter, segments=None) -> dict:
    """What MongoDB has to match in `Customer` to find the customers a filter means.

    Parameters
    ----------
    chosen : CustomerFilter
    segments : dict of str to SegmentView, optional
        Those of the published run where left out; they say which keys a tier has.
    """
    if segments is None:
        segments = published_segments() if chosen.tiers else {}
    match: dict = {"segment_key": _keys(chosen.segments, chosen.tiers, segments)}
    for column, wanted in (("risk_class", chosen.risks), ("stated_class", chosen.stated)):
        if wanted:
            match[column] = {"$in": ["" if word == UNKNOWN else word for word in wanted]}
    if chosen.sectors:
        match["sector_mask"] = {"$bitsAnySet": chosen.sector_bits}
    for key, (low, high) in chosen.ranges.items():
        ends = {} if low is None else {"$gte": lowest_double(low)}
        match[key] = ends if high is None else {**ends, "$lte": highest_double(high)}
    return match


def keys_of_tier(tier) -> list[str]:
    """Keys of the published run's segments in a tier."""
    return [key for key, view in published_segments().items() if view.tier == tier]


def _keys(segments, tiers, views):
    """What a segment key has to match: any of the segments, in any of the tiers."""
    if not tiers:
        return {"$in": list(segments)} if segments else PLACED
    found = [key for key, view in views.items() if view.tier in tiers]
    return {"$in": [key for key in found if not segments or key in segments]}


def map_places(run) -> dict[str, list]:
    """An even sample of the published run's customers on its map, by segment key, nameless.

    Returns
    -------
    dict of str to list of [x, y, risk code, sector mask]
    """
    columns = customer_columns(sample=MAP_SAMPLE)
    model = FittedModel.from_document(run.model)
    if not len(columns["number"]) or not model.fits(SECTORS):
        return {}
    where = model.assign(feature_matrix(columns)).places.round(2).tolist()
    risk = risk_class_codes(columns["revealed_risk"]).tolist()
    places: dict[str, list] = {}
    for key, (x, y), code, mask in zip(
        columns["segment_key"].tolist(), where, risk, columns["sector_mask"].tolist(), strict=True
    ):
        if key:
            places.setdefault(key, []).append([x, y, code, mask])
    return places


def cube_of_run(run) -> tuple[Cube, list[str]]:
    """The aggregate cube of a run, and the segment keys along its first axis."""
    return Cube.from_document(run.picture["cube"]), list(run.picture["keys"])


def customer_columns(
    numbers=None, *, part=None, sample=None, text=("segment_key",), results=True
) -> dict[str, np.ndarray]:
    """Feature columns of customers, ascending by number.

    Parameters
    ----------
    numbers : collection of int, optional
        Only these; unknown numbers give no row.
    part : Part, optional
        Only those of a range of numbers.
    sample : int, optional
        Only so many, evenly drawn: the same ones every time, whatever order they are stored in.
    text : sequence of str
        Columns of text to read beside the numbers: "segment_key", "email".
    results : bool
        Whether to read the results of the portfolio as well.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        `number` and `sector_mask` int64, text as str; features, `revealed_risk` and results of
        the portfolio float64 with NaN unknown.
    """
    fields = {
        "number": pa.int64(),
        "sector_mask": pa.int64(),
        **dict.fromkeys(text, pa.string()),
        **dict.fromkeys((*FEATURE_KEYS, "revealed_risk"), pa.float64()),
        **(dict.fromkeys(RESULT_KEYS, pa.float64()) if results else {}),
    }
    chosen: dict = {}
    if numbers is not None and len(numbers) <= _MANY:
        chosen = {"number": {"$in": [int(number) for number in numbers]}}
    elif part is not None:
        chosen = {"number": number_range(part)}
    table = find_columns(
        collection_of(Customer),
        chosen,
        schema=Schema(fields),
        projection={"_id": 0, **dict.fromkeys(fields, 1)},
        **({"sort": [("draw", 1)], "limit": sample} if sample is not None else {}),
    )
    columns = {name: table[name].to_numpy() for name in fields}
    order = np.argsort(columns["number"])
    if numbers is not None and len(numbers) > _MANY:
        order = order[np.isin(columns["number"][order], list(numbers))]
    return {name: values[order] for name, values in columns.items()}


def part_columns(part, *, marks=False) -> dict[str, np.ndarray]:
    """What customers of a part are placed by, as of `customer_columns`; `marks` adds their keys."""
    return customer_columns(part=part, text=("segment_key",) if marks else (), results=False)


def marks_of(part, numbers) -> np.ndarray:
    """The segments that customers of a part are marked with; empty for one who is none.

    Parameters
    ----------
    part : Part
    numbers : ndarray of int64, shape (n,)
        Each once.

    Returns
    -------
    ndarray of str, shape (n,)
    """
    fields = {"number": pa.int64(), "segment_key": pa.string()}
    table = find_columns(
        collection_of(Customer),
        {"number": number_range(part)},
        schema=Schema(fields),
        projection={"_id": 0, **dict.fromkeys(fields, 1)},
    )
    marks = np.full(len(numbers), "", object)
    _, asked, found = np.intersect1d(
        numbers, table["number"].to_numpy(), assume_unique=True, return_indices=True
    )
    marks[asked] = table["segment_key"].to_numpy()[found]
    return marks


def customer_count(*, exact=False) -> int:
    """How many customers have features: about, from the collection's own statistics, or exactly."""
    if exact:
        # An index of everybody's number is counted along; without a bound, whole documents.
        return collection_of(Customer).count_documents({"number": {"$gte": 0}})
    return collection_of(Customer).estimated_document_count()


def customer_parts(size) -> list[Part]:
    """Ranges of numbers with so many customers each, together all there are or will be.

    The index of numbers is walked on the server; nothing of the customers is read.
    """
    starts, more = [0], True
    while more:
        chosen = {"number": {"$gte": starts[-1]}}
        shown = {"_id": 0, "number": 1}
        walked = collection_of(Customer).find(chosen, shown).sort("number", 1)
        found = next(walked.skip(size).limit(1), None)
        more = found is not None
        if found:
            starts.append(found["number"])
    return [Part(*ends) for ends in zip(starts, [*starts[1:], None], strict=True)]


def customer_numbers(part=None) -> np.ndarray:
    """Numbers of all customers who have features, or of a part's: int64, in no order."""
    return _numbers({} if part is None else {"number": number_range(part)})


def _numbers(chosen) -> np.ndarray:
    table = find_columns(
        collection_of(Customer),
        chosen,
        schema=Schema({"number": pa.int64()}),
        projection={"_id": 0, "number": 1},
    )
    return table["number"].to_numpy()


def still_customers(numbers) -> np.ndarray:
    """Which of some numbers have features now: mask of shape (n,)."""
    found = [np.zeros(0, np.int64)]
    for start in range(0, len(numbers), _MANY):
        chosen = {"number": {"$in": numbers[start : start + _MANY].tolist()}}
        found.append(_numbers(chosen))
    return np.isin(numbers, np.concatenate(found))


def number_range(part) -> dict:
    """What MongoDB has to match in `number` for a part."""
    return {"$gte": part.first} | ({} if part.end is None else {"$lt": part.end})


def membership_columns(run) -> tuple[np.ndarray, np.ndarray]:
    """Numbers, ascending, and segment keys of a run's members."""
    places = places_of(run)
    return places.numbers, np.array(places.keys, str)[places.codes]


def places_of(run) -> Places:
    """The segment of each of a run's members: two narrow columns, at any number of customers."""
    return read_places(run.pk, [segment.key for segment in segments_of(run)])


def flows_between(run_a, run_b) -> Flows:
    """How customers moved from run a, the former, to run b; counted at most once in a while.

    Parameters
    ----------
    run_a, run_b : SegmentationRun
        Order is that of the arrow: from a to b. Either may be published.

    Returns
    -------
    Flows
        Segments in the order pages list them. Members of a published run move within seconds;
        a flow that was counted already follows within `_FLOWS_SECONDS`.
    """
    # A publication brings a run's members up to date, so its instant belongs to the key.
    parts = (part for run in (run_a, run_b) for part in (run.pk, run.published_at, run.status))
    key = "segments:flows:" + hashlib.sha256(repr(tuple(parts)).encode()).hexdigest()
    document = cache.get(key)
    if document is None:
        document = Flows.between(places_of(run_a), places_of(run_b)).to_document()
        cache.set(key, document, _FLOWS_SECONDS)
    return Flows.from_document(document)


def feature_matrix(columns) -> np.ndarray:
    """Raw features of customers in the order of the feature dictionary.

    Parameters
    ----------
    columns : dict of str to ndarray
        Of `customer_columns`.

    Returns
    -------
    ndarray of shape (n, 12 + number of sectors)
    """
    main = np.column_stack([columns[key] for key in FEATURE_KEYS])
    return np.hstack([main, multi_hot(columns["sector_mask"])])


def collection_of(model):
    """The MongoDB collection behind a model, for columnar reads and bulk writes."""
    alias = router.db_for_write(model)
    return connections[alias].get_collection(model._meta.db_table)


def _view(row, run_number):
    return SegmentView(
        key=row.key,
        name=row.name,
        description=row.description,
        tier=row.tier,
        risk_class=row.risk_class,
        customers=row.customers,
        average_value=math.nan if row.average_value is None else row.average_value,
        total_value=row.total_value,
        run_number=run_number,
        scores=row.profile.get("scores", {}),
        typical=row.profile.get("typical", {}),
    )
