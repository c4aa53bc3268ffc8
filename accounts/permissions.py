"""Who may see and do what: roles, ownership, and how often."""

import time
from functools import wraps

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.shortcuts import render

from accounts.models import Role

PERSONAL_DATA = "accounts.view_personal_data"


def is_staff(user) -> bool:
    """Whether a user works for the bank."""
    return user.is_authenticated and user.is_active and user.is_staff


def may_see_personal_data(user) -> bool:
    """Whether a user may see who a customer is and what they declared."""
    return is_staff(user) and user.has_perm(PERSONAL_DATA)


class PermissionMissing(PermissionDenied):
    """Bank staff lack permissions; the page that tells them names each.

    Attributes
    ----------
    permissions : tuple of str
        As Django writes them: "portfolios.view_portfolio".
    """

    def __init__(self, *permissions):
        self.permissions = permissions
        super().__init__(f"This needs the permission {' and '.join(permissions)}.")


def require(user, *permissions) -> None:
    """Refuse a member of staff who lacks any of these, naming those that are missing."""
    if missing := [each for each in permissions if not user.has_perm(each)]:
        raise PermissionMissing(*missing)


def permission_needed(*permissions):
    """Decorate a staff page that needs permissions of its own."""

    def decorate(view):
        @staff_required
        @wraps(view)
        def guarded(request, *args, **kwargs):
            require(request.user, *permissions)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def staff_required(view):
    """Bank staff only: a visitor is sent to the login page, an investor gets 403."""

    @login_required
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not is_staff(request.user):
            raise PermissionDenied("This page is for bank staff.")
        return view(request, *args, **kwargs)

    return guarded


def investor_required(view):
    """Investors only: a visitor is sent to the login page, bank staff get 403."""

    @login_required
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if request.user.role != Role.INVESTOR:
            raise PermissionDenied("This page belongs to an investor's own account.")
        return view(request, *args, **kwargs)

    return guarded


def client_ip(request) -> str | None:
    """The client's address as the trusted proxies tell it; None for a request without one."""
    try:
        return get_adapter().get_client_ip(request)
    except PermissionDenied:
        return None


def login_name(request, credentials=None) -> str | None:
    """The e-mail address that a login attempt names, in one spelling."""
    given = credentials or {}
    name = given.get("email") or given.get("username") or request.POST.get("login")
    return name.strip().lower() if name else None


def within_limit(request, action: str, *, limit: int, seconds: int) -> bool:
    """Count one use of `action` by this user (or address) and tell if it is still allowed.

    A fixed window: at most `limit` uses in each stretch of `seconds`, so at worst twice that
    around its border, for one increment in the cache.
    """
    who = f"u{request.user.pk}" if request.user.is_authenticated else f"a{client_ip(request)}"
    key = f"limit:{action}:{who}:{int(time.time()) // seconds}"
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key) <= limit
    except ValueError:  # The window ended between the two calls.
        return True


def rate_limited(action: str, *, limit: int, seconds: int = 60):
    """Decorate a costly view: more POSTs than the limit are answered 429, and do nothing."""

    def decorate(view):
        @wraps(view)
        def limited(request, *args, **kwargs):
            if request.method == "POST" and not within_limit(
                request, action, limit=limit, seconds=seconds
            ):
                return too_many(request, seconds)
            return view(request, *args, **kwargs)

        return limited

    return decorate


def too_many(request, seconds: int):
    """The answer to a request over its limit."""
    response = render(request, "429.html", {"seconds": seconds}, status=429)
    response["Retry-After"] = str(seconds)
    return response
