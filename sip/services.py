"""Saving and deleting plans."""

from decimal import Decimal

from sip.models import SipPlan

MAX_PLANS = 50


class TooManyPlans(Exception):
    """The investor already keeps as many plans as one may."""


def save_plan(*, user, name, plan):
    """Save a plan under a name.

    Parameters
    ----------
    user : User
    name : str
    plan : sip.domain.plans.Plan

    Returns
    -------
    SipPlan

    Raises
    ------
    TooManyPlans
        If the user keeps `MAX_PLANS` already; nothing is saved.
    """
    if SipPlan.objects.filter(investor=user).count() >= MAX_PLANS:
        raise TooManyPlans
    return SipPlan.objects.create(
        investor=user,
        name=name,
        kind=plan.kind,
        amount=Decimal(str(plan.amount)),
        annual_rate=plan.annual_rate,
        years=plan.years,
        start_date=plan.start,
        step_up=plan.step_up,
        inflation=plan.inflation,
        compounding=plan.compounding,
    )


def delete_plan(*, user, plan_id):
    """Delete one of the user's own plans; tell whether there was one."""
    deleted, _ = SipPlan.objects.filter(investor=user, pk=plan_id).delete()
    return bool(deleted)


def erase_customer(*, user):
    """Delete a user's saved plans; returns how many there were."""
    return {"plans": SipPlan.objects.filter(investor=user).delete()[0]}
