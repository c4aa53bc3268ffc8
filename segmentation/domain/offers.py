"""What to offer a segment: rules as data, each with its reason in numbers and its source.

A rule says why an offer fits, never that it will succeed: no campaign's outcome is known here.
None of them leads to more risk than a segment takes, and an offer to a segment still goes
through each customer's own suitability.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from segmentation.domain.naming import in_words
from segmentation.domain.ranking import SegmentFacts

MOST = 4

GOOD_SHARE_BY_PLAN = 0.30
ROOM_TO_SAVE = 0.20
FEW_HOLDINGS = 6.0
MUCH_SMALL_CAP = 0.40
LONG_TERM_DAYS = 365
HARVEST_MONTHS = (2, 3)
HANDS_OFF_TURNOVER = 0.25
HANDS_OFF_TRADES = 2.0
MANY_DISAGREE = 0.25
MANY_QUIET = 0.05
FEWEST_QUIET = 3
"""Two who went quiet are two customers, not a trait of a segment."""


@dataclass(frozen=True)
class Offer:
    """One rule.

    Attributes
    ----------
    key, title : str
    what : str
        What is offered, in a sentence.
    source : str
        Where the reason comes from.
    reason : callable
        (SegmentFacts, tier, date) to the reason in numbers, or None where it does not fit.
        A figure that is not known never fits.
    """

    key: str
    title: str
    what: str
    source: str
    reason: Callable[[SegmentFacts, str, date], str | None]


def _first_ask_again(facts, tier, today):
    if not facts.mismatch_share >= MANY_DISAGREE:
        return None
    return (
        f"{facts.mismatch_share:.0%} of the customers whose risk is known on both sides state one "
        f"class and reveal another ({facts.disagree} of {facts.states_risk}); "
        f"from {MANY_DISAGREE:.0%} on."
    )


def _call(facts, tier, today):
    share = facts.quiet / facts.high_value if facts.high_value else math.nan
    if not share >= MANY_QUIET or facts.quiet < FEWEST_QUIET:
        return None
    return (
        f"{facts.quiet} of {facts.high_value} high-value customers went quiet: {facts.withdrew} "
        f"took money out, {facts.stopped} stopped trading."
    )


def _margin_of_safety(facts, tier, today):
    small, few = _figures(facts, "small_cap_share", "effective_holdings")
    if not (small >= MUCH_SMALL_CAP and few < FEW_HOLDINGS):
        return None
    return (
        f"{small:.0%} small caps and {few:.1f} effective holdings in the median "
        f"(rule: from {MUCH_SMALL_CAP:.0%}, under {FEW_HOLDINGS:.0f})."
    )


def _large_cap_core(facts, tier, today):
    few, volatility = _figures(facts, "effective_holdings", "volatility_held")
    if not few < FEW_HOLDINGS:
        return None
    swing = f", at a volatility of {volatility:.0%} a year" if math.isfinite(volatility) else ""
    return f"{few:.1f} effective holdings in the median{swing} (rule: under {FEW_HOLDINGS:.0f})."


def _step_up(facts, tier, today):
    plan, saved = _figures(facts, "sip_share", "savings_rate")
    if not (plan >= GOOD_SHARE_BY_PLAN and saved >= ROOM_TO_SAVE):
        return None
    return (
        f"{plan:.0%} of purchases come by plan and {saved:.0%} of income is not spent, in the "
        f"median (rule: from {GOOD_SHARE_BY_PLAN:.0%} and {ROOM_TO_SAVE:.0%})."
    )


def _harvest(facts, tier, today):
    held = facts.medians.get("median_holding_days", math.nan)
    gain = facts.total_return
    if today.month not in HARVEST_MONTHS or not (held >= LONG_TERM_DAYS and gain > 0):
        return None
    return (
        f"Held for {in_words(held, 'days')} and {gain:+.0%} in the median: gains over a year "
        "old, whose yearly exemption lapses on 31 March."
    )


def _advisory(facts, tier, today):
    turnover, trades = _figures(facts, "turnover", "trades_per_month")
    if tier != "high" or not (turnover < HANDS_OFF_TURNOVER and trades < HANDS_OFF_TRADES):
        return None
    return (
        f"High tier, and hands-off: {in_words(turnover, 'times_a_year')} turned over and "
        f"{trades:.1f} trades a month in the median (rule: under {HANDS_OFF_TURNOVER} and "
        f"{HANDS_OFF_TRADES:.0f})."
    )


OFFERS = (
    Offer(
        "ask-again",
        "Questionnaire first",
        "Repeat the risk questionnaire before anything else is offered.",
        "SEBI (Investment Advisers) Regulations 2013, reg. 16 and 17: risk profile before advice",
        _first_ask_again,
    ),
    Offer(
        "call",
        "A personal call",
        "Call the quiet high-value customers and ask what changed.",
        "The quiet list of this page",
        _call,
    ),
    Offer(
        "margin-of-safety",
        "Talk about the margin of safety",
        "A talk about what a fall of small caps would do to few holdings, before any purchase.",
        "Graham (1949), The Intelligent Investor, ch. 20",
        _margin_of_safety,
    ),
    Offer(
        "large-cap-core",
        "Diversified fund or large-cap core",
        "A broad fund or a core of large caps beside what is held; it lowers volatility.",
        "Statman (1987), How many stocks make a diversified portfolio?, JFQA 22",
        _large_cap_core,
    ),
    Offer(
        "step-up",
        "SIP step-up",
        "A plan whose instalment grows by a tenth a year, within the same funds and risk.",
        "Thaler and Benartzi (2004), Save More Tomorrow, JPE 112: commit to later increases",
        _step_up,
    ),
    Offer(
        "harvest",
        "Tax-harvest review",
        "A review of gains over a year old before the exemption of this tax year lapses.",
        "Income-tax Act 1961, s. 112A: Rs 1.25 lakh a year from FY 2024-25",
        _harvest,
    ),
    Offer(
        "advisory",
        "Advisory",
        "A yearly review with an adviser, for customers who hold much and seldom act.",
        "Profile of the segment: tier and turnover",
        _advisory,
    ),
)


def offers_for(facts, tier, *, today):
    """Offers that fit a segment, in the order of `OFFERS`.

    Parameters
    ----------
    facts : SegmentFacts
    tier : str
    today : date
        Some offers have their months.

    Returns
    -------
    list of (Offer, str)
        At most `MOST`, each with its reason in numbers.
    """
    fitting = ((offer, offer.reason(facts, tier, today)) for offer in OFFERS)
    return [(offer, reason) for offer, reason in fitting if reason][:MOST]


def _figures(facts, *keys):
    return [facts.medians.get(key, math.nan) for key in keys]
