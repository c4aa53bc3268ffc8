"""The measured features of customers and segments, written in their units."""

from finseg import formatting
from segmentation.domain.features import main_features
from segmentation.models import Segment
from segmentation.queries import published_run


def beside_segment(customer):
    """Each feature of a customer beside what is typical of the segment."""
    run = published_run()
    segment = (
        Segment.objects.filter(run=run, key=customer.segment_key).first()
        if run and customer.segment_key
        else None
    )
    typical = (segment.profile.get("typical") or {}) if segment else {}
    return [
        {
            "label": feature.label,
            "own": in_unit(getattr(customer, feature.key), feature.unit),
            "typical": in_unit(typical.get(feature.key), feature.unit),
            "why": feature.why,
        }
        for feature in main_features()
    ]


def of_segment(segment):
    """Features by how far the segment lies from the average customer, farthest first."""
    scores = segment.profile.get("scores") or {}
    typical = segment.profile.get("typical") or {}
    rows = [
        {
            "label": feature.label,
            "why": feature.why,
            "score": scores.get(feature.key),
            "typical": in_unit(typical.get(feature.key), feature.unit),
        }
        for feature in main_features()
    ]
    return sorted(rows, key=lambda row: -abs(row["score"] or 0.0))


DECIMALS = {"score": 0, "days": 0, "times_a_year": 2}
SUFFIXES = {"per_month": " a month", "times_a_year": " times a year", "days": " days"}


def in_unit(value, unit):
    """Write a feature in its own unit; an em dash where it is unknown."""
    if unit == "rupees":
        return formatting.rupees(value, 0)
    if unit == "share":
        return formatting.share(value)
    text = formatting.number(value, DECIMALS.get(unit, 1))
    return text if text == formatting.MISSING else text + SUFFIXES.get(unit, "")
