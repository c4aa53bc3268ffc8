"""What the dashboard says: one finding, its evidence, a live fact for each of the five tools."""

from dataclasses import dataclass

import numpy as np

from accounts import queries as accounts
from market import queries as market
from market.domain.instruments import DEFAULT_BENCHMARK
from portfolios import queries as portfolios
from portfolios.analysis import composition_of, performance_of, quotes_for
from portfolios.ledgers import flows_for
from recommendations import queries as recommendations
from recommendations.domain.cards import in_order
from segmentation import queries as segmentation
from sip import queries as sip
from sip.domain.plans import Plan, project

MOVERS = 7
TRADE = "/portfolio/trade/"
OLD_PROFILE_DAYS = 365
LONGEST_CURVE = 1300
"""Sessions drawn at most (about five years): older days change nothing the eye can see."""


@dataclass(frozen=True)
class Breadth:
    """How many stocks rise, and where the benchmark stands."""

    rising: int
    total: int
    benchmark: object


@dataclass(frozen=True)
class Notice:
    """One line under "Worth a look": what it is about, and the way to act on it."""

    icon: str
    text: str
    href: str
    action: str


@dataclass(frozen=True)
class Curve:
    """Value of a portfolio and of the same money in the benchmark, by day."""

    data: dict
    value: float
    benchmark: float
    taken: float
    benchmark_taken: float
    ahead: float

    @property
    def behind(self):
        return -self.ahead


def market_breadth():
    """Count rising stocks in the latest quotes of the active source."""
    equities = [item.symbol for item in market.instruments("equity")]
    quotes = market.latest_quotes([*equities, DEFAULT_BENCHMARK])
    moves = [quotes[s].change_fraction for s in equities if s in quotes]
    return Breadth(
        rising=sum(move > 0 for move in moves),
        total=len(moves),
        benchmark=quotes.get(DEFAULT_BENCHMARK),
    )


def movers(valuation, limit=MOVERS):
    """Holdings whose change today moved the portfolio most in rupees, gains first."""
    known = [h for h in valuation.holdings if h.today == h.today]
    largest = sorted(known, key=lambda h: -abs(h.today))[:limit]
    return sorted(largest, key=lambda h: -h.today)


def value_curve(performance):
    """Curve of a portfolio and of the same money in the benchmark; None before two days."""
    if performance is None or len(performance.history) < 2:
        return None
    tail = slice(-LONGEST_CURVE, None)
    dates, values = performance.history.dates, performance.history.values
    series = [{"label": "Portfolio", "values": np.round(values[tail]).tolist()}]
    same = performance.equivalent
    if same is not None:
        series.append({"label": "NIFTY 50", "values": np.round(same.values[tail]).tolist()})
    return Curve(
        data={"t": dates[tail].astype(str).tolist(), "series": series, "unit": "rupees"},
        value=float(values[-1]),
        benchmark=float(same.values[-1]) if same is not None else float("nan"),
        taken=performance.taken,
        benchmark_taken=performance.benchmark_taken,
        ahead=performance.lead,
    )


def investor_facts(user, session):
    """Template context of an investor's dashboard; a part that does not exist yet is None.

    It is about the portfolio that the pages of portfolios show as well.
    """
    portfolio = portfolios.chosen_portfolio(user, session)
    flows = flows_for(portfolio) if portfolio else []
    status = market.market_status()
    profile, segment = accounts.profile_of(user), segmentation.segment_of(user)
    facts = {
        "status": status,
        "breadth": market_breadth(),
        "profile": profile,
        "segment": segment,
        "plan": sip.latest_plan(user),
        "example": _example_plan(status.session_date),
        "suggested": _suggested(user, profile, segment, status),
        "portfolio": None,
        "trade_url": TRADE,
    }
    if not flows:
        return facts
    quotes = quotes_for(flows)  # one set for all figures: prices tick between two reads
    valuation = portfolios.valuation_of(portfolio, quotes=quotes)
    performance = performance_of(portfolio, flows=flows, quotes=quotes)
    return facts | {
        "portfolio": portfolio,
        "valuation": valuation,
        "today_size": abs(valuation.today.value),
        "lead_size": abs(performance.lead) if performance else None,
        "movers": movers(valuation),
        "performance": performance,
        "notices": _notices(user, profile, status.session_date),
        "curve": value_curve(performance),
        "largest_sector": next(iter(composition_of(valuation).sectors), None),
    }


def staff_facts():
    """Template context of the dashboard of bank staff: all customers, none by name."""
    status = market.market_status()
    run = segmentation.published_run()
    segments = segmentation.segments_of(run) if run else []
    return {
        "status": status,
        "breadth": market_breadth(),
        "run": run,
        "segments": segments,
        "customers": sum(segment.customers for segment in segments),
        "total_value": sum(segment.total_value for segment in segments),
        "example": _example_plan(status.session_date),
    }


def _example_plan(start):
    """The plan the calculator opens with, for the tile of someone who has saved none."""
    plan = Plan(kind="sip", amount=5000.0, annual_rate=0.09, years=10, start=start)
    return {"plan": plan, "projection": project(plan)}


def _suggested(user, profile, segment, status):
    """Stocks in the order their page shows them first; empty where it would make them anew."""
    made = recommendations.fresh_set(user, profile=profile, segment=segment, loading=status.loading)
    return in_order(made.items) if made else []


def _notices(user, profile, today):
    """What an investor who already invests should look at: stale or missing declarations."""
    notices = []
    taken = accounts.risk_history(user)[:1]
    if not taken and (profile is None or profile.risk_score is None):
        text = "Your risk profile is not known yet. Ten questions, about three minutes."
        notices.append(Notice("sliders", text, "/accounts/questionnaire/", "Answer"))
    elif taken and (age := (today - taken[0].at.date()).days) > OLD_PROFILE_DAYS:
        text = f"Your risk profile is {age // 30} months old. Ten questions, about three minutes."
        notices.append(Notice("sliders", text, "/accounts/questionnaire/", "Review"))
    if profile is not None and not profile.consent:
        text = "You are in no segment, because you have not agreed to profiling."
        notices.append(Notice("people", text, "/accounts/consent/", "Read what it means"))
    if profile is not None and profile.annual_income is None:
        text = "Your income and horizon are not declared; suggestions fit better with them."
        notices.append(Notice("person-lines-fill", text, "/accounts/profile/", "Declare"))
    return notices
