"""Whether past bands held what they promised, and how much wider they must be to do so."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from recommendations.domain.features import MEAN_DAYS, YEAR, shrunk_returns
from recommendations.domain.projection import PROMISED, band, simulate_growth

STEP = 63
PATHS = 400


@dataclass(frozen=True)
class Calibration:
    """How bands drawn on past dates did a year later.

    Attributes
    ----------
    dates : int
        Past dates on which bands were drawn.
    outcomes : int
        Bands judged: dates times the stocks known then.
    held_raw, held : float
        Share of outcomes within the band as simulated, and as widened by what was known
        at the time. NaN without a past date to judge.
    below, above : float
        Shares of outcomes under and over the widened band.
    width : float
        The widening for bands drawn today.
    first, last : date or None
        First and last date on which bands were drawn.
    """

    dates: int
    outcomes: int
    held_raw: float
    held: float
    below: float
    above: float
    width: float
    first: date | None
    last: date | None


def strain(outcome, low, middle, high):
    """Say how far an outcome lies from the middle of its band, in half-widths.

    1 is the edge of the band, in log growth; negative below the middle.
    """
    distance = np.log(outcome / middle)
    half = np.where(distance >= 0, np.log(high / middle), np.log(middle / low))
    return distance / half


def calibrate(dates, adjusted, *, long_run, random_state, lookback=MEAN_DAYS, step=STEP):
    """Draw bands on past dates with what was known then, and compare with what came.

    A band is widened by the factor that would have held 80 % of the outcomes known on its
    own date (split conformal prediction, Papadopoulos et al. 2002), never by later ones.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (n_days,)
    adjusted : ndarray of shape (n_days, n_stocks)
        Adjusted closes, NaN where unknown.
    long_run : ndarray of shape (n_days,)
        Yearly return that expected returns are shrunk towards, as known on each day.
    random_state : int
    lookback, step : int
        Days of history behind each band, and days between bands.

    Returns
    -------
    Calibration
    """
    returns = adjusted[1:] / adjusted[:-1] - 1
    days = range(lookback, len(adjusted) - YEAR, step)
    strains = []
    for day in days:
        past = returns[day - lookback : day]
        now, later = adjusted[day], adjusted[day + YEAR]
        known = np.isfinite(now * later) & (np.isfinite(past).sum(axis=0) >= YEAR)
        if not known.any():
            strains.append(np.empty(0))
            continue
        expected = shrunk_returns(past, known=known, long_run=long_run[day])[known]
        growth = simulate_growth(past[:, known], expected, random_state=random_state, paths=PATHS)
        low, middle, high = band(growth[:, -1])
        strains.append(strain(later[known] / now[known], low, middle, high))
    judged, widened = [], []
    for place, values in enumerate(strains):
        # A band drawn a year and more earlier has its outcome by this date.
        earlier = [strains[k] for k in range(place) if days[k] + YEAR <= days[place]]
        width = _width(earlier)
        judged.append(values)
        widened.append(values / width)
    every, after = (np.concatenate(x) if x else np.empty(0) for x in (judged, widened))
    return Calibration(
        dates=sum(len(values) > 0 for values in strains),
        outcomes=len(every),
        held_raw=_share(np.abs(every) <= 1),
        held=_share(np.abs(after) <= 1),
        below=_share(after < -1),
        above=_share(after > 1),
        width=_width(strains),
        first=dates[days[0]].item() if len(days) else None,
        last=dates[days[-1]].item() if len(days) else None,
    )


def _width(strains):
    known = np.concatenate([np.empty(0), *strains])
    return float(np.quantile(np.abs(known), PROMISED)) if len(known) else 1.0


def _share(flags):
    return float(flags.mean()) if len(flags) else float("nan")
