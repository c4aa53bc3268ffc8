"""Names and sentences for segments, in plain words, from what distinguishes them."""

import math

# Below this many deviations a feature does not set a segment apart.
NOTABLE = 0.4

# What people who stand out so are called; the first that fits, strongest first.
_NOUNS = {
    ("sip_share", True): "SIP builders",
    ("trades_per_month", True): "traders",
    ("turnover", True): "traders",
    ("median_holding_days", True): "holders",
    ("median_holding_days", False): "traders",
    ("turnover", False): "holders",
}
_SAYS_THE_SAME = {
    "SIP builders": {"sip_share"},
    "traders": {"trades_per_month", "turnover", "median_holding_days"},
    "holders": {"turnover"},
    "investors": set(),
}
# Adjectives of one family hardly add to each other: the first met speaks for it.
_FAMILY = {
    "annual_income": "means",
    "portfolio_value": "means",
    "small_cap_share": "daring",
    "volatility_held": "daring",
    "trades_per_month": "pace",
    "turnover": "pace",
    "median_holding_days": "pace",
}


def segment_names(profiles, features):
    """Name every segment of a run, no two alike.

    Parameters
    ----------
    profiles : ndarray of shape (k, n_features)
        Deviations of each segment's mean from the average customer.
    features : sequence of Feature

    Returns
    -------
    list of str
        An adjective or two and a noun: "Affluent, patient holders".
    """
    names: list[str] = []
    for profile in profiles:
        words = 2
        name = _name(profile, features, words)
        while name in names and words < 5:
            words += 1
            name = _name(profile, features, words)
        if name in names:
            name = f"{name} ({len(names) + 1})"
        names.append(name)
    return names


def _name(profile, features, words):
    ranked = sorted(range(len(features)), key=lambda i: -abs(profile[i]))
    notable = [i for i in ranked if abs(profile[i]) >= NOTABLE]
    noun = "investors"
    for index in notable:
        found = _NOUNS.get((features[index].key, bool(profile[index] > 0)))
        if found:
            noun = found
            break
    adjectives: list[str] = []
    spoken = set()
    for index in notable:
        feature = features[index]
        family = _FAMILY.get(feature.key, feature.key)
        # A sector few prefer is no trait of a segment that shuns it.
        shunned = feature.block == "sectors" and profile[index] < 0
        if feature.key in _SAYS_THE_SAME[noun] or family in spoken or shunned:
            continue
        spoken.add(family)
        adjectives.append(feature.more if profile[index] > 0 else feature.less)
        if len(adjectives) == words:
            break
    if not adjectives:
        adjectives = ["typical"]
    text = f"{', '.join(adjectives)} {noun}"
    return text[0].upper() + text[1:]


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
        parts.append(
            f"{in_a_sentence(feature.label)} {in_words(here, feature.unit)} "
            f"(all customers: {in_words(all_of_them, feature.unit)})"
        )
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
    if unit == "score":
        return f"{value:.0f} of 100"
    if unit == "days":
        return f"{value:.0f} days"
    return f"{value:.1f} times a year" if unit == "times_a_year" else f"{value:.1f}"


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
