"""The ledger: entries in; FIFO lots, positions, gains and what each entry moved out.

Everything here is derived from the entries alone, so a stored position can always be recomputed
and compared.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from portfolios.domain.book import (
    FINEST,
    PAISA,
    Book,
    Disposal,
    Effect,
    Lot,
    OversellError,
    Position,
)
from portfolios.domain.entries import RATIO, ZERO, Entry
from portfolios.domain.rounding import rounded, share_of, spread, whole_and_rest, worth
from portfolios.domain.splits import Split, factor


def book_of(entries: Iterable[Entry], splits: Mapping[str, Sequence[Split]] | None = None) -> Book:
    """Rebuild every position of a portfolio from its entries, in any order.

    Parameters
    ----------
    entries : iterable of Entry
    splits : mapping of str to Split, optional
        Of the market. Only dividends by the share need them, of shares counted on a later day
        than they came: the ledger has no entry for splits between the two.

    Raises
    ------
    OversellError
        If on some day more leaves than was held by then: the earliest such day.
    """
    state = _State(splits=splits)
    for entry in sorted(entries, key=lambda entry: entry.order):
        state.book(entry)
    return state.frozen()


def extend(
    book: Book,
    entries: Iterable[Entry],
    splits: Mapping[str, Sequence[Split]] | None = None,
) -> Book:
    """Book further entries; the book passed in is unchanged.

    They are booked on top of what is there, and only one that belongs before it has the whole
    rebuilt.

    Raises
    ------
    OversellError
        If on some day more leaves than was held by then.
    """
    further = sorted(entries, key=lambda entry: entry.order)
    if book.last is not None and further and further[0].order < book.last:
        return book_of([*(effect.entry for effect in book.effects), *further], splits)
    state = _State(book, splits)
    for entry in further:
        state.book(entry)
    return state.frozen()


def position_of(symbol: str, entries: Iterable[Entry]) -> Position:
    """Rebuild one position from all entries of its symbol, in any order.

    Raises
    ------
    OversellError
        If on some day more was sold than held by then.
    """
    return book_of(entries).positions.get(symbol, Position(symbol))


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A departure of more than was held, by `missing` shares."""

    entry: Entry
    missing: Decimal


def shortfalls(entries: Iterable[Entry], *, optional: Container[int] = ()) -> list[Shortfall]:
    """Every departure of more than is held, in one pass over the ledger.

    Parameters
    ----------
    entries : iterable of Entry
        In any order.
    optional : container of int
        Sequences of entries that are left out where they lack shares. All others are booked as
        if the missing shares had been there.
    """
    state, found = _State(), []
    for entry in sorted(entries, key=lambda entry: entry.order):
        try:
            state.book(entry)
        except OversellError as error:
            found.append(Shortfall(entry, error.shortfall))
            if entry.sequence not in optional:
                lots = state.accounts[entry.symbol].lots
                lots.append(
                    Lot(entry.day, error.shortfall, ZERO, entry.counted, "transfer_in", entry.day)
                )
                state.book(entry)
    return found


class _Account:
    """A position while it is being rebuilt."""

    __slots__ = ("disposals", "dividends", "fees", "lots", "money_in", "money_out")

    def __init__(self, position: Position):
        self.lots, self.disposals = list(position.lots), list(position.disposals)
        self.money_in, self.money_out = position.money_in, position.money_out
        self.dividends, self.fees = position.dividends, position.fees

    def before(self, day: date) -> list[Lot]:
        """Lots that an action of a day still has to change."""
        return [lot for lot in self.lots if lot.counted < day]


class _State:
    """All positions while entries are booked, oldest first."""

    def __init__(
        self, book: Book | None = None, splits: Mapping[str, Sequence[Split]] | None = None
    ):
        self.splits = splits or {}
        former = book.positions if book else {}
        self.accounts = {symbol: _Account(position) for symbol, position in former.items()}
        self.effects = list(book.effects) if book else []
        self.last = book.last if book else None

    def frozen(self) -> Book:
        positions = {
            symbol: Position(
                symbol, tuple(a.lots), tuple(a.disposals),
                a.money_in, a.money_out, a.dividends, a.fees,
            )
            for symbol, a in sorted(self.accounts.items())
        }  # fmt: skip
        return Book(positions, tuple(self.effects), self.last)

    def book(self, entry: Entry) -> None:
        account = self._account(entry.symbol)
        if entry.kind in RATIO:
            effect = getattr(self, f"_{entry.kind}")(account, entry)
        elif entry.kind in ("sell", "transfer_out"):
            effect = self._leave(account, entry)
        elif entry.kind == "dividend":
            effect = _dividend(account, entry, self.splits.get(entry.symbol, ()))
        elif entry.kind == "fee":
            account.fees += entry.amount
            account.money_in += entry.amount
            effect = Effect(entry)
        else:
            effect = self._arrive(account, entry)
        self.effects.append(effect)
        self.last = entry.order

    def _account(self, symbol: str) -> _Account:
        account = self.accounts.get(symbol)
        if account is None:
            account = self.accounts[symbol] = _Account(Position(symbol))
        return account

    def _arrive(self, account: _Account, entry: Entry) -> Effect:
        day = entry.acquired or entry.day
        lot = Lot(day, entry.quantity, entry.amount, entry.counted, entry.kind, entry.day)
        account.lots.append(lot)
        account.money_in += entry.amount
        return Effect(entry, shares=entry.quantity)

    def _leave(self, account: _Account, entry: Entry) -> Effect:
        held = sum((lot.quantity for lot in account.lots), ZERO)
        if entry.quantity > held:
            what = "sale" if entry.kind == "sell" else "transfer"
            raise OversellError(entry.symbol, entry.day, held, entry.quantity, what)
        if entry.kind == "sell":
            proceeds = entry.amount
            account.disposals += _consume(account.lots, entry, proceeds)
            account.money_out += proceeds
            return Effect(entry, shares=-entry.quantity)
        # Nothing is gained by moving shares to another account: their cost goes with them.
        moved = sum((d.cost for d in _consume(account.lots, entry, ZERO)), ZERO)
        account.money_out += moved
        return Effect(entry, shares=-entry.quantity, moved=moved)

    def _split(self, account: _Account, entry: Entry) -> Effect:
        old = account.before(entry.day)
        held = sum((lot.quantity for lot in old), ZERO)
        whole, fraction = whole_and_rest(held, entry.ratio)
        scaled = spread([lot.quantity for lot in old], entry.ratio)
        new = iter([replace(lot, quantity=q) for lot, q in zip(old, scaled, strict=True)])
        account.lots = [next(new) if lot.counted < entry.day else lot for lot in account.lots]
        cash = _pay_fraction(account, entry.symbol, entry, fraction)
        return Effect(entry, held, Decimal(whole) - held, cash=cash, fraction=fraction)

    def _bonus(self, account: _Account, entry: Entry) -> Effect:
        held = sum((lot.quantity for lot in account.before(entry.day)), ZERO)
        whole, fraction = whole_and_rest(held, entry.ratio)
        cash = worth(fraction, entry.fair)
        if whole:
            lot = Lot(entry.day, Decimal(whole), ZERO, entry.day, "bonus", entry.day)
            account.lots.append(lot)
        if cash:
            part = rounded(fraction)
            account.disposals.append(
                Disposal(entry.symbol, entry.day, entry.day, part, ZERO, cash, "bonus")
            )
            account.money_out += cash
        return Effect(entry, held, Decimal(whole), cash=cash, fraction=fraction)

    def _merger(self, account: _Account, entry: Entry) -> Effect:
        held = sum((lot.quantity for lot in account.lots), ZERO)
        whole, fraction = whole_and_rest(held, entry.ratio)
        moved = sum((lot.cost for lot in account.lots), ZERO)
        lots, account.lots = account.lots, []
        cash = self._arrive_from(lots, [lot.cost for lot in lots], entry, fraction)
        return Effect(entry, held, -held, Decimal(whole), moved, cash, fraction)

    def _demerger(self, account: _Account, entry: Entry) -> Effect:
        held = sum((lot.quantity for lot in account.lots), ZERO)
        whole, fraction = whole_and_rest(held, entry.ratio)
        gone = [(lot.cost * entry.cost_share).quantize(FINEST) for lot in account.lots]
        lots = account.lots
        account.lots = [
            replace(lot, cost=lot.cost - part) for lot, part in zip(lots, gone, strict=True)
        ]
        cash = self._arrive_from(lots, gone, entry, fraction)
        moved = sum(gone, ZERO)
        return Effect(entry, held, ZERO, Decimal(whole), moved, cash, fraction)

    def _arrive_from(self, lots, costs, entry: Entry, fraction: Fraction) -> Decimal:
        """Give the other company's shares for lots; the day of purchase goes with them."""
        other = self._account(entry.into)
        shares = spread([lot.quantity for lot in lots], entry.ratio)
        other.lots += [
            Lot(lot.day, quantity, cost, entry.day, entry.kind, entry.day)
            for lot, quantity, cost in zip(lots, shares, costs, strict=True)
            if quantity
        ]
        return _pay_fraction(other, entry.into, entry, fraction)


def _dividend(account: _Account, entry: Entry, splits: Sequence[Split]) -> Effect:
    held = _held_before(account.lots, entry.day, splits)
    gross = entry.cash or (held * entry.fair).quantize(PAISA)
    cash = max(gross - entry.charges, ZERO)
    account.dividends += cash
    account.money_out += cash
    return Effect(entry, held, cash=cash)


def _held_before(lots: Iterable[Lot], day: date, splits: Sequence[Split]) -> Decimal:
    """Shares held as a day began, as they were counted after its splits.

    Shares of a holding imported since an earlier day are as of its file: they are divided by the
    splits between, which the ledger does not book for them.
    """
    later = factor(splits, day)
    held = sum(
        (
            Fraction(lot.quantity)
            * (factor(splits, lot.counted) / later if lot.counted > day else 1)
            for lot in lots
            if lot.arrived < day
        ),
        Fraction(0),
    )
    return rounded(held)


def _pay_fraction(account: _Account, symbol: str, entry: Entry, fraction: Fraction) -> Decimal:
    """Take a fraction of a share out of the latest lots and pay its worth.

    Without a price to pay it at, the fraction goes and its cost stays with the other shares; where
    there are none, the cost is lost.
    """
    left, cash = rounded(fraction), worth(fraction, entry.fair)
    unpaid = cash
    while left > 0 and account.lots:
        lot = account.lots.pop()
        taken = min(lot.quantity, left)
        whole = taken == lot.quantity
        sold = bool(cash) or (whole and not account.lots)  # else the cost stays with the rest
        cost = ZERO if not sold else lot.cost if whole else share_of(lot.cost, taken, lot.quantity)
        if not whole:
            account.lots.append(replace(lot, quantity=lot.quantity - taken, cost=lot.cost - cost))
        elif not sold:
            former = account.lots.pop()
            account.lots.append(replace(former, cost=former.cost + lot.cost))
        if sold:
            proceeds = unpaid if taken == left else share_of(cash, taken, rounded(fraction))
            account.disposals.append(
                Disposal(symbol, lot.day, entry.day, taken, cost, proceeds, lot.origin)
            )
            unpaid -= proceeds
        left -= taken
    account.money_out += cash
    return cash


def _consume(lots: list[Lot], leaving: Entry, proceeds_all: Decimal) -> list[Disposal]:
    """Take an entry's shares from the lots; the last part absorbs the rounding.

    What was bought on the day of a sale goes first, since it never reached the demat account
    (see `intraday_of`); all else goes oldest first.
    """
    left, proceeds_left = leaving.quantity, proceeds_all
    disposals: list[Disposal] = []
    gone: set[int] = set()
    for place in _in_turn(lots, leaving):
        if not left:
            break
        lot = lots[place]
        taken = min(lot.quantity, left)
        whole = taken == lot.quantity
        cost = lot.cost if whole else share_of(lot.cost, taken, lot.quantity)
        proceeds = (
            proceeds_left if taken == left else share_of(proceeds_all, taken, leaving.quantity)
        )
        disposals.append(
            Disposal(leaving.symbol, lot.day, leaving.day, taken, cost, proceeds, lot.origin)
        )
        if whole:
            gone.add(place)
        else:
            lots[place] = replace(lot, quantity=lot.quantity - taken, cost=lot.cost - cost)
        left -= taken
        proceeds_left -= proceeds
    lots[:] = [lot for place, lot in enumerate(lots) if place not in gone]
    return disposals


def _in_turn(lots: list[Lot], leaving: Entry) -> Iterable[int]:
    """Places of lots in the order in which an entry takes them."""
    if leaving.kind != "sell":
        return range(len(lots))
    # A stable sort: those of the day first, each group oldest first.
    return sorted(
        range(len(lots)),
        key=lambda place: lots[place].day != leaving.day or lots[place].origin != "buy",
    )
