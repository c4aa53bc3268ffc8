"""Writes of runs' members: whole ranges cut into blocks, or single customers in their blocks.

A range is written so that readers find everybody once at any moment (`domain/blocks.py`); one
customer's change is a conditional update of one block, repeated if another write came first.
"""

import numpy as np
from pymongo import DeleteMany, UpdateOne

from segmentation.domain.blocks import cut, encode, moved, without
from segmentation.domain.flows import Places
from segmentation.memberships import block_of, blocks, next_start, read_blocks


def store_range(run_pk, places, first=0, end=None) -> None:
    """Store the members numbered from `first` up to `end` over those a run has there.

    Parameters
    ----------
    places : Places
        Everyone of that range.
    first : int
    end : int or None
        None is no bound.
    """
    stored = {each["first"]: each for each in read_blocks(run_pk, first, end)}
    wanted = cut(places, first)
    # From the last to the first: what is cut off a block stands in the next one by then.
    writes: list = [
        UpdateOne(
            {"run_id": run_pk, "first": start},
            {"$set": encode(wanted[start]), "$inc": {"version": 1}},
            upsert=True,
        )
        for start in sorted(wanted, reverse=True)
        if start not in stored or not _same(stored[start]["places"], wanted[start])
    ]
    gone = [stored[start]["_id"] for start in stored.keys() - wanted.keys()]
    if gone:
        writes.append(DeleteMany({"_id": {"$in": gone}}))
    if writes:
        blocks().bulk_write(writes)


def move_members(run_pk, numbers, keys) -> None:
    """Put single customers in segments of a run; nobody else's place is touched.

    Parameters
    ----------
    numbers : ndarray of int64, ascending
    keys : ndarray of str
    """

    def put(places, mine):
        every = tuple(dict.fromkeys([*places.keys, *keys[mine].tolist()]))
        labels = np.array([every.index(key) for key in keys[mine].tolist()], np.int64)
        return moved(Places(places.numbers, places.codes, every), numbers[mine], labels)

    if block_of(run_pk, int(numbers[0])) is None:
        store_range(run_pk, Places(np.zeros(0, np.int64), np.zeros(0, np.int64), ()), 0, 1)
    _rewrite(run_pk, numbers, put)


def forget_members(numbers) -> None:
    """Take customers out of every run's members, runs in training included."""
    numbers = np.unique(np.asarray(numbers, np.int64))
    for run_pk in blocks().distinct("run_id") if len(numbers) else ():
        _rewrite(run_pk, numbers, lambda places, mine: without(places, numbers[mine]))


def drop_members(run_pks) -> None:
    """Delete the members of whole runs."""
    blocks().delete_many({"run_id": {"$in": list(run_pks)}})


def _rewrite(run_pk, numbers, change) -> None:
    """Change the blocks some customers belong to, each as it stands when it is written.

    Parameters
    ----------
    change : callable
        Given the places of a block and the indices of its numbers; returns the new places.
    """
    done = 0
    while done < len(numbers):
        block = block_of(run_pk, int(numbers[done]))
        end = next_start(run_pk, int(numbers[done]))
        upto = len(numbers) if end is None else int(np.searchsorted(numbers, end))
        if block is not None:
            places = change(block["places"], np.arange(done, upto))
            if not _same(places, block["places"]):
                unchanged = {"_id": block["_id"], "version": block["version"]}
                fields = {"$set": encode(places), "$inc": {"version": 1}}
                if not blocks().update_one(unchanged, fields).matched_count:
                    continue  # another write came between: look again
        done = upto


def _same(places, others) -> bool:
    return (
        places.keys == others.keys
        and np.array_equal(places.numbers, others.numbers)
        and np.array_equal(places.codes, others.codes)
    )
