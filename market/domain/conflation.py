"""Many quotes in, at most one per symbol out."""

from collections.abc import Iterable

from market.domain.quotes import Quote


class Conflator:
    """Keeps the newest quote of each symbol until it is taken.

    A symbol that trades forty times between two frames appears in the next one once, with its last
    price: nobody watching can tell, and the frame has an upper size.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Quote] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, quotes: Iterable[Quote]) -> None:
        """Take in quotes; one older than the waiting one of its symbol is dropped."""
        for quote in quotes:
            waiting = self._waiting.get(quote.symbol)
            if waiting is None or waiting.source != quote.source or quote.at >= waiting.at:
                self._waiting[quote.symbol] = quote

    def put_back(self, quotes: Iterable[Quote]) -> None:
        """Return what could not be delivered, unless something newer waits already."""
        for quote in quotes:
            self._waiting.setdefault(quote.symbol, quote)

    def take(self) -> list[Quote]:
        """Everything that waits, one quote a symbol."""
        waiting, self._waiting = self._waiting, {}
        return list(waiting.values())
