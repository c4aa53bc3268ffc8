"""What staff see of all customers' holdings together: concentration, and who is exposed."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from market.queries import instruments, latest_quotes
from portfolios.blocks import read_held
from portfolios.domain.crowds import (
    FEWEST_SHOWN,
    Crowd,
    Exposure,
    Spread,
    Stakes,
    crowds,
    exposed,
    grouped,
    spread,
    stakes,
)

UNKNOWN = "Not known"
SECTOR = "sector:"
"""What a choice of a sector begins with; every other is a symbol."""
HEAD = ("Customer number", "Exposed (rupees)", "Share of holdings (fraction)", "Holdings (rupees)")


@dataclass(eq=False)
class Book:
    """All customers' holdings at the latest prices.

    Attributes
    ----------
    at : datetime
        When the holdings were read.
    symbols, sectors : tuple of str
    sector_of : ndarray of int64
        Place of each stock's sector.
    names : dict of str to str
        Of the companies, by symbol.
    by_stock : Stakes
    unpriced : int
        Holdings without a price, left out.
    """

    at: datetime
    symbols: tuple[str, ...]
    sectors: tuple[str, ...]
    sector_of: np.ndarray
    names: dict[str, str]
    by_stock: Stakes
    unpriced: int

    @cached_property
    def by_sector(self) -> Stakes:
        return grouped(self.by_stock, self.sector_of, len(self.sectors))


def whole_book() -> Book | None:
    """Everything held, in columns; None before the first valuation of all portfolios."""
    held = read_held()
    if held is None:
        return None
    facts = {fact.symbol: fact for fact in instruments()}
    quotes = latest_quotes(held.symbols)
    price = np.array([quotes[s].price if s in quotes else np.nan for s in held.symbols])
    value = held.quantity * price[held.symbol] if len(price) else held.quantity
    sector_of = [facts[s].sector or UNKNOWN if s in facts else UNKNOWN for s in held.symbols]
    sectors = tuple(sorted(set(sector_of)))
    return Book(
        at=held.at.replace(tzinfo=UTC),
        symbols=held.symbols,
        sectors=sectors,
        sector_of=np.array([sectors.index(sector) for sector in sector_of], np.int64),
        names={s: facts[s].name for s in held.symbols if s in facts},
        by_stock=stakes(held.numbers, held.owner, held.symbol, value, len(held.symbols)),
        unpriced=int(np.count_nonzero(~(value > 0))),
    )


@dataclass(frozen=True)
class Concentration:
    """What the page of concentration shows; crowds too small to be shown are left out."""

    spread: Spread
    sector_spread: Spread
    stocks: list[tuple[str, str, Crowd]]
    sectors: list[tuple[str, Crowd]]
    hidden: int


def concentration_of(book, *, all_crowds) -> Concentration:
    """Concentration of all customers' money.

    Parameters
    ----------
    book : Book
    all_crowds : bool
        Whether stocks of fewer than `FEWEST_SHOWN` customers are among them.
    """
    fewest = 0 if all_crowds else FEWEST_SHOWN
    stocks = crowds(book.by_stock, len(book.symbols))
    sectors = crowds(book.by_sector, len(book.sectors))
    shown = [each for each in stocks if each.holders >= fewest]
    return Concentration(
        spread=spread(book.by_stock, len(book.symbols)),
        sector_spread=spread(book.by_sector, len(book.sectors)),
        stocks=[
            (book.symbols[c.group], book.names.get(book.symbols[c.group], ""), c) for c in shown
        ],
        sectors=[(book.sectors[c.group], c) for c in sectors if c.holders >= fewest],
        hidden=len(stocks) - len(shown),
    )


def choices_of(book):
    """Sectors and stocks that somebody holds, each as (value of the choice, words)."""
    held = np.flatnonzero(np.bincount(book.by_stock.group, minlength=len(book.symbols)))
    symbols = sorted(book.symbols[g] for g in held)
    sectors = [(f"{SECTOR}{book.sectors[g]}", book.sectors[g])
               for g in sorted({int(g) for g in book.sector_of[held]})]  # fmt: skip
    return sectors, [(s, f"{s} {book.names.get(s, '')}".strip()) for s in symbols]


def exposure_to(book, choice, *, by="value", least=0.0) -> Exposure | None:
    """Who holds a stock or a sector; None for one that nobody holds."""
    if choice.startswith(SECTOR):
        groups, held, name = book.sectors, book.by_sector, choice.removeprefix(SECTOR)
    else:
        groups, held, name = book.symbols, book.by_stock, choice
    if name not in groups:
        return None
    return exposed(held, groups.index(name), by=by, least=least)


@dataclass(frozen=True)
class Stake:
    """One customer exposed."""

    number: int
    value: float
    share: float
    total: float


def lines_of(found, places) -> list[Stake]:
    """Some of those exposed, by their places in the order."""
    rows = [column[places].tolist() for column in
            (found.numbers, found.value, found.share, found.total)]  # fmt: skip
    return [Stake(*row) for row in zip(*rows, strict=True)]


def exposure_file(found) -> str:
    """Everyone exposed as comma-separated values, with the line ends of RFC 4180."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(HEAD)
    rows.writerows(
        zip(
            [f"C-{number}" for number in found.numbers.tolist()],
            np.round(found.value, 2).tolist(),
            np.round(found.share, 6).tolist(),
            np.round(found.total, 2).tolist(),
            strict=True,
        )
    )
    return text.getvalue()
