"""Who a program is that asks the API, and how often it may ask."""

from django.core.cache import cache
from ninja.security import HttpBearer
from ninja.throttling import SimpleRateThrottle

from accounts.models import Role
from accounts.tokens import token_for


class TokenAuth(HttpBearer):
    """`Authorization: Bearer finseg_…`: the token of an investor."""

    def authenticate(self, request, token):
        found = token_for(token)
        if found is None or found.user.role != Role.INVESTOR:
            return None
        request.user = found.user
        return found


class TokenThrottle(SimpleRateThrottle):
    """So many requests a minute for each token; the address counts where there is none.

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
        token = getattr(request, "auth", None)
        who = str(token.pk) if token is not None else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": who}
