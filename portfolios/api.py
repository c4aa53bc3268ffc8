"""Portfolios for programs: what the pages show, as JSON."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from bson import ObjectId
from django.http import Http404
from ninja import Body, Field, Header, Path, Query, Router, Schema
from ninja.errors import HttpError

from portfolios.domain.entries import KINDS
from portfolios.domain.figures import Figure
from portfolios.domain.moving_average import Averaged
from portfolios.ledgers import ledger_of
from portfolios.models import Origin, Portfolio, Transaction
from portfolios.prices import price_doubts
from portfolios.queries import valuation_of
from portfolios.services import (
    create_portfolio,
    delete_entry,
    edit_entry,
    entry_from,
    record_entry,
)

READ, WRITE = "portfolio:read", "portfolio:write"
MOST = 500

PortfolioKey = Annotated[str, Path(description="Key of a portfolio, from GET /portfolios")]
EntryKey = Annotated[str, Path(description="Key of an entry, from GET …/transactions")]

router = Router(tags=["portfolios"])


class NewPortfolio(Schema):
    """A portfolio to be opened."""

    name: str = Field(
        max_length=80, description="How it is called; the one you have of that name is answered"
    )


class NewTransaction(Schema):
    """An entry of the ledger; which fields it needs depends on its kind."""

    kind: str = Field(description=", ".join(KINDS))
    symbol: str = Field(
        "", max_length=30, description="NSE symbol; empty only for a fee of the whole account"
    )
    trade_date: date = Field(description="Day of the trade, or ex-date: from 1990 to today")
    quantity: Decimal | None = Field(
        None, description="Whole shares, above zero: buy, sell, rights, transfers"
    )
    price: Decimal | None = Field(
        None, description="Rupees a share as it was counted then; of a transfer in, what it cost"
    )
    charges: Decimal | None = Field(
        None, description="Rupees for the whole entry; of a dividend, the tax deducted"
    )
    cash: Decimal | None = Field(None, description="Rupees of a dividend before tax, or of a fee")
    ratio: str | None = Field(
        None,
        max_length=20,
        description="As 5 or 3/2. Split: new shares for one old; bonus: further shares for one "
        "held; merger and demerger: shares of `into` for one held",
    )
    into: str = Field("", max_length=30, description="Other company of a merger or demerger")
    cost_share: Decimal | None = Field(
        None, description="Part of the cost that a demerger moves, between 0 and 1"
    )
    acquired: date | None = Field(
        None, description="Day on which shares that are transferred in were bought"
    )


def allow(request, scope: str) -> None:
    """Refuse a token without a permission."""
    if scope not in request.auth.scopes:
        raise HttpError(403, f"This token does not have the permission {scope}.")


def own_portfolio(request, pk: PortfolioKey) -> Portfolio:
    """A portfolio of the token's owner; anybody else's does not exist."""
    found = Portfolio.objects.filter(investor=request.auth.user, pk=pk) if _is_id(pk) else None
    portfolio = found.first() if found is not None else None
    if portfolio is None:
        raise Http404("You have no such portfolio.")
    return portfolio


def _is_id(text: str) -> bool:
    return ObjectId.is_valid(text)


@router.get("", summary="Your portfolios")
def portfolios(request):
    allow(request, READ)
    rows = Portfolio.objects.filter(investor=request.auth.user).order_by("created_at")
    return {"items": [_portfolio(row) for row in rows]}


@router.post("", summary="Open a portfolio")
def open_portfolio(request, body: NewPortfolio):
    allow(request, WRITE)
    return _portfolio(create_portfolio(investor=request.auth.user, name=body.name))


@router.get("/{pk}", summary="A portfolio at the latest prices, with its holdings")
def portfolio(request, pk: PortfolioKey):
    allow(request, READ)
    own = own_portfolio(request, pk)
    ledger = ledger_of(own)
    valuation, averages = valuation_of(own), ledger.averages
    return _portfolio(own) | {
        "value": figure(valuation.value),
        "invested": figure(valuation.invested),
        "today": figure(valuation.today),
        "unrealised": figure(valuation.unrealised),
        "realised": figure(valuation.realised),
        "total": figure(valuation.total),
        "total_return": figure(valuation.total_fraction),
        "oldest_price": valuation.oldest,
        "left_out": [
            {
                "symbol": each.entry.symbol,
                "ex_date": each.entry.day,
                "ratio": str(each.entry.ratio),
                "reason": str(each.fault),
            }
            for each in ledger.left_out
        ],
        "holdings": [
            {
                "symbol": h.symbol,
                "quantity": number(h.quantity),
                "cost": number(h.cost),
                "average_cost": number(h.average_cost),
                "moving_average_cost": _average(averages.get(h.symbol)),
                "price": number(h.price),
                "value": number(h.value),
                "weight": number(h.weight),
                "today": number(h.today),
                "profit": number(h.profit),
                "reason": h.reason,
            }
            for h in valuation.holdings
        ],
    }


@router.get("/{pk}/transactions", summary="The ledger, newest first")
def transactions(
    request,
    pk: PortfolioKey,
    page: Annotated[int, Query(ge=1, le=1_000_000, description="From 1")] = 1,
    limit: Annotated[int, Query(ge=1, le=MOST, description=f"At most {MOST}")] = 100,
    symbol: Annotated[str, Query(max_length=30, description="Only this stock")] = "",
):
    allow(request, READ)
    rows = Transaction.objects.filter(portfolio_id=own_portfolio(request, pk).pk)
    if symbol:
        rows = rows.filter(symbol=symbol.upper())
    start = (page - 1) * limit
    found = list(rows[start : start + limit + 1])
    return {
        "items": [_transaction(row) for row in found[:limit]],
        "page": page,
        "next": page + 1 if len(found) > limit else None,
    }


@router.post(
    "/{pk}/transactions",
    summary="Record an entry; `doubt` says if its price is far from the market's of that day",
)
def record(
    request,
    pk: PortfolioKey,
    body: NewTransaction,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key", max_length=60, description="Your own: the same one books once"
        ),
    ] = None,
):
    allow(request, WRITE)
    own = own_portfolio(request, pk)
    entry = entry_from(**_typed(body))
    booked = record_entry(
        portfolio=own,
        entry=entry,
        idempotency_key=f"api-{idempotency_key}" if idempotency_key else None,
        origin=Origin.API,
    )
    return _transaction(booked) | _doubt(entry)


@router.put("/{pk}/transactions/{transaction}", summary="Change an entry; the former one is kept")
def change(
    request, pk: PortfolioKey, transaction: EntryKey, body: Annotated[NewTransaction, Body()]
):
    allow(request, WRITE)
    own = own_portfolio(request, pk)
    entry = entry_from(**_typed(body))
    changed = edit_entry(
        portfolio=own, pk=_entry_id(own, transaction), entry=entry, by=request.auth.user
    )
    return _transaction(changed) | _doubt(entry)


@router.delete("/{pk}/transactions/{transaction}", summary="Delete an entry; it is kept in a trail")
def remove(request, pk: PortfolioKey, transaction: EntryKey):
    allow(request, WRITE)
    own = own_portfolio(request, pk)
    delete_entry(portfolio=own, pk=_entry_id(own, transaction), by=request.auth.user)
    return {"deleted": transaction}


def _average(stock: Averaged | None) -> float | None:
    """Unknown only where the ledger was written between two reads."""
    return float(stock.average) if stock else None


def _doubt(entry) -> dict:
    """What is doubtful about what was booked: a program is told, not asked."""
    return {"doubt": price_doubts([entry])[0]}


def _typed(body: NewTransaction) -> dict[str, Any]:
    fields = body.dict()
    fields["symbol"], fields["into"] = fields["symbol"].upper(), fields["into"].upper()
    return fields


def _entry_id(portfolio, text: str):
    found = _is_id(text) and Transaction.objects.filter(portfolio_id=portfolio.pk, pk=text).first()
    if not found:
        raise Http404("The portfolio has no such transaction.")
    return found.pk


def number(value: float) -> float | None:
    """A number as JSON can hold it: what is unknown is null."""
    return value if value is not None and math.isfinite(value) else None


def figure(found: Figure) -> dict:
    """A figure with its working, or the reason there is none."""
    return {
        "value": number(found.value),
        "reason": found.reason,
        "formula": found.formula,
        "inputs": [
            {"label": each.label, "amount": each.amount, "kind": each.kind} for each in found.inputs
        ],
    }


def _portfolio(row: Portfolio) -> dict:
    return {
        "id": str(row.pk),
        "name": row.name,
        "closed_at": row.closed_at,
        "ledger_version": row.ledger_version,
        "money_in": str(row.money_in),
        "money_out": str(row.money_out),
        "realised_profit": str(row.realised_profit),
    }


def _transaction(row: Transaction) -> dict:
    return {
        "id": str(row.pk),
        "kind": row.kind,
        "symbol": row.symbol,
        "trade_date": row.trade_date,
        "quantity": row.quantity,
        "price": str(row.price),
        "charges": str(row.charges),
        "cash": str(row.cash),
        "ratio": row.ratio,
        "into": row.into,
        "amount": str(row.amount),
        "origin": row.origin,
    }
