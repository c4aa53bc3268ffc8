"""What may be entered as a trade, before the ledger is asked."""

from __future__ import annotations

from collections.abc import Container
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from portfolios.domain.ledger import LedgerError, Trade

PAISA = Decimal("0.01")
PRICE_STEP = Decimal("0.0001")
FIRST_DAY = date(1990, 1, 1)
MOST_SHARES = 100_000_000
HIGHEST_PRICE = Decimal(10_000_000)
HIGHEST_AMOUNT = Decimal(100_000_000_000)
FAR_FROM_CLOSE = 0.2
"""NSE's widest daily price band: a price further from the day's range is worth a second look."""


class OrderError(LedgerError):
    """An entry that is no trade; `field` names the one to correct."""

    def __init__(self, message: str, field: str):
        super().__init__(message)
        self.field = field


def checked_trade(
    *,
    side: str,
    symbol: str,
    quantity: Any,
    price: Any,
    trade_date: Any,
    charges: Any = None,
    known_symbols: Container[str],
    latest_day: date,
) -> Trade:
    """A trade from what was typed.

    Parameters
    ----------
    quantity, price, charges : number, Decimal or str
        Whole shares, rupees a share, rupees for the whole trade (None: zero).
    known_symbols : container of str
    latest_day : date
        The latest session.

    Raises
    ------
    OrderError
        For the first field at fault.
    """
    if side not in ("buy", "sell"):
        raise OrderError("Choose whether you bought or sold.", "side")
    if symbol not in known_symbols:
        raise OrderError(f"“{symbol}” is not a stock known here.", "symbol")
    shares = _number(quantity, "quantity", "The number of shares")
    if shares != shares.to_integral_value() or not 1 <= shares <= MOST_SHARES:
        raise OrderError("Shares are whole numbers from 1 to 10 crore.", "quantity")
    each = _number(price, "price", "The price")
    if not PRICE_STEP <= each <= HIGHEST_PRICE:
        raise OrderError("The price must be above zero and at most ₹1 crore.", "price")
    if shares * each > HIGHEST_AMOUNT:
        raise OrderError("One trade comes to at most ₹10,000 crore.", "quantity")
    cost = _number(0 if charges is None else charges, "charges", "The charges")
    if not 0 <= cost <= shares * each:
        raise OrderError("Charges lie between zero and the amount traded.", "charges")
    if not isinstance(trade_date, date):
        raise OrderError("Give the date of the trade.", "trade_date")
    if trade_date > latest_day:
        raise OrderError(
            f"{trade_date:%d %b %Y} is later than the latest session, {latest_day:%d %b %Y}.",
            "trade_date",
        )
    if trade_date < FIRST_DAY:
        raise OrderError("The date lies before 1990.", "trade_date")
    return Trade(
        side="buy" if side == "buy" else "sell",
        symbol=symbol,
        quantity=Decimal(int(shares)),
        price=each.quantize(PRICE_STEP),
        day=trade_date,
        charges=cost.quantize(PAISA),
    )


def price_warning(price: float, low: float, high: float) -> str:
    """A sentence if a price is far from what the stock traded at that day, else nothing.

    `low` and `high` are NaN where the day is not known, and then nothing is said.
    """
    if price > high * (1 + FAR_FROM_CLOSE) or price < low * (1 - FAR_FROM_CLOSE):
        return (
            f"₹{price:,.2f} is far from the {low:,.2f} to {high:,.2f} this stock traded at then. "
            "Check the price, and whether the stock has split since."
        )
    return ""


def session_warning(day: date, *, before: date, after: date | None) -> str:
    """A sentence if a trade's day is no session, naming the nearest one, else nothing.

    Parameters
    ----------
    day : date
    before : date
        `day` itself where it is a session, else the session before it.
    after : date or None
        The session after it; None if that has not begun.
    """
    if before == day:
        return ""
    earlier = after is None or day - before <= after - day
    nearest = before if earlier or after is None else after
    return (
        f"The exchange was shut on {day:%A, %d %b %Y}; "
        f"the nearest session was {nearest:%A, %d %b %Y}."
    )


def _number(value: Any, field: str, what: str) -> Decimal:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise OrderError(f"{what} must be a number.", field)
    return number
