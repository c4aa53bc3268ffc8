"""What the shell of every page needs: navigation and the state of the market."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.utils.functional import SimpleLazyObject

from accounts.permissions import is_staff
from market import queries as market

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NavItem:
    """One way in: where it leads, its words and its icon of Bootstrap Icons."""

    href: str
    label: str
    icon: str
    short: str = ""
    current: bool = False


TOOLS = (
    NavItem("/dashboard/", "Dashboard", "grid-1x2", "Home"),
    NavItem("/market/", "Live market", "activity", "Market"),
    NavItem("/portfolio/", "Portfolio", "pie-chart", "Portfolio"),
    NavItem("/segments/", "Segments", "bounding-box-circles"),
    NavItem("/recommendations/", "Recommendations", "lightbulb", "Ideas"),
    NavItem("/sip/", "SIP calculator", "calendar2-plus"),
)
RISK_PROFILE = NavItem("/accounts/profile/", "Risk profile", "sliders")
METHODS = NavItem("/methods/", "Methods and help", "question-circle")
ADMIN = NavItem("/admin/", "Bank staff", "building")
STAFF_TOOLS = (
    NavItem("/dashboard/", "Dashboard", "grid-1x2", "Home"),
    NavItem("/market/", "Live market", "activity", "Market"),
    NavItem("/portfolio/customers/", "Customer portfolios", "pie-chart", "Portfolios"),
    NavItem("/segments/", "Segments", "bounding-box-circles", "Segments"),
    NavItem("/sip/", "SIP calculator", "calendar2-plus"),
)
ACCOUNT = (
    RISK_PROFILE,
    NavItem("/accounts/email/", "E-mail address", "envelope"),
    NavItem("/accounts/password/change/", "Change password", "key"),
    NavItem("/accounts/2fa/", "Two-step sign-in", "shield-lock"),
)


def shell(request):
    """Context of ``templates/base.html``; nothing is read until a template asks for it."""
    return {
        "nav": SimpleLazyObject(lambda: _navigation(request)),
        "market_now": SimpleLazyObject(_market_now),
    }


def _navigation(request):
    def mark(items):
        return [
            NavItem(i.href, i.label, i.icon, i.short, request.path.startswith(i.href))
            for i in items
        ]

    staff = is_staff(request.user)
    tools = STAFF_TOOLS if staff else TOOLS
    foot = [ADMIN if staff else RISK_PROFILE, METHODS]
    return {
        "tools": mark(tools),
        "phone": mark([i for i in tools if i.short]),
        "more": mark([*(i for i in tools if not i.short), *foot]),
        "foot": mark(foot),
        "account": [i for i in ACCOUNT if not (staff and i is RISK_PROFILE)],
    }


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
