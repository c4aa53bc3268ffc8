"""What marks a row as booked, so that the same file, or one that overlaps it, adds nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from portfolios.domain.entries import Entry, plain
from portfolios.domain.imports.candidates import Candidate, Reading

BY_TRADE, BY_CONTENT = "t", "c"


class Keys:
    """Gives the rows of one file their keys, in the order of the file."""

    def __init__(self, reading: Reading):
        self.source = reading.source
        self._seen: Counter[str] = Counter()

    def of(self, candidate: Candidate, entry: Entry) -> str:
        """The key of a row.

        Trades with a number of their own have it, with the day and exchange it is unique on, and
        what was traded: an order may have several rows. Others have their content, and equal
        rows of a file a count.
        """
        if candidate.key:
            return candidate.key
        if candidate.trade_id:
            parts = (candidate.exchange, candidate.trade_id, *_content(entry, named=False))
            return _key(self.source, BY_TRADE, parts)
        parts = _content(entry) if candidate.entry is None else _whole(entry)
        digest = _key(self.source, BY_CONTENT, parts)
        self._seen[digest] += 1
        return _key(self.source, BY_CONTENT, (digest, str(self._seen[digest])))


def opening_key(symbol: str, keys: Sequence[str]) -> str:
    """The key of opening shares, which the sales that lack them tell apart."""
    return _key("opening", BY_CONTENT, (symbol, *sorted(keys)))


def has_number(key: str, source: str) -> bool:
    """Whether a key is that of a trade with a number of its own, of a source."""
    return key.startswith(f"{source}:{BY_TRADE}:")


def twin(entry: Entry) -> tuple:
    """What two entries of one trade have in common, wherever they came from."""
    return (entry.kind, entry.symbol, entry.day, entry.quantity, entry.price)


def _content(entry: Entry, *, named: bool = True) -> tuple[str, ...]:
    # A stock may be renamed, or given another name by the investor: a numbered trade stays.
    return (
        entry.kind,
        *([entry.symbol] if named else []),
        entry.day.isoformat(),
        plain(entry.quantity),
        plain(entry.price),
        *([entry.time] if named else []),
    )


def _whole(entry: Entry) -> tuple[str, ...]:
    return (
        *_content(entry), plain(entry.charges), plain(entry.cash), str(entry.ratio), entry.into,
        plain(entry.cost_share), str(entry.acquired), plain(entry.fair), entry.action,
        str(entry.counted_on),
    )  # fmt: skip


def _key(source: str, how: str, parts: Sequence[str]) -> str:
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"{source[:20]}:{how}:{digest[:40]}"
