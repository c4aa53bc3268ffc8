"""What each part of the score counts, learned from how well it foretold on past dates."""

import numpy as np

from recommendations.domain.ranking import WEIGHTS

FORETELLING = ("momentum", "steadiness")
"""Parts whose forecasts can be checked on past dates. What an investor asked for (sectors) and
what lowers their risk (diversification) serve other ends, and keep their weight. So do peers:
today's segments are made from what portfolios are worth today, so on a past date their holdings
would be those of people who are known to have done well since."""

PRIOR_YEARS = 5
"""Years of evidence that the weights set by judgement are worth."""


FEWEST = 20
"""Stocks it takes to tell a best tenth from the rest."""


def best_tenth_lead(values, outcomes):
    """Tell how much better the stocks that a forecast puts first did than all of them.

    Only the top is ever recommended, so only the top is judged: a rank correlation would
    mostly measure how the forecast orders stocks that nobody is shown.

    Parameters
    ----------
    values, outcomes : ndarray of shape (n_stocks,)
        The forecast, and the return of the year that followed; NaN where unknown.

    Returns
    -------
    float
        Mean return of the best tenth (at least five stocks) less the mean of all; NaN with
        fewer than twenty known pairs.
    """
    known = np.flatnonzero(np.isfinite(values) & np.isfinite(outcomes))
    if len(known) < FEWEST:
        return float("nan")
    best = known[np.argsort(-values[known], kind="stable")[: max(5, len(known) // 10)]]
    return float(outcomes[best].mean() - outcomes[known].mean())


def learned_weights(leads, *, years, prior=WEIGHTS):
    """Divide the weight of the foretelling parts by their record.

    Each gets a share in proportion to its mean `best_tenth_lead`, nothing where that is not
    positive; the shares are then mixed with those set by judgement, which count as
    `PRIOR_YEARS` years.

    Parameters
    ----------
    leads : list of dict of str to float
        For each past date the lead of each foretelling part; NaN where unknown.
    years : float
        Stretch of time the dates cover. Their own number would overstate the evidence:
        the years that follow two dates a month apart are mostly the same year.
    prior : dict of str to float
        Weights set by judgement; the others keep theirs.

    Returns
    -------
    dict of str to float
        Sums to what `prior` sums to.
    """
    whole = sum(prior[name] for name in FORETELLING)
    means = {}
    for name in FORETELLING:
        known = [row[name] for row in leads if np.isfinite(row[name])]
        means[name] = max(float(np.mean(known)), 0.0) if known else 0.0
    found = sum(means.values())
    if found == 0:
        return dict(prior)
    trust = years / (years + PRIOR_YEARS)
    learned = {
        name: trust * whole * means[name] / found + (1 - trust) * prior[name]
        for name in FORETELLING
    }
    return {**prior, **learned}
