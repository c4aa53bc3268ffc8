"""Reads of portfolios: documents in, domain values out."""

from collections import defaultdict
from decimal import Decimal

from market.queries import latest_quotes, market_status
from portfolios.columns import ledger_columns, position_columns
from portfolios.domain.ledger import Trade
from portfolios.domain.valuation import Account, DayFlow, Held, Valuation, value_portfolio
from portfolios.models import Portfolio, Transaction

__all__ = [
    "account_of",
    "changed_since",
    "flows_since",
    "held_of",
    "ledger_columns",
    "movers_today",
    "portfolio_of",
    "position_columns",
    "top_portfolios",
    "trades_of",
    "valuation_of",
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


def trades_of(portfolio, *, symbol=None, since=None):
    """Trades of the ledger as domain values, oldest first."""
    rows = Transaction.objects.filter(portfolio_id=portfolio.pk)
    if symbol is not None:
        rows = rows.filter(symbol=symbol)
    if since is not None:
        rows = rows.filter(trade_date__gte=since)
    fields = ("side", "symbol", "quantity", "price", "trade_date", "charges", "sequence")
    return [
        Trade(side, name, Decimal(quantity), price, day, charges, sequence)
        for side, name, quantity, price, day, charges, sequence in rows.order_by(
            "trade_date", "sequence"
        ).values_list(*fields)
    ]


def flows_since(portfolio, day):
    """What was bought and sold, by symbol, on `day` and after."""
    sums = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for trade in trades_of(portfolio, since=day):
        side = 0 if trade.side == "buy" else 1
        sums[trade.symbol][side] += float(trade.quantity)
        sums[trade.symbol][2 + side] += float(trade.amount)
    return {symbol: DayFlow(*amounts) for symbol, amounts in sums.items()}


def valuation_of(portfolio) -> Valuation:
    """The portfolio at the latest prices: the one source of its value on every page."""
    held = held_of(portfolio)
    flows = flows_since(portfolio, market_status().session_date)
    quotes = latest_quotes(tuple({p.symbol for p in held} | set(flows)))
    return value_portfolio(held, quotes, account=account_of(portfolio), flows=flows)


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
