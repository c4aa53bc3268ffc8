"""What the comparison of methods says, in plain words."""

from segmentation.domain.selection import SMALLEST_SHARE
from segmentation.domain.usefulness import OUTCOMES

# Differences smaller than these are not spoken of as better or worse.
_SAME_SILHOUETTE, _SAME_STABILITY, _SAME_RATIO = 0.01, 0.03, 0.01
# Groups drawn by lot reach their expected share of variance only on average.
_ABOVE_CHANCE = 0.005
_ALIKE = ((0.8, "nearly the same groups"), (0.5, "similar groups"), (0.2, "partly other groups"))


def verdict_of(method, own):
    """Say how a method compares with K-Means.

    Parameters
    ----------
    method, own : dict
        Documents of `alternatives.measure_all`, `own` that of K-Means.

    Returns
    -------
    str
        One or two sentences; why there is nothing to compare where it could not be fitted.
    """
    if "reason" in method:
        return method["reason"]
    if method["key"] == own["key"]:
        return "What the others are compared with."
    if "reason" in own:
        return "There is nothing to compare it with."
    alike = next((words for least, words in _ALIKE if method["agreement"] >= least), "other groups")
    parts = [
        _against(method, own, "silhouette", _SAME_SILHOUETTE, "{} silhouette"),
        _against(method, own, "stability", _SAME_STABILITY, "{} stability"),
    ]
    sentence = f"Makes {alike} (ARI {method['agreement']:.2f})"
    told = [part for part in parts if part]
    sentence += f" with {' and '.join(told)}." if told else "."
    more = []
    if method["noise"] > 0:
        count = method["groups"]
        left = f"leaves {method['noise']:.0%} of customers in no group"
        more.append(f"finds {count} group{'s' if count != 1 else ''} and {left}")
    if method["smallest"] < SMALLEST_SHARE:
        more.append(f"its smallest group holds {method['smallest']:.1%}")
    more += [
        f"explains {label.lower()} {better} ({there:.1%} of its variance, K-Means {here:.1%})"
        for label, better, there, here in _outcomes(method, own)
    ]
    if more:
        sentence += f" {'; '.join(more)[:1].upper()}{'; '.join(more)[1:]}."
    return sentence


def summary_of(methods):
    """Say in what K-Means leads and in what it is beaten.

    Parameters
    ----------
    methods : list of dict
        K-Means first.

    Returns
    -------
    str
    """
    own, *others = methods
    others = [each for each in others if "reason" not in each]
    if "reason" in own:
        return f"K-Means could not be measured. {own['reason']}"
    if not others:
        return "No other method could be fitted, so there is nothing to compare."
    leads, loses, nobody = [], [], []
    # A silhouette without the customers in no group is another, easier measure.
    whole = [each for each in others if not each["noise"]]
    for words, key, same, rivals in (
        ("silhouette", "silhouette", _SAME_SILHOUETTE, whole),
        ("stability", "stability", _SAME_STABILITY, others),
    ):
        known = [each for each in rivals if each[key] is not None]
        if own[key] is None or not known:
            continue
        best = max(known, key=lambda each: each[key])
        if best[key] > own[key] + same:
            loses.append(f"{words} to {best['name']} ({best[key]:.2f} against {own[key]:.2f})")
        else:
            leads.append(words)
    for outcome, label in OUTCOMES.items():
        known = [each for each in others if _ratio(each, outcome) is not None]
        here = _ratio(own, outcome)
        if here is None or not known:
            continue
        best = max(known, key=lambda each: _ratio(each, outcome))
        there = _ratio(best, outcome)
        words = f"explaining {label.lower()}"
        if max(there, here) < _ABOVE_CHANCE + best["outcomes"][outcome]["chance"]:
            nobody.append(label.lower())
        elif there > here + _SAME_RATIO:
            loses.append(f"{words} to {best['name']} ({there:.1%} against {here:.1%})")
        else:
            leads.append(words)
    said = []
    if leads:
        said.append(f"No method does clearly better than K-Means in {_listed(leads, ', ')}.")
    if loses:
        said.append(f"K-Means loses in {_listed(loses)}.")
    if nobody:
        said.append(
            f"None of them explains {' or '.join(nobody)} more than groups drawn by lot would."
        )
    return " ".join(said) or "The figures say nothing for or against K-Means."


def _against(method, own, key, same, words):
    there, here = method[key], own[key]
    if there is None or here is None:
        return ""
    gap = there - here
    word = "about the same" if abs(gap) <= same else "a higher" if gap > 0 else "a lower"
    if key == "silhouette" and method["noise"] > 0:
        words += " of those it groups"
    return f"{words.format(word)} ({there:.2f}, K-Means {here:.2f})"


def _outcomes(method, own):
    for outcome, label in OUTCOMES.items():
        there, here = _ratio(method, outcome), _ratio(own, outcome)
        if there is not None and here is not None and abs(there - here) > _SAME_RATIO:
            yield label, "better" if there > here else "less well", there, here


def _ratio(method, outcome):
    return (method.get("outcomes", {}).get(outcome) or {}).get("ratio")


def _listed(words, between="; "):
    *most, last = words
    return f"{between.join(most)}{between.rstrip(', ')} and {last}" if most else last
