"""What a portfolio is worth at given prices.

The page, the live stream, the dashboard and the nightly run all value with
these definitions; `batch` holds the same ones for many portfolios at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from portfolios.domain.figures import Figure, Input, missing
from portfolios.domain.holdings import Account, DayFlow, Held, Holding, Quoted, Valuation

NO_PRICE = "no price is known for it yet"


def value_portfolio(
    positions: Iterable[Held],
    quotes: Mapping[str, Quoted],
    *,
    account: Account | None = None,
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
    account : Account, optional
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
    account, flows = account or Account(), flows or {}
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
        formula="received for shares − their cost, oldest first + dividends − fees",
        inputs=(
            Input("Received for shares, after charges", account.money_out - account.dividends),
            Input("What they had cost", account.money_out - account.realised - account.fees),
            Input("Dividends, after tax", account.dividends),
            Input("Fees", account.fees),
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
    formula = "profit not yet sold + realised profit"
    if not unrealised.known:
        gone = missing(unrealised.reason, formula=formula)
        return gone, gone
    inputs = (
        Input("Profit, not yet sold", unrealised.value),
        Input("Realised profit", realised.value),
    )
    amount = Figure(unrealised.value + realised.value, formula=formula, inputs=inputs)
    if account.money_in <= 0:
        return amount, missing("No money has been put in yet.", formula=formula)
    return amount, Figure(
        amount.value / account.money_in,
        formula="(profit not yet sold + realised profit) ÷ money put in",
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
