"""What an investor declares: one immutable value, its rules and what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.domain.questionnaire import RiskClass, risk_class_of
from accounts.domain.sectors import SECTORS

MIN_AGE = 18
MAX_AGE = 120
MAX_HORIZON_YEARS = 50
MAX_RUPEES = Decimal("999999999999.99")


@dataclass(frozen=True)
class InvestorProfile:
    """An investor's declared facts, as other parts of finseg read them.

    Attributes
    ----------
    number : int
        Customer number.
    annual_income, monthly_spending : Decimal or None
        Rupees; None where not declared.
    birth_year, horizon_years : int or None
    sectors : tuple of str
        Preferred sectors, in the order of `accounts.domain.sectors.SECTORS`.
    risk_score : float or None
        0 to 100, from the questionnaire; None before it is answered.
    consent : bool
        Whether profiling is agreed to now.
    offers : bool
        Whether the bank may write with offers now.
    """

    number: int
    annual_income: Decimal | None = None
    monthly_spending: Decimal | None = None
    birth_year: int | None = None
    horizon_years: int | None = None
    sectors: tuple[str, ...] = ()
    risk_score: float | None = None
    consent: bool = False
    offers: bool = False

    @property
    def risk_class(self) -> RiskClass | None:
        """Low, medium or high; None before the questionnaire is answered."""
        return None if self.risk_score is None else risk_class_of(self.risk_score)

    @property
    def savings_rate(self) -> float | None:
        """Share of income not spent, see `savings_rate`."""
        return savings_rate(self.annual_income, self.monthly_spending)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not declared yet, in words, in the order of the form."""
        facts = (
            ("annual income", self.annual_income),
            ("monthly spending", self.monthly_spending),
            ("year of birth", self.birth_year),
            ("horizon", self.horizon_years),
            ("risk questionnaire", self.risk_score),
        )
        return tuple(name for name, value in facts if value is None)

    def age(self, as_of_year: int) -> int | None:
        """Age reached in a calendar year; None without a birth year."""
        return None if self.birth_year is None else as_of_year - self.birth_year


def savings_rate(annual_income: Decimal | None, monthly_spending: Decimal | None) -> float | None:
    """Share of annual income that is not spent.

    Parameters
    ----------
    annual_income, monthly_spending : Decimal or None
        Rupees.

    Returns
    -------
    float or None
        ``1 - 12 * monthly_spending / annual_income`` as a fraction: at most 1, negative
        where more is spent than earned; None when either is unknown or income is 0.
    """
    if annual_income is None or monthly_spending is None or annual_income <= 0:
        return None
    return float(1 - 12 * monthly_spending / annual_income)


def profile_errors(
    *,
    annual_income: Decimal | None,
    monthly_spending: Decimal | None,
    birth_year: int | None,
    horizon_years: int | None,
    sectors: Sequence[str],
    as_of_year: int,
) -> dict[str, str]:
    """Find what is wrong with declared facts.

    Parameters
    ----------
    annual_income, monthly_spending : Decimal or None
        Rupees; None is allowed and means "not declared".
    birth_year, horizon_years : int or None
    sectors : sequence of str
    as_of_year : int
        The current calendar year.

    Returns
    -------
    dict of str to str
        A sentence for each wrong field, under the field's name; empty when all is well.
    """
    errors: dict[str, str] = {}
    for field, amount in (
        ("annual_income", annual_income),
        ("monthly_spending", monthly_spending),
    ):
        if amount is None:
            continue
        if not amount.is_finite() or amount < 0:
            errors[field] = "An amount in rupees cannot be negative."
        elif amount > MAX_RUPEES:
            errors[field] = "Amounts up to ₹99,999 crore can be stored."
    if birth_year is not None and not MIN_AGE <= as_of_year - birth_year <= MAX_AGE:
        errors["birth_year"] = (
            f"Investors are {MIN_AGE} to {MAX_AGE} years old: a year between "
            f"{as_of_year - MAX_AGE} and {as_of_year - MIN_AGE}."
        )
    if horizon_years is not None and not 1 <= horizon_years <= MAX_HORIZON_YEARS:
        errors["horizon_years"] = f"A horizon lies between 1 and {MAX_HORIZON_YEARS} years."
    unknown = [sector for sector in sectors if sector not in SECTORS]
    if unknown:
        errors["sectors"] = f"{unknown[0]!r} is not one of the sectors offered."
    return errors
