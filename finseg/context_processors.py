"""What the shell of every page needs: navigation and the state of the market."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from django.utils.functional import SimpleLazyObject

from accounts.permissions import is_staff, may_see_personal_data
from market import queries as market
from segmentation.cases import open_cases

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NavItem:
    """One way in: where it leads, its words and its icon of Bootstrap Icons."""

    href: str
    label: str
    icon: str
    short: str = ""
    current: bool = False
    waiting: int = 0
    """How much there waits for somebody."""


TOOLS = (
    NavItem("/dashboard/", "Dashboard", "grid-1x2", "Home"),
    NavItem("/market/", "Live market", "activity", "Market"),
    NavItem("/portfolio/", "Portfolio", "pie-chart", "Portfolio"),
    NavItem("/segments/", "Segments", "bounding-box-circles"),
    NavItem("/recommendations/", "Recommendations", "lightbulb", "Ideas"),
    NavItem("/sip/", "SIP calculator", "calendar2-plus"),
)
RISK_PROFILE = NavItem("/accounts/profile/", "Risk profile", "sliders")
PRIVACY = NavItem("/accounts/privacy/", "Privacy and my data", "shield-check")
API_TOKENS = NavItem("/accounts/tokens/", "API tokens", "braces")
METHODS = NavItem("/methods/", "Methods and help", "question-circle")
ADMIN = NavItem("/admin/", "Bank staff", "building")
CUSTOMER_PORTFOLIOS = NavItem(
    "/portfolio/customers/", "Customer portfolios", "pie-chart", "Portfolios"
)
STAFF_TOOLS = (
    NavItem("/dashboard/", "Dashboard", "grid-1x2", "Home"),
    NavItem("/market/", "Live market", "activity", "Market"),
    CUSTOMER_PORTFOLIOS,
    NavItem("/segments/", "Segments", "bounding-box-circles", "Segments"),
    NavItem("/segments/explorer/", "Explorer", "search"),
    NavItem("/segments/ranking/", "Where effort pays", "sort-down"),
    NavItem("/sip/", "SIP calculator", "calendar2-plus"),
)
CASES = NavItem("/segments/advisers/", "Risk cases", "clipboard-check")
CAMPAIGNS = NavItem("/segments/campaigns/", "Campaign lists", "envelope-paper")
ACCOUNT = (
    RISK_PROFILE,
    PRIVACY,
    NavItem("/accounts/email/", "E-mail address", "envelope"),
    NavItem("/accounts/password/change/", "Change password", "key"),
    NavItem("/accounts/2fa/", "Two-step sign-in", "shield-lock"),
    API_TOKENS,
)


def shell(request):
    """Context of ``templates/base.html``; nothing is read until a template asks for it."""
    return {
        "nav": SimpleLazyObject(lambda: _navigation(request)),
        "market_now": SimpleLazyObject(_market_now),
    }


def _navigation(request):
    def mark(items):
        # One address may lie below another: the longest that fits is where one is.
        inside = [i.href for i in (*tools, *foot) if request.path.startswith(i.href)]
        here = max(inside, key=len, default="")
        return [replace(i, current=i.href == here) for i in items]

    staff = is_staff(request.user)
    tools = STAFF_TOOLS if staff else TOOLS
    if may_see_personal_data(request.user):
        tools = (*tools, replace(CASES, waiting=_waiting_cases()))
        if request.user.has_perm("segmentation.export_campaign"):
            tools = (*tools, CAMPAIGNS)
    elif staff:
        tools = tuple(item for item in tools if item is not CUSTOMER_PORTFOLIOS)
    foot = [ADMIN if staff else RISK_PROFILE, METHODS]
    return {
        "tools": mark(tools),
        "phone": mark([i for i in tools if i.short]),
        "more": mark([*(i for i in tools if not i.short), *foot]),
        "foot": mark(foot),
        "account": [i for i in ACCOUNT if not (staff and i in (RISK_PROFILE, PRIVACY, API_TOKENS))],
    }


def _waiting_cases():
    """The count beside the link; a page about something else must not fail for want of it."""
    try:
        return open_cases()
    except Exception:
        log.exception("open cases could not be counted for the navigation")
        return 0


def _market_now():
    """State of the market in the words of the top bar, or None when it cannot be known.

    A page about something else must not fail because prices cannot be read.
    """
    try:
        status = market.market_status()
    except Exception:
        log.exception("the market's state could not be read for the top bar")
        return None
    word, until, rest = status.label.partition(" until ")
    return {
        "state": status.state,
        "label": word,
        "until": f"{until}{rest}".strip(),
        "simulated": status.simulated,
        "source": status.source,
        "clock_iso": status.clock.isoformat(),
        "clock_text": f"{status.clock:%H:%M}",
        "clock_seconds": f"{status.clock:%S}",
        "age_seconds": status.age_seconds,
        "loading": status.loading,
    }
