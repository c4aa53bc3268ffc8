"""What a portfolio is worth at given prices.

The page, the live stream, the dashboard and the nightly run all value with
these definitions; `batch` holds the same ones for many portfolios at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from portfolios.domain.figures import Figure, Input, missing


class Quoted(Protocol):
    """What valuation needs to know of a live quote."""

    @property
    def price(self) -> float: ...
    @property
    def previous_close(self) -> float | None: ...
    @property
    def at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Held:
    """An open position to be valued: shares and what they cost, charges included."""

    symbol: str
    quantity: float
    cost: float


@dataclass(frozen=True, slots=True)
class Account:
    """Sums over the whole ledger of a portfolio, charges included.

    `realised` is the profit of the shares sold so far; `money_in` was paid for
    all purchases, `money_out` received from all sales.
    """

    realised: float = 0.0
    money_in: float = 0.0
    money_out: float = 0.0


@dataclass(frozen=True, slots=True)
class DayFlow:
    """Trades of the session being valued: shares and rupees in and out."""

    bought: float = 0.0
    sold: float = 0.0
    money_in: float = 0.0
    money_out: float = 0.0


@dataclass(frozen=True, slots=True)
class Holding:
    """One line of the holdings table. Unknown amounts are NaN, with `reason`."""

    symbol: str
    quantity: float
    cost: float
    average_cost: float
    price: float = math.nan
    previous_close: float = math.nan
    at: datetime | None = None
    value: float = math.nan
    weight: float = math.nan
    today: float = math.nan
    today_fraction: float = math.nan
    profit: float = math.nan
    profit_fraction: float = math.nan
    reason: str = ""

    @property
    def priced(self) -> bool:
        return not math.isnan(self.value)


@dataclass(frozen=True, slots=True)
class Valuation:
    """A portfolio at given prices; holdings by falling value.

    Amounts cover the priced holdings; `unpriced` names the others with the
    reason, and a page showing the amounts shows those names beside them.
    """

    holdings: tuple[Holding, ...]
    value: Figure
    invested: Figure
    today: Figure
    today_fraction: Figure
    unrealised: Figure
    unrealised_fraction: Figure
    realised: Figure
    total: Figure
    total_fraction: Figure
    account: Account
    unpriced: tuple[tuple[str, str], ...]
    oldest: datetime | None

    @property
    def empty(self) -> bool:
        return not self.holdings


NO_PRICE = "no price is known for it yet"


def value_portfolio(
    positions: Iterable[Held],
    quotes: Mapping[str, Quoted],
    *,
    account: Account = Account(),
    flows: Mapping[str, DayFlow] | None = None,
) -> Valuation:
    """Value positions at the quotes given.

    Parameters
    ----------
    positions : iterable of Held
        Open positions of one portfolio.
    quotes : mapping of symbol to quote
        Latest price and the close before it. A symbol that is absent, or has a
        price that is not above zero, is unpriced.
    account : Account
        What was put in, taken out and earned by sales so far.
    flows : mapping of symbol to DayFlow, optional
        Trades, of open and of closed positions, of the session the quotes
        belong to. Shares bought today changed since they were bought, not since
        yesterday's close.

    Returns
    -------
    Valuation

    Notes
    -----
    value = Σ shares x price. invested = Σ cost of the shares still held.
    today = value + money out today - value at yesterday's closes - money in
    today, in per cent of yesterday's value plus money in: the daily return of
    the time-weighted return. total = unrealised + realised, in per cent of all
    money put in.
    """
    flows = flows or {}
    held = [p for p in positions if p.quantity > 0]
    lines = [_line(p, quotes.get(p.symbol), flows.get(p.symbol, DayFlow())) for p in held]
    worth = sum(line.value for line in lines if line.priced)
    lines.sort(key=lambda line: line.value if line.priced else -1.0, reverse=True)
    holdings = tuple(
        replace(line, weight=line.value / worth) if line.priced and worth > 0 else line
        for line in lines
    )
    priced = [line for line in holdings if line.priced]
    value, invested = _value(priced, holdings), _invested(priced or list(holdings))
    unrealised, unrealised_fraction = _unrealised(value, invested)
    realised = _realised(account)
    total, total_fraction = _total(unrealised, realised, account)
    today, today_fraction = _today(held, quotes, flows)
    return Valuation(
        holdings=holdings,
        value=value,
        invested=invested,
        today=today,
        today_fraction=today_fraction,
        unrealised=unrealised,
        unrealised_fraction=unrealised_fraction,
        realised=realised,
        total=total,
        total_fraction=total_fraction,
        account=account,
        unpriced=tuple((line.symbol, line.reason) for line in holdings if not line.priced),
        oldest=min((line.at for line in priced if line.at is not None), default=None),
    )


def _known(quote: Quoted | None) -> bool:
    return quote is not None and quote.price is not None and quote.price > 0


def _line(p: Held, quote: Quoted | None, flow: DayFlow) -> Holding:
    average = p.cost / p.quantity
    if quote is None or not _known(quote):
        return Holding(p.symbol, p.quantity, p.cost, average, reason=NO_PRICE)
    value = p.quantity * quote.price
    change, base = _change(p.quantity, quote, flow)
    return Holding(
        symbol=p.symbol,
        quantity=p.quantity,
        cost=p.cost,
        average_cost=average,
        price=quote.price,
        previous_close=quote.previous_close or math.nan,
        at=quote.at,
        value=value,
        today=change,
        today_fraction=change / base if base > 0 else math.nan,
        profit=value - p.cost,
        profit_fraction=(value - p.cost) / p.cost if p.cost > 0 else math.nan,
    )


def _change(quantity: float, quote: Quoted, flow: DayFlow) -> tuple[float, float]:
    """Today's change of one position and the amount it is measured against."""
    before = quantity - flow.bought + flow.sold
    if before <= 0:
        opening = 0.0
    elif quote.previous_close is None or not quote.previous_close > 0:
        return math.nan, math.nan
    else:
        opening = before * quote.previous_close
    base = opening + flow.money_in
    return quantity * quote.price + flow.money_out - base, base


def _value(priced: list[Holding], holdings: tuple[Holding, ...]) -> Figure:
    formula = "Σ shares × latest price"
    if holdings and not priced:
        return missing("No price is known yet for any stock held.", formula=formula)
    inputs = tuple(Input(f"{h.symbol}: {h.quantity:g} × {h.price:,.2f}", h.value) for h in priced)
    return Figure(sum(h.value for h in priced), formula=formula, inputs=inputs)


def _invested(known: list[Holding]) -> Figure:
    return Figure(
        sum(h.cost for h in known),
        formula="Σ cost of the shares still held, charges included",
        inputs=tuple(
            Input(f"{h.symbol}: {h.quantity:g} × {h.average_cost:,.2f}", h.cost) for h in known
        ),
    )


def _realised(account: Account) -> Figure:
    return Figure(
        account.realised,
        formula="received for the shares sold − what they had cost, oldest shares first",
        inputs=(
            Input("Received from sales, after charges", account.money_out),
            Input("Cost of the shares sold", account.money_out - account.realised),
        ),
    )


def _unrealised(value: Figure, invested: Figure) -> tuple[Figure, Figure]:
    formula = "current value − invested"
    if not value.known:
        gone = missing(value.reason, formula=formula)
        return gone, gone
    inputs = (Input("Current value", value.value), Input("Invested", invested.value))
    amount = Figure(value.value - invested.value, formula=formula, inputs=inputs)
    if invested.value <= 0:
        return amount, missing("Nothing is invested at the moment.", formula=formula)
    formula = "(current value − invested) ÷ invested"
    return amount, Figure(amount.value / invested.value, formula=formula, inputs=inputs)


def _total(unrealised: Figure, realised: Figure, account: Account) -> tuple[Figure, Figure]:
    formula = "profit not yet sold + profit sold"
    if not unrealised.known:
        gone = missing(unrealised.reason, formula=formula)
        return gone, gone
    inputs = (
        Input("Profit, not yet sold", unrealised.value),
        Input("Profit, sold", realised.value),
    )
    amount = Figure(unrealised.value + realised.value, formula=formula, inputs=inputs)
    if account.money_in <= 0:
        return amount, missing("No money has been put in yet.", formula=formula)
    return amount, Figure(
        amount.value / account.money_in,
        formula="(profit not yet sold + profit sold) ÷ money put in",
        inputs=(*inputs, Input("Money put in", account.money_in)),
    )


def _today(
    held: list[Held], quotes: Mapping[str, Quoted], flows: Mapping[str, DayFlow]
) -> tuple[Figure, Figure]:
    """Change of the whole portfolio, positions opened and closed today included."""
    formula = "value + taken out today − value at yesterday’s closes − put in today"
    quantities = dict.fromkeys(flows, 0.0) | {p.symbol: p.quantity for p in held}
    change = base = put_in = taken = 0.0
    known = False
    for symbol, quantity in quantities.items():
        quote, flow = quotes.get(symbol), flows.get(symbol, DayFlow())
        if quote is None or not _known(quote):
            continue
        delta, against = _change(quantity, quote, flow)
        if math.isnan(delta):
            continue
        known = True
        change, base = change + delta, base + against
        put_in, taken = put_in + flow.money_in, taken + flow.money_out
    if not known:
        why = "Yesterday’s closing prices are not known." if held else "No stock is held."
        return missing(why, formula=formula), missing(why, formula=formula)
    inputs = (
        Input("Value now", change + base - taken),
        Input("Taken out today", taken),
        Input("Value at yesterday’s closes", base - put_in),
        Input("Put in today", put_in),
    )
    amount = Figure(change, formula=formula, inputs=inputs)
    if base <= 0:
        return amount, missing("Nothing was held before today.", formula=formula)
    formula = "today’s change ÷ (value at yesterday’s closes + put in today)"
    return amount, Figure(change / base, formula=formula, inputs=inputs)
