"""From scores to the few stocks an investor is shown."""

import numpy as np

PICKS = 5


def choose(scores, allowed, sectors, *, picks=PICKS):
    """Choose the best-scored allowed stocks, no two of one sector.

    Parameters
    ----------
    scores : ndarray of shape (n_investors, n_stocks)
    allowed : ndarray of bool, shape (n_investors, n_stocks)
    sectors : ndarray of str, shape (n_stocks,)
    picks : int

    Returns
    -------
    chosen : ndarray of int, shape (n_investors, picks)
        Columns of the chosen stocks, best first; -1 where no further sector has any.
    runner_up : ndarray of int, shape (n_investors,)
        The stock next in line; -1 where there is none.
    """
    left = np.where(allowed & np.isfinite(scores), scores, -np.inf)
    codes = np.unique(sectors, return_inverse=True)[1]
    rows = np.arange(len(scores))
    chosen = np.full((len(scores), picks + 1), -1)
    for place in range(picks + 1):
        best = left.argmax(axis=1)
        found = np.isfinite(left[rows, best])
        chosen[found, place] = best[found]
        left[codes[None, :] == codes[best][:, None]] = -np.inf
    return chosen[:, :picks], chosen[:, picks]
