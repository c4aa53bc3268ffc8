"""What each part of the score counts, learned from how well it foretold on past dates."""

import numpy as np
from scipy.stats import rankdata

from recommendations.domain.ranking import WEIGHTS

FORETELLING = ("peers", "momentum", "steadiness")
"""Parts that claim to tell which stocks will do better. What an investor asked for (sectors)
and what lowers their risk (diversification) serve other ends, and keep their weight."""

PRIOR_DATES = 12
"""Dates of evidence that the weights set by judgement are worth."""


def rank_correlation(values, outcomes):
    """Spearman's correlation of two columns; NaN with fewer than ten known pairs or no spread.

    Parameters
    ----------
    values, outcomes : ndarray of shape (n_stocks,)

    Returns
    -------
    float
        -1 to 1: the "information coefficient" of a forecast.
    """
    known = np.isfinite(values) & np.isfinite(outcomes)
    if known.sum() < 10:
        return float("nan")
    first, second = rankdata(values[known]), rankdata(outcomes[known])
    if first.std() == 0 or second.std() == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def learned_weights(correlations, *, prior=WEIGHTS):
    """Divide the weight of the foretelling parts by their record.

    Each gets a share in proportion to its mean rank correlation with the following year's
    returns, nothing where that is not positive; the shares are then mixed with those set
    by judgement, which count as `PRIOR_DATES` dates.

    Parameters
    ----------
    correlations : list of dict of str to float
        For each past date the correlation of each foretelling part; NaN where unknown.
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
        known = [row[name] for row in correlations if np.isfinite(row[name])]
        means[name] = max(float(np.mean(known)), 0.0) if known else 0.0
    found = sum(means.values())
    if found == 0:
        return dict(prior)
    trust = len(correlations) / (len(correlations) + PRIOR_DATES)
    learned = {
        name: trust * whole * means[name] / found + (1 - trust) * prior[name]
        for name in FORETELLING
    }
    return {**prior, **learned}
