"""Which customers are meant: one definition for the browser, NumPy and the database.

Numbers are compared at single precision, for that is how a browser holds 100,000 customers:
a bound is met when the two are equal once both are rounded to 32 bits (seven digits). So the
three ways to apply a filter choose the same customers, those who sit on a bound included.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from accounts.domain.sectors import SECTORS
from segmentation.domain.measures import MEASURE_KEYS, MEASURES
from segmentation.domain.profile import TIERS
from segmentation.domain.risk import RISK_CLASSES

UNKNOWN = "unknown"
CLASSES = (*RISK_CLASSES, UNKNOWN)
MOST_SEGMENTS = 50
LARGEST = 1e15
"""Rupees and days alike; beyond it a bound is a slip of the finger."""
_KEY = re.compile(r"s\d{1,6}")
_LABELS = {measure.key: measure.label for measure in MEASURES}


class FilterRefused(ValueError):
    """The document is no filter; the message says which part of it, in one sentence."""


@dataclass(frozen=True)
class CustomerFilter:
    """A choice of customers of the published run; what is left empty lets everyone through.

    Attributes
    ----------
    segments : tuple of str
        Keys of segments, any of them.
    tiers : tuple of str
        Out of `TIERS`.
    risks, stated : tuple of str
        Revealed and stated risk classes out of `CLASSES`.
    sectors : tuple of int
        Bits of preferred sectors; one of them is enough.
    ranges : mapping of str to (float or None, float or None)
        Lowest and highest value of a measure, both included. A customer whose value is not
        known is in no range.
    """

    segments: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    sectors: tuple[int, ...] = ()
    ranges: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)

    @classmethod
    def from_document(cls, document):
        """Check a document as it is stored, or as it came from a browser.

        Parameters
        ----------
        document : object
            Decoded JSON.

        Returns
        -------
        CustomerFilter
            In canonical order, so that equal choices are equal.

        Raises
        ------
        FilterRefused
            If any part is not known, of the wrong kind or out of bounds.
        """
        if not isinstance(document, dict):
            raise FilterRefused("A filter is an object of choices.")
        if strange := sorted(str(name)[:40] for name in set(document) - set(_PARTS)):
            raise FilterRefused(f"A filter has no part named “{strange[0]}”.")
        segments = _words(document, "segments", None)
        if len(segments) > MOST_SEGMENTS:
            raise FilterRefused(f"A filter names at most {MOST_SEGMENTS} segments.")
        return cls(
            segments,
            _words(document, "tiers", TIERS),
            _words(document, "risks", CLASSES),
            _words(document, "stated", CLASSES),
            _sectors(document.get("sectors", [])),
            _ranges(document.get("ranges", {})),
        )

    def to_document(self):
        """Plain lists and numbers, without the parts that let everyone through."""
        document: dict = {
            name: list(getattr(self, name)) for name in _PARTS[:-1] if getattr(self, name)
        }
        if self.ranges:
            document["ranges"] = {key: list(ends) for key, ends in self.ranges.items()}
        return document

    @property
    def sector_bits(self):
        """The sectors as one mask."""
        return sum(1 << bit for bit in self.sectors)

    def mask(self, columns):
        """Mark the customers who are meant.

        Parameters
        ----------
        columns : mapping of str to ndarray, shape (n,)
            `segment_key`, `tier`, `risk_class` and `stated_class` as text, `sector_mask`
            int64, measures float64 with NaN unknown.

        Returns
        -------
        ndarray of bool, shape (n,)
        """
        chosen = columns["segment_key"] != ""
        for name, column in (("segments", "segment_key"), ("tiers", "tier")):
            if wanted := getattr(self, name):
                chosen = chosen & np.isin(columns[column], wanted)
        for name, column in (("risks", "risk_class"), ("stated", "stated_class")):
            if wanted := getattr(self, name):
                stored = ["" if word == UNKNOWN else word for word in wanted]
                chosen = chosen & np.isin(columns[column], stored)
        if self.sectors:
            chosen = chosen & ((columns["sector_mask"] & self.sector_bits) != 0)
        for key, (low, high) in self.ranges.items():
            values = columns[key].astype(np.float32)
            if low is not None:
                chosen = chosen & (values >= np.float32(low))
            if high is not None:
                chosen = chosen & (values <= np.float32(high))
            chosen = chosen & ~np.isnan(values)
        return chosen


def lowest_double(bound):
    """The smallest 64-bit number that becomes the bound, or more, at single precision.

    Parameters
    ----------
    bound : float

    Returns
    -------
    float
    """
    single = np.float32(bound)
    below = np.nextafter(single, np.float32(-np.inf))
    middle = (float(single) + float(below)) / 2  # exact: one bit more than either has
    return middle if np.float32(middle) >= single else float(np.nextafter(middle, np.inf))


def highest_double(bound):
    """The largest 64-bit number that becomes the bound, or less, at single precision."""
    return -lowest_double(-bound)


_PARTS = ("segments", "tiers", "risks", "stated", "sectors", "ranges")
_WORDS = {
    "segments": "segment",
    "tiers": "tier",
    "risks": "revealed risk class",
    "stated": "stated risk class",
}


def _words(document, name, known):
    given = document.get(name, [])
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        raise FilterRefused(f"The filter's {name} have to be a list of words.")
    for word in given:
        if word not in known if known else not _KEY.fullmatch(word):
            raise FilterRefused(f"“{word[:40]}” is no {_WORDS[name]}.")
    if known:
        return tuple(word for word in known if word in given)
    return tuple(sorted(set(given), key=lambda word: int(word[1:])))


def _sectors(given):
    whole = isinstance(given, list) and all(type(bit) is int for bit in given)
    if not whole or any(not 0 <= bit < len(SECTORS) for bit in given):
        raise FilterRefused(f"Sectors are whole numbers from 0 to {len(SECTORS) - 1}.")
    return tuple(sorted(set(given)))


def _ranges(given):
    if not isinstance(given, dict):
        raise FilterRefused("The filter's ranges have to be an object of measures.")
    if strange := sorted(str(key)[:40] for key in set(given) - set(MEASURE_KEYS)):
        raise FilterRefused(f"“{strange[0]}” is no measure of a customer.")
    kept = {}
    for key in MEASURE_KEYS:
        if key not in given:
            continue
        ends = given[key]
        if not isinstance(ends, list) or len(ends) != 2:
            raise FilterRefused(f"{_LABELS[key]}: a range has a lowest and a highest value.")
        low, high = (_end(key, end) for end in ends)
        if low is not None and high is not None and low > high:
            raise FilterRefused(f"{_LABELS[key]}: the lowest value is above the highest.")
        if low is not None or high is not None:
            kept[key] = (low, high)
    return kept


def _end(key, value):
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FilterRefused(f"{_LABELS[key]}: a bound has to be a number or empty.")
    if not abs(value) <= LARGEST or not math.isfinite(value):
        raise FilterRefused(f"{_LABELS[key]}: a bound has to lie within ±10¹⁵.")
    return float(value)
