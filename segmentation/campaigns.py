"""Reads of campaign lists: whom a filter means, who consents, and the lists made before."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pymongoarrow.api import Schema

from accounts.columns import aggregate_columns
from accounts.domain.consent import PROFILING
from accounts.queries import consenting_numbers
from segmentation.domain.campaigns import COLUMNS, lines
from segmentation.models import Campaign, Customer
from segmentation.queries import collection_of, filter_match, published_segments

CAMPAIGNS_A_PAGE = 25
AT_ONCE = 2_000
"""Customers a piece of the file: what is in memory at any time."""


@dataclass(frozen=True)
class Audience:
    """Whom a list would reach.

    Attributes
    ----------
    matched : int
        Customers the filter means.
    numbers : ndarray of int64
        Those of them who gave the consent that is needed, and to profiling, ascending.
    """

    matched: int
    numbers: np.ndarray

    @property
    def listed(self):
        return len(self.numbers)

    @property
    def left_out(self):
        """Customers meant who did not give the consent."""
        return self.matched - self.listed


def audience(chosen, purpose) -> Audience:
    """Whom a filter means, and who of them consents to a purpose now.

    Parameters
    ----------
    chosen : CustomerFilter
    purpose : Purpose
    """
    pipeline = [{"$match": filter_match(chosen)}, {"$project": {"_id": 0, "number": 1}}]
    schema = Schema({"number": pa.int64()})
    table = aggregate_columns(collection_of(Customer), pipeline, schema=schema)
    meant = table["number"].to_numpy()
    listed = np.intersect1d(meant, consenting_numbers(purpose.consent))
    if purpose.consent != PROFILING:
        # Chosen by their profile: it may be the one of somebody who withdrew seconds ago.
        listed = np.intersect1d(listed, consenting_numbers(PROFILING))
    return Audience(len(meant), listed)


def file_lines(numbers, columns):
    """The lines of a list, some thousand customers at a time, ascending by number.

    Parameters
    ----------
    numbers : ndarray of int64
    columns : sequence of str
        Keys of `COLUMNS`.

    Yields
    ------
    (str, int)
        Text, and how many lines it is. Who left the read model meanwhile has none.
    """
    chosen = [COLUMNS[key] for key in columns]
    fields = ["sector_mask" if key == "sectors" else key for key in columns]
    shown = {"_id": 0, "number": 1, "segment_key": 1, **dict.fromkeys(fields, 1)}
    named = {
        key: {"segment_name": view.name, "tier": view.tier}
        for key, view in published_segments().items()
    }
    # Pages by number rather than one cursor, which a slow reader would let time out.
    for start in range(0, len(numbers), AT_ONCE):
        part = numbers[start : start + AT_ONCE].tolist()
        found = collection_of(Customer).find({"number": {"$in": part}}, shown, batch_size=AT_ONCE)
        rows = sorted(
            ({**row, **named.get(row["segment_key"], {})} for row in found),
            key=lambda row: row["number"],
        )
        yield lines(rows, chosen), len(rows)


def campaigns(page=1) -> tuple[list[Campaign], bool]:
    """One page of the lists made before, newest first, and whether there is a next one."""
    start = (page - 1) * CAMPAIGNS_A_PAGE
    found = list(Campaign.objects.all()[start : start + CAMPAIGNS_A_PAGE + 1])
    return found[:CAMPAIGNS_A_PAGE], len(found) > CAMPAIGNS_A_PAGE
