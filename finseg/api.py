"""The API under /api/v1: one door for all apps, tokens for keys, errors in one shape."""

import logging

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from accounts.api import TokenAuth, TokenThrottle
from portfolios.analysis_api import router as analyses
from portfolios.api import router as portfolios
from portfolios.import_api import router as imports
from portfolios.services import EntryRefused, PortfolioBusy

logger = logging.getLogger(__name__)


api = NinjaAPI(
    title="finseg",
    version="1",
    description="Portfolios, transactions, performance, risk and tax of the token's owner. "
    "Amounts are rupees as decimal strings, returns are fractions, dates are ISO 8601. Lists come "
    "in pages: `page` from 1, `limit` rows each, and `next` is the page after or null. A token may "
    "ask 120 times a minute, and send 20 files.",
    auth=TokenAuth(),
    throttle=[TokenThrottle()],
    docs_url=None,
    urls_namespace="api",
)
api.add_router("/portfolios", portfolios)
api.add_router("/portfolios", analyses)
api.add_router("/portfolios", imports)


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
