"""Finding an instrument from what people type: symbols, names, old names, ISINs, slips."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from market.domain.instruments import InstrumentFacts

_CORPORATE = {"ltd", "limited", "the", "india", "co", "company", "corporation", "of"}
_FUZZY_FLOOR = 0.72


def normalise(text: str) -> str:
    """Fold case and punctuation: "M&M", "m and m" and "M & M" become the same key."""
    text = text.casefold().removesuffix(".ns").removesuffix(".bo").replace("&", " and ")
    return " ".join(re.findall(r"[a-z0-9]+", text))


def search(
    text: str, instruments: Sequence[InstrumentFacts], *, limit: int = 20
) -> list[InstrumentFacts]:
    """Instruments that fit `text`, best first.

    Parameters
    ----------
    text : str
        Anything: "M&M", "tata motors", "INE002A01018", "infosis", a former name.
    instruments : sequence of InstrumentFacts
    limit : int
        Most results returned.

    Returns
    -------
    list of InstrumentFacts
        Exact symbol or ISIN first, then prefixes of symbol and name, words in any order, and
        last names that are spelled nearly so. Empty for blank text.
    """
    query = normalise(text)
    if not query:
        return []
    scored = []
    for facts in instruments:
        score = _score(query, facts)
        if score > 0:
            scored.append((-score, facts.symbol, facts))
    if not scored and len(query) >= 4:
        scored = [
            (-ratio, facts.symbol, facts)
            for facts in instruments
            if (ratio := _similarity(query, facts)) >= _FUZZY_FLOOR
        ]
    scored.sort(key=lambda item: item[:2])
    return [facts for _, _, facts in scored[:limit]]


def _score(query: str, facts: InstrumentFacts) -> float:
    symbol, name = normalise(facts.symbol), normalise(facts.name)
    aliases = [normalise(alias) for alias in facts.aliases]
    compact = query.replace(" ", "")
    if compact == symbol.replace(" ", "") or (facts.isin and compact == facts.isin.casefold()):
        return 100.0
    if query in (name, *aliases):
        return 95.0
    if symbol.replace(" ", "").startswith(compact):
        return 85.0 - len(symbol) / 100
    if name.startswith(query):
        return 80.0 - len(name) / 100
    if any(alias.startswith(query) for alias in aliases):
        return 75.0
    words = query.split()
    text = f"{symbol} {name} {' '.join(aliases)}".split()
    if all(any(word.startswith(part) for word in text) for part in words):
        return 60.0 - len(name) / 100
    if len(compact) >= 3 and (compact in name.replace(" ", "") or compact in symbol):
        return 40.0 - len(name) / 100
    if len(compact) >= 6 and facts.isin and compact in facts.isin.casefold():
        return 30.0
    return 0.0


def _similarity(query: str, facts: InstrumentFacts) -> float:
    words = [word for word in normalise(facts.name).split() if word not in _CORPORATE]
    candidates = [
        " ".join(words),
        *words[:2],
        normalise(facts.symbol),
        *map(normalise, facts.aliases),
    ]
    matcher = SequenceMatcher(b=query)
    best = 0.0
    for candidate in candidates:
        matcher.set_seq1(candidate)
        if matcher.quick_ratio() > best:
            best = max(best, matcher.ratio())
    return best
