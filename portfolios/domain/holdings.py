"""Value objects of a valuation: what goes in, and what comes out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from portfolios.domain.figures import Figure


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

    `realised` is the profit of the shares sold so far plus `dividends` less `fees`; `money_in` was
    paid for purchases and fees, `money_out` received from sales and dividends.
    """

    realised: float = 0.0
    money_in: float = 0.0
    money_out: float = 0.0
    dividends: float = 0.0
    fees: float = 0.0


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
