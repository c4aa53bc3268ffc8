"""What the tax page shows: gains by financial year, and what is still open."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from market.queries import instruments, price_panel
from portfolios.domain.open_lots import OpenLot, open_lots
from portfolios.domain.splits import factor
from portfolios.domain.tax import (
    FAIR_VALUE_DAY,
    TaxYear,
    exemption_of,
    financial_year,
    losses_left,
    tax_years,
    taxed_book,
    year_with,
)
from portfolios.splits import known_splits

SOON = 90
"""Days to long-term from which a lot is named as one that may be worth waiting for."""


@dataclass(frozen=True)
class TaxFacts:
    """Years newest first; `current` is the year under way, made empty where nothing was sold."""

    years: list[TaxYear]
    year: int
    exemption: Decimal
    exemption_left: Decimal
    losses_left: Decimal
    lots: list[OpenLot]
    short_gain: Decimal
    long_gain: Decimal
    soon: list[OpenLot]

    @property
    def free_long(self) -> Decimal:
        """Further long-term gains without tax: losses take them first, the exemption the rest."""
        return self.losses_left + self.exemption_left


def tax_facts(book, prices, as_of: date) -> TaxFacts:
    """Facts of a ledger.

    Parameters
    ----------
    book : Book
        Of `taxed_book`.
    prices : dict of str to Decimal
        Rupees a share.
    as_of : date
    """
    fair = fair_values(book)
    years = tax_years(book, fair)
    lots = open_lots(book, prices, as_of, fair)
    now = financial_year(as_of)
    current = next((each for each in years if each.year == now), None)
    exemption = exemption_of(now)
    known = [lot for lot in lots if lot.gain is not None]
    return TaxFacts(
        years=years[::-1],
        year=now,
        exemption=exemption,
        exemption_left=current.exemption_left if current else exemption,
        losses_left=losses_left(years, now),
        lots=lots,
        short_gain=sum((lot.gain for lot in known if lot.term != "long"), Decimal(0)),
        long_gain=sum((lot.gain for lot in known if lot.term == "long"), Decimal(0)),
        soon=[lot for lot in known if 0 < lot.days_left <= SOON and lot.gain > 0],
    )


@dataclass(frozen=True)
class SaleTax:
    """What a sale adds to its financial year: tax, and the exemption it uses."""

    year: TaxYear
    further: Decimal
    exemption_used: Decimal


def sale_tax(entries, sale) -> SaleTax:
    """Tax that one more sale brings, before surcharge and cess.

    Parameters
    ----------
    entries : list of Entry
        The ledger without it.
    sale : Entry
    """
    book = taxed_book(entries)
    before, year = year_with(entries, [sale], fair_values(book), taxed=book)
    if before is None:
        return SaleTax(year, year.tax, year.exemption_used)
    return SaleTax(year, year.tax - before.tax, year.exemption_used - before.exemption_used)


def fair_values(book):
    """A function from a stock and a day to its highest price on 31 January 2018, in the shares of
    that day; reads nothing where no lot is that old."""
    old = {d.symbol for d in book.disposals if d.bought <= FAIR_VALUE_DAY}
    old |= {p.symbol for p in book.open for lot in p.lots if lot.day <= FAIR_VALUE_DAY}
    highs: dict[str, Decimal] = {}
    if old:
        symbols = tuple(sorted(old))
        panel = price_panel(
            column="high", symbols=symbols, start=FAIR_VALUE_DAY, end=FAIR_VALUE_DAY
        )
        row = panel.values[0].tolist() if len(panel.dates) else []
        highs = {
            s: Decimal(f"{high:.4f}") for s, high in zip(symbols, row, strict=False) if high > 0
        }
    splits = known_splits()

    def fair_value(symbol, day):
        high = highs.get(symbol)
        if high is None:
            return None
        ratio = factor(splits.get(symbol, ()), day)
        return high * ratio.numerator / ratio.denominator

    return fair_value


def names_and_isins():
    """Name and ISIN by symbol, for the return's schedule."""
    facts = instruments()
    return {f.symbol: f.name for f in facts}, {f.symbol: f.isin for f in facts}
