"""Stored members of runs as domain values: blocks of columns read into arrays."""

import numpy as np
from django.db import connections, router

from segmentation.domain.blocks import decode, joined, key_of
from segmentation.domain.flows import Places
from segmentation.engines.base import Part
from segmentation.models import MembershipBlock

_COLUMNS = {"first": 1, "numbers": 1, "labels": 1, "keys": 1, "version": 1}


def read_blocks(run_pk, first=None, end=None) -> list[dict]:
    """Stored blocks that start in a range of customer numbers, ascending.

    Returns
    -------
    list of dict
        `_id`, `first`, `version` and `places` of each.
    """
    chosen: dict = {"run_id": run_pk}
    if first is not None:
        chosen["first"] = {"$gte": first} | ({} if end is None else {"$lt": end})
    return [_read(document) for document in blocks().find(chosen, _COLUMNS).sort("first", 1)]


def read_places(run_pk, keys=()) -> Places:
    """Everyone's segment in a run; `keys` come first among the keys."""
    return joined([(each["first"], each["places"]) for each in read_blocks(run_pk)], keys)


def read_range(run_pk, part, keys=()) -> Places:
    """The segment of everyone in a range of customer numbers; `keys` come first."""
    first = block_of(run_pk, part.first)
    found = [*([first] if first else []), *read_blocks(run_pk, part.first + 1, part.end)]
    places = joined([(each["first"], each["places"]) for each in found], keys)
    own = slice(
        int(np.searchsorted(places.numbers, part.first)),
        None if part.end is None else int(np.searchsorted(places.numbers, part.end)),
    )
    return Places(places.numbers[own], places.codes[own], places.keys)


def block_of(run_pk, number) -> dict | None:
    """The block a customer's number belongs to, as of `read_blocks`."""
    chosen = {"run_id": run_pk, "first": {"$lte": number}}
    document = next(blocks().find(chosen, _COLUMNS).sort("first", -1).limit(1), None)
    return document and _read(document)


def key_in(run_pk, number) -> str | None:
    """The segment a run put one customer in."""
    block = block_of(run_pk, number)
    return block and key_of(number, block["places"])


def member_count(run_pk) -> int:
    """How many members a run has."""
    total = {"$group": {"_id": None, "n": {"$sum": "$customers"}}}
    counted = blocks().aggregate([{"$match": {"run_id": run_pk}}, total])
    return next((each["n"] for each in counted), 0)


def member_parts(run_pk, size) -> list[Part]:
    """Ranges of numbers with about so many members each, whole blocks, together all there are."""
    starts, filled = [0], 0
    shown = {"_id": 0, "first": 1, "customers": 1}
    for block in blocks().find({"run_id": run_pk}, shown).sort("first", 1):
        if filled and filled + block["customers"] > size:
            starts.append(block["first"])
            filled = 0
        filled += block["customers"]
    return [Part(*ends) for ends in zip(starts, [*starts[1:], None], strict=True)]


def next_start(run_pk, number) -> int | None:
    """Where the first block beyond a number starts."""
    chosen = {"run_id": run_pk, "first": {"$gt": number}}
    document = next(blocks().find(chosen, {"first": 1}).sort("first", 1).limit(1), None)
    return document and document["first"]


def blocks():
    """The collection of blocks."""
    alias = router.db_for_write(MembershipBlock)
    return connections[alias].get_collection(MembershipBlock._meta.db_table)


def _read(document):
    places = decode(document.pop("numbers"), document.pop("labels"), document.pop("keys"))
    return {**document, "places": places}
