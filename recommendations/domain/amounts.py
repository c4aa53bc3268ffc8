"""How much to put into the recommended stocks."""

import numpy as np

MONTHS_OF_SAVING = 3
SHARE_OF_PORTFOLIO = 0.10
SHARE_OF_TRADED_VALUE = 0.01

RULE = (
    "Three months of what you save (income less spending); where that is not declared, a tenth "
    "of the portfolio. Split so that each stock adds about the same risk, never more than your "
    "limit for one stock nor a hundredth of what is traded in a day, in whole shares."
)


def budgets(annual_income, monthly_spending, portfolio_value):
    """Suggest how much to invest in all.

    Parameters
    ----------
    annual_income, monthly_spending, portfolio_value : ndarray of shape (n_investors,)
        Rupees; NaN where not declared. Who spends more than they earn is advised nothing.

    Returns
    -------
    ndarray of shape (n_investors,)
        Rupees; NaN where neither saving nor portfolio is known.
    """
    saving = MONTHS_OF_SAVING * (annual_income / 12 - monthly_spending)
    held = np.where(portfolio_value > 0, SHARE_OF_PORTFOLIO * portfolio_value, np.nan)
    return np.where(np.isfinite(saving), np.maximum(saving, 0.0), held)


def split(budget, portfolio_value, *, volatility, price, traded_value, stock_share):
    """Split a budget over one investor's stocks, in whole shares.

    Parameters
    ----------
    budget, portfolio_value : float
        Rupees; `budget` may be NaN.
    volatility, price, traded_value : ndarray of shape (n_picks,)
    stock_share : float
        Most of the portfolio in one stock after all purchases. An investor who holds
        nothing yet is not bound by it.

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
    if portfolio_value > 0:
        parts = np.minimum(parts, stock_share * (portfolio_value + budget))
    parts = np.minimum(parts, SHARE_OF_TRADED_VALUE * traded_value)
    shares = np.floor(parts / price + 1e-9).astype(int)
    return shares, shares * price
