"""Capital gains on listed shares by financial year: before surcharge and cess, no tax advice."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Literal

from portfolios.domain.book import PAISA, Book, Disposal
from portfolios.domain.charges import DATA, without_transaction_tax
from portfolios.domain.entries import ZERO, Entry
from portfolios.domain.intraday import intraday_of
from portfolios.domain.ledger import book_of, extend

Term = Literal["short", "long", "intraday"]
FAIR_VALUE_DAY = date(2018, 1, 31)
"""Lots bought up to this day may take the fair value of this day for their cost (s. 55(2)(ac))."""
CARRIED = 8
"""Years for which a loss is carried forward (s. 74)."""
FairValue = Callable[[str, date], Decimal | None]
"""Highest price of a stock on `FAIR_VALUE_DAY`, in the shares of the day given; None unknown."""


def financial_year(day: date) -> int:
    """Year in which the financial year of a day begins: 2024 for 1 April 2024 to 31 March 2025."""
    return day.year if day.month >= 4 else day.year - 1


def year_name(year: int) -> str:
    """As people write it: 2024-25."""
    return f"{year}-{(year + 1) % 100:02d}"


def long_from(bought: date) -> date:
    """First day on which a sale is long-term: shares are held for more than twelve months."""
    try:
        anniversary = bought.replace(year=bought.year + 1)
    except ValueError:  # 29 February
        anniversary = date(bought.year + 1, 2, 28)
    return date.fromordinal(anniversary.toordinal() + 1)


def term_of(bought: date, sold: date, origin: str = "buy") -> Term:
    """Short or long; shares bought and sold on one day are speculation, taxed as business.

    Shares that came otherwise (a bonus issue, a transfer) were delivered, however soon they go.
    """
    if bought == sold and origin == "buy":
        return "intraday"
    return "long" if sold >= long_from(bought) else "short"


@cache
def _rates() -> dict[str, tuple[list[date], list[Decimal]]]:
    found: dict = defaultdict(lambda: ([], []))
    with (DATA / "capital_gains.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found[row["term"]][0].append(date.fromisoformat(row["from"]))
            found[row["term"]][1].append(Decimal(row["rate"]))
    return dict(found)


def tax_rate(term: str, sold: date) -> Decimal:
    """Rate on a gain of a sale on a day, transaction tax having been paid."""
    days, rates = _rates()[term]
    at = bisect_right(days, sold)
    return rates[at - 1] if at else ZERO


@cache
def _exemptions() -> tuple[list[int], list[Decimal]]:
    with (DATA / "exemptions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [int(r["financial_year"]) for r in rows], [Decimal(r["amount"]) for r in rows]


def exemption_of(year: int) -> Decimal:
    """Long-term gains of a financial year that are free of tax; zero before 2018-19."""
    years, amounts = _exemptions()
    at = bisect_right(years, year)
    return amounts[at - 1] if at else ZERO


@dataclass(frozen=True, slots=True)
class Gain:
    """One disposal as it is taxed.

    Attributes
    ----------
    disposal : Disposal
        With transaction tax left out of cost and proceeds.
    term : {"short", "long", "intraday"}
    cost : Decimal
        Of acquisition: the disposal's own, or what `fair_value` makes of it.
    fair_value : Decimal or None
        Rupees a share on 31 January 2018, for lots bought until then.
    """

    disposal: Disposal
    term: Term
    cost: Decimal
    fair_value: Decimal | None = None

    @property
    def amount(self) -> Decimal:
        return self.disposal.proceeds - self.cost

    @property
    def rate(self) -> Decimal:
        return ZERO if self.term == "intraday" else tax_rate(self.term, self.disposal.sold)

    @property
    def is_exempt(self) -> bool:
        """Long-term before April 2018: its loss is not set off, and it takes none (s. 10(38))."""
        return self.term == "long" and not self.rate


@dataclass(frozen=True)
class TaxYear:
    """Gains of one financial year and the tax on them.

    Attributes
    ----------
    year : int
        In which it begins.
    gains : tuple of Gain
    short, long, intraday : Decimal
        Gains less losses of the year, before losses carried forward; rupees.
    brought : Decimal
        Losses of earlier years set off in this one.
    exemption, exemption_used : Decimal
    taxed : tuple of (str, Decimal, Decimal)
        Term, rate and what is left to be taxed at it.
    tax : Decimal
    carried : dict of int to tuple of Decimal
        Losses still to be carried forward by the year they were made: short, long.
    """

    year: int
    gains: tuple[Gain, ...]
    short: Decimal
    long: Decimal
    intraday: Decimal
    brought: Decimal
    exemption: Decimal
    exemption_used: Decimal
    taxed: tuple[tuple[str, Decimal, Decimal], ...]
    tax: Decimal
    carried: dict = field(default_factory=dict)

    @property
    def name(self) -> str:
        return year_name(self.year)

    @property
    def exemption_left(self) -> Decimal:
        return self.exemption - self.exemption_used

    @property
    def carried_by_name(self) -> dict[str, tuple[Decimal, Decimal]]:
        """What the next year can still set off; a loss eight years old ends with this one."""
        return {
            year_name(made): left
            for made, left in self.carried.items()
            if self.year - made < CARRIED
        }


def losses_left(years: Sequence[TaxYear], year: int) -> Decimal:
    """Losses that a further long-term gain of a year would be set off against first; rupees.

    Parameters
    ----------
    years : sequence of TaxYear
        Oldest first, none later than `year`.
    year : int
        In which the financial year begins.
    """
    carried = years[-1].carried if years else {}
    return sum((sum(left, ZERO) for made, left in carried.items() if year - made <= CARRIED), ZERO)


def taxed_book(entries: Iterable[Entry]) -> Book:
    """The ledger with securities transaction tax left out, which is no cost for tax (s. 48)."""
    entries = list(entries)
    squared = intraday_of(entries)
    return book_of(map(without_transaction_tax, entries, squared))


def gain_of(disposal: Disposal, fair_value: FairValue | None = None) -> Gain:
    """A disposal as it is taxed.

    For lots bought until 31 January 2018 and sold from April 2018 on, the cost is the higher of
    the cost and the lower of fair value and sale price (s. 55(2)(ac)).
    """
    term = term_of(disposal.bought, disposal.sold, disposal.origin)
    fair = None
    if (
        term == "long"
        and disposal.bought <= FAIR_VALUE_DAY
        and disposal.sold >= date(2018, 4, 1)
        and fair_value is not None
    ):
        fair = fair_value(disposal.symbol, disposal.sold)
    if fair is None:
        return Gain(disposal, term, disposal.cost)
    worth = (fair * disposal.quantity).quantize(PAISA)
    return Gain(disposal, term, max(disposal.cost, min(worth, disposal.proceeds)), fair)


def tax_years(book: Book, fair_value: FairValue | None = None) -> list[TaxYear]:
    """Gains and tax of every financial year with a disposal, oldest first.

    Parameters
    ----------
    book : Book
        Of `taxed_book`.
    fair_value : callable, optional

    Notes
    -----
    A short-term loss is set off against gains of either term, a long-term loss against long-term
    gains, in each case where the rate is highest; what is left is carried forward for eight years
    (s. 70 and 74). The exemption takes the highest long-term rate first.
    """
    by_year: dict[int, list[Gain]] = defaultdict(list)
    for disposal in book.disposals:
        by_year[financial_year(disposal.sold)].append(gain_of(disposal, fair_value))
    years: list[TaxYear] = []
    losses: dict[int, list[Decimal]] = {}
    for year in sorted(by_year):
        losses = {made: left for made, left in losses.items() if year - made <= CARRIED}
        years.append(_year(year, by_year[year], losses))
    return years


def _year(year: int, gains: list[Gain], losses: dict[int, list[Decimal]]) -> TaxYear:
    """One year; `losses` (short and long left of each year) is brought up to its end."""
    buckets: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    lost = {"short": ZERO, "long": ZERO}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for gain in gains:
        sums[gain.term] += gain.amount
        if gain.term == "intraday" or gain.is_exempt:
            continue
        if gain.amount < 0:
            lost[gain.term] -= gain.amount
        else:
            buckets[gain.term, gain.rate] += gain.amount
    # Long-term losses first: only long-term gains can take them.
    long_left = _set_off(buckets, lost["long"], "long")
    left = [_set_off(buckets, lost["short"], "short"), long_left]
    brought = ZERO
    for made in sorted(losses):
        for place, term in ((1, "long"), (0, "short")):
            before = losses[made][place]
            losses[made][place] = _set_off(buckets, before, term)
            brought += before - losses[made][place]
    if any(left):
        losses[year] = left
    exemption = exemption_of(year)
    used = exemption - _set_off(buckets, exemption, "long")
    taxed = tuple(
        (term, rate, amount) for (term, rate), amount in sorted(buckets.items()) if amount
    )
    return TaxYear(
        year,
        tuple(gains),
        sums["short"],
        sums["long"],
        sums["intraday"],
        brought,
        exemption,
        used,
        taxed,
        sum((rate * amount for _, rate, amount in taxed), ZERO).quantize(PAISA),
        {made: tuple(each) for made, each in losses.items() if any(each)},
    )


def _set_off(buckets: dict, amount: Decimal, term: str) -> Decimal:
    """Take an amount off the gains it may be taken off, the highest rate first; what is left."""
    for key in sorted(buckets, key=lambda key: -key[1]):
        if term == "long" and key[0] != "long":
            continue
        taken = min(buckets[key], amount)
        buckets[key] -= taken
        amount -= taken
    return amount


def year_with(
    entries: Sequence[Entry],
    further: Sequence[Entry],
    fair_value: FairValue | None = None,
    *,
    taxed: Book | None = None,
) -> tuple[TaxYear | None, TaxYear | None]:
    """A financial year without further trades and with them; None where nothing is sold in it.

    Parameters
    ----------
    entries : sequence of Entry
        The ledger as it stands.
    further : sequence of Entry
        Trades in one financial year, after all entries or on the day of the last.
    fair_value : callable, optional
    taxed : Book, optional
        `taxed_book` of the entries, where it is at hand.

    Raises
    ------
    OversellError
        If more is sold than held.
    """
    year = financial_year(further[-1].day)
    before = taxed_book(entries) if taxed is None else taxed
    days = {(entry.symbol, entry.day) for entry in further}
    if any(e.kind in ("buy", "sell") and (e.symbol, e.day) in days for e in entries):
        # What was traded before on such a day may turn out to have been no delivery.
        after = taxed_book([*entries, *further])
    else:
        after = extend(before, [without_transaction_tax(entry) for entry in further])
    return year_of(before, year, fair_value), year_of(after, year, fair_value)


def year_of(book: Book, year: int, fair_value: FairValue | None = None) -> TaxYear | None:
    """One financial year of a book; None where nothing was sold in it."""
    return _of_year(tax_years(book, fair_value), year)


def _of_year(years: list[TaxYear], year: int) -> TaxYear | None:
    return next((each for each in years if each.year == year), None)
