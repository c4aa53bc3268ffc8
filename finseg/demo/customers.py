"""Demo customers from a seed: each with what they declare, and the trades they made."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from accounts.domain.questions import QUESTIONS
from finseg.demo.archetypes import (
    ARCHETYPES,
    CONSENTING,
    DECLARES_OTHERWISE,
    OPEN_TO_OFFERS,
    Archetype,
)
from finseg.demo.behaviour import Declared, Market, declare, trade_history
from portfolios.domain.entries import Entry

PAISA = Decimal("0.01")
# Securities transaction tax of 0.1 % on both sides of a delivery trade and stamp duty of
# 0.015 % on the buying side (Finance (No. 2) Act 2004; Indian Stamp Act 1899, amended 2020).
TAX = Decimal("0.001")
STAMP = Decimal("0.00015")


@dataclass(frozen=True)
class Customer:
    archetype: Archetype
    declared: Declared
    answers: tuple[int, ...]
    consents: bool
    open_to_offers: bool
    trades: tuple[Entry, ...]
    by_plan: frozenset[int]

    @property
    def first_day(self) -> date | None:
        return self.trades[0].day if self.trades else None


def questionnaire_answers(rng, attitude):
    """Ten answers of somebody with an attitude between 0 and 1: near it, never just it.

    Returns
    -------
    tuple of int
        The position of the option chosen, a question each.
    """
    wobble = rng.normal(attitude, 0.12, size=len(QUESTIONS)).clip(0, 1)
    return tuple(
        round(point * (len(question.options) - 1))
        for point, question in zip(wobble, QUESTIONS, strict=True)
    )


def make_customers(
    count: int,
    *,
    seed: int,
    market: Market,
    n_sectors: int,
    start: int = 0,
    otherwise: float = DECLARES_OTHERWISE,
) -> Iterator[Customer]:
    """Yield customers from place `start`; the first of all is the kind the demo login wants.

    A customer depends on the seed and its own place only, so that a larger demo begins with
    the customers of a smaller one. `otherwise` is the share who declare what others would.
    """
    shares = np.array([archetype.share for archetype in ARCHETYPES])
    year = market.days[-1].astype(object).year
    days = [day.astype(object) for day in market.days]
    for place in range(start, start + count):
        rng = np.random.default_rng([seed, place])
        archetype = ARCHETYPES[rng.choice(len(ARCHETYPES), p=shares) if place else 0]
        declared = declare(rng, archetype, n_sectors=n_sectors, year=year, otherwise=otherwise)
        made = trade_history(rng, archetype, declared, market)
        yield Customer(
            archetype=archetype,
            declared=declared,
            answers=questionnaire_answers(rng, declared.attitude),
            consents=not place or rng.random() < CONSENTING,
            open_to_offers=not place or rng.random() < OPEN_TO_OFFERS,
            trades=tuple(
                booked(trade, sequence, days[trade.day], market)
                for sequence, trade in enumerate(made, start=1)
            ),
            by_plan=frozenset(n for n, trade in enumerate(made, start=1) if trade.is_sip),
        )


def booked(trade, sequence, day, market):
    """A trade as the ledger takes it: at the day's close, with its charges."""
    price = Decimal(f"{market.closes[trade.day, trade.stock]:.2f}")
    quantity = Decimal(abs(trade.quantity))
    rate = TAX + (STAMP if trade.quantity > 0 else 0)
    return Entry(
        kind="buy" if trade.quantity > 0 else "sell",
        symbol=market.symbols[trade.stock],
        quantity=quantity,
        price=price,
        day=day,
        charges=(quantity * price * rate).quantize(PAISA),
        sequence=sequence,
        counted_on=market.days[-1].astype(object),  # closes are adjusted for splits up to here
    )
