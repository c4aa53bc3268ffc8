"""What every source of prices can do, and how it says that it cannot."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from market.domain.bars import Bars
from market.domain.debts import Debt
from market.domain.quotes import Quote


class ProviderError(RuntimeError):
    """The source gave nothing at all; what was known before stays valid, with its age."""

    kind = "unavailable"


class RateLimited(ProviderError):
    """The source asks for fewer requests (HTTP 429)."""

    kind = "rate_limited"


class ProviderTimeout(ProviderError):
    """The source did not answer in time."""

    kind = "timeout"


class BadAnswer(ProviderError):
    """The source answered something that cannot be read."""

    kind = "bad_answer"


class UnknownSymbol(ProviderError):
    """The source knows no prices of this symbol."""

    kind = "unknown_symbol"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one symbol is missing from an answer.

    Parameters
    ----------
    symbol : str
    kind : str
        The `kind` of a `ProviderError`.
    detail : str
        For people.
    """

    symbol: str
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Action:
    """A split ("split", new shares per old) or dividend ("dividend", rupees a share)."""

    symbol: str
    ex_date: date
    action: str
    value: float


@dataclass(frozen=True, slots=True)
class History:
    """Daily bars and corporate actions by symbol; a symbol is in `bars` or in `problems`."""

    bars: dict[str, Bars] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Quotes:
    """Quotes that are new since the last call, and why others are missing."""

    quotes: dict[str, Quote] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Debts:
    """What companies owe, by symbol, and why others are missing."""

    debts: dict[str, Debt] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


class DebtProvider(Protocol):
    """A source that tells what companies owe; its records are stored under `source`."""

    source: str

    def debts(self, symbols: Sequence[str]) -> Debts:
        """Latest total debt and shares outstanding of each company.

        Raises
        ------
        ProviderError
            If nothing at all could be had.
        """
        ...


class PriceProvider(Protocol):
    """A source of prices. Symbols are the exchange's own, without a vendor's suffix.

    Attributes
    ----------
    name : str
        "yahoo", "replay" or "simulated".
    source : str
        The source its prices are stored under.
    session_date : date
        Session the quotes belong to now.
    pause : float
        Seconds a caller waits between calls of `quotes`.
    """

    name: str
    source: str

    @property
    def session_date(self) -> date: ...

    @property
    def pause(self) -> float: ...

    def clock(self) -> datetime:
        """The market's clock, timezone-aware: now, or the replayed instant."""
        ...

    def history(self, symbols: Sequence[str], start: date, end: date) -> History:
        """Daily bars and corporate actions from `start` to `end`, both included.

        Raises
        ------
        ProviderError
            If nothing at all could be had.
        """
        ...

    def quotes(self, symbols: Sequence[str]) -> Quotes:
        """Latest quotes of `symbols`, where they changed since the last call.

        Raises
        ------
        ProviderError
            If nothing at all could be had.
        """
        ...
