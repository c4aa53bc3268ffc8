"""Splits of the active source, and ledgers with those that they lack."""

from market.queries import corporate_actions, feed_state
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


def with_splits(entries, dismissed=()):
    """A whole ledger with the splits of the active source that it does not hold yet."""
    splits = known_splits()
    return [*entries, *unbooked(entries, splits, dismissed)] if splits else list(entries)
