"""Compound growth: what regular and single deposits become."""

import math


def periodic_rate(annual_rate, *, compounding="nominal"):
    """Turn a yearly rate into a monthly one.

    Parameters
    ----------
    annual_rate : float
        Fraction per year (0.09 is nine per cent), above -1.
    compounding : {"nominal", "effective"}
        "nominal" divides by twelve, as Indian SIP calculators do; "effective" takes the
        twelfth root, so that twelve months make exactly the yearly rate.

    Returns
    -------
    float
        Fraction per month.

    Raises
    ------
    ValueError
        If the rate is -1 or less, or the compounding is not one of the two.
    """
    if not annual_rate > -1:
        raise ValueError("annual_rate must be above -1")
    if compounding == "nominal":
        return annual_rate / 12
    if compounding == "effective":
        return math.expm1(math.log1p(annual_rate) / 12)
    raise ValueError(f"unknown compounding: {compounding!r}")


def annuity_due_factor(rate, periods):
    """Give the future value of one rupee paid at the start of each period.

    ``((1 + i)^n - 1) / i * (1 + i)``, whose limit at ``i = 0`` is ``n``.

    Parameters
    ----------
    rate : float
        Fraction per period, above -1.
    periods : int
        Number of deposits; the last has grown for one period.

    Returns
    -------
    float

    References
    ----------
    .. [1] S. G. Kellison (2009), The Theory of Interest, 3rd ed., section 3.3,
       accumulated value of an annuity-due.
    """
    if rate == 0:
        return float(periods)
    # expm1 and log1p keep the digits that (1 + i)^n - 1 loses when i is tiny.
    return math.expm1(periods * math.log1p(rate)) / rate * (1 + rate)


def sip_value(deposit, *, annual_rate, months, compounding="nominal"):
    """Value a monthly deposit after `months`, the first paid at once.

    Parameters
    ----------
    deposit : float
        Rupees a month.
    annual_rate : float
        Fraction per year.
    months : int
        Number of deposits.
    compounding : {"nominal", "effective"}
        See `periodic_rate`.

    Returns
    -------
    float
        Rupees.
    """
    return deposit * annuity_due_factor(periodic_rate(annual_rate, compounding=compounding), months)


def lump_sum_value(amount, *, annual_rate, years):
    """Value a single deposit after `years`, compounded yearly: ``A * (1 + r)^t``."""
    return amount * (1 + annual_rate) ** years


def todays_rupees(value, *, inflation, years):
    """Express a future value in the purchasing power of today: ``M / (1 + f)^t``."""
    return value / (1 + inflation) ** years
