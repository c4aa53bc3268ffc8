"""What a ledger moves, in the shares and prices of today: the input of every analysis over time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from portfolios.domain.book import Book, Effect
from portfolios.domain.entries import INCOMING, RATIO, TRADES, Entry
from portfolios.domain.splits import Split, factor

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Flow:
    """Shares and rupees that one entry moved.

    Parameters
    ----------
    kind : str
        Of the entry.
    symbol : str
        Empty for a fee of the whole account.
    day : date
    shares : float
        Change of the holding, in today's shares.
    money_in, money_out : float
        Rupees put in and taken out, charges included. Shares transferred count at the market's
        price of the day, at their cost where it is not known.
    price : float
        Rupees for one of today's shares; NaN where the entry has none.
    """

    kind: str
    symbol: str
    day: date
    shares: float = 0.0
    money_in: float = 0.0
    money_out: float = 0.0
    price: float = math.nan

    @property
    def is_trade(self) -> bool:
        """Whether it was decided and traded by the investor."""
        return self.kind in TRADES


def flows_of(book: Book, splits: Mapping[str, Sequence[Split]]) -> list[Flow]:
    """Flows of all entries of a book, in their order.

    Parameters
    ----------
    book : Book
    splits : mapping of symbol to Split
        What prices are adjusted for, oldest first.

    Notes
    -----
    A split multiplies the shares of the ledger and divides what one of them is in today's shares,
    so where prices know it nothing moves but the fraction that was paid out. One that prices do
    not know moves shares, and one that is in the prices but not in the ledger takes them.
    """
    flows = [
        plain_flow(effect, splits) for effect in book.effects if effect.entry.kind not in RATIO
    ]
    return sorted([*flows, *_actions(book.effects, splits)], key=lambda flow: flow.day)


def plain_flow(effect: Effect, splits: Mapping[str, Sequence[Split]]) -> Flow:
    """Flow of an entry whose shares are stated in it."""
    entry = effect.entry
    if entry.kind == "dividend":
        return Flow(entry.kind, entry.symbol, entry.day, money_out=float(effect.cash))
    if entry.kind == "fee":
        return Flow(entry.kind, entry.symbol, entry.day, money_in=float(entry.amount))
    known = splits.get(entry.symbol)
    scale = factor(known, entry.counted) if known else ONE
    if scale == 1:
        shares, price = float(entry.quantity), float(entry.price)
    else:
        shares, price = float(Fraction(entry.quantity) * scale), float(entry.price) / float(scale)
    incoming = entry.kind in INCOMING
    money = float(entry.amount)
    if entry.kind.startswith("transfer"):
        price = float(entry.fair) / float(scale) if entry.fair else math.nan
        money = float(entry.quantity * entry.fair) if entry.fair else money
        money = money if incoming or entry.fair else float(effect.moved)
    return Flow(
        entry.kind,
        entry.symbol,
        entry.day,
        shares if incoming else -shares,
        money if incoming else 0.0,
        0.0 if incoming else money,
        price,
    )


def _actions(effects: Sequence[Effect], splits: Mapping[str, Sequence[Split]]) -> list[Flow]:
    """Flows of splits, bonus issues, mergers and demergers, one a stock and day."""
    moved: dict[tuple[str, date], Fraction] = defaultdict(Fraction)
    paid: dict[tuple[str, date], float] = defaultdict(float)
    kinds: dict[tuple[str, date], str] = {}
    raw: dict[str, list[tuple[Entry, Fraction]]] = defaultdict(list)
    for effect in effects:
        entry = effect.entry
        if entry.kind not in RATIO and entry.symbol not in splits:
            continue
        legs = [(entry.symbol, effect.shares)]
        if entry.into:
            legs.append((entry.into, effect.into_shares))
        for symbol, shares in legs:
            raw[symbol].append((entry, Fraction(shares)))
            if entry.kind in RATIO:
                at = (symbol, entry.day)
                kinds[at] = entry.kind
                moved[at] += Fraction(shares) * factor(splits.get(symbol, ()), entry.day)
        if effect.cash and entry.kind in RATIO:
            paid[legs[-1][0], entry.day] += float(effect.cash)
    for symbol in raw.keys() & splits.keys():
        for split in splits[symbol]:
            day = split.ex_date
            held = sum(
                (shares for e, shares in raw[symbol] if e.day < day and e.counted < day),
                Fraction(0),
            )
            if held:
                after = factor(splits[symbol], day)
                at = (symbol, day)
                kinds.setdefault(at, "split")
                # Several on one day are taken one after the other.
                same = [s for s in splits[symbol] if s.ex_date == day]
                if split is same[0]:
                    before = after * math.prod((s.ratio for s in same), start=Fraction(1))
                    moved[at] += held * (after - before)
    return [
        Flow(kind, symbol, day, float(moved[symbol, day]), money_out=paid.get((symbol, day), 0.0))
        for (symbol, day), kind in kinds.items()
        if moved[symbol, day] or paid.get((symbol, day))
    ]
