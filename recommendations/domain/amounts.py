"""How much to put into the recommended stocks."""

import numpy as np

MONTHS_OF_SAVING = 3
FIRST_MONTHS = 1
"""Of saving: a first step, and the least that what is held is taken for."""
SHARE_OF_PORTFOLIO = 0.10
SHARE_OF_TRADED_VALUE = 0.01

RULE = (
    "Three months of what you save (income less spending), but never more at once than you hold "
    "now, or than one month of saving where that is more; where saving is not declared, a tenth "
    "of what you hold. All your portfolios count together. Split so that each stock adds about the "
    "same risk, in whole shares; never more than your limits allow of portfolio and budget "
    "together, nor more than a hundredth of what is traded in a day."
)


BASES = (
    "three months of what you save",
    "as much as you hold now; three months of what you save would be more",
    "one month of what you save; you hold less than that now",
    "a tenth of what you hold, since income and spending are not declared",
)
"""What a budget rests on, in words; `bases` gives the place."""


def budgets(annual_income, monthly_spending, portfolio_value):
    """Suggest how much to invest in all.

    Three months of saving are a step that a large portfolio hardly notices and a small one is
    turned over by: no step is larger than what is held, or one month of saving.

    Parameters
    ----------
    annual_income, monthly_spending, portfolio_value : ndarray of shape (n_investors,)
        Rupees; NaN where not declared. Who spends more than they earn is advised nothing.

    Returns
    -------
    ndarray of shape (n_investors,)
        Rupees; NaN where neither saving nor portfolio is known.
    """
    saving = np.maximum(annual_income / 12 - monthly_spending, 0.0)
    most = np.maximum(portfolio_value, FIRST_MONTHS * saving)
    held = np.where(portfolio_value > 0, SHARE_OF_PORTFOLIO * portfolio_value, np.nan)
    return np.where(np.isfinite(saving), np.minimum(MONTHS_OF_SAVING * saving, most), held)


def bases(annual_income, monthly_spending, portfolio_value):
    """Tell what each of `budgets` rests on; parameters as there.

    Returns
    -------
    ndarray of int, shape (n_investors,)
        Place in `BASES`.
    """
    saving = np.maximum(annual_income / 12 - monthly_spending, 0.0)
    by_saving = np.select(
        [portfolio_value >= MONTHS_OF_SAVING * saving, portfolio_value > FIRST_MONTHS * saving],
        [0, 1],
        2,
    )
    return np.where(np.isfinite(saving), by_saving, 3)


def split(budget, *, volatility, price, traded_value, room):
    """Split a budget over one investor's stocks, in whole shares.

    Parameters
    ----------
    budget : float
        Rupees; may be NaN.
    volatility, price, traded_value : ndarray of shape (n_picks,)
    room : ndarray of shape (n_picks,)
        Most rupees that the concentration limits leave, see `room_left`.

    Returns
    -------
    shares : ndarray of int, shape (n_picks,)
        0 where one share costs more than its part of the budget.
    amounts : ndarray of shape (n_picks,)
        Rupees; NaN throughout where the budget is unknown.
    """
    if not np.isfinite(budget):
        return np.zeros(len(price), dtype=int), np.full(len(price), np.nan)
    parts = budget * (1 / volatility) / (1 / volatility).sum()
    parts = np.minimum(parts, SHARE_OF_TRADED_VALUE * traded_value)
    parts = np.minimum(parts, np.maximum(room, 0.0))
    # A part worth exactly one share must not lose it to rounding.
    shares = np.floor(parts / price + 1e-9).astype(int)
    return shares, shares * price


def room_left(base, held, *, share):
    """Most that may be added so that what is held stays within its share of `base`.

    Parameters
    ----------
    base : float
        Rupees: the portfolio and the budget together, so that who holds little yet is
        measured against what they are about to hold.
    held : float or ndarray
    share : float

    Returns
    -------
    float or ndarray
        Negative where the share is exceeded already.
    """
    return share * base - held
