"""The API under /api/v1: one door for all apps, tokens for keys, errors in one shape."""

import logging
import math

from django.http import Http404
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from accounts.api import TokenAuth, TokenThrottle
from portfolios.analysis_api import router as analyses
from portfolios.api import router as portfolios
from portfolios.import_api import router as imports
from portfolios.services import EntryRefused, PortfolioBusy

logger = logging.getLogger(__name__)

UNTOUCHED = "Nothing was read or changed"

api = NinjaAPI(
    title="finseg",
    version="1",
    description="Portfolios, transactions, performance, risk and tax of the token's owner. "
    "Rupees and shares that are booked are decimal strings, to the last paisa; what is computed "
    "from prices, rupees and returns (as fractions), are numbers. Dates are ISO 8601. Lists come "
    "in pages: `page` from 1, `limit` rows each, and `next` is the page after or null. A token may "
    "ask 120 times a minute, and send 20 files; an address may send 60 wrong tokens.",
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
    # A body is one argument here, whose own name means nothing to who sent it.
    parts = first["loc"][2 if first["loc"][0] == "body" else 1 :]
    place = ".".join(str(part) for part in parts)
    return _answer(
        request, 422, f"{place or 'body'}: {first['msg']}. Nothing was saved.", field=place
    )


@api.exception_handler(Http404)
def absent(request, error):
    return _answer(request, 404, str(error) or "There is nothing at this address.")


@api.exception_handler(HttpError)
def failed(request, error):
    response = _answer(request, error.status_code, _words(error))
    if isinstance(error, Throttled) and error.wait:
        response["Retry-After"] = str(math.ceil(error.wait))
    return response


def _words(error):
    """What went wrong and what happened to the data, in the product's words for the library's."""
    if isinstance(error, AuthenticationError):
        return (
            f"{UNTOUCHED}: the request has no valid token. Send one as “Authorization: Bearer "
            "finseg_…”; yours may have run out or been withdrawn."
        )
    if isinstance(error, Throttled):
        wait = f" Ask again in {error.wait:.0f} seconds." if error.wait else ""
        return f"{UNTOUCHED}: too many requests within a minute.{wait}"
    if error.status_code == 400 and error.__cause__ is not None:  # of the body's parser
        return f"{UNTOUCHED}: the body is not JSON."
    return str(error)
