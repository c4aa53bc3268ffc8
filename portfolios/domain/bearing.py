"""Splits that a ledger cannot hold: consolidations after which a sale of it lacks shares.

A source may report one long after, when the shares it takes are sold already. Until the owner has
said what is right, the ledger stands as it did without it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from portfolios.domain.book import OversellError
from portfolios.domain.entries import Entry
from portfolios.domain.ledger import book_of


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A split of the market that is not booked, and the sale that would lack shares."""

    entry: Entry
    fault: OversellError


def unbearable(
    entries: Sequence[Entry], splits: Iterable[Entry], among: Container[str] | None = None
) -> list[LeftOut]:
    """Those of the splits that a ledger lacks which cannot be booked, oldest first.

    Parameters
    ----------
    entries : sequence of Entry
    splits : iterable of Entry
        What `unbooked` gives.
    among : container of str, optional
        Actions that may be left out; None: every one. All others are booked.
    """
    splits = sorted(splits, key=lambda split: split.order)
    # More shares than before leave no sale short; the ratio of a bonus issue is of further ones.
    doubtful = [
        split
        for split in splits
        if split.kind == "split"
        and (split.ratio or 1) < 1
        and (among is None or split.action in among)
    ]
    if not doubtful:
        return []
    borne = [*entries, *(split for split in splits if split not in doubtful)]
    fault = _fault(borne)
    if fault is not None:  # the ledger's own: no split explains it
        return [LeftOut(split, fault) for split in doubtful]
    left_out = []
    for split in doubtful:
        fault = _fault([*borne, split])
        if fault is None:
            borne.append(split)
        else:
            left_out.append(LeftOut(split, fault))
    return left_out


def _fault(entries: Iterable[Entry]) -> OversellError | None:
    try:
        book_of(entries)
    except OversellError as fault:
        return fault
    return None
