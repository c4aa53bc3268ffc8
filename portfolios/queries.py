"""Reads of portfolios: documents in, domain values out."""

from market.queries import latest_quotes, market_status
from portfolios.analysis import value_history
from portfolios.domain.valuation import Account, Held, Valuation, value_portfolio
from portfolios.ledgers import flows_since, ledger_columns, position_columns, trades_of
from portfolios.models import Portfolio

__all__ = [
    "account_of",
    "changed_since",
    "flows_since",
    "held_of",
    "ledger_columns",
    "movers_today",
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


def valuation_of(portfolio) -> Valuation:
    """The portfolio at the latest prices: the one source of its value on every page."""
    held, account, flows = session_holdings(portfolio)
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


def top_portfolios(n=10, *, by="total_return"):
    """Portfolios with the most of `by` as last valued, the best first."""
    return list(_ranked(by, f"-{by}")[:n])


def worst_portfolios(n=10, *, by="total_return"):
    """Portfolios with the least of `by` as last valued, the worst first."""
    return list(_ranked(by, by)[:n])


RANKINGS = ("total_return", "return_1y", "value")


def _ranked(by, order):
    if by not in RANKINGS:
        raise ValueError(f"Portfolios are ranked by one of {', '.join(RANKINGS)}, not {by!r}.")
    # "Greater than minus infinity" leaves out the unknown and walks the index.
    return Portfolio.objects.filter(**{f"{by}__gt": float("-inf")}).order_by(order)
