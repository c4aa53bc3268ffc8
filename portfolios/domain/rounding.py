"""Parts and multiples of shares and rupees, rounded so that they add up."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

from portfolios.domain.book import FINEST, PAISA
from portfolios.domain.entries import ZERO


def share_of(amount: Decimal, taken: Decimal, quantity: Decimal) -> Decimal:
    # Rounded far below a paisa: sums of such parts are exact in any order, so that a
    # total never depends on how it was added up.
    return (amount * taken / quantity).quantize(FINEST)


def whole_and_rest(held: Decimal, ratio: Fraction | None) -> tuple[int, Fraction]:
    """Whole shares that a ratio gives for those held, and the fraction left over."""
    exact = Fraction(held) * (ratio or 1)
    whole = math.floor(exact)
    return whole, exact - whole


def spread(quantities: list[Decimal], ratio: Fraction | None) -> list[Decimal]:
    """Scale the shares of lots so that their sum is the exact sum, rounded once."""
    # What is held up to each lot is scaled and rounded, not the lot: rounding cannot add up.
    held, shown, scaled = Fraction(0), ZERO, []
    for quantity in quantities:
        held += Fraction(quantity) * (ratio or 1)
        after = rounded(held)
        scaled.append(after - shown)
        shown = after
    return scaled


def worth(fraction: Fraction, price: Decimal) -> Decimal:
    return (rounded(fraction) * price).quantize(PAISA) if fraction else ZERO


def rounded(shares: Fraction) -> Decimal:
    return (Decimal(shares.numerator) / Decimal(shares.denominator)).quantize(FINEST)
