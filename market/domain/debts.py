"""What a company owes and how many shares it has: one dated record, and what cannot be true."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

RUPEES = "INR"
MOST_DEBT = 5e13
"""Rupees; fifty lakh crore is ten times what any company of the exchange owes."""
LEAST_DEBT = 1e6
"""Rupees; a debt below ten lakh and above zero is one told in lakhs or crores."""
FEWEST_SHARES, MOST_SHARES = 1e5, 1e12
FIRST_DAY = date(1994, 11, 3)
"""The exchange's first day of trading: nothing older is asked for."""
STALE_AFTER = timedelta(days=548)
"""Eighteen months: a year's accounts and the half year in which the next ones must be out."""


@dataclass(frozen=True, slots=True)
class Debt:
    """Total debt and shares outstanding of a company.

    Parameters
    ----------
    symbol : str
    as_of : date
        Of the balance sheet that tells the debt.
    total : float
        Rupees; zero for a company that owes nothing.
    shares : float
        Outstanding on `shares_as_of`.
    shares_as_of : date
    source : str
        As of prices: "yahoo", "file" or "simulated".
    origin : str
        Who says so, in words ("Annual report 2025-26").
    split : float
        New shares for each old one since `shares_as_of`.
    """

    symbol: str
    as_of: date
    total: float
    shares: float
    shares_as_of: date
    source: str = ""
    origin: str = ""
    split: float = 1.0

    @property
    def shares_now(self) -> float:
        """Shares outstanding in today's shares, as prices count them."""
        return self.shares * self.split

    def stale(self, today: date) -> bool:
        return today - self.as_of > STALE_AFTER


def refusal(debt: Debt, *, today: date, currency: str = RUPEES) -> str:
    """Why a record cannot be taken; empty where it can.

    Parameters
    ----------
    debt : Debt
    today : date
    currency : str
        ISO 4217, of the debt.
    """
    if currency != RUPEES:
        return f"the debt is told in {currency or 'no known currency'}; only rupees are taken"
    if not math.isfinite(debt.total):
        return "the debt is not a number"
    if debt.total < 0:
        return "the debt is negative"
    if 0 < debt.total < LEAST_DEBT:
        return "the total debt is below ₹10 lakh: it is to be told in rupees, not crores or lakhs"
    if debt.total > MOST_DEBT:
        return "the debt is above ₹50 lakh crore, more than any company here can owe"
    if not math.isfinite(debt.shares) or debt.shares <= 0:
        return "the shares outstanding are not a number above zero"
    if debt.shares != int(debt.shares):
        return "the shares outstanding are not a whole number"
    if not FEWEST_SHARES <= debt.shares <= MOST_SHARES:
        return "the shares outstanding are not between one lakh and one lakh crore"
    for day in (debt.as_of, debt.shares_as_of):
        if day > today:
            return f"the date {day} lies in the future"
        if day < FIRST_DAY:
            return f"the date {day} is before {FIRST_DAY}"
    return ""
