"""Names for segments, in plain words, from what distinguishes them.

A name is a noun for how they trade and an adjective or two for what else sets them apart, above
all from the other segments: what several share tells none of them from another.
"""

from dataclasses import dataclass

import numpy as np

# Below this many deviations a feature does not set a segment apart.
NOTABLE = 0.4
# A segment keeps its former name while what it says is true at least so far, and no feature
# moved by more deviations than that: a name that changes every night says nothing.
STILL_TRUE, HARDLY_MOVED = 0.3, 0.75
# What others have as well counts for this much less.
_SHARED = 0.5
_MOST = 2
# Blocks of what somebody is or prefers among many, of which most are not.
_CLASSES = ("sectors", "texts")

PLAN, TRADERS, HOLDERS, INVESTORS = "SIP builders", "traders", "holders", "investors"
# Features a noun says already, which no adjective need repeat.
_SAID_BY = {
    PLAN: {"sip_share"},
    TRADERS: {"trades_per_month", "turnover", "median_holding_days", "sip_share"},
    HOLDERS: {"turnover"},
    INVESTORS: set(),
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


@dataclass(frozen=True)
class SegmentName:
    """What a segment is called, and the traits it is called after.

    Attributes
    ----------
    noun : str
    traits : tuple of (str, bool)
        Key of a feature, and whether the segment lies above the average customer in it.
    text : str
    """

    noun: str
    traits: tuple
    text: str

    def to_document(self):
        """Plain values, ready to be stored; the text is made anew from them."""
        return {"noun": self.noun, "traits": [list(trait) for trait in self.traits]}


@dataclass(frozen=True)
class Former:
    """The name a kept segment had in the published run, and its profile then.

    Attributes
    ----------
    named : dict
        Of `SegmentName.to_document`.
    scores : mapping of str to float
        Deviations of the measured features from the average customer.
    """

    named: dict
    scores: dict


def segment_names(profiles, features, former=None):
    """Name every segment of a run, no two alike.

    Parameters
    ----------
    profiles : ndarray of shape (k, n_features)
        Deviations of each segment's mean from the average customer.
    features : sequence of Feature
    former : mapping of int to Former, optional
        Of the segments that continue one of the published run.

    Returns
    -------
    list of SegmentName
        "Affluent, diversified holders".
    """
    profiles = np.nan_to_num(np.asarray(profiles, float))
    at = {feature.key: index for index, feature in enumerate(features)}
    nouns = [_noun(profile, at) for profile in profiles]
    traits: dict[int, list] = {}
    texts: dict[int, str] = {}
    for index, past in sorted((former or {}).items()):
        if _still_true(past, profiles[index], at):
            given = [(key, bool(more)) for key, more in past.named["traits"]]
            text = _text(past.named["noun"], given, at, features)
            if text not in texts.values():
                nouns[index], traits[index], texts[index] = past.named["noun"], given, text
    for index, given in _chosen(profiles, features, nouns, traits).items():
        traits[index], texts[index] = _unique(given, nouns[index], profiles[index], features, texts)
    return [
        SegmentName(nouns[index], tuple(traits[index]), texts[index])
        for index in range(len(profiles))
    ]


def _noun(profile, at, least=NOTABLE):
    def score(key):
        return float(profile[at[key]]) if key in at else 0.0

    # Two signs of pace that agree count like one feature: one alone is weak evidence.
    pace = (score("trades_per_month") + score("turnover") - score("median_holding_days")) / 2
    plan = score("sip_share")
    if plan >= least and plan >= abs(pace):
        return PLAN
    if abs(pace) < least:
        return INVESTORS
    return TRADERS if pace > 0 else HOLDERS


def _still_true(past, profile, at):
    noun, traits, scores = past.named.get("noun"), past.named.get("traits"), past.scores
    known = [key for key, score in scores.items() if key in at and score is not None]
    if noun not in _SAID_BY or traits is None or not known:
        return False
    if max(abs(profile[at[key]] - scores[key]) for key in known) > HARDLY_MOVED:
        return False
    # A noun on the verge may be seen from either side.
    if noun not in {_noun(profile, at, least) for least in (STILL_TRUE, NOTABLE, 2 * NOTABLE)}:
        return False
    if not traits and noun == INVESTORS:  # called typical
        return max(abs(profile)) <= HARDLY_MOVED
    return all(
        key in at and profile[at[key]] * (1 if more else -1) >= STILL_TRUE for key, more in traits
    )


def _chosen(profiles, features, nouns, taken):
    """Adjectives of every fresh name: the most distinctive first, each once to a noun."""
    fresh = [index for index in range(len(profiles)) if index not in taken]
    wishes = []
    for index in fresh:
        for column, feature in enumerate(features):
            own = profiles[index, column]
            # A sector few prefer is no trait of a segment that shuns it.
            shunned = feature.block in _CLASSES and own < 0
            if abs(own) < NOTABLE or shunned or feature.key in _SAID_BY[nouns[index]]:
                continue
            others = np.delete(profiles[:, column], index) * np.sign(own)
            apart = abs(own) - _SHARED * max(0.0, others.max(initial=0.0))
            if apart > 0:
                wishes.append((-apart, index, column))
    used = {(nouns[index], trait) for index, given in taken.items() for trait in given}
    chosen: dict[int, list] = {index: [] for index in fresh}
    for _, index, column in sorted(wishes):
        trait = (features[column].key, bool(profiles[index, column] > 0))
        families = {_FAMILY.get(key, key) for key, _ in chosen[index]}
        full = len(chosen[index]) == _MOST
        if full or _FAMILY.get(trait[0], trait[0]) in families or (nouns[index], trait) in used:
            continue
        chosen[index].append(trait)
        used.add((nouns[index], trait))
    return chosen


def _unique(traits, noun, profile, features, texts):
    """Traits and text; where another has the name, with what else stands out, however little."""
    at = {feature.key: index for index, feature in enumerate(features)}
    taken = set(texts.values())
    text = _text(noun, traits, at, features)
    for column in np.argsort(-np.abs(profile), kind="stable"):
        if text not in taken:
            return traits, text
        feature, more = features[column], bool(profile[column] > 0)
        said = {key for key, _ in traits} | _SAID_BY[noun]
        if feature.key in said or not profile[column] or feature.block in _CLASSES:
            continue
        longer = [*traits, (feature.key, more)]
        if _text(noun, longer, at, features) not in taken:
            traits, text = longer, _text(noun, longer, at, features)
    number = 2
    while text in taken:
        text, number = f"{_text(noun, traits, at, features)} ({number})", number + 1
    return traits, text


def _text(noun, traits, at, features):
    words = [features[at[key]].more if more else features[at[key]].less for key, more in traits]
    if not words and noun == INVESTORS:
        words = ["typical"]
    text = f"{', '.join(words)} {noun}".strip()
    return text[0].upper() + text[1:]
