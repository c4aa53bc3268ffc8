"""The API under /api/v1: one door for all apps, tokens for keys, errors in one shape."""

import logging

from django.core.cache import cache
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer
from ninja.throttling import SimpleRateThrottle

from accounts.models import Role
from accounts.tokens import token_for
from portfolios.api import router as portfolios
from portfolios.services import EntryRefused, PortfolioBusy

logger = logging.getLogger(__name__)


class TokenAuth(HttpBearer):
    """`Authorization: Bearer finseg_…`: the token of an investor."""

    def authenticate(self, request, token):
        found = token_for(token)
        if found is None or found.user.role != Role.INVESTOR:
            return None
        request.user = found.user
        return found


class TokenThrottle(SimpleRateThrottle):
    """So many requests a minute for each token; the address counts where there is none."""

    scope = "token"

    def __init__(self, rate="120/m"):
        super().__init__(rate)
        self.cache = cache

    def get_cache_key(self, request):
        token = getattr(request, "auth", None)
        who = str(token.pk) if token is not None else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": who}


api = NinjaAPI(
    title="finseg",
    version="1",
    description="Portfolios, transactions, performance, risk and tax of the token's owner. "
    "Amounts are rupees as decimal strings, returns are fractions, dates are ISO 8601.",
    auth=TokenAuth(),
    throttle=[TokenThrottle()],
    docs_url=None,
    urls_namespace="api",
)
api.add_router("/portfolios", portfolios)


def _answer(request, status, message, *, field=None, **more):
    body = {"error": message, **({"field": field} if field else {}), **more}
    return api.create_response(request, body, status=status)


@api.exception_handler(EntryRefused)
def refused(request, error):
    return _answer(request, 422, str(error), field=error.field)


@api.exception_handler(PortfolioBusy)
def busy(request, error):
    return _answer(request, 409, str(error))


@api.exception_handler(ValidationError)
def invalid(request, error):
    first = error.errors[0]
    place = ".".join(str(part) for part in first["loc"][1:])
    return _answer(
        request, 422, f"{place or 'body'}: {first['msg']}. Nothing was saved.", field=place
    )


@api.exception_handler(Http404)
def absent(request, error):
    return _answer(request, 404, str(error) or "There is nothing at this address.")


@api.exception_handler(HttpError)
def failed(request, error):
    return _answer(request, error.status_code, str(error))


@require_safe
def docs(request):
    """What the API offers, from its own OpenAPI description."""
    schema = api.get_openapi_schema()
    operations = [
        {
            "method": method.upper(),
            "path": path,
            "summary": said.get("summary", ""),
            "description": said.get("description", ""),
            "parameters": [
                {
                    "name": each["name"],
                    "in": each["in"],
                    "required": each.get("required", False),
                    "description": each.get("description", "")
                    or each.get("schema", {}).get("description", ""),
                }
                for each in said.get("parameters", [])
            ],
        }
        for path, methods in schema["paths"].items()
        for method, said in methods.items()
    ]
    return render(request, "api_docs.html", {"operations": operations, "schema": schema})
