"""What guards every request: the admin's content policy, who changed what, and how often."""

from auditlog.middleware import AuditlogMiddleware
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from accounts.permissions import client_ip, is_staff, too_many, within_limit

ADMIN_PREFIX = "/admin/"

# Unfold draws its menus with Alpine, which compiles the expressions in its attributes. Nothing
# else is relaxed: scripts still come from this site only, no inline script runs and no inline
# style applies (the palette comes in static/admin_finseg/staff.css).
ADMIN_CSP = {"script-src": ["'unsafe-eval'"]}

WRITES_PER_MINUTE = 120


class AdminPolicyMiddleware:
    """Relax the content policy under /admin/, and there alone."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(ADMIN_PREFIX):
            response._csp_update = ADMIN_CSP
        return response


class WriteLimitMiddleware:
    """Answer 429 to whoever sends more than `WRITES_PER_MINUTE` changing requests a minute."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD", "OPTIONS") or within_limit(
            request, "write", limit=WRITES_PER_MINUTE, seconds=60
        ):
            return self.get_response(request)
        return too_many(request, 60)


FORM = 64 * 1024
"""What comes around a file in a form."""
TOO_LARGE = "finseg.too_large"


def within_body_limit(application):
    """Wrap the HTTP side of an ASGI application: no more of a body goes in than may be uploaded.

    Of a body that states too great a length nothing goes in, of one that states none (chunked) what
    is within the limit; either way `UploadLimitMiddleware` is told by the scope and refuses it.
    Django keeps a copy of the body, on disk, before any middleware is asked.
    """

    async def limited(scope, receive, send):
        if scope["type"] != "http":
            return await application(scope, receive, send)
        headers = dict(scope["headers"])
        scope[TOO_LARGE] = _states_too_much(headers.get(b"content-length", b"0").decode("latin-1"))
        taken, cut = 0, False

        async def receive_some():
            nonlocal taken, cut
            message = await receive()
            while cut and message["type"] == "http.request":  # what comes after the end we told
                message = await receive()
            if message["type"] != "http.request":
                return message
            taken += len(message.get("body", b""))
            scope[TOO_LARGE] = cut = scope[TOO_LARGE] or taken > settings.UPLOAD_MAX_BYTES + FORM
            return {"type": "http.request", "body": b"", "more_body": False} if cut else message

        return await application(scope, receive_some, send)

    return limited


def _states_too_much(length: str) -> bool:
    return not (length.isdecimal() and int(length) <= settings.UPLOAD_MAX_BYTES + FORM)


class UploadLimitMiddleware:
    """Answer 413 to a body longer than `UPLOAD_MAX_BYTES`, without parsing it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        counted = getattr(request, "scope", {}).get(TOO_LARGE, False)
        if not counted and not _states_too_much(request.META.get("CONTENT_LENGTH") or "0"):
            return self.get_response(request)
        return render(request, "413.html", status=413)


class ActorMiddleware(AuditlogMiddleware):
    """Name the actor of audited changes, by an address that the client cannot forge."""

    @staticmethod
    def _get_remote_addr(request):
        return client_ip(request)


def admin_login(request: HttpRequest) -> HttpResponse:
    """Send staff through the one door; an investor who is signed in is told so."""
    after = request.GET.get("next", reverse("admin:index"))
    if is_staff(request.user):
        return redirect("admin:index")
    if request.user.is_authenticated:
        raise PermissionDenied("The administration is for bank staff.")
    return redirect(f"{reverse('account_login')}?{urlencode({'next': after})}")
