"""What is known of every stock on a day: one row a stock, shared by all investors."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from sklearn.covariance import ledoit_wolf

from market.domain.statistics import (
    TRADING_DAYS,
    YEAR_RETURNS,
    annualised_volatilities,
    simple_returns,
)

YEAR = TRADING_DAYS
MONTH = 21
RISK_DAYS = 2 * YEAR
MEAN_DAYS = 3 * YEAR
LIQUIDITY_DAYS = 60
STALE_DAYS = 10

PREMIUM = 0.05
"""Assumed yearly reward for bearing the risk of the whole market."""


@dataclass(frozen=True, eq=False)
class MarketFeatures:
    """Figures of every stock on one day.

    Attributes
    ----------
    as_of : date
        The last day seen.
    symbols : tuple of str, length n_stocks
    sectors, cap_classes : ndarray of str, shape (n_stocks,)
    price : ndarray
        Last close, rupees; NaN where the stock did not trade lately.
    known : ndarray of bool
        Whether there is history enough; figures of the others are NaN.
    volatility : ndarray
        Sample deviation of the last 252 daily returns, times the root of 252.
    momentum : ndarray
        Return over the eleven months that ended a month ago ("12-1").
    one_year, drawdown : ndarray
        Return over 252 days, and the largest fall within them (negative).
    expected_return : ndarray
        Fraction a year, see `shrunk_returns`.
    traded_value : ndarray
        Median rupees traded a day over 60 days.
    covariance : ndarray, shape (n_stocks, n_stocks)
        Per year, of the last 504 daily returns, shrunk (Ledoit and Wolf 2004).
    long_run : float
        The yearly return that expected returns are shrunk towards.
    """

    as_of: date
    symbols: tuple[str, ...]
    sectors: np.ndarray
    cap_classes: np.ndarray
    price: np.ndarray
    known: np.ndarray
    volatility: np.ndarray
    momentum: np.ndarray
    one_year: np.ndarray
    drawdown: np.ndarray
    expected_return: np.ndarray
    traded_value: np.ndarray
    covariance: np.ndarray
    long_run: float


def measure(dates, adjusted, close, volume, *, symbols, sectors, cap_classes, long_run):
    """Work out the features of every stock on the last day of the panels.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (n_days,)
        Oldest first; 757 of them use every window in full.
    adjusted, close, volume : ndarray of shape (n_days, n_stocks)
        Closes adjusted for splits and dividends, for splits alone, and shares traded; NaN
        where unknown.
    symbols, sectors, cap_classes : sequence of str, length n_stocks
    long_run : float
        Yearly return to shrink expected returns towards.

    Returns
    -------
    MarketFeatures

    References
    ----------
    .. [1] N. Jegadeesh and S. Titman (1993), Returns to buying winners and selling losers.
    .. [2] O. Ledoit and M. Wolf (2004), A well-conditioned estimator for large-dimensional
       covariance matrices.
    """
    adjusted, close = adjusted[-MEAN_DAYS - 1 :], close[-MEAN_DAYS - 1 :]
    returns = simple_returns(adjusted)
    recent = np.isfinite(close[-STALE_DAYS:]).any(axis=0)
    volatility = annualised_volatilities(returns[-YEAR:], fewest=YEAR_RETURNS)
    # A price that never moved is one that was repeated, not one that was made.
    known = recent & (volatility > 0)
    blank = np.where(known, 1.0, np.nan)
    filled = carry_forward(adjusted)
    year_path = filled[-YEAR - 1 :]
    traded = close[-LIQUIDITY_DAYS:] * volume[-LIQUIDITY_DAYS:]
    with np.errstate(all="ignore"):
        peaks = np.fmax.accumulate(year_path, axis=0)
        return MarketFeatures(
            as_of=dates[-1].item(),
            symbols=tuple(symbols),
            sectors=np.asarray(sectors, dtype=str),
            cap_classes=np.asarray(cap_classes, dtype=str),
            price=np.where(recent, carry_forward(close)[-1], np.nan),
            known=known,
            volatility=blank * volatility,
            momentum=blank * (_back(filled, MONTH) / _back(filled, YEAR) - 1),
            one_year=blank * (filled[-1] / _back(filled, YEAR) - 1),
            drawdown=blank * _column(np.nanmin, year_path / peaks - 1),
            expected_return=blank * shrunk_returns(returns, known=known, long_run=long_run),
            traded_value=_column(np.nanmedian, traded),
            covariance=shrunk_covariance(returns[-RISK_DAYS:]),
            long_run=long_run,
        )


def shrunk_returns(returns, *, known, long_run):
    """Expect of each stock what its share in the market's risk earns, and little of its past.

    The starting point is the capital asset pricing model: the average stock earns the long
    run, one that moves more with all stocks earns more, ``p_j = long_run + (b_j - 1) *
    premium``, with betas drawn a third of the way to 1 (Blume). A mean of three years adds
    almost nothing to that: its standard error is a third of the yearly volatility or more.
    So each stock keeps only the part of its lead over that start that is larger than chance
    would make it (empirical Bayes): ``p_j + w_j * (m_j - mean(m) - (p_j - mean(p)))``,
    ``w_j = t^2 / (t^2 + se_j^2)``, t^2 the variance of those leads less the mean of se^2,
    not below 0.

    Parameters
    ----------
    returns : ndarray of shape (n_days, n_stocks)
        Daily simple returns, NaN where unknown.
    known : ndarray of bool, shape (n_stocks,)
        Stocks that count for the average and the spread; the rest get NaN.
    long_run : float
        Fraction a year.

    Returns
    -------
    ndarray of shape (n_stocks,)
        Fraction a year.

    References
    ----------
    .. [1] W. F. Sharpe (1964), Capital asset prices.
    .. [2] M. E. Blume (1975), Betas and their regression tendencies.
    .. [3] B. Efron and C. Morris (1975), Data analysis using Stein's estimator.
    """
    expected = np.full(returns.shape[1], np.nan)
    if not known.any():
        return expected
    own = returns[:, known]
    start = long_run + PREMIUM * (betas(own) - 1)
    days = np.isfinite(own).sum(axis=0)
    means = np.nanmean(own, axis=0) * YEAR
    leads = means - means.mean() - (start - start.mean())
    errors = np.nanvar(own, axis=0, ddof=1) * YEAR * YEAR / days
    spread = max(float(np.var(leads)) - float(np.mean(errors)), 0.0)
    expected[known] = start + spread / (spread + errors) * leads
    return expected


def betas(returns):
    """How much each stock moves with the average of all, drawn a third of the way to 1.

    Parameters
    ----------
    returns : ndarray of shape (n_days, n_stocks)
        NaN where unknown: such a day tells nothing of that stock.

    Returns
    -------
    ndarray of shape (n_stocks,)
        1 throughout where the average never moves.
    """
    with np.errstate(all="ignore"):
        market = np.nan_to_num(_row_means(returns))
    market = market - market.mean()
    variance = float(market @ market)
    if variance == 0:
        return np.ones(returns.shape[1])
    aside = np.nan_to_num(returns - np.nanmean(returns, axis=0))
    return (2 * (market @ aside) / variance + 1) / 3


def shrunk_covariance(returns):
    """Estimate the yearly covariance of all stocks.

    Parameters
    ----------
    returns : ndarray of shape (n_days, n_stocks)
        Daily simple returns; an unknown one is taken to be that day's average of all
        stocks, the best guess there is, since a missing day is no day of zero return.

    Returns
    -------
    ndarray of shape (n_stocks, n_stocks)
    """
    with np.errstate(all="ignore"):
        average = np.nan_to_num(_row_means(returns))
    filled = np.where(np.isfinite(returns), returns, average[:, None])
    covariance, _ = ledoit_wolf(filled)
    return covariance * YEAR


def carry_forward(values):
    """Fill gaps in prices with the last known one, for reading a level on a given day."""
    rows = np.where(np.isfinite(values), np.arange(len(values))[:, None], 0)
    return np.take_along_axis(values, np.maximum.accumulate(rows, axis=0), axis=0)


def _back(values, days):
    return values[-1 - days] if len(values) > days else np.full(values.shape[1], np.nan)


def _row_means(values):
    counts = np.isfinite(values).sum(axis=1)
    return np.nansum(values, axis=1) / np.where(counts, counts, np.nan)


def _column(statistic, values, **options):
    """Apply a NaN-aware statistic to the columns that know anything at all."""
    result = np.full(values.shape[1], np.nan)
    some = np.isfinite(values).sum(axis=0) > 1
    if some.any():
        result[some] = statistic(values[:, some], axis=0, **options)
    return result
