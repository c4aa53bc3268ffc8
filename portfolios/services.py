"""Writes of portfolios: opening one, recording a trade, valuing all."""

import math
import random
import time
from dataclasses import replace

from django.db import DatabaseError, IntegrityError, connection
from django.utils import timezone
from django_mongodb_backend.transaction import atomic
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from market.queries import instruments
from portfolios.batches import day_flow, position_batches, price_board, year_ago
from portfolios.broadcast import announce_change
from portfolios.domain.batch import value_portfolios, year_returns
from portfolios.domain.ledger import Book, LedgerError, OversellError, Trade, book_of
from portfolios.domain.orders import OrderError, checked_trade
from portfolios.ledgers import derived_from, entered_trades
from portfolios.models import Portfolio, Transaction
from portfolios.queries import latest_trade_date, portfolio_of
from portfolios.splits import known_splits, scaled

ATTEMPTS = 12


class TradeRefused(ValueError):
    """A trade that cannot be booked; nothing was saved. `field` is the one to correct."""

    def __init__(self, message, *, field=None):
        super().__init__(f"{message} Nothing was saved.")
        self.field = field


class PortfolioBusy(Exception):
    """Others kept writing to the portfolio; nothing was saved and it may be tried again."""

    def __init__(self):
        super().__init__(
            "The portfolio is being changed from somewhere else. Nothing was saved: try again."
        )


def create_portfolio(*, investor, name="My portfolio"):
    """Open an empty portfolio; the one of that name is returned if there is one."""
    values = {"investor_number": investor.number, "changed_at": timezone.now(), "positions": []}
    try:
        portfolio, _ = Portfolio.objects.get_or_create(
            investor=investor, name=name, defaults=values
        )
    except IntegrityError:  # the same investor, a moment earlier in another window
        portfolio = Portfolio.objects.get(investor=investor, name=name)
    return portfolio


def portfolio_for(*, investor):
    """The investor's portfolio, opened if there is none yet."""
    return portfolio_of(investor) or create_portfolio(investor=investor)


def trade_from(**entry) -> Trade:
    """The trade entered, checked against the instruments and the market's clock.

    Raises
    ------
    TradeRefused
        Naming the field at fault.
    """
    known = {facts.symbol for facts in instruments()}
    try:
        return checked_trade(**entry, known_symbols=known, latest_day=latest_trade_date())
    except OrderError as error:
        raise TradeRefused(str(error), field=error.field) from error


def record_trade(
    *,
    portfolio,
    side,
    symbol,
    quantity,
    price,
    trade_date,
    charges=None,
    is_sip=False,
    idempotency_key=None,
):
    """Book a buy or sell, and bring positions and totals up to it in the same transaction.

    Parameters
    ----------
    portfolio : Portfolio
    side : {"buy", "sell"}
    symbol : str
    quantity, price, charges : number, Decimal or str
        Whole shares, rupees a share, rupees for the whole trade (none: zero).
    trade_date : date
        In the past it may be: later sales are then checked again.
    is_sip : bool
        Part of a regular plan.
    idempotency_key : str, optional
        A second call with the same key returns what the first one booked.

    Returns
    -------
    Transaction

    Raises
    ------
    TradeRefused
        The trade is not possible, such as a sale of more than was held.
    PortfolioBusy
        Others wrote all the while.
    """
    trade = trade_from(
        side=side,
        symbol=symbol,
        quantity=quantity,
        price=price,
        trade_date=trade_date,
        charges=charges,
    )
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 5)))
        if idempotency_key and (booked := _booked(portfolio, idempotency_key)):
            return booked
        current = Portfolio.objects.get(pk=portfolio.pk)
        book = book_with(current, trade)
        try:
            with atomic():
                if not _advance(current, book):
                    continue  # another writer got there first
                transaction = Transaction.objects.create(
                    portfolio=current,
                    investor_number=current.investor_number,
                    side=trade.side,
                    symbol=trade.symbol,
                    trade_date=trade.day,
                    quantity=int(trade.quantity),
                    price=trade.price,
                    charges=trade.charges,
                    is_sip=is_sip,
                    sequence=current.ledger_version + 1,
                    idempotency_key=idempotency_key or None,
                )
        except (DatabaseError, PyMongoError) as error:
            if isinstance(error, PyMongoError):
                _leave_failed_commit()
            if _passing(error):
                continue
            raise
        announce_change(current.investor_number)
        return transaction
    raise PortfolioBusy


def book_with(portfolio, trade=None) -> Book:
    """The portfolio's book in today's shares, with one more trade wherever its date puts it.

    Parameters
    ----------
    portfolio : Portfolio or None
        None: one that holds nothing yet.
    trade : Trade, optional

    Raises
    ------
    TradeRefused
        If that leaves a sale, this one or a later one, without shares.
    """
    trades = entered_trades(portfolio) if portfolio else []
    if trade is not None:
        version = portfolio.ledger_version if portfolio else 0
        trades.append(replace(trade, sequence=version + 1))
    try:
        return book_of(scaled(trades))
    except LedgerError as error:
        raise TradeRefused(_in_words(error), field="quantity") from error


def _in_words(error):
    if isinstance(error, OversellError) and error.symbol in known_splits():
        return f"{error} Shares are counted as after the splits of {error.symbol}."
    return str(error)


def _advance(portfolio, book):
    """Store the book as the next version of the ledger; False if the version has moved on."""
    return Portfolio.objects.filter(
        pk=portfolio.pk, ledger_version=portfolio.ledger_version
    ).update(
        ledger_version=portfolio.ledger_version + 1,
        changed_at=timezone.now(),
        **derived_from(book),
    )


def _booked(portfolio, key):
    return Transaction.objects.filter(portfolio_id=portfolio.pk, idempotency_key=key).first()


def _leave_failed_commit():
    """End the session of a commit that failed with the driver's own error.

    The backend passes such an error on as it is and keeps the session, in which no other
    transaction could ever begin.
    """
    if connection.session is not None:
        connection.session.end_session()
        connection.session = None
    connection.run_on_commit = []


def _passing(error):
    """True for a clash with another writer: a write conflict, or its trade already there."""
    cause = error if isinstance(error, PyMongoError) else error.__cause__
    label = getattr(cause, "has_error_label", None)
    return isinstance(error, IntegrityError) or bool(label and label("TransientTransactionError"))


def value_all_portfolios(*, numbers=None, yearly=True, progress=None):
    """Value every portfolio at the latest prices and store what list pages sort by.

    Works in batches, so memory does not grow with the number of customers. A portfolio whose
    ledger moves on meanwhile keeps its older values until the next run. May run twice.

    Parameters
    ----------
    numbers : iterable of int, optional
        Customer numbers; None: all.
    yearly : bool
        Also the return of the last year, which reads a year of trades and takes most of the
        time; without it the stored one stays.
    progress : callable, optional
        Called with the number of portfolios after each batch.

    Returns
    -------
    int
        Portfolios valued.
    """
    prices = price_board()
    collection = connection.get_collection(Portfolio._meta.db_table)
    total = 0
    for batch in position_batches(numbers):
        values = value_portfolios(
            batch.owner,
            prices.places(batch.symbols)[batch.symbol],
            batch.quantity,
            batch.cost,
            prices=prices.latest,
            previous=prices.previous,
            realised=batch.realised,
            money_in=batch.money_in,
            day_flow=day_flow(batch, prices),
        )
        gain = _gain_of_the_year(batch, prices, values) if yearly else None
        now = timezone.now()
        collection.bulk_write(
            [
                UpdateOne(
                    {"_id": key, "ledger_version": version},
                    {"$set": {**fields, "valued_at": now}},
                )
                for key, version, fields in zip(
                    batch.keys, batch.versions, _rows(values, gain), strict=True
                )
            ],
            ordered=False,
        )
        total += len(batch.keys)
        if progress is not None:
            progress(len(batch.keys))
    return total


def _gain_of_the_year(batch, prices, values):
    then = year_ago(batch, prices)
    return year_returns(then.value, values.value, then.money_in, then.money_out)


def _rows(values, gain):
    """Fields of each portfolio as plain numbers, None unknown."""
    columns = {
        "value": values.value,
        "today": values.today,
        "profit": values.profit,
        "total_return": values.total_return,
        **({} if gain is None else {"return_1y": gain}),
    }
    lists = [[None if math.isnan(x) else x for x in column.tolist()] for column in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def erase_customer(*, user):
    """Delete a user's ledger and portfolios; returns how many documents of each kind."""
    lines = Transaction.objects.filter(investor_number=user.number).delete()[0]
    return {"ledger": lines, "portfolios": Portfolio.objects.filter(investor=user).delete()[0]}
