"""Credit risk of a portfolio: its companies' distances to default, weighted by value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from market.domain.debts import Debt
from portfolios.domain.credit import merton_all
from portfolios.domain.figures import Figure, Input, missing

FINANCIAL = "Financial Services"
WHY_NOT_FINANCIAL = (
    "Financial companies are left out: what banks, insurers and lenders owe is their trade, and "
    "their debt tells nothing of distress (Fama and French 1992)."
)
DISTANCE = "(ln(assets ÷ debt) + (r − σ²/2) × 1 year) ÷ σ, Merton 1974"
PROBABILITY = "Σ value × probability of default in a year ÷ Σ value, where the debt is known"
MEAN_DISTANCE = "Σ value × distance to default ÷ Σ value, of companies with debt"
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Exposure:
    """A holding with what is known of its company; NaN and None unknown.

    Attributes
    ----------
    value, price : float
        Rupees held, and a share.
    priced_on : date or None
        Day of the price.
    volatility : float
        Of the share, a year.
    returns_to : date or None
        Last day of its returns.
    """

    symbol: str
    sector: str
    value: float
    price: float
    priced_on: date | None
    volatility: float
    returns_to: date | None
    debt: Debt | None


@dataclass(frozen=True, slots=True)
class CreditRow:
    """One company: what the model says of it, or the reason it says nothing.

    Attributes
    ----------
    state : str
        "known", "free" of debt, "missing", "financial" or "unsolved".
    distance : Figure
        Deviations above the debt; missing with its reason.
    probability, equity, assets, asset_volatility : float
    stale : bool
        The balance sheet is older than 18 months.
    """

    symbol: str
    state: str
    value: float
    distance: Figure
    probability: float
    equity: float
    volatility: float
    assets: float
    asset_volatility: float
    debt: Debt | None
    stale: bool

    @property
    def counted(self) -> bool:
        return self.state in ("known", "free")


@dataclass(frozen=True, slots=True)
class Credit:
    """Credit risk of the whole.

    Attributes
    ----------
    rows : tuple of CreditRow
        The likeliest default first, those without a figure last.
    probability, distance : Figure
        Weighted by value over the rows that count.
    covered : float
        Share of the priced value in companies that count.
    """

    rows: tuple[CreditRow, ...]
    probability: Figure
    distance: Figure
    covered: float

    def names(self, state: str) -> list[str]:
        return [row.symbol for row in self.rows if row.state == state]

    @property
    def stale(self) -> list[CreditRow]:
        return [row for row in self.rows if row.stale]

    @property
    def simulated(self) -> bool:
        return any(row.debt and row.debt.source == "simulated" for row in self.rows)

    @property
    def nearest(self) -> CreditRow | None:
        return next((row for row in self.rows if row.state == "known"), None)


def credit_of(exposures: Sequence[Exposure], *, rate: float, rate_on: date, today: date) -> Credit:
    """Credit risk of the priced holdings.

    Parameters
    ----------
    exposures : sequence of Exposure
    rate : float
        Risk-free, simple, a year; compounded continuously inside.
    rate_on : date
        Since when it has been in force.
    today : date
        By which the age of balance sheets is judged.
    """
    log_rate = math.log1p(rate)
    solved = merton_all(
        np.array([_equity(each) for each in exposures]),
        np.array([each.volatility for each in exposures]),
        np.array([each.debt.total if each.debt else math.nan for each in exposures]),
        rate=log_rate,
    )
    rows = [
        _row(each, tuple(map(float, parts)), log_rate, rate_on, today)
        for each, *parts in zip(exposures, *solved, strict=True)
    ]
    rows.sort(key=lambda row: (not row.counted, -row.probability if row.counted else -row.value))
    whole = sum(each.value for each in exposures)
    counted = [row for row in rows if row.counted]
    value = sum(row.value for row in counted)
    return Credit(
        tuple(rows),
        _probability(rows, counted, value, whole),
        _distance([row for row in counted if row.state == "known"]),
        value / whole if whole > 0 else math.nan,
    )


def _equity(each: Exposure) -> float:
    return each.price * each.debt.shares_now if each.debt else math.nan


def _row(each: Exposure, solved, rate, rate_on, today) -> CreditRow:
    distance, probability, assets, volatility = solved
    debt = each.debt
    state, reason = _state(each, distance)
    counted = state in ("known", "free")
    if not counted:
        distance = probability = assets = volatility = math.nan
    return CreditRow(
        symbol=each.symbol,
        state=state,
        value=each.value,
        distance=Figure(
            distance,
            reason,
            DISTANCE,
            _inputs(each, debt, assets, volatility, rate, rate_on) if debt and counted else (),
        ),
        probability=probability,
        equity=_equity(each),
        volatility=each.volatility,
        assets=assets,
        asset_volatility=volatility,
        debt=debt,
        stale=bool(debt and counted and debt.stale(today)),
    )


def _state(each: Exposure, distance: float) -> tuple[str, str]:
    if each.sector == FINANCIAL:
        return "financial", WHY_NOT_FINANCIAL
    if each.debt is None:
        return "missing", f"The debt of {each.symbol} is not among the loaded data."
    if each.debt.total == 0:
        return "free", f"{each.symbol} owes nothing, so it cannot default on it."
    if math.isnan(each.volatility):
        return "unsolved", f"{each.symbol} has too few returns of the last year for a volatility."
    if math.isnan(distance):
        return "unsolved", f"No value of its assets explains the price of {each.symbol}."
    return "known", ""


def _inputs(each: Exposure, debt: Debt, assets, volatility, rate, rate_on) -> tuple[Input, ...]:
    priced = f" on {each.priced_on:%-d %b %Y}" if each.priced_on else ""
    ended = f" to {each.returns_to:%-d %b %Y}" if each.returns_to else ""
    lines = [
        Input(f"Price{priced}", each.price),
        Input(f"Shares outstanding on {debt.shares_as_of:%-d %b %Y}", debt.shares, "count"),
    ]
    if debt.split != 1.0:
        lines.append(Input("New shares for each of them since", debt.split, "ratio"))
    return (
        *lines,
        Input("Value of the shares", _equity(each)),
        Input(f"Their volatility, 252 sessions{ended}", each.volatility, "share"),
        Input(f"Total debt on {debt.as_of:%-d %b %Y}", debt.total),
        Input("Debt and shares according to", debt.origin, "text"),
        Input(f"r, ln(1 + repo rate since {rate_on:%-d %b %Y})", rate, "share"),
        Input("Assets that explain the shares", assets),
        Input("σ, volatility of the assets", volatility, "share"),
    )


def _probability(rows, counted, value, whole) -> Figure:
    if not counted:
        return missing(_why_none(rows), formula=PROBABILITY)
    mean = sum(row.value * row.probability for row in counted) / value
    inputs = (
        Input("Value whose companies’ debt is known", value),
        Input("Share of the value held", value / whole, "share"),
        Input("Companies", len(counted), "count"),
        *(Input(row.symbol, row.probability, "chance") for row in counted[:SHOWN]),
    )
    return Figure(mean, "", PROBABILITY, inputs)


def _why_none(rows) -> str:
    if not rows:
        return "Nothing is held that has a price."
    if all(row.state == "financial" for row in rows):
        return WHY_NOT_FINANCIAL
    if any(row.state == "unsolved" for row in rows):
        return "No company held has both a known debt and a year of prices."
    return (
        "The debt of the companies held is not among the loaded data, and without it their "
        "distance to default cannot be computed."
    )


def _distance(owing) -> Figure:
    if not owing:
        return missing("No company with a known debt is held.", formula=MEAN_DISTANCE)
    value = sum(row.value for row in owing)
    mean = sum(row.value * row.distance.value for row in owing) / value
    inputs = (
        Input("Value in companies with debt", value),
        *(Input(row.symbol, row.distance.value, "ratio") for row in owing[:SHOWN]),
    )
    return Figure(mean, "", MEAN_DISTANCE, inputs)
