"""May a run be published without a person's approval? It is judged against the published one.

Each bound has its reason in docs/methods.md.
"""

from dataclasses import asdict, dataclass

from segmentation.domain.selection import SMALLEST_SHARE, STABLE_FROM

CUSTOMERS_WITHIN = 0.10
AGREEMENT_FROM = 0.80
MOVERS_TO = 0.15
SILHOUETTE_LOSS = 0.05


@dataclass(frozen=True)
class RunFacts:
    """What is judged of a run.

    Attributes
    ----------
    number : int
    k : int
        Number of segments.
    pinned : bool
        Whether staff asked for that number.
    customers : int
    features : tuple of str
        Keys of the features it was built on.
    smallest, stability, silhouette : float or None
        Share of customers in the smallest segment; of the number chosen.
    verdicts : dict of int to str
        Why each number of segments tried does not hold; empty for one that does.
    """

    number: int
    k: int
    pinned: bool
    customers: int
    features: tuple
    smallest: float | None
    stability: float | None
    silhouette: float | None
    verdicts: dict


@dataclass(frozen=True)
class Gate:
    """One condition of a publication without a person.

    Attributes
    ----------
    key, label : str
    value, bound : str
        As they are shown.
    passed : bool
    sentence : str
        What was found and what is asked.
    """

    key: str
    label: str
    value: str
    bound: str
    passed: bool
    sentence: str

    def to_document(self):
        """Plain mapping, ready to be stored."""
        return asdict(self)


def publication_gates(run, published, flows):
    """Judge a run against the published one.

    Parameters
    ----------
    run, published : RunFacts
    flows : Flows
        From the published run to this one.

    Returns
    -------
    list of Gate
        All of them, whether passed or not. A figure that is not known does not pass.
    """
    return [
        _features(run, published),
        _customers(run, published),
        _number(run, published),
        _movers(flows),
        _agreement(flows),
        _smallest(run),
        _stability(run),
        _silhouette(run, published),
    ]


def verdict(number, gates) -> str:
    """Say in one sentence what the gates make of a run.

    Parameters
    ----------
    number : int
        The run's.
    gates : sequence of Gate
        Empty where there is no published run to compare to.

    Returns
    -------
    str
    """
    failed = [gate for gate in gates if not gate.passed]
    if not gates:
        return f"Run {number} is the first: there is no published run to compare it with."
    if not failed:
        return f"Run {number} passes all {len(gates)} gates."
    more = len(failed) - 1
    others = f" {more} more {'gate' if more == 1 else 'gates'} did not pass." if more else ""
    return f"Run {number} waits for approval: {_small(failed[0])}.{others}"


def _small(gate):
    text = gate.sentence.rstrip(".")
    return text[:1].lower() + text[1:]


def _features(run, published):
    gone = [key for key in published.features if key not in run.features]
    came = [key for key in run.features if key not in published.features]
    same = run.features == published.features
    found = [f"without {', '.join(gone)}"] if gone else []
    found += [f"with {', '.join(came)}"] if came else []
    changed = "; ".join(found) or ("same" if same else "another order")
    return Gate(
        "features",
        "Same features",
        changed,
        "same",
        same,
        f"It is built on the same {len(run.features)} features as run {published.number}."
        if same
        else f"It is built on other features than run {published.number} ({changed}).",
    )


def _customers(run, published):
    apart = run.customers - published.customers
    passed = bool(published.customers) and abs(apart) <= CUSTOMERS_WITHIN * published.customers
    bound = _percent(CUSTOMERS_WITHIN)
    if not published.customers:
        value, found = "unknown", f"Run {published.number} has no customers to compare with."
    else:
        change = _percent(abs(apart) / published.customers)
        value = f"{'+' if apart > 0 else '−' if apart else ''}{change}"
        count = f"{change} {'more' if apart > 0 else 'fewer'} customers than"
        count = count if apart else "as many customers as"
        found = f"It has {count} run {published.number}; {bound} either way may be."
    return Gate("customers", "Number of customers", value, f"±{bound}", passed, found)


def _number(run, published):
    value = f"{published.k} → {run.k}"
    former = run.verdicts.get(published.k, "")
    if run.k == published.k:
        passed, sentence = True, f"It has {run.k} segments, as run {published.number} has."
    elif run.pinned:
        passed, sentence = True, f"It has {run.k} segments because staff asked for that number."
    elif former:
        passed = True
        sentence = f"It has {run.k} segments because {published.k} hold no longer: {former}"
    else:
        passed = False
        sentence = (
            f"It has {run.k} segments, run {published.number} has {published.k}, and nothing shows "
            "that those hold no longer."
        )
    return Gate("segments", "Number of segments", value, "same or explained", passed, sentence)


def _agreement(flows):
    ari = flows.ari
    return Gate(
        "agreement",
        "Agreement with the published run (ARI)",
        _figure(ari),
        f"≥ {AGREEMENT_FROM:.2f}",
        ari is not None and ari >= AGREEMENT_FROM,
        "No customer is in both runs."
        if ari is None
        else f"Both runs agree to {ari:.2f} on who belongs together; "
        f"{AGREEMENT_FROM:.2f} is asked.",
    )


def _movers(flows):
    movers = flows.movers
    return Gate(
        "movers",
        "Customers who would move",
        "unknown" if movers is None else _percent(movers),
        f"≤ {_percent(MOVERS_TO)}",
        movers is not None and movers <= MOVERS_TO,
        "No customer is in both runs."
        if movers is None
        else f"{_percent(movers)} of customers would move, at most {_percent(MOVERS_TO)} may "
        "without a person's approval.",
    )


def _smallest(run):
    known = run.smallest is not None
    return Gate(
        "smallest",
        "Smallest segment",
        _percent(run.smallest) if known else "unknown",
        f"≥ {_percent(SMALLEST_SHARE)}",
        known and run.smallest >= SMALLEST_SHARE,
        f"Its smallest segment holds {_percent(run.smallest)} of customers; "
        f"{_percent(SMALLEST_SHARE)} is asked."
        if known
        else "The size of its smallest segment is not known.",
    )


def _stability(run):
    known = run.stability is not None
    return Gate(
        "stability",
        "Stability",
        _figure(run.stability),
        f"≥ {STABLE_FROM:.2f}",
        known and run.stability >= STABLE_FROM,
        f"Refits on bootstrap samples agree to {run.stability:.2f}; {STABLE_FROM:.2f} is asked."
        if known
        else "Its stability is not known.",
    )


def _silhouette(run, published):
    if run.silhouette is None or published.silhouette is None:
        return Gate(
            "silhouette",
            "Silhouette",
            _figure(run.silhouette),
            "known",
            False,
            "The silhouette of one of the two runs is not known.",
        )
    least = published.silhouette - SILHOUETTE_LOSS
    return Gate(
        "silhouette",
        "Silhouette",
        _figure(run.silhouette, 3),
        f"≥ {_figure(least, 3)}",
        run.silhouette >= least,
        f"Its silhouette is {run.silhouette:.3f}, that of run {published.number} "
        f"{published.silhouette:.3f}; {SILHOUETTE_LOSS:.2f} less may be.",
    )


def _figure(value, digits=2):
    return "unknown" if value is None else f"{value:.{digits}f}".replace("-", "−")


def _percent(share):
    """A share in per cent, written as exactly as it takes to tell it from a bound."""
    text = f"{share * 100:.1f}"
    return f"{text.removesuffix('.0')} %"
