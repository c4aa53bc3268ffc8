"""What a refused or failed request is answered: a page in the product's look, JSON to the API."""

import sys

from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils.html import strip_tags
from django.views import defaults
from pymongo.errors import ConnectionFailure, PyMongoError

from accounts.permissions import PERSONAL_DATA, is_staff
from finseg.staff.base import PersonalAdmin

API_PREFIX = "/api/v1/"
LONGEST_SENTENCE = 300
DATABASE_RETRY_SECONDS = 15

SENTENCES = {
    400: "This request could not be understood. Nothing was changed.",
    403: "This is not for the account you are signed in with. Nothing was changed.",
    404: "There is nothing at this address. Nothing was changed.",
    405: "This address cannot be asked for in that way. Nothing was changed.",
    413: "What was sent is too large. It was not looked at and nothing was saved.",
    429: "Too many requests in a short time. This one was not carried out.",
    500: "Something failed on our side. This request was not completed and is in our log.",
    503: "Our database did not answer in time. What was sent may have been saved or not: look "
    "before sending it again.",
}
TITLES = {
    400: "This request could not be understood",
    405: "This address does something, but shows nothing",
}
PLAIN = "This could not be done"


def sentence_of(status) -> str:
    """What a status means, for whom no better sentence is known."""
    return SENTENCES.get(status, SENTENCES[400 if status < 500 else 500])


def bad_request(request, exception=None):
    """Requests that cannot be meant seriously; what was wrong with them is in the log."""
    return _page(request, 400)


def permission_denied(request, exception=None):
    """Tell an investor that this is for staff, and staff which permission they lack."""
    context = {"for_staff": is_staff(request.user)}
    if context["for_staff"]:
        needed = getattr(exception, "permissions", None) or _of_admin_page(request)
        lacked = [each for each in needed if not request.user.has_perm(each)]
        context["missing"] = _described(lacked)
        context["said"] = "" if context["missing"] else str(exception or "")
    return render(request, "403.html", context, status=403)


def page_not_found(request, exception=None):
    if request.path.startswith(API_PREFIX):
        return _json(404)
    return defaults.page_not_found(request, exception)


def server_error(request):
    """503 where the database is lost, which passes by itself; 500 for all else."""
    # Django calls this while it handles the error.
    if database_is_lost(sys.exc_info()[1]):
        return _unavailable(request)
    if request.path.startswith(API_PREFIX):
        return _json(500)
    return defaults.server_error(request)


def database_is_lost(error) -> bool:
    """Whether an error, or one that it was raised from, says that MongoDB did not answer."""
    while error is not None:
        if isinstance(error, ConnectionFailure):
            return True
        if isinstance(error, PyMongoError) and error.timeout:
            return True
        error = error.__cause__ or error.__context__
    return False


def _unavailable(request):
    if request.path.startswith(API_PREFIX):
        response = _json(503)
    else:
        # Without what other pages know of the user and the market: that is in the database.
        response = HttpResponse(loader.get_template("503.html").render(), status=503)
    response["Retry-After"] = str(DATABASE_RETRY_SECONDS)
    return response


class BareErrorMiddleware:
    """Turn a bare error, as Django's own guards and some views answer, into a page or JSON.

    Only somebody who looks at a page gets one: parts of pages that scripts ask for stay as they
    are. Headers and cookies of the answer are kept.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code < 400 or response.streaming:
            return response
        kind = response.get("Content-Type", "").partition(";")[0]
        if request.path.startswith(API_PREFIX):
            if kind != "application/json":
                _become(response, _json(response.status_code))
        elif _is_bare(response, kind) and _looks_at_a_page(request):
            _become(response, _page(request, response.status_code, said=_text(response)))
        return response


def _is_bare(response, kind) -> bool:
    return kind == "text/plain" or (kind == "text/html" and b"<html" not in response.content)


def _looks_at_a_page(request) -> bool:
    return "text/html" in request.headers.get("Accept", "") and not request.htmx


def _text(response) -> str:
    text = strip_tags(response.content.decode(errors="replace")).strip()
    return text if len(text) <= LONGEST_SENTENCE else ""


def _become(response, other) -> None:
    response.content = other.content
    response["Content-Type"] = other["Content-Type"]
    response["Content-Length"] = str(len(response.content))


def _json(status):
    return JsonResponse({"error": sentence_of(status)}, status=status)


def _page(request, status, *, said=""):
    context = {
        "heading": TITLES.get(status, PLAIN),
        "said": said or sentence_of(status),
    }
    return render(request, "error.html", context, status=status)


def _of_admin_page(request) -> list[str]:
    """Permissions that a page of the admin needs; its own guards name none."""
    match = request.resolver_match
    admin = getattr(match.func, "model_admin", None) if match else None
    if admin is None:
        return []
    verb = next(
        (word for word in ("add", "delete") if (match.url_name or "").endswith(f"_{word}")), "view"
    )
    needed = [f"{admin.opts.app_label}.{verb}_{admin.opts.model_name}"]
    return [*needed, PERSONAL_DATA] if isinstance(admin, PersonalAdmin) else needed


def _described(permissions) -> list[dict]:
    """Each permission by its name, with the groups that have it."""
    wanted = [each.partition(".")[::2] for each in permissions]
    if not wanted:
        return []
    chosen = Q()
    for app, codename in wanted:
        chosen |= Q(content_type__app_label=app, codename=codename)
    found = {
        (row.content_type.app_label, row.codename): row
        for row in Permission.objects.filter(chosen).select_related("content_type")
    }
    return [
        {
            "key": f"{app}.{codename}",
            "name": found[app, codename].name if (app, codename) in found else codename,
            "groups": _groups_with(found.get((app, codename))),
        }
        for app, codename in wanted
    ]


def _groups_with(permission) -> list[str]:
    if permission is None:
        return []
    return list(Group.objects.filter(permissions=permission).values_list("name", flat=True)[:3])
