"""Reads of portfolios: documents in, domain values out."""

from bson import ObjectId
from django.db import connection

from accounts.queries import rows_of
from market.domain.calendar import nse_calendar
from market.queries import latest_quotes, market_status
from portfolios.analysis import value_history
from portfolios.census import ledger_columns, position_columns
from portfolios.domain.holdings import Account, Held, Valuation
from portfolios.domain.valuation import value_portfolio
from portfolios.ledgers import flows_for, flows_since
from portfolios.models import ImportBatch, ImportMapping, LedgerChange, Portfolio, Transaction
from portfolios.prices import REACH

__all__ = [
    "REACH",
    "account_of",
    "changed_since",
    "chosen_portfolio",
    "closed_portfolios_of",
    "flows_for",
    "flows_since",
    "held_of",
    "latest_trade_date",
    "ledger_columns",
    "movers_today",
    "own_portfolio",
    "personal_data_of",
    "portfolio_count",
    "portfolio_names",
    "portfolio_of",
    "portfolios_of",
    "position_columns",
    "session_holdings",
    "sessions_around",
    "top_portfolios",
    "valuation_of",
    "value_history",
    "worst_portfolios",
]


CHOSEN = "portfolio"
"""Where a session keeps the key of the portfolio that its pages are about."""


def portfolio_of(user):
    """The investor's open portfolio, the oldest if there are several; None if there is none."""
    return _open(user).order_by("created_at").first()


def portfolios_of(user):
    """All of the investor's open portfolios, the oldest first."""
    return list(_open(user).order_by("created_at"))


def closed_portfolios_of(user):
    """Portfolios that the investor closed, the last one first."""
    closed = Portfolio.objects.filter(investor=user, closed_at__isnull=False)
    return list(closed.order_by("-closed_at"))


def last_change_of(user):
    """When any portfolio of the investor, open or closed, last changed; None without one."""
    newest = Portfolio.objects.filter(investor=user).order_by("-changed_at")
    return newest.values_list("changed_at", flat=True).first()


def portfolio_names(user):
    """As `portfolios_of`, with nothing but their keys and names."""
    return list(_open(user).order_by("created_at").only("name"))


def own_portfolio(user, key):
    """The investor's open portfolio of that key; None if the investor has no such one."""
    if not ObjectId.is_valid(key or ""):
        return None
    return _open(user).filter(pk=key).first()


def _open(user):
    return Portfolio.objects.filter(investor=user, closed_at__isnull=True)


def chosen_portfolio(user, session):
    """The portfolio the investor chose last in this session, else the oldest."""
    return own_portfolio(user, session.get(CHOSEN)) or portfolio_of(user)


def held_of(portfolio):
    """Open positions as the valuation takes them."""
    return [Held(p.symbol, float(p.quantity), float(p.cost)) for p in portfolio.positions or ()]


def account_of(portfolio):
    """Money put in, taken out and earned by sales so far."""
    return Account(
        realised=float(portfolio.realised_profit),
        money_in=float(portfolio.money_in),
        money_out=float(portfolio.money_out),
        dividends=float(portfolio.dividends),
        fees=float(portfolio.fees),
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


def valuations_of(portfolios) -> list[Valuation]:
    """Portfolios at one set of the latest prices; what changed today is not asked of them."""
    held = [held_of(each) for each in portfolios]
    quotes = latest_quotes({position.symbol for of in held for position in of})
    return [
        value_portfolio(of, quotes, account=account_of(each))
        for each, of in zip(portfolios, held, strict=True)
    ]


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


def latest_trade_date():
    """Session the prices belong to, or a later one begun while no feed runs to say so."""
    status = market_status()
    return max(status.session_date, nse_calendar().session_at(status.clock))


def sessions_around(day, *, latest):
    """`before`: the session on or before a day; `after`: the next one, None if after `latest`.

    A day before the calendar begins counts as a session: nothing is known against it.
    """
    calendar = nse_calendar()
    if day < calendar.sessions[0].astype(object):
        return {"before": day, "after": None}
    after = calendar.next_session(day)
    return {
        "before": calendar.session_on_or_before(day),
        "after": after if after <= latest else None,
    }


def personal_data_of(user):
    """Everything this app keeps about a user, table by table, as plain values."""
    return {
        "portfolios": rows_of(Portfolio.objects.filter(investor=user)),
        "ledger": rows_of(Transaction.objects.filter(investor_number=user.number)),
        # A file that is not booked yet is the customer's own; what was read of it is left out.
        "imports": rows_of(
            ImportBatch.objects.filter(investor=user).defer("file", "plan"),
            without=("file", "plan"),
        ),
        "import mappings": rows_of(ImportMapping.objects.filter(investor=user)),
        # Who of the staff it was is theirs; what and when is the customer's.
        "ledger changes": rows_of(LedgerChange.objects.filter(investor_number=user.number)),
    }
