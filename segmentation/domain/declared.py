"""Features a customer states: income, savings rate and risk score."""

import numpy as np


def declared_columns(*, annual_income, monthly_spending, risk_score):
    """Compute the declared block.

    Parameters
    ----------
    annual_income, monthly_spending : ndarray of float64, shape (n,)
        Rupees; NaN where not stated.
    risk_score : ndarray of float64, shape (n,)
        0 to 100; NaN where the questionnaire is not answered.

    Returns
    -------
    dict of str to ndarray of float64, shape (n,)
        `annual_income`, `savings_rate` = 1 - 12 x spending / income, at least
        -1, and `risk_score`; NaN where unknown, infinite or out of range.
    """
    income = np.asarray(annual_income, float)
    spending = np.asarray(monthly_spending, float)
    score = np.asarray(risk_score, float)
    income = np.where(np.isfinite(income) & (income > 0), income, np.nan)
    spending = np.where(np.isfinite(spending) & (spending >= 0), spending, np.nan)
    return {
        "annual_income": income,
        "savings_rate": np.maximum(1 - 12 * spending / income, -1.0),
        "risk_score": np.where((score >= 0) & (score <= 100), score, np.nan),
    }
