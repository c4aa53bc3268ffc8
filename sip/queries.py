"""Reads for the planner: saved plans, and what the loaded history says of each cap class."""

from dataclasses import dataclass

from django.core.cache import cache

from accounts.queries import rows_of
from market import queries as market
from sip.domain.plans import Plan, Projection, project
from sip.domain.presets import ClassReturn, class_returns
from sip.models import SipPlan

KEPT_SECONDS = 3600
RETRY_SECONDS = 60
"""While history is still being loaded there is nothing to keep, and soon there may be."""


@dataclass(frozen=True)
class SavedPlan:
    """A saved plan with its projection."""

    id: str
    name: str
    plan: Plan
    projection: Projection


def plans_of(user) -> list[SavedPlan]:
    """List a user's saved plans, newest first."""
    return [_saved(row) for row in SipPlan.objects.filter(investor=user)]


def latest_plan(user) -> SavedPlan | None:
    """Give the plan a user saved last, or None."""
    row = SipPlan.objects.filter(investor=user).first()
    return _saved(row) if row else None


def history_returns() -> dict[str, ClassReturn]:
    """Give the yearly return of each cap class in the loaded history, if there is enough."""
    source = market.active_source()
    key = f"sip:class-returns:{source}"
    # Reading ten years for three figures is slow the first time, and they move slowly.
    found = cache.get(key)
    if found is None:
        found = _history_returns(source)
        cache.set(key, found, KEPT_SECONDS if found else RETRY_SECONDS)
    return found


def personal_data_of(user):
    """Everything this app keeps about a user, table by table, as plain values."""
    return {"plans": rows_of(SipPlan.objects.filter(investor=user))}


def _history_returns(source):
    panel = market.price_panel(column="adj_close", source=source)
    classes = {item.symbol: item.cap_class for item in market.instruments()}
    return class_returns(
        panel.dates, panel.values, [classes.get(symbol, "") for symbol in panel.symbols]
    )


def _saved(row):
    plan = Plan(
        kind=row.kind,
        amount=float(row.amount),
        annual_rate=row.annual_rate,
        years=row.years,
        start=row.start_date,
        step_up=row.step_up,
        inflation=row.inflation,
        compounding=row.compounding,
    )
    return SavedPlan(id=str(row.pk), name=row.name, plan=plan, projection=project(plan))
