"""Who a program is that asks the API, and how often it may ask."""

import time

from django.core.cache import cache
from ninja.errors import Throttled
from ninja.security import HttpBearer
from ninja.throttling import SimpleRateThrottle

from accounts.models import Role
from accounts.permissions import client_ip
from accounts.tokens import token_for

WRONG_TOKENS_PER_MINUTE = 60


class TokenAuth(HttpBearer):
    """`Authorization: Bearer finseg_…`: the token of an investor.

    An address that sent `WRONG_TOKENS_PER_MINUTE` wrong ones is refused for the rest of the minute,
    whatever it sends: guesses are counted here, since throttles come after a token is known.
    """

    def authenticate(self, request, token):
        now = time.time()
        wrong = f"limit:wrong-token:a{client_ip(request)}:{int(now) // 60}"
        if cache.get(wrong, 0) >= WRONG_TOKENS_PER_MINUTE:
            raise Throttled(wait=60 - int(now) % 60)
        found = token_for(token)
        if found is None or found.user.role != Role.INVESTOR:
            _count(wrong)
            return None
        request.user = found.user
        return found


def _count(key) -> None:
    cache.add(key, 0, timeout=60)
    try:
        cache.incr(key)
    except ValueError:  # The minute ended between the two calls.
        return


class TokenThrottle(SimpleRateThrottle):
    """So many requests a minute for each token. Without a valid one no request comes this far.

    Parameters
    ----------
    rate : str
        As "120/m".
    scope : str
        What is counted together.
    """

    def __init__(self, rate="120/m", scope="token"):
        self.scope = scope
        super().__init__(rate)
        self.cache = cache

    def get_cache_key(self, request):
        return self.cache_format % {"scope": self.scope, "ident": str(request.auth.pk)}
