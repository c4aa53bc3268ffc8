"""What a portfolio is worth at given prices.

The page, the live stream, the dashboard and the nightly run all value with
these definitions; `batch` holds the same ones for many portfolios at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from portfolios.domain.figures import Figure, Input, missing


class Quoted(Protocol):
    """What valuation needs to know of a live quote."""

    @property
    def price(self) -> float: ...
    @property
    def previous_close(self) -> float: ...
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Held:
    """A position to be valued: shares and what they cost, charges included.

    `realised` is the profit of shares sold so far; a closed position has
    quantity zero.
    """

    symbol: str
    quantity: float
    cost: float
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
    price: float
    previous_close: float
    at: datetime | None
    value: float
    weight: float
    today: float
    today_fraction: float
    profit: float
    profit_fraction: float
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
    money_in: float
    money_out: float
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
    flows: Mapping[str, DayFlow] | None = None,
) -> Valuation:
    """Value positions at the quotes given.

    Parameters
    ----------
    positions : iterable of Held
        Open and closed positions of one portfolio.
    quotes : mapping of symbol to quote
        Latest price and the close before it. A symbol that is absent, or has a
        price that is not above zero, is unpriced.
    flows : mapping of symbol to DayFlow, optional
        Trades of the session the quotes belong to. Shares bought today changed
        since they were bought, not since yesterday's close.

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
    held = list(positions)
    opened = [p for p in held if p.quantity > 0]
    lines = [_line(p, quotes.get(p.symbol), flows.get(p.symbol, DayFlow())) for p in opened]
    worth = sum(line.value for line in lines if line.priced)
    lines.sort(key=lambda line: (line.priced, line.value if line.priced else 0.0), reverse=True)
    holdings = tuple(_weighted(line, worth) for line in lines)
    money_in = sum(p.money_in for p in held)
    money_out = sum(p.money_out for p in held)
    unpriced = tuple((line.symbol, line.reason) for line in holdings if not line.priced)
    priced = [line for line in holdings if line.priced]
    times = [line.at for line in priced if line.at is not None]
    value = _value(priced, holdings)
    invested = _invested(priced, holdings, money_out)
    unrealised, unrealised_fraction = _unrealised(value, invested)
    realised = Figure(
        sum(p.realised for p in held),
        formula="received for sold shares − what they cost, oldest shares first",
        inputs=(
            Input("Received from sales", money_out),
            Input("Cost of the shares sold", money_out - sum(p.realised for p in held)),
        ),
    )
    total, total_fraction = _total(unrealised, realised, money_in, empty=not holdings)
    today, today_fraction = _today(held, holdings, quotes, flows, value)
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
        money_in=money_in,
        money_out=money_out,
        unpriced=unpriced,
        oldest=min(times, default=None),
    )


def _known(quote: Quoted | None) -> bool:
    return quote is not None and quote.price is not None and quote.price > 0


def _line(p: Held, quote: Quoted | None, flow: DayFlow) -> Holding:
    average = p.cost / p.quantity
    nan = math.nan
    if quote is None or not _known(quote):
        return Holding(p.symbol, p.quantity, p.cost, average, nan, nan, None,
                       nan, nan, nan, nan, nan, nan, NO_PRICE)  # fmt: skip
    value = p.quantity * quote.price
    change, base = _change(p, quote, flow)
    return Holding(
        symbol=p.symbol,
        quantity=p.quantity,
        cost=p.cost,
        average_cost=average,
        price=quote.price,
        previous_close=quote.previous_close if quote.previous_close else nan,
        at=quote.at,
        value=value,
        weight=nan,
        today=change,
        today_fraction=change / base if base > 0 else nan,
        profit=value - p.cost,
        profit_fraction=(value - p.cost) / p.cost if p.cost > 0 else nan,
    )


def _change(p: Held, quote: Quoted, flow: DayFlow) -> tuple[float, float]:
    """Today's change of one position and what it is measured against."""
    before = p.quantity - flow.bought + flow.sold
    if before <= 0:
        opening = 0.0
    elif quote.previous_close is None or not quote.previous_close > 0:
        return math.nan, math.nan
    else:
        opening = before * quote.previous_close
    base = opening + flow.money_in
    return p.quantity * quote.price + flow.money_out - base, base


def _weighted(line: Holding, worth: float) -> Holding:
    if not line.priced or worth <= 0:
        return line
    from dataclasses import replace

    return replace(line, weight=line.value / worth)


def _value(priced: list[Holding], holdings: tuple[Holding, ...]) -> Figure:
    formula = "Σ shares × latest price"
    inputs = tuple(Input(f"{h.symbol}: {h.quantity:g} × {h.price:,.2f}", h.value) for h in priced)
    if holdings and not priced:
        return missing("No price is known yet for any stock held.", formula=formula)
    return Figure(sum(h.value for h in priced), formula=formula, inputs=inputs)


def _invested(
    priced: list[Holding], holdings: tuple[Holding, ...], money_out: float
) -> Figure:
    known = priced or list(holdings)
    return Figure(
        sum(h.cost for h in known),
        formula="Σ cost of the shares still held, charges included",
        inputs=tuple(
            Input(f"{h.symbol}: {h.quantity:g} × {h.average_cost:,.2f}", h.cost) for h in known
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
    share = Figure(
        amount.value / invested.value, formula="(current value − invested) ÷ invested",
        inputs=inputs,
    )
    return amount, share


def _total(
    unrealised: Figure, realised: Figure, money_in: float, *, empty: bool
) -> tuple[Figure, Figure]:
    formula = "profit not yet sold + profit sold"
    if not unrealised.known:
        gone = missing(unrealised.reason, formula=formula)
        return gone, gone
    inputs = (
        Input("Profit, not yet sold", unrealised.value),
        Input("Profit, sold", realised.value),
    )
    amount = Figure(unrealised.value + realised.value, formula=formula, inputs=inputs)
    if money_in <= 0:
        return amount, missing("No money has been put in yet.", formula=formula)
    return amount, Figure(
        amount.value / money_in,
        formula="(profit not yet sold + profit sold) ÷ money put in",
        inputs=(*inputs, Input("Money put in", money_in)),
    )


def _today(
    held: list[Held],
    holdings: tuple[Holding, ...],
    quotes: Mapping[str, Quoted],
    flows: Mapping[str, DayFlow],
    value: Figure,
) -> tuple[Figure, Figure]:
    """Change of the whole portfolio, positions closed today included."""
    formula = "value + taken out today − value at yesterday’s closes − put in today"
    change = base = put_in = taken = 0.0
    counted = 0
    for p in held:
        flow = flows.get(p.symbol, DayFlow())
        quote = quotes.get(p.symbol)
        if (p.quantity <= 0 and not flow.sold) or quote is None or not _known(quote):
            continue
        delta, against = _change(p, quote, flow)
        if math.isnan(delta):
            continue
        counted += 1
        change, base = change + delta, base + against
        put_in, taken = put_in + flow.money_in, taken + flow.money_out
    if not counted:
        why = (
            "Yesterday’s closing prices are not known."
            if holdings
            else "There is nothing in the portfolio."
        )
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
    return amount, Figure(
        change / base,
        formula="today’s change ÷ (value at yesterday’s closes + put in today)",
        inputs=inputs,
    )
