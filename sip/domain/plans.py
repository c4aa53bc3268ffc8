"""A savings plan and its year-by-year projection."""

from dataclasses import dataclass
from datetime import date

from sip.domain.growth import annuity_due_factor, lump_sum_value, periodic_rate, todays_rupees

KINDS = ("sip", "lump", "goal")

LEAST_AMOUNT = 100
"""Rupees: the smallest deposit a plan may have."""


@dataclass(frozen=True)
class Plan:
    """What someone means to put aside.

    Attributes
    ----------
    kind : {"sip", "lump", "goal"}
        A monthly deposit, a single deposit, or a sum to be reached by monthly deposits.
    amount : float
        Rupees a month, rupees once, or the rupees to be reached.
    annual_rate, step_up, inflation : float
        Fractions per year. `step_up` raises the monthly deposit once a year.
    years : int
    start : date
        Day of the first deposit.
    compounding : {"nominal", "effective"}
        How the yearly rate becomes a monthly one; a lump sum is always compounded yearly.
    """

    kind: str
    amount: float
    annual_rate: float
    years: int
    start: date
    step_up: float = 0.0
    inflation: float = 0.0
    compounding: str = "nominal"

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of plan: {self.kind!r}")
        if not self.amount > 0:
            raise ValueError("amount must be positive")
        if self.years < 1:
            raise ValueError("years must be at least 1")


@dataclass(frozen=True)
class YearRow:
    """The state of a plan at the end of one of its years."""

    year: int
    ends: date
    deposit: float
    paid_in: float
    gain: float
    value: float


@dataclass(frozen=True)
class Projection:
    """What a plan becomes, and each year on the way.

    `deposit` is the first deposit: given for a SIP or lump sum, solved for a goal.
    """

    deposit: float
    final_value: float
    paid_in: float
    gain: float
    multiple: float
    real_value: float
    rows: tuple[YearRow, ...]


def project(plan):
    """Project a plan to its end.

    Within a year the deposit is constant, so the year is an annuity due on top of what
    stood before: ``V_y = V_(y-1) * (1 + i)^12 + P_y * s(12)``, ``P_y = P * (1 + g)^(y-1)``.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Projection
    """
    deposit = _goal_deposit(plan) if plan.kind == "goal" else plan.amount
    rows = _lump_rows(plan) if plan.kind == "lump" else _deposit_rows(plan, deposit)
    last = rows[-1]
    return Projection(
        deposit=deposit,
        final_value=last.value,
        paid_in=last.paid_in,
        gain=last.gain,
        multiple=last.value / last.paid_in,
        real_value=todays_rupees(last.value, inflation=plan.inflation, years=plan.years),
        rows=tuple(rows),
    )


def months_until(goal, plan, *, deposit):
    """Count the months after which monthly deposits are worth a goal.

    ``V_m = (V_(m-1) + P_m) * (1 + i)``, with the deposits of `project`.

    Parameters
    ----------
    goal : float
        Rupees, above zero.
    plan : Plan
        Its rate, compounding and step-up count, its amount and years do not.
    deposit : float
        The first deposit, rupees a month, above zero.

    Returns
    -------
    int
        At least 1.
    """
    rate = periodic_rate(plan.annual_rate, compounding=plan.compounding)
    value, months = 0.0, 0
    while value < goal * (1 - 1e-12):  # twelve deposits of 100 are 1,200, whatever is rounded
        value = (value + deposit * (1 + plan.step_up) ** (months // 12)) * (1 + rate)
        months += 1
    return months


def _goal_deposit(plan):
    # The final value is proportional to the first deposit, whatever the step-up.
    return plan.amount / _deposit_rows(plan, 1.0)[-1].value


def _deposit_rows(plan, first):
    rate = periodic_rate(plan.annual_rate, compounding=plan.compounding)
    year_growth, year_factor = (1 + rate) ** 12, annuity_due_factor(rate, 12)
    rows, value, paid_in = [], 0.0, 0.0
    for year in range(1, plan.years + 1):
        deposit = first * (1 + plan.step_up) ** (year - 1)
        value = value * year_growth + deposit * year_factor
        paid_in += 12 * deposit
        rows.append(
            YearRow(year, year_end(plan.start, year), deposit, paid_in, value - paid_in, value)
        )
    return rows


def _lump_rows(plan):
    rows = []
    for year in range(1, plan.years + 1):
        value = lump_sum_value(plan.amount, annual_rate=plan.annual_rate, years=year)
        rows.append(
            YearRow(
                year=year,
                ends=year_end(plan.start, year),
                deposit=plan.amount if year == 1 else 0.0,
                paid_in=plan.amount,
                gain=value - plan.amount,
                value=value,
            )
        )
    return rows


def year_end(start, year):
    """Give the day before the `year`-th anniversary of `start`."""
    try:
        anniversary = start.replace(year=start.year + year)
    except ValueError:  # 29 February in a common year
        anniversary = date(start.year + year, 3, 1)
    return date.fromordinal(anniversary.toordinal() - 1)
