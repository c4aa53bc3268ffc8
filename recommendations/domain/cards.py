"""A set of recommendations as the page shows it: sorted, with reasons, bands and prices."""

from dataclasses import dataclass
from typing import Any

from recommendations.domain.projection import Fan
from recommendations.domain.ranking import LABELS
from recommendations.domain.rationale import (
    RISK_WORDS,
    Chip,
    against,
    chips,
    reasons,
    risk_level,
)

SORTS = {"return": "Expected return", "risk": "Risk"}
FIRST_SORT = "return"
"""The order stocks are shown in until another one is asked for."""


@dataclass(frozen=True, eq=False)
class Card:
    """One stock on the page."""

    item: Any
    name: str
    quote: Any
    verdict: str
    reasons: list[str]
    chips: list[Chip]
    against: list[Chip]
    risk_level: int
    risk_word: str
    lead: float | None
    fan: Fan | None

    @property
    def low(self):
        """Return of the year that nine in ten simulated ones beat."""
        return None if self.fan is None else float(self.fan.low[-1] / self.fan.low[0] - 1)

    @property
    def high(self):
        """Return of the year that one in ten simulated ones beats."""
        return None if self.fan is None else float(self.fan.high[-1] / self.fan.high[0] - 1)

    @property
    def parts(self):
        """The score's working: label, value, what it counts, and points of 100 from it."""
        return [
            (LABELS[name], value, weight, 100 * value * weight)
            for name, (value, weight) in self.item.working["parts"].items()
        ]

    @property
    def points(self):
        """The score, of 100."""
        return 100 * self.item.score

    @property
    def fall(self):
        """Largest fall within the last year, as a positive fraction."""
        drawdown = self.item.working["drawdown"]
        return None if drawdown is None else -drawdown

    @property
    def risk_bars(self):
        """Five bars to draw, each with its place and whether it is filled."""
        return [(8 * place, place < self.risk_level) for place in range(len(RISK_WORDS))]

    @property
    def chart_id(self):
        return f"fan-data-{self.item.symbol}"

    @property
    def chart(self):
        """The fan as the chart takes it; None without one."""
        if self.fan is None:
            return None
        return {
            "past": self.fan.past.round(2).tolist(),
            "lo": self.fan.low.round(2).tolist(),
            "mid": self.fan.middle.round(2).tolist(),
            "hi": self.fan.high.round(2).tolist(),
        }


def in_order(items, sort=FIRST_SORT):
    """Sort the stocks of a set: highest expected return first, or lowest volatility first.

    Parameters
    ----------
    items : sequence
        Picks with `expected_return`, `volatility` and `score`.
    sort : {"return", "risk"}

    Returns
    -------
    list
    """
    order = {
        "return": lambda item: (-item.expected_return, -item.score),
        "risk": lambda item: (item.volatility, -item.score),
    }[sort]
    return sorted(items, key=order)


def cards_of(items, working, *, names, quotes, verdicts, fans, sort):
    """Lay out the stocks of a set.

    Parameters
    ----------
    items : sequence
        Picks with `symbol`, `score`, `expected_return`, `volatility`, `shares`, `working`.
    working : dict
        The set's.
    names, quotes, verdicts, fans : dict by symbol
        Company names, latest quotes, what the investor said, and projections.
    sort : {"return", "risk"}
        Highest expected return first, or lowest volatility first.

    Returns
    -------
    list of Card
    """
    following = working.get("next")
    cards = []
    for item in in_order(items, sort):
        level, word = risk_level(item.volatility)
        cards.append(
            Card(
                item=item,
                name=names.get(item.symbol, item.symbol),
                quote=quotes.get(item.symbol),
                verdict=verdicts.get(item.symbol, ""),
                reasons=reasons(item.working, working),
                chips=chips(item.working, working),
                against=against(
                    item.working, working, volatility=item.volatility, shares=item.shares
                ),
                risk_level=level,
                risk_word=word,
                lead=100 * (item.score - following["score"]) if following else None,
                fan=fans.get(item.symbol),
            )
        )
    return cards
