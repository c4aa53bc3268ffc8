"""Reads that join a ledger with the market: performance, composition and risk of a portfolio."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from market.domain.instruments import DEFAULT_BENCHMARK
from market.domain.statistics import simple_returns
from market.queries import instruments, latest_quotes, market_status, price_panel
from portfolios.domain import risk
from portfolios.domain.allocation import SectorReturn, Slice, sector_returns, split
from portfolios.domain.correlation import (
    Correlation,
    correlate,
    effective_holdings,
)
from portfolios.domain.default_risk import Credit
from portfolios.domain.figures import Figure
from portfolios.domain.losses import DAYS, HEADLINE, loss_figure
from portfolios.domain.performance import Performance, perform
from portfolios.exposures import credit_for
from portfolios.ledgers import flows_for

YEAR = 252
USUAL = 20
"""Sessions whose median volume stands for a usual day."""


@dataclass(frozen=True)
class Composition:
    """Where the money is, by sector and by size, and how evenly it is spread."""

    sectors: tuple[Slice, ...]
    sizes: tuple[Slice, ...]
    effective_holdings: float


@dataclass(frozen=True)
class Risk:
    """Market, liquidity and credit risk of what is held today."""

    volatility: Figure
    benchmark_volatility: Figure
    drawdown: risk.Drawdown | None
    beta: Figure
    tracking_error: float
    value_at_risk: Figure
    liquidity: Figure
    credit: Credit


def quotes_for(flows):
    """Latest quotes of everything ever held, and of the benchmark."""
    return quotes_of(_symbols(flows))


def quotes_of(symbols):
    """Latest quotes of stocks, and of the benchmark."""
    return latest_quotes({*symbols, DEFAULT_BENCHMARK})


def _symbols(flows):
    return tuple(sorted({flow.symbol for flow in flows} - {""}))


def performance_of(portfolio, *, flows=None, quotes=None) -> Performance | None:
    """Performance since the first entry, its last day at the latest prices; None without any.

    `flows` and `quotes` are read unless a caller that has them already passes them.
    """
    flows = flows_for(portfolio) if flows is None else flows
    if not flows:
        return None
    symbols = _symbols(flows)
    quotes = quotes_for(flows) if quotes is None else quotes
    dates, closes = closes_to_now((*symbols, DEFAULT_BENCHMARK), quotes, start=flows[0].day)
    return perform(flows, dates, symbols, closes[:, :-1], closes[:, -1])


def closes_to_now(symbols, quotes, *, start=None):
    """Dates and closes up to the session under way, whose row holds the quotes given.

    Valuation uses the same quotes, so the end of a value curve is the value on the page.
    """
    stored = price_panel(column="close", symbols=symbols, start=start)
    session = np.datetime64(market_status().session_date, "D")
    dates, closes = stored.dates, stored.values
    if len(dates) and session < dates[-1]:
        return dates, closes
    now = np.array([[quotes[s].price if s in quotes else np.nan for s in symbols]])
    if len(dates) and dates[-1] == session:
        dates, closes = dates[:-1], closes[:-1]
    return np.append(dates, session), np.vstack([closes, now])


def composition_of(valuation) -> Composition:
    """Allocation of the priced holdings."""
    facts = instruments()
    weights = np.array([h.value for h in valuation.holdings if h.priced])
    return Composition(
        sectors=split(valuation.holdings, {f.symbol: f.sector for f in facts}),
        sizes=split(valuation.holdings, {f.symbol: f.cap_class for f in facts}),
        effective_holdings=effective_holdings(weights),
    )


def sectors_of(valuation) -> tuple[SectorReturn, ...]:
    """Return of the last 252 sessions of what is held in each sector, beside the sector."""
    panel = price_panel(column="adj_close", start=_sessions_ago(YEAR + 30))
    if len(panel.dates) <= YEAR:
        return ()
    begin = len(panel.dates) - YEAR - 1
    opening = panel.known_at(begin)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = panel.last_known() / opening - 1.0
    day = panel.dates[begin]
    volume = price_panel(column="volume", symbols=panel.symbols, start=day - USUAL * 2, end=day)
    usual = _median(volume.values[-USUAL:])
    sector_of = {f.symbol: f.sector for f in instruments()}
    return sector_returns(valuation.holdings, sector_of, panel.symbols, total, usual * opening)


def risk_of(valuation, performance: Performance | None) -> Risk:
    """Risk of today's holdings, and of the past where the past is asked."""
    priced = [h for h in valuation.holdings if h.priced]
    symbols = tuple(h.symbol for h in priced)
    panel = price_panel(column="adj_close", symbols=symbols, start=_sessions_ago(DAYS + 20))
    weights = np.array([h.value for h in priced])
    today = risk.weighted_returns(simple_returns(panel.values), weights)
    volumes = price_panel(column="volume", symbols=symbols, start=_sessions_ago(USUAL * 2))
    days = risk.days_to_sell(np.array([h.quantity for h in priced]), volumes.values[-USUAL:])
    none = np.empty(0)
    daily = performance.daily[-YEAR:] if performance else none
    benchmark = performance.benchmark_daily[-YEAR:] if performance else none
    return Risk(
        volatility=risk.volatility(daily),
        benchmark_volatility=risk.volatility(benchmark),
        drawdown=(
            risk.max_drawdown(performance.history.dates, performance.daily) if performance else None
        ),
        beta=risk.beta(daily, benchmark),
        tracking_error=risk.tracking_error(daily, benchmark),
        value_at_risk=loss_figure(
            today, valuation.value.value, method=HEADLINE, level=0.95, days=1
        )[0],
        liquidity=risk.liquidity(symbols, days),
        credit=credit_for(valuation),
    )


def correlation_of(holdings) -> Correlation:
    """Correlation of priced holdings over the last year."""
    symbols = tuple(h.symbol for h in holdings)
    panel = price_panel(column="adj_close", symbols=symbols, start=_sessions_ago(YEAR + 5))
    return correlate(symbols, panel.values[-YEAR - 1 :])


def value_history(portfolio, days=365):
    """Dates, values, and values of the same money in the benchmark, over the last days.

    Returns
    -------
    tuple of ndarray
        datetime64[D], float64 and float64, of equal length; empty without trades, and the
        third all NaN where the benchmark is unknown.
    """
    performance = performance_of(portfolio)
    if performance is None:
        return np.empty(0, "datetime64[D]"), np.empty(0), np.empty(0)
    dates, values = performance.history.dates, performance.history.values
    same = performance.equivalent.values if performance.equivalent else np.full(len(dates), np.nan)
    first = int(np.searchsorted(dates, dates[-1] - days))
    return dates[first:], values[first:], same[first:]


def _sessions_ago(sessions):
    """A day at least so many sessions back: three sessions take at most five days, and a fortnight
    covers the longest run of holidays."""
    return market_status().session_date - timedelta(days=sessions * 5 // 3 + 14)


def _median(values):
    known = ~np.isnan(values).all(axis=0) if len(values) else np.zeros(values.shape[1], bool)
    usual = np.full(values.shape[1], np.nan)
    usual[known] = np.nanmedian(values[:, known], axis=0)
    return usual
