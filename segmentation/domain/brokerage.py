"""What trades may have brought the bank: an estimate from traded value at a stated rate."""

from dataclasses import dataclass
from datetime import date

import numpy as np


@dataclass(frozen=True)
class DatedRate:
    """Brokerage as a fraction of the traded value, from a day on."""

    since: date
    rate: float


def dated_rates(text):
    """Read rates as they stand in the settings.

    Parameters
    ----------
    text : str
        ``2000-01-01=0.10, 2026-04-01=0.08``: from which day, how many per cent.

    Returns
    -------
    tuple of DatedRate
        Oldest first, at least one.

    Raises
    ------
    ValueError
        With a sentence, where a part cannot be read.
    """
    rates = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        day, _, percent = part.partition("=")
        try:
            rate = DatedRate(date.fromisoformat(day.strip()), float(percent) / 100)
        except ValueError:
            raise ValueError(f"BROKERAGE_RATES: {part!r} is no day=per cent.") from None
        if not 0 <= rate.rate <= 0.05:
            raise ValueError(f"BROKERAGE_RATES: {part!r} is not from 0 to 5 per cent.")
        rates.append(rate)
    if not rates:
        raise ValueError("BROKERAGE_RATES names no rate.")
    return tuple(sorted(rates, key=lambda each: each.since))


def brokerage(amount, day, rates):
    """Estimate the brokerage of trades: traded value times the rate in force on its day.

    Parameters
    ----------
    amount : ndarray of float64, shape (n,)
        Quantity times price, rupees; the side does not matter.
    day : ndarray of datetime64[D], shape (n,)
    rates : sequence of DatedRate
        Oldest first; trades before the first are estimated at nothing.

    Returns
    -------
    ndarray of float64, shape (n,)
        Rupees.
    """
    since = np.array([each.since for each in rates], "datetime64[D]")
    in_force = np.r_[0.0, [each.rate for each in rates]]
    return np.abs(amount) * in_force[np.searchsorted(since, day, side="right")]
