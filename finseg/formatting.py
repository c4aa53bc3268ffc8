"""How finseg writes numbers: Indian grouping, a real minus sign, an em dash for the unknown.

The same rules in the browser are in ``static/js/format.js``; change both together.
"""

from __future__ import annotations

import math
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

MISSING = "—"
MINUS = "−"
RUPEE = "₹"
LAKH = 100_000
_ALL_DIGITS = Context(prec=400)  # of the largest float and what stands after the point
CRORE = 10_000_000


def _exact(value):
    """Return `value` as a finite Decimal, or None when there is no number in it.

    A float is taken as its shortest decimal text, as the browser's ``Intl.NumberFormat``
    takes it: 1.005 rounds to 1.01 although the double nearest to it lies just below.
    """
    if value is None or isinstance(value, bool) or value == "":
        return None
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except ArithmeticError:
            return None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    number = float(value)
    return Decimal(repr(number)) if math.isfinite(number) else None


def group_digits(digits):
    """Group a run of digits the Indian way: three, then twos (12,34,567)."""
    head, tail = digits[:-3], digits[-3:]
    pairs = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return ",".join([*pairs, tail])


def number(value, decimals=2, *, prefix="", suffix="", signed=False):
    """Write a number with Indian grouping.

    Parameters
    ----------
    value : int, float, Decimal, str or None
        None, NaN and infinities are written as an em dash.
    decimals : int
        Digits after the point, rounded half away from zero.
    prefix, suffix : str
        Written between sign and digits, and after the digits.
    signed : bool
        Write a plus before what is above zero. Zero carries no sign.

    Returns
    -------
    str
    """
    exact = _exact(value)
    if exact is None:
        return MISSING
    rounded = exact.quantize(
        Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=_ALL_DIGITS
    )
    whole, _, fraction = f"{abs(rounded):f}".partition(".")
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    point = f".{fraction}" if fraction else ""
    return f"{sign}{prefix}{group_digits(whole)}{point}{suffix}"


def exact(value, least=0):
    """Write a number with the decimals it has, at least `least`: 2088.4 is 2,088.40 with two.

    For figures somebody typed or a file brought: rounding would hide what was read.
    """
    known = _exact(value)
    if known is None:
        return MISSING
    return number(known, max(least, -int(known.normalize(context=_ALL_DIGITS).as_tuple().exponent)))


def day(value):
    """Write a day, or its text as of ISO 8601: 1 Jul 2024. What is no day stays as it is."""
    try:
        known = date.fromisoformat(value) if isinstance(value, str) else value
        return f"{known.day} {known:%b %Y}"
    except (AttributeError, ValueError):
        return value or MISSING


def rupees(value, decimals=2):
    """Write an amount in full: ₹12,34,567.89."""
    return number(value, decimals, prefix=RUPEE)


def signed_rupees(value, decimals=0):
    """Write a gain or loss: +₹5,031, −₹620."""
    return number(value, decimals, prefix=RUPEE, signed=True)


def headline_rupees(value):
    """Write an amount for a sentence: ₹23.51 lakh, ₹1.20 crore, ₹43,210."""
    exact = _exact(value)
    if exact is None:
        return MISSING
    size = abs(exact)
    # 99,99,999 would read "100.00 lakh": choose the unit after rounding.
    if size >= CRORE - LAKH / 200:
        return number(exact / CRORE, 2, prefix=RUPEE, suffix=" crore")
    if size >= LAKH:
        return number(exact / LAKH, 2, prefix=RUPEE, suffix=" lakh")
    return number(exact, 0, prefix=RUPEE)


def short_count(value):
    """Write a volume in a narrow column: 9.54 L, 1.10 cr, 43,210."""
    exact = _exact(value)
    if exact is None:
        return MISSING
    size = abs(exact)
    if size >= CRORE - LAKH / 200:
        return number(exact / CRORE, 2, suffix=" cr")
    if size >= LAKH:
        return number(exact / LAKH, 2, suffix=" L")
    return number(exact, 0)


def percent(value, decimals=2):
    """Write a change given as a fraction: 0.0095 is +0.95%."""
    exact = _exact(value)
    return MISSING if exact is None else number(exact * 100, decimals, suffix="%", signed=True)


def share(value, decimals=1):
    """Write a part of a whole given as a fraction: 0.196 is 19.6%."""
    exact = _exact(value)
    return MISSING if exact is None else number(exact * 100, decimals, suffix="%")


def points(value, decimals=1):
    """Write a difference of two shares in percentage points: 0.053 is +5.3.

    Of 15 % and 20.3 % the one is 35 % more, and 5.3 points more: only the second is meant.
    """
    exact = _exact(value)
    return MISSING if exact is None else number(exact * 100, decimals, signed=True)


def direction(value, decimals=4):
    """Say "up", "down" or "flat", after the rounding the reader sees."""
    exact = _exact(value)
    if exact is None:
        return "flat"
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return "up" if rounded > 0 else "down" if rounded < 0 else "flat"


def age(seconds):
    """Write the age of a price: 4 s, 12 min, 3 h, 5 d."""
    exact = _exact(seconds)
    if exact is None:
        return MISSING
    whole = max(0, int(exact))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if whole >= size:
            return f"{whole // size} {unit}"
    return f"{whole} s"
