"""Splits of the active source, and ledgers with those that they lack."""

from market.queries import corporate_actions, feed_state
from portfolios.domain.bearing import unbearable
from portfolios.domain.splits import Split, unbooked

SPLIT = "split"
"""Vendors report bonus issues as splits, too."""

_splits: dict[tuple, dict[str, tuple[Split, ...]]] = {}


def known_splits() -> dict[str, tuple[Split, ...]]:
    """Splits and bonus issues by symbol, oldest first; only symbols that have one.

    Cached per process until the price version changes.
    """
    state = feed_state()
    if state is None:
        return {}
    key = (state.pk, state.price_version, state.source)
    splits_now = _splits.get(key)
    if splits_now is None:
        found: dict[str, list[Split]] = {}
        for action in corporate_actions(source=state.source):
            if action.action == SPLIT and action.value > 0:
                split = Split.of(action.ex_date, action.value)
                found.setdefault(action.symbol, []).append(split)
        splits_now = {symbol: tuple(splits) for symbol, splits in found.items()}
        _splits.clear()
        _splits[key] = splits_now
    return splits_now


def with_splits(entries, dismissed=(), *, former=None):
    """A whole ledger with the splits of the active source that it does not hold yet.

    Those that it cannot hold are left out; see `lacking`.
    """
    return [*entries, *lacking(entries, dismissed, former=former)[0]]


def lacking(entries, dismissed=(), *, former=None):
    """Splits of the active source that a ledger does not hold yet, and those it cannot hold.

    Parameters
    ----------
    entries : sequence of Entry
    dismissed : container of str
    former : sequence of Entry, optional
        The ledger before a change, where `entries` is what it would become. Only what it could
        not hold is left out then: a sale is refused for a split that was no trouble without it.

    Returns
    -------
    list of Entry, list of LeftOut
    """
    splits = known_splits()
    found = list(unbooked(entries, splits, dismissed)) if splits else []
    among = None
    if former is not None and any(split.kind == "split" and split.ratio < 1 for split in found):
        before = unbearable(former, unbooked(former, splits, dismissed))
        among = {each.entry.action for each in before}
    left_out = unbearable(entries, found, among)
    gone = {each.entry.action for each in left_out}
    return [split for split in found if split.action not in gone], left_out
