"""Schedule 112A of the income-tax return: long-term gains on shares, one row a lot sold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from portfolios.domain.book import PAISA
from portfolios.domain.entries import ZERO
from portfolios.domain.tax import FAIR_VALUE_DAY, TaxYear

SCHEDULE_112A = (
    "Share/Unit Transferred(1a)",
    "Share/Unit acquired(1b)",
    "ISIN Code(2)",
    "Name of the Share/Unit(3)",
    "No. of Shares/Units(4)",
    "Sale-price per Share/Unit(5)",
    "Full Value of Consideration(6)",
    "Cost of acquisition without indexation(7)",
    "Cost of acquisition(8)",
    "If the long term capital asset was acquired before 01.02.2018(9)",
    "Fair Market Value per share/unit as on 31st January,2018(10)",
    "Total Fair Market Value of capital asset as per section 55(2)(ac)(11)",
    "Expenditure wholly and exclusively in connection with transfer(12)",
    "Total deductions(13)",
    "Balance(14)",
)
"""Columns of Schedule 112A of the income-tax return, assessment year 2025-26 on."""
NEW_RATES = date(2024, 7, 23)


def schedule_112a(year: TaxYear, isins: dict[str, str], names: dict[str, str]) -> list[list[str]]:
    """Long-term gains of a year as rows of Schedule 112A, one a lot sold.

    Parameters
    ----------
    year : TaxYear
    isins, names : dict of str to str
        By symbol.

    Returns
    -------
    list of list of str
        In the columns of `SCHEDULE_112A`. BE stands for before and AE for on or after the day
        in question: 23 July 2024 for the sale, 1 February 2018 for the purchase.
    """
    rows = []
    for gain in (each for each in year.gains if each.term == "long"):
        sold = gain.disposal
        old = sold.bought <= FAIR_VALUE_DAY
        fair = gain.fair_value if old else None
        total_fair = (fair * sold.quantity).quantize(PAISA) if fair is not None else None
        lower = min(total_fair, sold.proceeds) if total_fair is not None else ZERO
        numbers = (
            sold.quantity,
            (sold.proceeds / sold.quantity).quantize(Decimal("0.001")),
            sold.proceeds.quantize(PAISA),
            gain.cost.quantize(PAISA),
            sold.cost.quantize(PAISA),
            lower.quantize(PAISA),
            fair if fair is not None else ZERO,
            total_fair if total_fair is not None else ZERO,
            ZERO,
            gain.cost.quantize(PAISA),
            gain.amount.quantize(PAISA),
        )
        rows.append(
            [
                "AE" if sold.sold >= NEW_RATES else "BE",
                "BE" if old else "AE",
                isins.get(sold.symbol, ""),
                names.get(sold.symbol, sold.symbol),
                *(f"{number.normalize():f}" if number else "0" for number in numbers),
            ]
        )
    return rows
