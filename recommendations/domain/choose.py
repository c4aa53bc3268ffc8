"""From scores to the few stocks an investor is shown."""

import numpy as np

PICKS = 5
FEWEST = 4


def choose(scores, allowed, sectors, *, picks=PICKS, fewest=FEWEST):
    """Choose the best-scored allowed stocks, no two of one sector while that leaves enough.

    Parameters
    ----------
    scores : ndarray of shape (n_investors, n_stocks)
    allowed : ndarray of bool, shape (n_investors, n_stocks)
    sectors : ndarray of str, shape (n_stocks,)
    picks : int
        Stocks to choose.
    fewest : int
        With fewer sectors than this, a second stock of a sector is let in.

    Returns
    -------
    ndarray of int, shape (n_investors, picks)
        Columns of the chosen stocks, best first; -1 where there is none left.
    """
    left = np.where(allowed & np.isfinite(scores), scores, -np.inf)
    rows = np.arange(len(scores))
    codes = np.unique(sectors, return_inverse=True)[1]
    chosen = np.full((len(scores), picks), -1)
    open_again = left.copy()
    for place in range(picks):
        best = left.argmax(axis=1)
        found = np.isfinite(left[rows, best])
        if place < fewest and not found.all():
            # Sectors have run out: from here these investors choose among all that is left.
            left[~found] = open_again[~found]
            best = left.argmax(axis=1)
            again = ~found
            found = np.isfinite(left[rows, best])
        else:
            again = np.zeros(len(rows), dtype=bool)
        chosen[found, place] = best[found]
        open_again[rows[found], best[found]] = -np.inf
        closed = codes[None, :] == codes[best][:, None]
        closed[~found] = False
        closed[again] = False
        left[closed] = -np.inf
        left[rows[found], best[found]] = -np.inf
    return chosen


def runner_up(scores, allowed, chosen):
    """Find the best allowed stock that was not chosen; -1 where there is none."""
    left = np.where(allowed & np.isfinite(scores), scores, -np.inf)
    rows = np.arange(len(scores))
    for place in range(chosen.shape[1]):
        some = chosen[:, place] >= 0
        left[rows[some], chosen[some, place]] = -np.inf
    best = left.argmax(axis=1)
    return np.where(np.isfinite(left[rows, best]), best, -1)
