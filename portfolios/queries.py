"""Reads of portfolios: documents in, domain values out."""

from django.db import connection

from market.queries import latest_quotes, market_status, price_panel
from portfolios.analysis import value_history
from portfolios.domain.holdings import Account, Held, Valuation
from portfolios.domain.valuation import value_portfolio
from portfolios.ledgers import flows_since, ledger_columns, position_columns, trades_of
from portfolios.models import Portfolio

__all__ = [
    "account_of",
    "changed_since",
    "day_range",
    "flows_since",
    "held_of",
    "ledger_columns",
    "movers_today",
    "portfolio_count",
    "portfolio_of",
    "position_columns",
    "session_holdings",
    "top_portfolios",
    "trades_of",
    "valuation_of",
    "value_history",
    "worst_portfolios",
]


def portfolio_of(user):
    """The investor's portfolio, the oldest if there are several; None before the first trade."""
    return Portfolio.objects.filter(investor=user).order_by("created_at").first()


def held_of(portfolio):
    """Open positions as the valuation takes them."""
    return [Held(p.symbol, float(p.quantity), float(p.cost)) for p in portfolio.positions or ()]


def account_of(portfolio):
    """Money put in, taken out and earned by sales so far."""
    return Account(
        realised=float(portfolio.realised_profit),
        money_in=float(portfolio.money_in),
        money_out=float(portfolio.money_out),
    )


def session_holdings(portfolio):
    """What a valuation needs besides prices: positions, account, trades of this session.

    Nothing of each for None, an investor without a portfolio.
    """
    if portfolio is None:
        return [], Account(), {}
    flows = flows_since(portfolio, market_status().session_date)
    return held_of(portfolio), account_of(portfolio), flows


def valuation_of(portfolio, *, quotes=None) -> Valuation:
    """The portfolio at the latest prices: the one source of its value on every page.

    A page that also shows a history passes one set of quotes to both (see
    `portfolios.analysis.quotes_for`), so that they agree while prices tick.
    """
    held, account, flows = session_holdings(portfolio)
    if quotes is None:
        quotes = latest_quotes({p.symbol for p in held} | set(flows))
    return value_portfolio(held, quotes, account=account, flows=flows)


def movers_today(valuation, count=3):
    """Holdings that rose and that fell most today, each list by size of the move."""
    known = sorted(
        (h for h in valuation.holdings if h.today_fraction == h.today_fraction),
        key=lambda h: h.today_fraction,
    )
    risen = [h for h in reversed(known) if h.today_fraction > 0][:count]
    return risen, [h for h in known if h.today_fraction < 0][:count]


def changed_since(instant):
    """Numbers of the investors whose ledger changed at `instant` or later."""
    return set(
        Portfolio.objects.filter(changed_at__gte=instant).values_list("investor_number", flat=True)
    )


RANKINGS = ("total_return", "return_1y", "value")


def top_portfolios(n=10, *, by="total_return", minimum=0):
    """Portfolios worth at least `minimum` with the most of `by` as last valued, best first."""
    return list(_ranked(by, minimum).order_by(f"-{by}")[:n])


def worst_portfolios(n=10, *, by="total_return", minimum=0):
    """Portfolios worth at least `minimum` with the least of `by` as last valued, worst first."""
    return list(_ranked(by, minimum).order_by(by)[:n])


def portfolio_count():
    """About how many portfolios there are, from the collection's own statistics."""
    return connection.get_collection(Portfolio._meta.db_table).estimated_document_count()


def _ranked(by, minimum):
    if by not in RANKINGS:
        raise ValueError(f"Portfolios are ranked by one of {', '.join(RANKINGS)}, not {by!r}.")
    # "Greater than minus infinity" leaves out the unknown and lets the index give the order.
    known = Portfolio.objects.filter(**{f"{by}__gt": float("-inf")})
    return known.filter(value__gte=minimum) if minimum else known


def day_range(symbol, day):
    """Lowest and highest price of a stock on a day; NaN where that day is not known."""
    low, high = (
        price_panel(column=column, symbols=(symbol,), start=day, end=day).values
        for column in ("low", "high")
    )
    return (float(low[0, 0]), float(high[0, 0])) if len(low) else (float("nan"),) * 2
