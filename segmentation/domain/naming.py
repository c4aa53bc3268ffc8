"""Sentences about segments, in plain words, and their figures in units."""

import math

from segmentation.domain.names import NOTABLE


def describe(profile, typical, typical_of_all, features, *, most=3):
    """Say in one sentence what sets a segment apart.

    Parameters
    ----------
    profile : ndarray of shape (n_features,)
        Deviations from the average customer.
    typical, typical_of_all : ndarray of shape (n_features,)
        Medians in raw units, of the segment and of all customers.
    features : sequence of Feature
    most : int
        Features spoken of.

    Returns
    -------
    str
    """
    ranked = sorted(range(len(features)), key=lambda i: -abs(profile[i]))
    parts: list[str] = []
    for index in ranked:
        feature = features[index]
        if feature.block == "sectors" or abs(profile[index]) < NOTABLE or len(parts) == most:
            continue
        here, all_of_them = typical[index], typical_of_all[index]
        if not (math.isfinite(here) and math.isfinite(all_of_them)):
            continue
        own, theirs = in_words(here, feature.unit), in_words(all_of_them, feature.unit)
        if own == theirs:  # the mean lies apart, the typical customer does not
            continue
        parts.append(f"{in_a_sentence(feature.label)} {own} (all customers: {theirs})")
    if not parts:
        return "Close to the average customer in every feature."
    return f"Typical here: {'; '.join(parts)}."


def in_words(value, unit):
    """Print a raw feature value with its unit.

    Parameters
    ----------
    value : float
    unit : str
        As in `Feature.unit`.

    Returns
    -------
    str
        An em dash for an unknown value.
    """
    if value is None or not math.isfinite(value):
        return "—"
    if unit == "rupees":
        return _rupees(value)
    if unit in ("share", "flag"):
        return f"{'−' if value < 0 else ''}{abs(value):.0%}"
    if unit == "amount":
        return _amount(value)
    if unit == "score":
        return f"{value:.0f} of 100"
    if unit == "days":
        return f"{value:.0f} days"
    return f"{value:.2f} times a year" if unit == "times_a_year" else f"{value:.1f}"


def in_a_sentence(label):
    """A label with its first letter small, unless it opens with initials.

    Parameters
    ----------
    label : str

    Returns
    -------
    str
        "Annual income" gives "annual income", "SIP share" stays.
    """
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _rupees(value):
    if value >= 1e7:
        return f"₹{value / 1e7:.2f} crore"
    if value >= 1e5:
        return f"₹{value / 1e5:.2f} lakh"
    thousands, rest = divmod(round(value), 1000)
    return f"₹{thousands},{rest:03d}" if thousands else f"₹{rest}"


def _amount(value):
    """A number of any size, to about three digits."""
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if abs(value) >= size:
            return f"{value / size:.1f}{word}"
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
