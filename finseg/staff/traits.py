"""The measured features of customers and segments, written in their units."""

from finseg import formatting
from segmentation import people
from segmentation.domain.features import main_features


def beside_segment(customer):
    """Each feature of a customer, where it stands, and how the distance takes it."""
    rows = people.standing_of(customer, staff=True)
    if not rows:  # before the first run there is nobody to stand among
        rows = [{"feature": each, "own": getattr(customer, each.key)} for each in main_features()]
    return [
        {
            "label": row["feature"].label,
            "own": in_unit(row["own"], row["feature"].unit),
            "typical": in_unit(row.get("segment"), row["feature"].unit),
            "in_segment": formatting.share(row.get("in_segment"), 0),
            "in_all": formatting.share(row.get("in_all"), 0),
            "why": row["feature"].why,
            "unit": row["feature"].unit_in_words,
            "transform": row["feature"].transform_in_words,
            "missing": row["feature"].missing,
        }
        for row in rows
    ]


def explained(customer):
    """Why a customer is in the segment, in the words of `people`, and in units."""
    why = people.explanation_of(customer, staff=True)
    if why is None:
        return None
    changes = why["crossing"].changes if why["crossing"] else ()
    return why | {
        "changes": [
            {
                "label": change.feature.label,
                "before": in_unit(change.before, change.feature.unit),
                "after": in_unit(change.after, change.feature.unit),
            }
            for change in changes
        ]
    }


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
