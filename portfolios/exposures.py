"""Reads that join holdings with what their companies owe."""

from market.debts import latest_debts
from market.domain.calendar import IST
from market.domain.statistics import YEAR_RETURNS, annualised_volatilities
from market.queries import instruments, market_status, price_panel, year_of_returns
from portfolios.domain.default_risk import Credit, Exposure, credit_of
from portfolios.domain.ratios import risk_free_on


def credit_for(valuation) -> Credit:
    """Credit risk of the priced holdings, at the prices of the valuation."""
    priced = [h for h in valuation.holdings if h.priced and h.value > 0]
    symbols = tuple(h.symbol for h in priced)
    status = market_status()
    sectors = {fact.symbol: fact.sector for fact in instruments()}
    debts = latest_debts(symbols, source=status.source, on=status.session_date)
    volatilities = annualised_volatilities(year_of_returns(symbols), fewest=YEAR_RETURNS)
    days = price_panel(column="adj_close", symbols=symbols).dates
    returns_to = days[-1].astype(object) if len(days) else None
    rate, since = risk_free_on(status.session_date)
    exposures = [
        Exposure(
            symbol=h.symbol,
            sector=sectors.get(h.symbol, ""),
            value=h.value,
            price=h.price,
            priced_on=h.at.astimezone(IST).date() if h.at else None,
            volatility=float(volatility),
            returns_to=returns_to,
            debt=debts.get(h.symbol),
        )
        for h, volatility in zip(priced, volatilities, strict=True)
    ]
    return credit_of(exposures, rate=rate, rate_on=since, today=status.session_date)
