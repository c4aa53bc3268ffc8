"""Members of a run as blocks of columns: thousands of customers in one document.

A block starts at a customer number and reaches to where the next one starts. What a block still
holds beyond that is the next one's and is passed over, so that blocks can be cut anew one after
another while they are read.
"""

import numpy as np

from segmentation.domain.flows import Places

BLOCK = 8_192
"""Customers a block is cut for: 72 kB, rewritten whole when one of them moves."""


def encode(places) -> dict:
    """Columns as little-endian binary, ready to be stored.

    Parameters
    ----------
    places : Places
        At most 256 keys.

    Returns
    -------
    dict
        `numbers` (int64), `labels` (uint8, into `keys`), `keys`, `customers`.
    """
    return {
        "numbers": np.ascontiguousarray(places.numbers, "<i8").tobytes(),
        "labels": np.ascontiguousarray(places.codes, np.uint8).tobytes(),
        "keys": list(places.keys),
        "customers": len(places.numbers),
    }


def decode(numbers, labels, keys) -> Places:
    """Inverse of `encode`."""
    return Places(np.frombuffer(numbers, "<i8"), np.frombuffer(labels, np.uint8), tuple(keys))


def cut(places, first) -> dict[int, Places]:
    """Cut members into blocks.

    Parameters
    ----------
    places : Places
    first : int
        Where the first block starts, at or below the first number.

    Returns
    -------
    dict of int to Places
        By the number they start at; one empty block where there is nobody.
    """
    blocks = {}
    for start in range(0, max(len(places.numbers), 1), BLOCK):
        mine = slice(start, start + BLOCK)
        at = int(places.numbers[start]) if start else first
        blocks[at] = Places(places.numbers[mine], places.codes[mine], places.keys)
    return blocks


def joined(blocks, keys=()) -> Places:
    """Put blocks together again.

    Parameters
    ----------
    blocks : sequence of (int, Places)
        Start and members, ascending.
    keys : sequence of str
        These come first, in this order, whether or not a block knows them.

    Returns
    -------
    Places
        Each customer once.
    """
    every = tuple(dict.fromkeys([*keys, *(key for _, block in blocks for key in block.keys)]))
    code = {key: position for position, key in enumerate(every)}
    numbers, codes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    ends = [start for start, _ in blocks[1:]]
    for (_, block), end in zip(blocks, [*ends, None], strict=False):
        own = len(block.numbers) if end is None else int(np.searchsorted(block.numbers, end))
        numbers.append(block.numbers[:own])
        codes.append(np.array([code[key] for key in block.keys], np.int64)[block.codes[:own]])
    return Places(np.concatenate(numbers), np.concatenate(codes), every)


def key_of(number, places) -> str | None:
    """The segment of one customer; None for one who is not there."""
    at = int(np.searchsorted(places.numbers, number))
    if at == len(places.numbers) or places.numbers[at] != number:
        return None
    return places.keys[places.codes[at]]


def without(places, numbers) -> Places:
    """Members without some of them."""
    keep = ~np.isin(places.numbers, numbers)
    return Places(places.numbers[keep], places.codes[keep], places.keys)


def moved(places, numbers, labels) -> Places:
    """Members with some of them put elsewhere, or put in.

    Parameters
    ----------
    places : Places
    numbers : ndarray of int64, shape (m,)
    labels : ndarray of int64, shape (m,)
        Into the keys of `places`.

    Returns
    -------
    Places
    """
    stay = without(places, numbers)
    every = np.concatenate([stay.numbers, numbers])
    codes = np.concatenate([stay.codes, np.asarray(labels)])
    order = np.argsort(every, kind="stable")
    return Places(every[order], codes[order], places.keys)
