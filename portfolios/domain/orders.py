"""What may be entered, before the ledger is asked."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, cast

from market.domain.debts import FIRST_DAY as NSE_BEGAN
from portfolios.domain.book import FINEST, PAISA
from portfolios.domain.entries import CASH, INCOMING, KINDS, OUTGOING, Entry, Kind, LedgerError
from portfolios.domain.exchange_ratio import ratio_from

PRICE_STEP = Decimal("0.0001")
FIRST_DAY = date(1990, 1, 1)
MOST_SHARES = 100_000_000
HIGHEST_PRICE = Decimal(10_000_000)
HIGHEST_AMOUNT = Decimal(100_000_000_000)
_MOST_DIGITS = 30
FAR_FROM_CLOSE = 0.2
"""NSE's widest daily price band: a price further from the day's range is worth a second look."""


class OrderError(LedgerError):
    """An entry that is no trade; `field` names the one to correct, `others` say what else is."""

    def __init__(self, message: str, field: str):
        super().__init__(message)
        self.field = field
        self.others: tuple[OrderError, ...] = ()


class _Faults:
    """Collects faults of one field each, so that all are told at once."""

    def __init__(self) -> None:
        self.found: list[OrderError] = []

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, fault: BaseException | None, trace: Any) -> bool:
        if not isinstance(fault, OrderError):
            return False
        self.found.append(fault)
        return True

    def tell(self) -> None:
        if self.found:
            first, *others = self.found
            first.others = tuple(others)
            raise first


def checked_entry(
    *,
    kind: str,
    symbol: str = "",
    trade_date: Any,
    quantity: Any = None,
    price: Any = None,
    charges: Any = None,
    cash: Any = None,
    ratio: Any = None,
    into: str = "",
    cost_share: Any = None,
    acquired: Any = None,
    time: str = "",
    known_symbols: Container[str],
    latest_day: date,
) -> Entry:
    """An entry from what was typed.

    Parameters
    ----------
    kind : str
    symbol, into : str
    trade_date, acquired : date
    quantity, price, charges, cash : number, Decimal or str
        Whole shares, rupees a share, rupees for the whole entry (None: zero).
    ratio : Fraction or str
        As 5, 3/2 or 1.5; see `Entry`.
    cost_share : number, Decimal or str
        Fraction of the cost.
    time : str
        As 09:15:00; empty where it is not known.
    known_symbols : container of str
    latest_day : date
        The latest session.

    Raises
    ------
    OrderError
        For the first field at fault, with the others.
    """
    if kind not in KINDS:
        raise OrderError("Choose what kind of entry it is.", "kind")
    faults, fields, day = _Faults(), {}, latest_day
    with faults:
        if symbol not in known_symbols and (symbol or kind != "fee"):
            raise OrderError(f"“{symbol}” is not a stock known here.", "symbol")
    with faults:
        day = _day(trade_date, "trade_date", latest_day)
    if kind in INCOMING or kind in OUTGOING:
        fields = _shares(kind, quantity, price, charges, faults)
    elif kind in CASH:
        with faults:
            gross = _number(cash, "cash", "The amount")
            if not PAISA <= gross <= HIGHEST_AMOUNT:
                raise OrderError("The amount lies between a paisa and ₹10,000 crore.", "cash")
            fields = {"cash": gross.quantize(PAISA), "charges": _charges(charges, gross)}
    else:
        with faults:
            fields = {"ratio": _ratio(ratio)}
    if kind in ("merger", "demerger"):
        with faults:
            if into not in known_symbols or into == symbol:
                raise OrderError(f"“{into}” is not another stock known here.", "into")
            fields["into"] = into
    if kind == "demerger":
        with faults:
            share = _number(cost_share, "cost_share", "The part of the cost")
            if not 0 < share < 1:
                raise OrderError("The part of the cost lies between 0 and 1.", "cost_share")
            fields["cost_share"] = share.quantize(FINEST)
    if acquired is not None and kind == "transfer_in":
        with faults:
            fields["acquired"] = _day(acquired, "acquired", day)
    faults.tell()
    zeros = {"quantity": Decimal(0), "price": Decimal(0)}
    return Entry(kind=cast(Kind, kind), symbol=symbol, day=day, time=time, **(zeros | fields))


def _shares(kind: str, quantity: Any, price: Any, charges: Any, faults: _Faults) -> dict[str, Any]:
    shares = each = None
    transferred = kind.startswith("transfer")
    with faults:
        shares = _whole(quantity)
    with faults:
        each = _price(0 if transferred and price is None else price, transferred)
    if shares is None or each is None:
        return {}
    cost = Decimal(0)
    with faults:
        if shares * each > HIGHEST_AMOUNT:
            raise OrderError("One trade comes to at most ₹10,000 crore.", "quantity")
        cost = _charges(charges, None if transferred else shares * each)
    return {"quantity": shares, "price": each.quantize(PRICE_STEP), "charges": cost}


def _whole(quantity: Any) -> Decimal:
    shares = _number(quantity, "quantity", "The number of shares")
    if shares < 0:
        words = f"The number of shares is −{-shares:f}, and must be above zero"
        raise OrderError(f"{words}: the kind says whether they come or go.", "quantity")
    if shares != shares.to_integral_value() or not 1 <= shares <= MOST_SHARES:
        raise OrderError("Shares are whole numbers from 1 to 10 crore.", "quantity")
    return Decimal(int(shares))


def _price(price: Any, transferred: bool) -> Decimal:
    each = _number(price, "price", "The price")
    lowest = Decimal(0) if transferred else PRICE_STEP
    if not lowest <= each <= HIGHEST_PRICE:
        raise OrderError("The price must be above zero and at most ₹1 crore.", "price")
    return each


def _charges(charges: Any, most: Decimal | None) -> Decimal:
    cost = _number(0 if charges is None else charges, "charges", "The charges")
    if not 0 <= cost <= (HIGHEST_AMOUNT if most is None else most):
        raise OrderError("Charges lie between zero and the amount traded.", "charges")
    return cost.quantize(PAISA)


def _ratio(ratio: Any) -> Fraction:
    try:
        value = ratio_from(str(ratio))
    except ValueError:
        raise OrderError("Give the ratio as 5, 3/2 or 1.5.", "ratio") from None
    if value is None:
        raise OrderError("The ratio lies above 0 and at most at 1,000.", "ratio")
    return value


def _day(day: Any, field: str, latest: date) -> date:
    if not isinstance(day, date):
        raise OrderError("Give the date of the trade.", field)
    what = "the latest session" if field == "trade_date" else "the day of the transfer"
    fault = day_fault(day, latest, what)
    if fault:
        raise OrderError(fault, field)
    return day


def day_fault(day: date, latest: date | None, what: str = "the latest session") -> str:
    """Why a ledger cannot hold a day, in a sentence; empty where it can.

    Parameters
    ----------
    day : date
    latest : date, optional
        The last one that it can; None: not known here.
    what : str
        What that day is.
    """
    shown = f"{day:%d %b} {day.year:04d}"
    if latest is not None and day > latest:
        return f"{shown} is later than {what}, {latest:%d %b %Y}."
    if day < FIRST_DAY:
        return (
            f"{shown} lies before 1990, where a ledger begins at the earliest; NSE’s first session "
            f"was on {NSE_BEGAN:%d %b %Y}."
        )
    return ""


@dataclass(frozen=True, slots=True)
class Traded:
    """What today's share of a stock traded at on a day, in rupees.

    Parameters
    ----------
    low, high, close : float
    day : date
        Session they are of.
    is_live : bool
        Whether that session is under way: then the close is the latest price.
    """

    low: float
    high: float
    close: float
    day: date
    is_live: bool = False


def price_warning(price: float, day: date, traded: Traded | None, *, ratio: float = 1.0) -> str:
    """A sentence if a price is far from what the stock traded at that day, else nothing.

    Parameters
    ----------
    price : float
        Of the trade, a share as it was counted then.
    day : date
    traded : Traded, optional
        None where the day is not known, and then nothing is said.
    ratio : float
        Today's shares for one of them: prices of the market are today's.
    """
    if traded is None or not _is_far(price / ratio, traded):
        return ""
    close = traded.close * ratio
    of = "that day" if traded.day == day else f"{traded.day:%-d %b %Y}"
    what = "latest price" if traded.is_live else f"close of {of}"
    words = f"The price is {_times(price / close)} the {what}, {close:,.2f}"
    if ratio != 1 and not _is_far(price, traded):
        return (
            f"{words}, but near it as shares are counted since the stock split: check price and "
            "shares on the contract note before you book."
        )
    return f"{words}: check it before you book."


def _is_far(price: float, traded: Traded) -> bool:
    most, least = traded.high * (1 + FAR_FROM_CLOSE), traded.low * (1 - FAR_FROM_CLOSE)
    return price > most or price < least


def _times(part: float) -> str:
    """How one price stands to another, in words that go before it."""
    if part >= 2:
        return f"{part:,.0f} times" if part >= 10 else f"{part:.1f} times"
    if part >= 0.5:
        return f"{abs(part - 1):.0%} {'above' if part > 1 else 'below'}".replace("%", " %")
    return f"{part:.1%} of".replace("%", " %") if part >= 0.001 else "less than 0.1 % of"


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
    if number.adjusted() > _MOST_DIGITS:  # arithmetic and words of "1e999999" have no end
        raise OrderError(f"{what} has far too many digits.", field)
    return number
